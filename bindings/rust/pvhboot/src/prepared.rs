// SPDX-License-Identifier: MIT
//! From the file to guest memory, with the plan in between; or in one call.

use crate::bytes::bytes;
use crate::call::{call, take_panic};
use crate::memory::{self, GuestMemory};
use crate::plan::{leave_to_caller, Layout};
use crate::{Error, Image, KernelInfo, Options, Registers, Request, Warnings};
use pvhboot_sys as sys;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::{null, NonNull};

/// A boot up to its plan. Its [`Layout`] may be looked at before it is carried out. Borrows for
/// `'s`: the file, the request with its sources, and the guest's memory.
///
/// When it is dropped without a commit, a kernel that was decoded in the guest is cleared there.
pub struct Prepared<'s> {
    /// Leaked, and boxed again by drop(): the library wants it to stay where it is, and has pointers
    /// into it.
    raw: NonNull<sys::pvhboot_prepared>,
    warnings: Warnings,
    sources: PhantomData<&'s [u8]>,
}

impl<'s> Prepared<'s> {
    /// Prepares with a guest's memory. There the kernel is decoded, where it will live, if that is
    /// possible. A failure leaves that memory as it was, or 0 where the kernel was decoded.
    pub fn new<M: GuestMemory>(
        file: &'s [u8],
        request: &'s Request<'s>,
        options: &Options,
        memory: &'s M,
    ) -> Result<Self, Error> {
        Self::prepare(file, request, options, &memory::raw(memory))
    }

    /// Prepares before there is a guest: the kernel is unpacked into a buffer. Only
    /// [`commit_to`](Self::commit_to) carries it out.
    pub fn without_memory(
        file: &'s [u8],
        request: &'s Request<'s>,
        options: &Options,
    ) -> Result<Self, Error> {
        Self::prepare(file, request, options, null())
    }

    fn prepare(
        file: &'s [u8],
        request: &'s Request<'s>,
        options: &Options,
        memory: *const sys::pvhboot_memory,
    ) -> Result<Self, Error> {
        let raw = NonNull::from(Box::leak(Box::default()));
        // Before anything may fail: drop() releases.
        let mut prepared = Prepared { raw, warnings: Warnings::default(), sources: PhantomData };

        prepared.warnings = options.with(|options| {
            // SAFETY: options, request.raw() and memory stay for the call. What the file, the
            // request and the memory lead to stays for 's.
            call(|diag| unsafe {
                sys::pvhboot_prepare(
                    bytes(file),
                    &request.raw(),
                    options,
                    memory,
                    raw.as_ptr(),
                    diag,
                )
            })
        })?;
        Ok(prepared)
    }

    /// Plans again, by a request that replaces the first one: for those who know it only when they
    /// have seen the kernel. After a failure there is no plan.
    pub fn replan(&mut self, request: &'s Request<'s>) -> Result<Warnings, Error> {
        // SAFETY: what the request leads to stays for 's.
        call(|diag| unsafe {
            sys::pvhboot_prepared_replan(self.raw.as_ptr(), &request.raw(), diag)
        })
    }

    /// Carries the plan out, in the memory that it was prepared with.
    pub fn commit(&mut self) -> Result<Warnings, Error> {
        // SAFETY: that memory is borrowed for 's, and so are all sources.
        call(|diag| unsafe { sys::pvhboot_prepared_commit(self.raw.as_ptr(), null(), diag) })
    }

    /// Carries the plan out, in this memory, which must be the same guest's. May be done again,
    /// unless the kernel was decoded in the guest.
    pub fn commit_to<M: GuestMemory>(&mut self, memory: &M) -> Result<Warnings, Error> {
        let memory = memory::raw(memory);

        // SAFETY: the memory stays for the call, and all sources for 's.
        call(|diag| unsafe { sys::pvhboot_prepared_commit(self.raw.as_ptr(), &memory, diag) })
    }

    /// The caller fills this place, counted as in [`Layout::places`], after the commit. Panics where
    /// there is none.
    pub fn leave_to_caller(&mut self, place: usize) {
        // SAFETY: the plan is borrowed mutably.
        unsafe { leave_to_caller(&mut self.raw.as_mut().plan, place) }
    }

    /// What the file is, with what a unified kernel image carries.
    pub fn image(&self) -> Image<'s> {
        // SAFETY: it was made of the file, which is borrowed for 's.
        unsafe { Image::from_raw(self.raw().image) }
    }

    /// The kernel, as numbers. (Its bytes may lie in the guest.)
    pub fn kernel(&self) -> KernelInfo {
        KernelInfo::new(&self.raw().kernel)
    }

    /// The kernel lies decoded in the guest's memory.
    pub fn is_in_guest(&self) -> bool {
        self.raw().in_guest != 0
    }

    /// What the library warned about.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    fn raw(&self) -> &sys::pvhboot_prepared {
        // SAFETY: it is there until drop(), and changes in functions that take &mut self alone.
        unsafe { self.raw.as_ref() }
    }
}

impl Deref for Prepared<'_> {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        // SAFETY: it was made by the library, which keeps its workspace until it is released.
        unsafe { Layout::from_raw(&self.raw().plan) }
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        // SAFETY: the memory is borrowed for 's still. The box was leaked by prepare().
        unsafe {
            sys::pvhboot_prepared_release(self.raw.as_ptr());
            drop(Box::from_raw(self.raw.as_ptr()));
        }
        // Of unmap. There is nobody to tell but the panic hook, which knows.
        take_panic();
    }
}

/// All of it in one call: file to guest memory and registers.
///
/// ```no_run
/// # fn f(memory: &vm_memory::GuestMemoryMmap) -> Result<(), Box<dyn std::error::Error>> {
/// use pvhboot::{boot, Options, Request, VmMemory};
///
/// let file = std::fs::read("/boot/vmlinuz")?;
/// let request = Request::new().ram(0..512 << 20).cmdline(b"console=ttyS0");
/// let (registers, warnings) =
///     boot(&file, &request, &Options::new(), &VmMemory::zeroed(memory))?;
///
/// for warning in warnings.iter() {
///     eprintln!("{warning}");
/// }
/// println!("rip {:#x}, rbx {:#x}", registers.rip, registers.rbx);
/// # Ok(()) }
/// ```
pub fn boot<M: GuestMemory>(
    file: &[u8],
    request: &Request,
    options: &Options,
    memory: &M,
) -> Result<(Registers, Warnings), Error> {
    let mut cpu = Default::default();
    let memory = memory::raw(memory);
    let warnings = options.with(|options| {
        // SAFETY: all that is pointed at stays for the call.
        call(|diag| unsafe {
            sys::pvhboot_boot(bytes(file), &request.raw(), options, &memory, &mut cpu, diag)
        })
    })?;

    Ok((cpu.into(), warnings))
}
