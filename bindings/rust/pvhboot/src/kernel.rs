// SPDX-License-Identifier: MIT
//! The ELF image: what it says about itself.

use crate::bytes::{bytes, slice};
use crate::call::call;
use crate::{EntryKind, Error, Options, Warnings};
use pvhboot_sys as sys;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

/// What is known of a kernel, as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KernelInfo {
    /// Guest addresses that its segments cover as linked.
    pub linked: Range<u64>,
    /// The guest address of the PVH entry as linked; 0 where there is none.
    pub entry: u64,
    /// The entries that it has.
    pub entries: Vec<EntryKind>,
    /// How its PVH note lets it move; `None`: not at all.
    pub relocation: Option<Relocation>,
    /// `e_machine`: 3 is i386, 62 is x86-64.
    pub machine: u16,
    /// 32 or 64; 0 of a bzImage that unpacks itself.
    pub elf_class: u8,
    /// Segments that are loaded.
    pub n_segments: u32,
    /// Notes of all owners.
    pub n_notes: u32,
}

/// What the note PHYS32_RELOC permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relocation {
    /// The kernel moves by multiples of this.
    pub align: u64,
    /// The lowest guest address of its start.
    pub min: u64,
    /// The last guest address that it may use.
    pub max: u64,
}

impl KernelInfo {
    pub(crate) fn new(raw: &sys::pvhboot_kernel) -> Self {
        let kinds = [
            EntryKind::Pvh,
            EntryKind::Linux64,
            EntryKind::Bzimage64,
            EntryKind::Bzimage32,
            EntryKind::Efi,
        ];

        KernelInfo {
            linked: raw.start..raw.end,
            entry: raw.entry,
            entries: kinds
                .into_iter()
                .filter(|&kind| raw.entries & 1 << u32::from(kind) != 0)
                .collect(),
            relocation: (raw.relocatable != 0).then_some(Relocation {
                align: raw.reloc.align,
                min: raw.reloc.min,
                max: raw.reloc.max,
            }),
            machine: raw.machine,
            elf_class: raw.elf_class,
            n_segments: raw.n_segments,
            n_notes: raw.n_notes,
        }
    }
}

/// A kernel that can be entered. Borrows the ELF image. One kernel may be planned for many guests,
/// on many threads.
pub struct Kernel<'elf> {
    pub(crate) raw: sys::pvhboot_kernel,
    info: KernelInfo,
    warnings: Warnings,
    elf: PhantomData<&'elf [u8]>,
}

// SAFETY: it borrows the image as `&[u8]`, and the library only reads of it.
unsafe impl Send for Kernel<'_> {}
// SAFETY: as above.
unsafe impl Sync for Kernel<'_> {}

/// A piece of the kernel that is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'elf> {
    /// Its bytes; the rest of it is zero.
    pub bytes: &'elf [u8],
    /// The guest address where it is linked.
    pub gpa: u64,
    /// Bytes in memory.
    pub size: u64,
    /// Of the program header.
    pub index: u32,
    /// `p_flags`: 1 execute, 2 write, 4 read.
    pub flags: u32,
}

/// A note of the ELF image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note<'elf> {
    /// Its owner, "Xen".
    pub owner: &'elf [u8],
    /// Its content.
    pub desc: &'elf [u8],
    /// Its meaning depends on the owner.
    pub kind: u32,
}

impl<'elf> Kernel<'elf> {
    /// Opens a kernel. Either may be empty: `bzimage` where there is none, and `elf` for a bzImage
    /// that is to unpack itself.
    pub fn open(elf: &'elf [u8], bzimage: &'elf [u8], options: &Options) -> Result<Self, Error> {
        let flags = options.kernel_flags();
        let mut raw = Default::default();
        let warnings = call(|diag| {
            // SAFETY: all that is pointed at stays for the call.
            unsafe {
                sys::pvhboot_kernel_open_linux(bytes(elf), bytes(bzimage), flags, &mut raw, diag)
            }
        })?;

        Ok(Kernel { info: KernelInfo::new(&raw), raw, warnings, elf: PhantomData })
    }

    /// The build ID; empty: there is none.
    pub fn build_id(&self) -> &'elf [u8] {
        // SAFETY: it lies in the ELF image.
        unsafe { slice(self.raw.build_id.data, self.raw.build_id.size) }
    }

    /// What the note GUEST_OS says, "linux"; empty: there is none.
    pub fn guest_os(&self) -> &'elf [u8] {
        // SAFETY: it lies in the ELF image.
        unsafe { slice(self.raw.guest_os.data, self.raw.guest_os.size) }
    }

    /// The segments, in the order of their headers.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'elf>> + '_ {
        let mut iter = Default::default();

        std::iter::from_fn(move || {
            let mut raw = sys::pvhboot_segment::default();

            // SAFETY: the ELF image is borrowed still, and the segment's bytes lie in it.
            unsafe {
                (sys::pvhboot_segment_next(&self.raw, &mut iter, &mut raw) != 0).then(|| Segment {
                    bytes: slice(raw.bytes.data, raw.bytes.size),
                    gpa: raw.gpa,
                    size: raw.size,
                    index: raw.index,
                    flags: raw.flags,
                })
            }
        })
    }

    /// The notes of all owners, in the order of their headers.
    pub fn notes(&self) -> impl Iterator<Item = Note<'elf>> + '_ {
        let mut iter = Default::default();

        std::iter::from_fn(move || {
            let mut raw = sys::pvhboot_note::default();

            // SAFETY: the ELF image is borrowed still, and the note lies in it.
            unsafe {
                (sys::pvhboot_note_next(&self.raw, &mut iter, &mut raw) != 0).then(|| Note {
                    owner: slice(raw.name.data, raw.name.size),
                    desc: slice(raw.desc.data, raw.desc.size),
                    kind: raw.type_,
                })
            }
        })
    }

    /// What the library warned about.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

impl Deref for Kernel<'_> {
    type Target = KernelInfo;

    fn deref(&self) -> &KernelInfo {
        &self.info
    }
}

impl fmt::Debug for Kernel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.info.fmt(f)
    }
}
