// SPDX-License-Identifier: MIT
//! Guest memory, as the host reaches it.

use crate::call::callback;
use pvhboot_sys as sys;
use std::marker::PhantomData;
use std::os::raw::{c_int, c_void};
use std::ptr::NonNull;

/// Guest memory of the caller's. With the feature `vm-memory` that crate's memory is one, by
/// [`VmMemory`](crate::VmMemory).
///
/// All functions are called on the thread that calls this crate, and before that call returns.
/// (Only `unmap` and `zero` are called when a [`Prepared`](crate::Prepared) is dropped, too.) Ranges
/// are not empty. A panic ends the call with an error that has the panic's message.
pub trait GuestMemory {
    /// All of the guest's memory is zero before the first call, so that what a kernel has no bytes
    /// for is not written.
    fn is_zeroed(&self) -> bool {
        false
    }

    /// Gives `size` bytes at `gpa` in one piece. `None` where that cannot be: `write` and `zero`
    /// are called instead.
    ///
    /// With it a kernel is decoded in the guest, and not copied there. Each piece is given back by
    /// `unmap` before another is asked for.
    fn map(&self, gpa: u64, size: u64) -> Option<Mapped<'_>> {
        let _ = (gpa, size);
        None
    }

    /// What `map` gave, once for each, is no longer used. Comes after a failure too.
    fn unmap(&self, host: NonNull<u8>, gpa: u64, size: u64) {
        let _ = (host, gpa, size);
    }

    /// Writes all of `bytes`.
    fn write(&self, gpa: u64, bytes: &[u8]) -> Result<(), Failed>;

    /// Writes zeros.
    fn zero(&self, gpa: u64, size: u64) -> Result<(), Failed>;

    /// Fills all of `bytes`. For [`check_start`](crate::check_start) alone. The range may lie where
    /// the guest has no memory, which is a failure.
    fn read(&self, gpa: u64, bytes: &mut [u8]) -> Result<(), Failed>;
}

/// Why guest memory could not be reached: a number of the caller's, such as an errno, which stands
/// in the error as `found`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed(pub i32);

/// A piece of guest memory in the host's address space. Its bytes are read and written by raw
/// pointers.
#[derive(Debug)]
pub struct Mapped<'a> {
    host: NonNull<u8>,
    size: u64,
    memory: PhantomData<&'a ()>,
}

impl<'a> Mapped<'a> {
    /// # Safety
    /// Until `'a` ends, or [`GuestMemory::unmap`] is called with `host`, whichever is first:
    /// - `size` bytes at `host` can be read and written
    /// - no reference of Rust leads there
    ///
    /// The guest, and other processes, may read and write them.
    pub unsafe fn new(host: NonNull<u8>, size: u64) -> Self {
        Mapped { host, size, memory: PhantomData }
    }
}

/// The memory as C has it. It leads to `memory`, which must outlive its use.
pub(crate) fn raw<M: GuestMemory>(memory: &M) -> sys::pvhboot_memory {
    sys::pvhboot_memory {
        ctx: memory as *const M as *mut c_void,
        map: Some(map::<M>),
        unmap: Some(unmap::<M>),
        write: Some(write::<M>),
        zero: Some(zero::<M>),
        read: Some(read::<M>),
        flags: if memory.is_zeroed() { sys::PVHBOOT_MEMORY_ZEROED } else { 0 },
        ..Default::default()
    }
}

const PANICKED: c_int = c_int::MIN;

fn code(result: Result<(), Failed>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(Failed(0)) => -1,
        Err(Failed(code)) => code,
    }
}

// SAFETY, of all below: the library hands back the ctx of raw() as it is, and only while the M that
// it was made from is borrowed.

unsafe extern "C" fn map<M: GuestMemory>(ctx: *mut c_void, gpa: u64, size: u64) -> *mut c_void {
    callback(std::ptr::null_mut(), || {
        // SAFETY: as above.
        let memory = unsafe { &*(ctx as *const M) };

        match memory.map(gpa, size) {
            Some(mapped) => {
                assert!(mapped.size >= size, "map gave {} of {size} bytes", mapped.size);
                mapped.host.as_ptr().cast()
            }
            None => std::ptr::null_mut(),
        }
    })
}

unsafe extern "C" fn unmap<M: GuestMemory>(
    ctx: *mut c_void,
    host: *mut c_void,
    gpa: u64,
    size: u64,
) {
    callback((), || {
        // SAFETY: as above.
        let memory = unsafe { &*(ctx as *const M) };

        if let Some(host) = NonNull::new(host.cast()) {
            memory.unmap(host, gpa, size);
        }
    })
}

unsafe extern "C" fn write<M: GuestMemory>(
    ctx: *mut c_void,
    gpa: u64,
    bytes: *const c_void,
    size: usize,
) -> c_int {
    callback(PANICKED, || {
        // SAFETY: as above; and there are size bytes, borrowed from the caller's sources or from
        // the library's buffers.
        let (memory, bytes) =
            unsafe { (&*(ctx as *const M), std::slice::from_raw_parts(bytes.cast(), size)) };

        code(memory.write(gpa, bytes))
    })
}

unsafe extern "C" fn zero<M: GuestMemory>(ctx: *mut c_void, gpa: u64, size: u64) -> c_int {
    callback(PANICKED, || {
        // SAFETY: as above.
        let memory = unsafe { &*(ctx as *const M) };

        code(memory.zero(gpa, size))
    })
}

unsafe extern "C" fn read<M: GuestMemory>(
    ctx: *mut c_void,
    gpa: u64,
    bytes: *mut c_void,
    size: usize,
) -> c_int {
    callback(PANICKED, || {
        // A buffer of the library's stack or workspace may be uninitialised.
        // SAFETY: as above; and there are size bytes that nobody else uses.
        let (memory, bytes) = unsafe {
            std::ptr::write_bytes(bytes.cast::<u8>(), 0, size);
            (&*(ctx as *const M), std::slice::from_raw_parts_mut(bytes.cast(), size))
        };

        code(memory.read(gpa, bytes))
    })
}
