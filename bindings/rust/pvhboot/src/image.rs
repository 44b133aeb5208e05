// SPDX-License-Identifier: MIT
//! The file: what it is, and its ELF image.

use crate::bytes::{bytes, slice};
use crate::call::call;
use crate::{Compression, Container, Error, Kernel, Options, Warnings};
use pvhboot_sys as sys;
use std::fmt;
use std::marker::PhantomData;
use std::os::raw::c_void;

/// What a file is. Borrows the file.
#[derive(Clone, Copy)]
pub struct Image<'file> {
    raw: sys::pvhboot_image,
    file: PhantomData<&'file [u8]>,
}

/// What a unified kernel image (UKI) carries beside its kernel; all empty in other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uki<'file> {
    /// Section `.initrd`.
    pub initrd: &'file [u8],
    /// Section `.ucode`: an initrd with microcode.
    pub ucode: &'file [u8],
    /// Section `.cmdline`, without what is behind its text.
    pub cmdline: &'file [u8],
    /// Section `.osrel`.
    pub osrel: &'file [u8],
    /// Section `.uname`.
    pub uname: &'file [u8],
    /// The number of the profile that was chosen.
    pub profile: u32,
}

/// A profile of a unified kernel image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile<'file> {
    /// For [`Options::profile`].
    pub number: u32,
    /// For [`Options::profile_id`]; may be empty.
    pub id: &'file [u8],
    /// For people; may be empty.
    pub title: &'file [u8],
}

impl<'file> Image<'file> {
    /// Identifies a file by its content.
    pub fn probe(file: &'file [u8], options: &Options) -> Result<(Self, Warnings), Error> {
        let mut raw = Default::default();
        // SAFETY: all that is pointed at stays for the call.
        let warnings = options.with(|options| {
            call(|diag| unsafe { sys::pvhboot_image_probe(bytes(file), options, &mut raw, diag) })
        })?;

        // SAFETY: it was made of this file.
        Ok((unsafe { Self::from_raw(raw) }, warnings))
    }

    /// # Safety
    /// The image was made by the library, of a file that is borrowed for `'file`.
    pub(crate) unsafe fn from_raw(raw: sys::pvhboot_image) -> Self {
        Image { raw, file: PhantomData }
    }

    /// What contains the kernel.
    pub fn container(&self) -> Container {
        u32::from(self.raw.container).into()
    }

    /// How the kernel is compressed.
    pub fn compression(&self) -> Compression {
        u32::from(self.raw.compression).into()
    }

    /// A bzImage's boot protocol: 0x020f is 2.15. 0 of other files.
    pub fn protocol(&self) -> u16 {
        self.raw.protocol
    }

    /// Bytes of what the file holds unpacked; a guess, unless the file claims it.
    pub fn unpacked_size(&self) -> u64 {
        self.raw.unpacked_size
    }

    /// What a UKI carries.
    pub fn uki(&self) -> Uki<'file> {
        let uki = &self.raw.uki;
        // SAFETY: these are parts of the file.
        let part = |part: sys::pvhboot_bytes| unsafe { slice(part.data, part.size) };

        Uki {
            initrd: part(uki.initrd),
            ucode: part(uki.ucode),
            cmdline: part(uki.cmdline),
            osrel: part(uki.osrel),
            uname: part(uki.uname),
            profile: uki.profile,
        }
    }

    /// The profiles of a UKI.
    pub fn profiles(&self) -> impl Iterator<Item = Profile<'file>> {
        let image = *self;
        let mut iter = Default::default();

        std::iter::from_fn(move || {
            let mut raw = sys::pvhboot_profile::default();

            // SAFETY: the image's file is borrowed still, and so is what is found in it.
            unsafe {
                (sys::pvhboot_profile_next(&image.raw, &mut iter, &mut raw) != 0).then(|| Profile {
                    number: raw.number,
                    id: slice(raw.id.data, raw.id.size),
                    title: slice(raw.title.data, raw.title.size),
                })
            }
        })
    }
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Image")
            .field("container", &self.container())
            .field("compression", &self.compression())
            .field("unpacked_size", &self.unpacked_size())
            .finish()
    }
}

/// A file whose ELF image was unpacked: into a buffer of its own, unless it lies in the file.
pub struct Loaded<'file> {
    raw: sys::pvhboot_loaded,
    warnings: Warnings,
    file: PhantomData<&'file [u8]>,
}

// SAFETY: it owns its buffer, which is not written to any more, and borrows the file as `&[u8]`.
unsafe impl Send for Loaded<'_> {}
// SAFETY: as above.
unsafe impl Sync for Loaded<'_> {}

impl<'file> Loaded<'file> {
    /// Probes and unpacks a file.
    pub fn new(file: &'file [u8], options: &Options) -> Result<Self, Error> {
        let mut raw = Default::default();
        // SAFETY: all that is pointed at stays for the call.
        let result = options.with(|options| {
            call(|diag| unsafe { sys::pvhboot_image_load(bytes(file), options, &mut raw, diag) })
        });
        // Before the result is looked at: a call that fails for a panic may have made a buffer.
        let mut loaded = Loaded { raw, warnings: Warnings::default(), file: PhantomData };

        loaded.warnings = result?;
        Ok(loaded)
    }

    /// What the file is.
    pub fn image(&self) -> Image<'file> {
        // SAFETY: it was made of the file.
        unsafe { Image::from_raw(self.raw.image) }
    }

    /// The ELF image; other bytes, such as Linux's relocations, may follow it.
    pub fn elf(&self) -> &[u8] {
        // SAFETY: it lies in the file, or in the buffer that is released with `self`.
        unsafe { slice(self.raw.elf.data, self.raw.elf.size) }
    }

    /// The kernel, with all entries that it has.
    pub fn kernel(&self, options: &Options) -> Result<Kernel<'_>, Error> {
        let bzimage = self.raw.image.bzimage;

        // SAFETY: it lies in the file.
        Kernel::open(self.elf(), unsafe { slice(bzimage.data, bzimage.size) }, options)
    }

    /// What the library warned about.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

impl Drop for Loaded<'_> {
    fn drop(&mut self) {
        extern "C" {
            fn free(memory: *mut c_void);
        }
        // SAFETY: without an allocator in the options the library takes a buffer by malloc(). It is
        // NULL where there is none.
        unsafe { free(self.raw.buffer.data.cast()) }
    }
}
