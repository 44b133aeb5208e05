// SPDX-License-Identifier: MIT
//! Guest memory of the crate `vm-memory`.

use crate::{Failed, GuestMemory, Mapped};
use ::vm_memory::bitmap::Bitmap;
use ::vm_memory::{Bytes, GuestAddress, GuestMemoryRegion};
use std::ptr::NonNull;

/// Guest memory of the crate [`vm-memory`](::vm_memory), borrowed. What lies in one region is mapped, what
/// crosses regions is written. Either way a dirty bitmap, where the memory has one, tells of it.
pub struct VmMemory<'a, M> {
    memory: &'a M,
    is_zeroed: bool,
}

impl<'a, M: ::vm_memory::GuestMemory> VmMemory<'a, M> {
    /// Memory that may hold anything.
    pub fn new(memory: &'a M) -> Self {
        VmMemory { memory, is_zeroed: false }
    }

    /// Memory that is zero, as anonymous memory is that nobody has written to.
    pub fn zeroed(memory: &'a M) -> Self {
        VmMemory { memory, is_zeroed: true }
    }
}

const EFAULT: Failed = Failed(-14);

impl<M: ::vm_memory::GuestMemory> GuestMemory for VmMemory<'_, M> {
    fn is_zeroed(&self) -> bool {
        self.is_zeroed
    }

    fn map(&self, gpa: u64, size: u64) -> Option<Mapped<'_>> {
        let slice = self.memory.get_slice(GuestAddress(gpa), size.try_into().ok()?).ok()?;
        let host = NonNull::new(slice.as_ptr())?;

        // SAFETY: a VolatileSlice is memory of the guest for as long as `memory` is borrowed, and
        // vm-memory gives no references to such memory (its as_slice() is unsafe).
        Some(unsafe { Mapped::new(host, slice.len() as u64) })
    }

    fn unmap(&self, _: NonNull<u8>, gpa: u64, size: u64) {
        // What map() gave lies in one region.
        if let Some((region, address)) = self.memory.to_region_addr(GuestAddress(gpa)) {
            region.bitmap().mark_dirty(address.0 as usize, size as usize);
        }
    }

    fn write(&self, gpa: u64, bytes: &[u8]) -> Result<(), Failed> {
        self.memory.write_slice(bytes, GuestAddress(gpa)).map_err(|_| EFAULT)
    }

    fn zero(&self, gpa: u64, size: u64) -> Result<(), Failed> {
        let zeros = [0; 4096];
        let end = gpa.checked_add(size).ok_or(EFAULT)?;

        for at in (gpa..end).step_by(zeros.len()) {
            let n = (end - at).min(zeros.len() as u64);
            self.write(at, &zeros[..n as usize])?;
        }
        Ok(())
    }

    fn read(&self, gpa: u64, bytes: &mut [u8]) -> Result<(), Failed> {
        self.memory.read_slice(bytes, GuestAddress(gpa)).map_err(|_| EFAULT)
    }
}
