// SPDX-License-Identifier: MIT
//! Boots x86 guests through the PVH entry, or by the boot protocol of Linux: give it a kernel file,
//! a memory map and an initrd, and it gives back guest memory that is ready to run and the registers
//! to start it with. This is the safe face of the C library libpvhboot.
//!
//! ```text
//! boot()                                file -> guest memory and registers, in one call
//! Prepared::new()                       file -> plan, to be looked at
//!     .commit()                         -> guest memory
//!     .registers()                      -> registers
//! Loaded::new(), .kernel(), Plan::new() the stages, for many guests of one kernel
//! ```
//!
//! - A failure is an [`Error`]: a [`Status`], the rule that did not hold as data, and as one line of
//!   text. Warnings of calls that succeed are [`Warnings`].
//! - Guest memory is a trait, [`GuestMemory`]. Memory of the crate `vm-memory` is one by
//!   [`VmMemory`].
//! - A panic in a callback of the caller's (memory, codec) does not unwind through C. It becomes an
//!   [`Error`] with [`Error::panic`].
//! - Sources of a boot (the file, modules, command lines, blobs) are borrowed until it was committed,
//!   and not copied.
#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(doctest)]
mod borrows;
mod bytes;
mod call;
mod check;
mod codec;
mod codes;
mod error;
mod image;
mod kernel;
mod memory;
mod options;
mod plan;
mod prepared;
mod registers;
mod request;
#[cfg(feature = "vm-memory")]
mod vm_memory;

#[cfg(feature = "vm-memory")]
pub use self::vm_memory::VmMemory;
pub use check::{check_start, Severity, StartFinding};
pub use codec::{Codec, DecodeError, Output};
pub use codes::{
    Compression, Container, EntryKind, Fixed, MapType, PlaceKind, Stage, Status, Subject, Unit,
};
pub use error::{Error, Finding, Numbers, Warnings};
pub use image::{Image, Loaded, Profile, Uki};
pub use kernel::{Kernel, KernelInfo, Note, Relocation, Segment};
pub use memory::{Failed, GuestMemory, Mapped};
pub use options::Options;
pub use plan::{Kaslr, Layout, Place, Plan};
pub use prepared::{boot, Prepared};
pub use pvhboot_sys as sys;
pub use registers::{Registers, SegmentRegister};
pub use request::{Blob, Module, Request};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
