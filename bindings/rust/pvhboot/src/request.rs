// SPDX-License-Identifier: MIT
//! What a boot is asked for.

use crate::bytes::bytes;
use crate::{EntryKind, MapType};
use pvhboot_sys as sys;
use std::marker::PhantomData;
use std::ops::Range;

/// What a boot is asked for: a memory map, and beyond that as much as wanted. Borrows the sources
/// (bytes of modules, of blobs and of command lines) for `'s`.
///
/// ```
/// # use pvhboot::{MapType, Module, Request};
/// let initrd = [0; 4096];
/// let request = Request::new()
///     .ram(0..0x9f000)
///     .map(0x9f000..0x100000, MapType::Reserved)
///     .ram(0x100000..512 << 20)
///     .cmdline(b"console=ttyS0")
///     .module(Module::new(&initrd));
/// ```
#[derive(Clone, Default)]
pub struct Request<'s> {
    map: Vec<sys::pvhboot_map_entry>,
    avoid: Vec<sys::pvhboot_range>,
    modules: Vec<sys::pvhboot_module>,
    blobs: Vec<sys::pvhboot_blob>,
    entropy: Vec<u8>,
    // All but the arrays above.
    rest: sys::pvhboot_request,
    sources: PhantomData<&'s [u8]>,
}

// SAFETY: all pointers in there lead to memory of the vectors, or to bytes that are borrowed as
// `&'s [u8]`; nothing is written through any.
unsafe impl Send for Request<'_> {}
// SAFETY: as above.
unsafe impl Sync for Request<'_> {}

const KASLR_ENTROPY: usize = sys::PVHBOOT_KASLR_ENTROPY as usize;

impl<'s> Request<'s> {
    /// A request for nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// RAM of the guest.
    pub fn ram(self, range: Range<u64>) -> Self {
        self.map(range, MapType::Ram)
    }

    /// Memory of the guest. Entries may have any order. Where two overlap, the type wins that
    /// stands later in this list: RAM, ACPI, NVS, PMEM, RESERVED, DISABLED, UNUSABLE.
    pub fn map(mut self, range: Range<u64>, kind: MapType) -> Self {
        self.map.push(sys::pvhboot_map_entry {
            gpa: range.start,
            size: range.end.saturating_sub(range.start),
            type_: kind.into(),
            reserved: 0,
        });
        self
    }

    /// RAM where nothing may be placed.
    pub fn avoid(mut self, range: Range<u64>) -> Self {
        self.avoid.push(sys::pvhboot_range { start: range.start, end: range.end });
        self
    }

    /// A file for the guest; to Linux the first is the initrd.
    pub fn module(mut self, module: Module<'s>) -> Self {
        self.modules.push(module.raw);
        self
    }

    /// Bytes that the guest finds by other means, such as ACPI tables.
    pub fn blob(mut self, blob: Blob<'s>) -> Self {
        self.blobs.push(blob.raw);
        self
    }

    /// The kernel's command line, without a NUL.
    pub fn cmdline(mut self, cmdline: &'s [u8]) -> Self {
        self.rest.cmdline = bytes(cmdline);
        self
    }

    /// The guest address of ACPI's RSDP.
    pub fn rsdp(mut self, gpa: u64) -> Self {
        self.rest.rsdp = gpa;
        self
    }

    /// The RSDP lies in this blob, counted from 0, at this offset.
    pub fn rsdp_in_blob(mut self, blob: u32, offset: u64) -> Self {
        self.rest.rsdp = offset;
        self.rest.rsdp_blob = blob;
        self.flag(sys::PVHBOOT_REQUEST_RSDP_IN_BLOB)
    }

    /// How the kernel is entered.
    pub fn entry(mut self, kind: EntryKind) -> Self {
        self.rest.entry = kind.into();
        self
    }

    /// The kernel is entered by EFI, in this environment: what the file pvhboot-efi.elf holds. The
    /// modules are its initrds, and have numbers from 1 on in the plan.
    pub fn efi(mut self, environment: &'s [u8]) -> Self {
        self.rest.efi = bytes(environment);
        self.entry(EntryKind::Efi)
    }

    /// What is placed ends here or below; at most, and by default, at 4 GiB.
    pub fn ceiling(mut self, gpa: u64) -> Self {
        self.rest.ceiling = gpa;
        self
    }

    /// The start_info or boot_params ends here or below; by default at 1 GiB.
    pub fn info_ceiling(mut self, gpa: u64) -> Self {
        self.rest.info_ceiling = gpa;
        self
    }

    /// The kernel moves by this, modulo 2^64.
    pub fn slide(mut self, by: u64) -> Self {
        self.rest.slide = by;
        self.flag(sys::PVHBOOT_REQUEST_SLIDE)
    }

    /// The kernel's address is random, by this entropy. Where it goes is the guest's secret.
    pub fn kaslr(mut self, entropy: [u8; KASLR_ENTROPY]) -> Self {
        let old = if self.has(sys::PVHBOOT_REQUEST_KASLR) { KASLR_ENTROPY } else { 0 };

        self.entropy.splice(..old, entropy);
        self.flag(sys::PVHBOOT_REQUEST_KASLR)
    }

