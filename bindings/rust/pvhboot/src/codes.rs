// SPDX-License-Identifier: MIT
//! The numbers of the C headers as enums. A newer library may give a number that has no name here:
//! it stays what it is, as `Other`.

use pvhboot_sys as sys;

macro_rules! codes {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $code:ident = $value:ident,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $code,)*
            /// A number that this crate does not know.
            Other(u32),
        }

        impl From<u32> for $name {
            fn from(value: u32) -> Self {
                match value {
                    $(sys::$value => Self::$code,)*
                    other => Self::Other(other),
                }
            }
        }

        impl From<$name> for u32 {
            fn from(code: $name) -> Self {
                match code {
                    $($name::$code => sys::$value,)*
                    $name::Other(other) => other,
                }
            }
        }
    )*};
}

codes! {
    /// Why a call failed, grouped by whose fault it is.
    Status {
        /// An argument breaks its rule.
        Invalid = PVHBOOT_INVAL,
        /// A buffer is too small.
        NoSpace = PVHBOOT_NOSPACE,
        /// There is a warning, and [`Options::strict`](crate::Options::strict) was asked for.
        Warned = PVHBOOT_WARNED,
        /// The file ends before what it must contain.
        Truncated = PVHBOOT_TRUNCATED,
        /// None of the formats that the library knows.
        Format = PVHBOOT_FORMAT,
        /// A field contradicts the format or another field.
        Malformed = PVHBOOT_MALFORMED,
        /// Well formed, but not for this build or this library.
        Unsupported = PVHBOOT_UNSUPPORTED,
        /// Compressed data is damaged.
        Corrupt = PVHBOOT_CORRUPT,
        /// More is needed than a limit allows.
        Limit = PVHBOOT_LIMIT,
        /// A kernel without the PVH entry, or the one that was asked for.
        NotPvh = PVHBOOT_NOTPVH,
        /// The host is out of memory.
        NoMemory = PVHBOOT_NOMEM,
        /// Guest memory has no free range that is large enough.
        NoRoom = PVHBOOT_NOROOM,
        /// Two things want the same guest memory.
        Overlap = PVHBOOT_OVERLAP,
        /// An address is outside of what it must be inside of.
        Range = PVHBOOT_RANGE,
        /// Guest memory could not be reached.
        MemoryIo = PVHBOOT_MEMIO,
        /// A defect of the library or of this crate.
        Internal = PVHBOOT_INTERNAL,
    }

    /// Where a finding was made.
    Stage {
        /// The file: offsets count from its start.
        Image = PVHBOOT_STAGE_IMAGE,
        /// Unpacking: offsets count from the start of the file.
        Unpack = PVHBOOT_STAGE_UNPACK,
        /// The ELF image: offsets count from its start.
        Elf = PVHBOOT_STAGE_ELF,
        /// Its notes: offsets count from the image's start.
        Note = PVHBOOT_STAGE_NOTE,
        /// Planning: offsets are guest addresses.
        Plan = PVHBOOT_STAGE_PLAN,
        /// Writing the guest's memory: offsets are guest addresses.
        Commit = PVHBOOT_STAGE_COMMIT,
        /// The whole boot.
        Boot = PVHBOOT_STAGE_BOOT,
        /// The way back, from guest memory.
        Start = PVHBOOT_STAGE_START,
    }

    /// What a finding is about.
    Subject {
        /// Nothing in particular.
        None = PVHBOOT_SUBJECT_NONE,
        /// The header of the file or of the ELF image.
        Header = PVHBOOT_SUBJECT_HEADER,
        /// The payload of a bzImage.
        Payload = PVHBOOT_SUBJECT_PAYLOAD,
        /// A program header.
        Segment = PVHBOOT_SUBJECT_SEGMENT,
        /// A section header.
        Section = PVHBOOT_SUBJECT_SECTION,
        /// A note.
        Note = PVHBOOT_SUBJECT_NOTE,
        /// The entry point.
        Entry = PVHBOOT_SUBJECT_ENTRY,
        /// The kernel as a whole.
        Kernel = PVHBOOT_SUBJECT_KERNEL,
        /// The memory map.
        Map = PVHBOOT_SUBJECT_MAP,
        /// A range to avoid.
        Avoid = PVHBOOT_SUBJECT_AVOID,
        /// A module.
        Module = PVHBOOT_SUBJECT_MODULE,
        /// The start_info block.
        Info = PVHBOOT_SUBJECT_INFO,
        /// A place of the plan.
        Place = PVHBOOT_SUBJECT_PLACE,
        /// The plan's workspace.
        Workspace = PVHBOOT_SUBJECT_WORKSPACE,
        /// A blob.
        Blob = PVHBOOT_SUBJECT_BLOB,
        /// The kernel's symbol table.
        Symbols = PVHBOOT_SUBJECT_SYMBOLS,
        /// The list of modules in guest memory.
        List = PVHBOOT_SUBJECT_LIST,
        /// A command line in guest memory.
        Cmdline = PVHBOOT_SUBJECT_CMDLINE,
        /// ACPI's RSDP.
        Rsdp = PVHBOOT_SUBJECT_RSDP,
        /// The registers at the entry.
        Registers = PVHBOOT_SUBJECT_REGISTERS,
        /// A profile of a unified kernel image.
        Profile = PVHBOOT_SUBJECT_PROFILE,
        /// The boot_params in guest memory.
        BootParams = PVHBOOT_SUBJECT_BOOT_PARAMS,
        /// A setup_data in guest memory.
        SetupData = PVHBOOT_SUBJECT_SETUP_DATA,
        /// The page tables in guest memory.
        PageTables = PVHBOOT_SUBJECT_PAGE_TABLES,
        /// The GDT in guest memory.
        Gdt = PVHBOOT_SUBJECT_GDT,
    }

    /// What the numbers of a finding count.
    Unit {
        /// Addresses, offsets, bits, types.
        None = PVHBOOT_UNIT_NONE,
        /// Bytes.
        Bytes = PVHBOOT_UNIT_BYTES,
        /// Things.
        Count = PVHBOOT_UNIT_COUNT,
        /// What a callback returned: a signed number.
        Signed = PVHBOOT_UNIT_SIGNED,
    }

    /// How a kernel is entered.
    EntryKind {
        /// In a request: the best that the kernel has.
        Auto = PVHBOOT_ENTRY_AUTO,
        /// 32-bit, at the note PHYS32_ENTRY, with a start_info.
        Pvh = PVHBOOT_ENTRY_PVH,
        /// 64-bit, at `e_entry` of an unpacked Linux.
        Linux64 = PVHBOOT_ENTRY_LINUX64,
        /// 64-bit, a bzImage that unpacks itself.
        Bzimage64 = PVHBOOT_ENTRY_BZIMAGE64,
        /// 32-bit, a bzImage that unpacks itself.
        Bzimage32 = PVHBOOT_ENTRY_BZIMAGE32,
        /// By EFI, a PE file as it is, which an environment starts ([`crate::Request::efi`]).
        Efi = PVHBOOT_ENTRY_EFI,
    }

    /// Types of guest memory, as in the start_info.
    MapType {
        /// Usable RAM.
        Ram = PVHBOOT_MAP_RAM,
        /// Not for the guest.
        Reserved = PVHBOOT_MAP_RESERVED,
        /// ACPI tables, reclaimable.
        Acpi = PVHBOOT_MAP_ACPI,
        /// ACPI's non-volatile storage.
        Nvs = PVHBOOT_MAP_NVS,
        /// Broken.
        Unusable = PVHBOOT_MAP_UNUSABLE,
        /// Not enabled.
        Disabled = PVHBOOT_MAP_DISABLED,
        /// Persistent.
        Pmem = PVHBOOT_MAP_PMEM,
    }

    /// What a place of a plan holds.
    PlaceKind {
        /// A segment of the kernel; the index is the program header's.
        Segment = PVHBOOT_PLACE_SEGMENT,
        /// A module; the index is the request's.
        Module = PVHBOOT_PLACE_MODULE,
        /// The start_info or boot_params, with all that it leads to.
        Info = PVHBOOT_PLACE_INFO,
        /// The kernel's symbols.
        Symbols = PVHBOOT_PLACE_SYMBOLS,
        /// A blob; the index is the request's.
        Blob = PVHBOOT_PLACE_BLOB,
    }

    /// Why an address of the kernel is not random.
    Fixed {
        /// It is random.
        Not = PVHBOOT_FIXED_NOT,
        /// Nobody asked for it.
        NotWanted = PVHBOOT_FIXED_NOT_WANTED,
        /// The command line forbids it.
        ByCmdline = PVHBOOT_FIXED_BY_CMDLINE,
        /// The entry has no such address.
        ByEntry = PVHBOOT_FIXED_BY_ENTRY,
        /// The kernel cannot be moved.
        NotRelocatable = PVHBOOT_FIXED_NOT_RELOCATABLE,
        /// The ELF image is not followed by relocations.
        NoRelocs = PVHBOOT_FIXED_NO_RELOCS,
        /// There is one address, or none but the linked one.
        NoRoom = PVHBOOT_FIXED_NO_ROOM,
    }

    /// What contains the kernel in its file.
    Container {
        /// Nothing: the file is the ELF image.
        Elf = PVHBOOT_CONTAINER_ELF,
        /// A Linux bzImage.
        Bzimage = PVHBOOT_CONTAINER_BZIMAGE,
        /// A unified kernel image (UKI).
        Pe = PVHBOOT_CONTAINER_PE,
        /// A compressed stream with one of the others but a UKI inside.
        Compressed = PVHBOOT_CONTAINER_COMPRESSED,
    }

    /// How a kernel is compressed.
    Compression {
        /// Not at all.
        None = PVHBOOT_COMPRESSION_NONE,
        /// RFC 1952.
        Gzip = PVHBOOT_COMPRESSION_GZIP,
        /// bzip2.
        Bzip2 = PVHBOOT_COMPRESSION_BZIP2,
        /// The .xz file format.
        Xz = PVHBOOT_COMPRESSION_XZ,
        /// The .lzma file format.
        Lzma = PVHBOOT_COMPRESSION_LZMA,
        /// The lzop file format.
        Lzo = PVHBOOT_COMPRESSION_LZO,
        /// LZ4, the legacy frame and the frame.
        Lz4 = PVHBOOT_COMPRESSION_LZ4,
        /// RFC 8878.
        Zstd = PVHBOOT_COMPRESSION_ZSTD,
    }
}

impl Status {
    /// The file is not for this library: a host that has another loader gives it to that one. For
    /// any other status the file is damaged, the request is wrong or memory is short, and another
    /// loader is no help.
    pub fn is_foreign(self) -> bool {
        // SAFETY: the function takes any number.
        unsafe { sys::pvhboot_status_is_foreign(self.into()) != 0 }
    }
}