    /// The guest's generator of random numbers gets this seed, of 32 to 4096 bytes, by the entries
    /// of Linux.
    pub fn rng_seed(mut self, seed: &[u8]) -> Self {
        let kaslr = if self.has(sys::PVHBOOT_REQUEST_KASLR) { KASLR_ENTROPY } else { 0 };

        self.entropy.truncate(kaslr);
        self.entropy.extend_from_slice(seed);
        self.flag(sys::PVHBOOT_REQUEST_RNG_SEED)
    }

    /// Guests to warn for: a sum of [`sys::PVHBOOT_FOR_LINUX`] and its like.
    pub fn warn_for(mut self, guests: u32) -> Self {
        self.rest.guests = guests;
        self
    }

    /// More flags: a sum of `PVHBOOT_REQUEST_JOIN`, `_LOWEST`, `_BELOW_1MIB`,
    /// `_MODULES_ABOVE_4GIB`, `_DOM0` and `_VERSION_0` of [`sys`]. Those that want a value have a
    /// function of their own.
    pub fn flag(mut self, flags: u32) -> Self {
        self.rest.flags |= flags;
        self
    }

    fn has(&self, flag: u32) -> bool {
        self.rest.flags & flag != 0
    }

    /// As C has it. Leads to `self` and to the sources.
    pub(crate) fn raw(&self) -> sys::pvhboot_request {
        sys::pvhboot_request {
            map: self.map.as_ptr(),
            n_map: self.map.len(),
            avoid: self.avoid.as_ptr(),
            n_avoid: self.avoid.len(),
            modules: self.modules.as_ptr(),
            n_modules: self.modules.len(),
            blobs: self.blobs.as_ptr(),
            n_blobs: self.blobs.len(),
            entropy: bytes(&self.entropy),
            ..self.rest
        }
    }
}

/// A file for the guest.
#[derive(Clone, Copy)]
pub struct Module<'s> {
    raw: sys::pvhboot_module,
    source: PhantomData<&'s [u8]>,
}

impl<'s> Module<'s> {
    /// A module with these bytes.
    pub fn new(source: &'s [u8]) -> Self {
        let raw = sys::pvhboot_module { bytes: bytes(source), ..Default::default() };

        Module { raw, source: PhantomData }
    }

    /// A module of this size, whose place the caller fills after the commit.
    pub fn by_caller(size: usize) -> Self {
        let bytes = sys::pvhboot_bytes { data: std::ptr::null(), size };
        let flags = sys::PVHBOOT_MODULE_BY_CALLER;
        let raw = sys::pvhboot_module { bytes, flags, ..Default::default() };

        Module { raw, source: PhantomData }
    }

    /// Its command line, without a NUL.
    pub fn cmdline(mut self, cmdline: &'s [u8]) -> Self {
        self.raw.cmdline = bytes(cmdline);
        self
    }

    /// Where it must lie.
    pub fn at(mut self, gpa: u64) -> Self {
        self.raw.gpa = gpa;
        self
    }

    /// Its address is a multiple of this power of two; at least of a page.
    pub fn align(mut self, align: u64) -> Self {
        self.raw.align = align;
        self
    }
}

/// Bytes that the guest finds by other means than the start_info.
#[derive(Clone, Copy)]
pub struct Blob<'s> {
    raw: sys::pvhboot_blob,
    source: PhantomData<&'s [u8]>,
}

impl<'s> Blob<'s> {
    /// A blob with these bytes.
    pub fn new(source: &'s [u8]) -> Self {
        let raw = sys::pvhboot_blob { bytes: bytes(source), ..Default::default() };

        Blob { raw, source: PhantomData }
    }

    /// A blob of this size, whose place the caller fills after the commit: for bytes that depend on
    /// where they lie.
    pub fn by_caller(size: usize) -> Self {
        let bytes = sys::pvhboot_bytes { data: std::ptr::null(), size };
        let flags = sys::PVHBOOT_BLOB_BY_CALLER;
        let raw = sys::pvhboot_blob { bytes, flags, ..Default::default() };

        Blob { raw, source: PhantomData }
    }

    /// Bytes that it has in the guest; what is more than it has bytes is 0 there.
    pub fn size(mut self, size: u64) -> Self {
        self.raw.size = size;
        self
    }

    /// Where it must lie.
    pub fn at(mut self, gpa: u64) -> Self {
        self.raw.gpa = gpa;
        self
    }

    /// Where it may lie; by default from 1 MiB to the ceiling.
    pub fn window(mut self, window: Range<u64>) -> Self {
        self.raw.window = sys::pvhboot_range { start: window.start, end: window.end };
        self
    }

    /// Its address is a multiple of this power of two; at least of a page.
    pub fn align(mut self, align: u64) -> Self {
        self.raw.align = align;
        self
    }

    /// What the guest's map says of its pages; by default RAM.
    pub fn kind(mut self, kind: MapType) -> Self {
        self.raw.type_ = kind.into();
        self
    }
}
