// SPDX-License-Identifier: MIT
// Made by ./generate from the C headers, which say what everything means. Do not edit.

pub const PVHBOOT_HAS_INDEX: u32 = 1;
pub const PVHBOOT_HAS_OFFSET: u32 = 2;
pub const PVHBOOT_HAS_NUMBERS: u32 = 4;
pub const PVHBOOT_HAS_NEED: u32 = 8;
pub const PVHBOOT_MAX_DETAIL: u32 = 160;
pub const PVHBOOT_MAX_WARNINGS: u32 = 16;
pub const PVHBOOT_FOR_ABI: u32 = 1;
pub const PVHBOOT_FOR_LINUX: u32 = 2;
pub const PVHBOOT_FOR_FREEBSD: u32 = 4;
pub const PVHBOOT_FOR_GRUB: u32 = 8;
pub const PVHBOOT_FOR_OVMF: u32 = 16;
pub const PVHBOOT_FOR_XEN: u32 = 32;
pub const PVHBOOT_COMPAT_XEN: u32 = 1;
pub const PVHBOOT_MAX_NOTES: u32 = 65536;
pub const PVHBOOT_MAX_UNSORTED: u32 = 1024;
pub const PVHBOOT_MODULE_BY_CALLER: u32 = 1;
pub const PVHBOOT_BLOB_BY_CALLER: u32 = 1;
pub const PVHBOOT_REQUEST_SLIDE: u32 = 1;
pub const PVHBOOT_REQUEST_LOWEST: u32 = 2;
pub const PVHBOOT_REQUEST_BELOW_1MIB: u32 = 4;
pub const PVHBOOT_REQUEST_MODULES_ABOVE_4GIB: u32 = 8;
pub const PVHBOOT_REQUEST_DOM0: u32 = 16;
pub const PVHBOOT_REQUEST_VERSION_0: u32 = 32;
pub const PVHBOOT_REQUEST_JOIN: u32 = 64;
pub const PVHBOOT_REQUEST_RSDP_IN_BLOB: u32 = 128;
pub const PVHBOOT_REQUEST_KASLR: u32 = 256;
pub const PVHBOOT_REQUEST_RNG_SEED: u32 = 512;
pub const PVHBOOT_KASLR_ENTROPY: u32 = 16;
pub const PVHBOOT_RNG_SEED_ENTROPY: u32 = 32;
pub const PVHBOOT_PLACE_BY_CALLER: u32 = 1;
pub const PVHBOOT_MAX_DEPTH: u32 = 2;
pub const PVHBOOT_MEMORY_ZEROED: u32 = 1;
pub const PVHBOOT_MEMORY_ONCE: u32 = 2;
pub const PVHBOOT_OPTION_STRICT: u32 = 1;
pub const PVHBOOT_OPTION_NO_UKI: u32 = 2;
pub const PVHBOOT_START_MAX_MODULES: u32 = 65536;
pub const PVHBOOT_START_MAX_MAP: u32 = 65536;
pub const PVHBOOT_START_CHECK_MODULES: u32 = 128;
pub const PVHBOOT_START_CHECK_MAP: u32 = 512;
pub const PVHBOOT_START_CHECK_TEXT: u32 = 16384;
pub const PVHBOOT_START_CHECK_SETUP_DATA: u32 = 64;
pub const PVHBOOT_START_CHECK_TABLES: u32 = 192;
pub const PVHBOOT_START_CHECK_NEED: u32 = 65536;
pub const PVHBOOT_VERSION_MAJOR: u32 = 0;
pub const PVHBOOT_VERSION_MINOR: u32 = 2;
pub const PVHBOOT_VERSION_PATCH: u32 = 0;
pub const PVHBOOT_VERSION_NUMBER: u32 = 512;
pub type __uint8_t = ::std::os::raw::c_uchar;
pub type __uint16_t = ::std::os::raw::c_ushort;
pub type __uint32_t = ::std::os::raw::c_uint;
pub type __uint64_t = ::std::os::raw::c_ulong;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_bytes {
    pub data: *const u8,
    pub size: usize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_buffer {
    pub data: *mut u8,
    pub size: usize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_range {
    pub start: u64,
    pub end: u64,
}
pub const PVHBOOT_OK: pvhboot_status = 0;
pub const PVHBOOT_INVAL: pvhboot_status = 1;
pub const PVHBOOT_NOSPACE: pvhboot_status = 2;
pub const PVHBOOT_WARNED: pvhboot_status = 3;
pub const PVHBOOT_TRUNCATED: pvhboot_status = 16;
pub const PVHBOOT_FORMAT: pvhboot_status = 17;
pub const PVHBOOT_MALFORMED: pvhboot_status = 18;
pub const PVHBOOT_UNSUPPORTED: pvhboot_status = 19;
pub const PVHBOOT_CORRUPT: pvhboot_status = 20;
pub const PVHBOOT_LIMIT: pvhboot_status = 21;
pub const PVHBOOT_NOTPVH: pvhboot_status = 22;
pub const PVHBOOT_NOMEM: pvhboot_status = 32;
pub const PVHBOOT_NOROOM: pvhboot_status = 33;
pub const PVHBOOT_OVERLAP: pvhboot_status = 34;
pub const PVHBOOT_RANGE: pvhboot_status = 35;
pub const PVHBOOT_MEMIO: pvhboot_status = 48;
pub const PVHBOOT_INTERNAL: pvhboot_status = 64;
pub type pvhboot_status = ::std::os::raw::c_uint;
extern "C" {
    pub fn pvhboot_status_name(status: pvhboot_status) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pvhboot_status_is_foreign(status: pvhboot_status) -> ::std::os::raw::c_int;
}
pub const PVHBOOT_STAGE_IMAGE: pvhboot_stage = 1;
pub const PVHBOOT_STAGE_UNPACK: pvhboot_stage = 2;
pub const PVHBOOT_STAGE_ELF: pvhboot_stage = 3;
pub const PVHBOOT_STAGE_NOTE: pvhboot_stage = 4;
pub const PVHBOOT_STAGE_PLAN: pvhboot_stage = 5;
pub const PVHBOOT_STAGE_COMMIT: pvhboot_stage = 6;
pub const PVHBOOT_STAGE_BOOT: pvhboot_stage = 7;
pub const PVHBOOT_STAGE_START: pvhboot_stage = 8;
pub type pvhboot_stage = ::std::os::raw::c_uint;
pub const PVHBOOT_SUBJECT_NONE: pvhboot_subject = 0;
pub const PVHBOOT_SUBJECT_HEADER: pvhboot_subject = 1;
pub const PVHBOOT_SUBJECT_PAYLOAD: pvhboot_subject = 2;
pub const PVHBOOT_SUBJECT_SEGMENT: pvhboot_subject = 3;
pub const PVHBOOT_SUBJECT_SECTION: pvhboot_subject = 4;
pub const PVHBOOT_SUBJECT_NOTE: pvhboot_subject = 5;
pub const PVHBOOT_SUBJECT_ENTRY: pvhboot_subject = 6;
pub const PVHBOOT_SUBJECT_KERNEL: pvhboot_subject = 7;
pub const PVHBOOT_SUBJECT_MAP: pvhboot_subject = 8;
pub const PVHBOOT_SUBJECT_AVOID: pvhboot_subject = 9;
pub const PVHBOOT_SUBJECT_MODULE: pvhboot_subject = 10;
pub const PVHBOOT_SUBJECT_INFO: pvhboot_subject = 11;
pub const PVHBOOT_SUBJECT_PLACE: pvhboot_subject = 12;
pub const PVHBOOT_SUBJECT_WORKSPACE: pvhboot_subject = 13;
pub const PVHBOOT_SUBJECT_BLOB: pvhboot_subject = 14;
pub const PVHBOOT_SUBJECT_SYMBOLS: pvhboot_subject = 15;
pub const PVHBOOT_SUBJECT_LIST: pvhboot_subject = 16;
pub const PVHBOOT_SUBJECT_CMDLINE: pvhboot_subject = 17;
pub const PVHBOOT_SUBJECT_RSDP: pvhboot_subject = 18;
pub const PVHBOOT_SUBJECT_REGISTERS: pvhboot_subject = 19;
pub const PVHBOOT_SUBJECT_PROFILE: pvhboot_subject = 20;
pub const PVHBOOT_SUBJECT_BOOT_PARAMS: pvhboot_subject = 21;
pub const PVHBOOT_SUBJECT_SETUP_DATA: pvhboot_subject = 22;
pub const PVHBOOT_SUBJECT_PAGE_TABLES: pvhboot_subject = 23;
pub const PVHBOOT_SUBJECT_GDT: pvhboot_subject = 24;
pub type pvhboot_subject = ::std::os::raw::c_uint;
pub const PVHBOOT_UNIT_NONE: pvhboot_unit = 0;
pub const PVHBOOT_UNIT_BYTES: pvhboot_unit = 1;
pub const PVHBOOT_UNIT_COUNT: pvhboot_unit = 2;
pub const PVHBOOT_UNIT_SIGNED: pvhboot_unit = 3;
pub type pvhboot_unit = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_finding {
    pub rule: *const ::std::os::raw::c_char,
    pub offset: u64,
    pub found: u64,
    pub bound: u64,
    pub index: u32,
    pub stage: u8,
    pub subject: u8,
    pub has: u8,
    pub unit: u8,
    pub reserved: u64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_diag {
    pub status: u16,
    pub n_warnings: u16,
    pub n_lost: u32,
    pub reserved: u64,
    pub failure: pvhboot_finding,
    pub detail: [::std::os::raw::c_char; 160usize],
    pub warnings: [pvhboot_finding; 16usize],
}
extern "C" {
    pub fn pvhboot_finding_format(
        finding: *const pvhboot_finding,
        out: *mut ::std::os::raw::c_char,
        size: usize,
    ) -> usize;
}
extern "C" {
    pub fn pvhboot_diag_format(
        diag: *const pvhboot_diag,
        out: *mut ::std::os::raw::c_char,
        size: usize,
    ) -> usize;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_allocator {
    pub ctx: *mut ::std::os::raw::c_void,
    pub alloc: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            size: usize,
        ) -> *mut ::std::os::raw::c_void,
    >,
    pub release: ::std::option::Option<
        unsafe extern "C" fn(ctx: *mut ::std::os::raw::c_void, memory: *mut ::std::os::raw::c_void),
    >,
    pub reserved: u64,
}
pub const PVHBOOT_ENTRY_AUTO: pvhboot_entry_kind = 0;
pub const PVHBOOT_ENTRY_PVH: pvhboot_entry_kind = 1;
pub const PVHBOOT_ENTRY_LINUX64: pvhboot_entry_kind = 2;
pub const PVHBOOT_ENTRY_BZIMAGE64: pvhboot_entry_kind = 3;
pub const PVHBOOT_ENTRY_BZIMAGE32: pvhboot_entry_kind = 4;
pub const PVHBOOT_ENTRY_EFI: pvhboot_entry_kind = 5;
pub type pvhboot_entry_kind = ::std::os::raw::c_uint;
extern "C" {
    pub fn pvhboot_entry_name(kind: pvhboot_entry_kind) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_reloc {
    pub align: u64,
    pub min: u64,
    pub max: u64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_features {
    pub supported: u32,
    pub required: u32,
    pub is_complete: u32,
    pub reserved: u32,
}
extern "C" {
    pub fn pvhboot_feature_name(bit: u32) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_symbols {
    pub symtab: pvhboot_bytes,
    pub strtab: pvhboot_bytes,
    pub gpa: u64,
    pub size: u64,
    pub symtab_shdr: u64,
    pub strtab_shdr: u64,
    pub reserved: u64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_relocs {
    pub offset: u64,
    pub n_64: u32,
    pub n_inverse: u32,
    pub n_32: u32,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_linux {
    pub header: pvhboot_bytes,
    pub entry: u64,
    pub pref_address: u64,
    pub init_size: u64,
    pub align: u64,
    pub initrd_max: u64,
    pub relocs: pvhboot_relocs,
    pub cmdline_size: u32,
    pub protocol: u16,
    pub xloadflags: u16,
    pub relocatable: u8,
    pub reserved8: [u8; 7usize],
    pub reserved: [u64; 4usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_elf_tables {
    pub phoff: u64,
    pub shoff: u64,
    pub phnum: u32,
    pub shnum: u32,
    pub phentsize: u32,
    pub shentsize: u32,
}
pub const PVHBOOT_NOTES_NONE: pvhboot_note_source = 0;
pub const PVHBOOT_NOTES_SEGMENTS: pvhboot_note_source = 1;
pub const PVHBOOT_NOTES_SECTIONS: pvhboot_note_source = 2;
pub type pvhboot_note_source = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_kernel {
    pub elf: pvhboot_bytes,
    pub start: u64,
    pub end: u64,
    pub entry: u64,
    pub reloc: pvhboot_reloc,
    pub linux_boot: pvhboot_linux,
    pub features: pvhboot_features,
    pub symbols: pvhboot_symbols,
    pub build_id: pvhboot_bytes,
    pub guest_os: pvhboot_bytes,
    pub tables: pvhboot_elf_tables,
    pub n_segments: u32,
    pub n_notes: u32,
    pub flags: u32,
    pub entries: u32,
    pub machine: u16,
    pub elf_class: u8,
    pub relocatable: u8,
    pub note_source: u8,
    pub overlapping: u8,
    pub reserved8: [u8; 2usize],
    pub reserved: [u64; 8usize],
}
extern "C" {
    pub fn pvhboot_kernel_open(
        elf: pvhboot_bytes,
        flags: u32,
        out: *mut pvhboot_kernel,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_kernel_open_linux(
        elf: pvhboot_bytes,
        bzimage: pvhboot_bytes,
        flags: u32,
        out: *mut pvhboot_kernel,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_kernel_relocate(
        kernel: *const pvhboot_kernel,
        elf: pvhboot_buffer,
        slide: u64,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_segment {
    pub bytes: pvhboot_bytes,
    pub offset: u64,
    pub gpa: u64,
    pub size: u64,
    pub index: u32,
    pub flags: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_segment_iter {
    pub next: u32,
}
extern "C" {
    pub fn pvhboot_segment_next(
        kernel: *const pvhboot_kernel,
        iter: *mut pvhboot_segment_iter,
        out: *mut pvhboot_segment,
    ) -> ::std::os::raw::c_int;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_note {
    pub name: pvhboot_bytes,
    pub desc: pvhboot_bytes,
    pub offset: u64,
    pub type_: u32,
    pub padding: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_note_iter {
    pub table: u32,
    pub padding: u32,
    pub offset: u64,
}
extern "C" {
    pub fn pvhboot_note_next(
        kernel: *const pvhboot_kernel,
        iter: *mut pvhboot_note_iter,
        out: *mut pvhboot_note,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn pvhboot_note_is_xen(note: *const pvhboot_note) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn pvhboot_note_xen_name(type_: u32) -> *const ::std::os::raw::c_char;
}
pub const PVHBOOT_MAP_RAM: pvhboot_map_type = 1;
pub const PVHBOOT_MAP_RESERVED: pvhboot_map_type = 2;
pub const PVHBOOT_MAP_ACPI: pvhboot_map_type = 3;
pub const PVHBOOT_MAP_NVS: pvhboot_map_type = 4;
pub const PVHBOOT_MAP_UNUSABLE: pvhboot_map_type = 5;
pub const PVHBOOT_MAP_DISABLED: pvhboot_map_type = 6;
pub const PVHBOOT_MAP_PMEM: pvhboot_map_type = 7;
pub type pvhboot_map_type = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_map_entry {
    pub gpa: u64,
    pub size: u64,
    pub type_: u32,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_module {
    pub bytes: pvhboot_bytes,
    pub cmdline: pvhboot_bytes,
    pub gpa: u64,
    pub align: u64,
    pub flags: u32,
    pub reserved32: u32,
    pub reserved: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_blob {
    pub bytes: pvhboot_bytes,
    pub size: u64,
    pub gpa: u64,
    pub window: pvhboot_range,
    pub align: u64,
    pub type_: u32,
    pub flags: u32,
    pub reserved: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_request {
    pub kernel: *const pvhboot_kernel,
    pub map: *const pvhboot_map_entry,
    pub n_map: usize,
    pub avoid: *const pvhboot_range,
    pub n_avoid: usize,
    pub modules: *const pvhboot_module,
    pub n_modules: usize,
    pub blobs: *const pvhboot_blob,
    pub n_blobs: usize,
    pub cmdline: pvhboot_bytes,
    pub rsdp: u64,
    pub ceiling: u64,
    pub info_ceiling: u64,
    pub slide: u64,
    pub flags: u32,
    pub guests: u32,
    pub entry: u32,
    pub rsdp_blob: u32,
    pub entropy: pvhboot_bytes,
    pub efi: pvhboot_bytes,
    pub reserved: [u64; 4usize],
}
pub const PVHBOOT_PLACE_SEGMENT: pvhboot_place_kind = 1;
pub const PVHBOOT_PLACE_MODULE: pvhboot_place_kind = 2;
pub const PVHBOOT_PLACE_INFO: pvhboot_place_kind = 3;
pub const PVHBOOT_PLACE_SYMBOLS: pvhboot_place_kind = 4;
pub const PVHBOOT_PLACE_BLOB: pvhboot_place_kind = 5;
pub type pvhboot_place_kind = ::std::os::raw::c_uint;
extern "C" {
    pub fn pvhboot_place_kind_name(kind: pvhboot_place_kind) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_place {
    pub gpa: u64,
    pub size: u64,
    pub source: pvhboot_bytes,
    pub source_offset: u64,
    pub kind: u32,
    pub index: u32,
    pub flags: u32,
    pub reserved32: u32,
    pub reserved: u64,
}
pub const PVHBOOT_FIXED_NOT: pvhboot_fixed_reason = 0;
pub const PVHBOOT_FIXED_NOT_WANTED: pvhboot_fixed_reason = 1;
pub const PVHBOOT_FIXED_BY_CMDLINE: pvhboot_fixed_reason = 2;
pub const PVHBOOT_FIXED_BY_ENTRY: pvhboot_fixed_reason = 3;
pub const PVHBOOT_FIXED_NOT_RELOCATABLE: pvhboot_fixed_reason = 4;
pub const PVHBOOT_FIXED_NO_RELOCS: pvhboot_fixed_reason = 5;
pub const PVHBOOT_FIXED_NO_ROOM: pvhboot_fixed_reason = 6;
pub type pvhboot_fixed_reason = ::std::os::raw::c_uint;
extern "C" {
    pub fn pvhboot_fixed_reason_name(reason: pvhboot_fixed_reason)
        -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_kaslr {
    pub virtual_slide: u64,
    pub physical_slots: u32,
    pub virtual_slots: u32,
    pub physical_fixed: u32,
    pub virtual_fixed: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_plan {
    pub places: *mut pvhboot_place,
    pub n_places: usize,
    pub info: pvhboot_bytes,
    pub map: *const pvhboot_map_entry,
    pub n_map: usize,
    pub start_info: u64,
    pub entry: u64,
    pub page_tables: u64,
    pub gdt: u64,
    pub slide: u64,
    pub kaslr: pvhboot_kaslr,
    pub entry_kind: u32,
    pub reserved32: u32,
    pub reserved: [u64; 6usize],
}
extern "C" {
    pub fn pvhboot_plan_need(
        request: *const pvhboot_request,
        size: *mut usize,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_plan_make(
        request: *const pvhboot_request,
        workspace: pvhboot_buffer,
        out: *mut pvhboot_plan,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_plan_check(
        plan: *const pvhboot_plan,
        request: *const pvhboot_request,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_cpu_segment {
    pub base: u64,
    pub limit: u32,
    pub selector: u16,
    pub access: u16,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_cpu {
    pub rip: u64,
    pub rbx: u64,
    pub rsi: u64,
    pub rsp: u64,
    pub rflags: u64,
    pub cr0: u64,
    pub cr3: u64,
    pub cr4: u64,
    pub efer: u64,
    pub gdt_base: u64,
    pub gdt_limit: u32,
    pub is_64bit: u32,
    pub cs: pvhboot_cpu_segment,
    pub data: pvhboot_cpu_segment,
    pub tr: pvhboot_cpu_segment,
    pub reserved: [u64; 8usize],
}
extern "C" {
    pub fn pvhboot_plan_cpu(plan: *const pvhboot_plan, out: *mut pvhboot_cpu);
}
pub const PVHBOOT_COMPRESSION_NONE: pvhboot_compression = 0;
pub const PVHBOOT_COMPRESSION_GZIP: pvhboot_compression = 1;
pub const PVHBOOT_COMPRESSION_BZIP2: pvhboot_compression = 2;
pub const PVHBOOT_COMPRESSION_XZ: pvhboot_compression = 3;
pub const PVHBOOT_COMPRESSION_LZMA: pvhboot_compression = 4;
pub const PVHBOOT_COMPRESSION_LZO: pvhboot_compression = 5;
pub const PVHBOOT_COMPRESSION_LZ4: pvhboot_compression = 6;
pub const PVHBOOT_COMPRESSION_ZSTD: pvhboot_compression = 7;
pub type pvhboot_compression = ::std::os::raw::c_uint;
extern "C" {
    pub fn pvhboot_compression_name(
        compression: pvhboot_compression,
    ) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_parallel {
    pub ctx: *mut ::std::os::raw::c_void,
    pub run: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            n: usize,
            work: ::std::option::Option<
                unsafe extern "C" fn(arg: *mut ::std::os::raw::c_void, i: usize),
            >,
            arg: *mut ::std::os::raw::c_void,
        ) -> ::std::os::raw::c_int,
    >,
    pub reserved: u64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_decode {
    pub in_: pvhboot_bytes,
    pub out: pvhboot_buffer,
    pub allocator: pvhboot_allocator,
    pub max_memory: u64,
    pub out_is_exact: u32,
    pub only_start: u32,
    pub parallel: *const pvhboot_parallel,
    pub in_used: usize,
    pub out_used: usize,
    pub rule: *const ::std::os::raw::c_char,
    pub memory_needed: u64,
    pub out_needed: u64,
    pub reserved: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_codec {
    pub compression: u32,
    pub reserved: u32,
    pub decode:
        ::std::option::Option<unsafe extern "C" fn(decode: *mut pvhboot_decode) -> pvhboot_status>,
}
extern "C" {
    pub static pvhboot_codec_gzip: pvhboot_codec;
}
extern "C" {
    pub static pvhboot_codec_bzip2: pvhboot_codec;
}
extern "C" {
    pub static pvhboot_codec_xz: pvhboot_codec;
}
extern "C" {
    pub static pvhboot_codec_lzma: pvhboot_codec;
}
extern "C" {
    pub static pvhboot_codec_lzo: pvhboot_codec;
}
extern "C" {
    pub static pvhboot_codec_lz4: pvhboot_codec;
}
extern "C" {
    pub static pvhboot_codec_zstd: pvhboot_codec;
}
extern "C" {
    pub fn pvhboot_codecs() -> *const *const pvhboot_codec;
}
pub const PVHBOOT_CONTAINER_ELF: pvhboot_container = 1;
pub const PVHBOOT_CONTAINER_BZIMAGE: pvhboot_container = 2;
pub const PVHBOOT_CONTAINER_PE: pvhboot_container = 3;
pub const PVHBOOT_CONTAINER_COMPRESSED: pvhboot_container = 4;
pub type pvhboot_container = ::std::os::raw::c_uint;
extern "C" {
    pub fn pvhboot_container_name(container: pvhboot_container) -> *const ::std::os::raw::c_char;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_options {
    pub allocator: *const pvhboot_allocator,
    pub codecs: *const *const pvhboot_codec,
    pub max_output: u64,
    pub max_memory: u64,
    pub parallel: *const pvhboot_parallel,
    pub profile_id: pvhboot_bytes,
    pub profile: u32,
    pub kernel_flags: u32,
    pub flags: u32,
    pub reserved32: u32,
    pub reserved: [u64; 4usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_uki {
    pub initrd: pvhboot_bytes,
    pub ucode: pvhboot_bytes,
    pub cmdline: pvhboot_bytes,
    pub osrel: pvhboot_bytes,
    pub uname: pvhboot_bytes,
    pub n_profiles: u32,
    pub profile: u32,
    pub reserved: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_image {
    pub file: pvhboot_bytes,
    pub stream: pvhboot_bytes,
    pub stream_offset: u64,
    pub unpacked_size: u64,
    pub uki: pvhboot_uki,
    pub bzimage: pvhboot_bytes,
    pub container: u16,
    pub compression: u16,
    pub protocol: u16,
    pub size_is_exact: u8,
    pub depth: u8,
    pub reserved: [u64; 2usize],
}
extern "C" {
    pub fn pvhboot_image_probe(
        file: pvhboot_bytes,
        options: *const pvhboot_options,
        out: *mut pvhboot_image,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_efi_check(file: pvhboot_bytes, diag: *mut pvhboot_diag) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_profile {
    pub id: pvhboot_bytes,
    pub title: pvhboot_bytes,
    pub number: u32,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_profile_iter {
    pub section: u32,
    pub number: u32,
}
extern "C" {
    pub fn pvhboot_profile_next(
        image: *const pvhboot_image,
        iter: *mut pvhboot_profile_iter,
        out: *mut pvhboot_profile,
    ) -> ::std::os::raw::c_int;
}
extern "C" {
    pub fn pvhboot_image_probe_inner(
        outer: *const pvhboot_image,
        unpacked: pvhboot_bytes,
        out: *mut pvhboot_image,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_image_need(
        image: *const pvhboot_image,
        options: *const pvhboot_options,
        size: *mut usize,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_image_unpack(
        image: *const pvhboot_image,
        options: *const pvhboot_options,
        out: pvhboot_buffer,
        elf: *mut pvhboot_bytes,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_loaded {
    pub image: pvhboot_image,
    pub elf: pvhboot_bytes,
    pub buffer: pvhboot_buffer,
    pub reserved: [u64; 2usize],
}
extern "C" {
    pub fn pvhboot_image_load(
        file: pvhboot_bytes,
        options: *const pvhboot_options,
        out: *mut pvhboot_loaded,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_memory {
    pub ctx: *mut ::std::os::raw::c_void,
    pub map: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            gpa: u64,
            size: u64,
        ) -> *mut ::std::os::raw::c_void,
    >,
    pub unmap: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            host: *mut ::std::os::raw::c_void,
            gpa: u64,
            size: u64,
        ),
    >,
    pub write: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            gpa: u64,
            bytes: *const ::std::os::raw::c_void,
            size: usize,
        ) -> ::std::os::raw::c_int,
    >,
    pub zero: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            gpa: u64,
            size: u64,
        ) -> ::std::os::raw::c_int,
    >,
    pub read: ::std::option::Option<
        unsafe extern "C" fn(
            ctx: *mut ::std::os::raw::c_void,
            gpa: u64,
            bytes: *mut ::std::os::raw::c_void,
            size: usize,
        ) -> ::std::os::raw::c_int,
    >,
    pub flags: u32,
    pub reserved32: u32,
    pub reserved: [u64; 4usize],
}
extern "C" {
    pub fn pvhboot_plan_commit(
        plan: *const pvhboot_plan,
        memory: *const pvhboot_memory,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_prepared_own {
    pub allocator: pvhboot_allocator,
    pub memory: pvhboot_memory,
    pub modules: [pvhboot_module; 2usize],
    pub elf: pvhboot_buffer,
    pub workspace: pvhboot_buffer,
    pub window: pvhboot_range,
    pub host: *mut u8,
    pub slide: u64,
    pub kernel_flags: u32,
    pub options: u32,
    pub reserved: [u64; 7usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_prepared {
    pub image: pvhboot_image,
    pub kernel: pvhboot_kernel,
    pub plan: pvhboot_plan,
    pub in_guest: u32,
    pub reserved32: u32,
    pub reserved: [u64; 8usize],
    pub own: pvhboot_prepared_own,
}
extern "C" {
    pub fn pvhboot_prepare(
        file: pvhboot_bytes,
        request: *const pvhboot_request,
        options: *const pvhboot_options,
        memory: *const pvhboot_memory,
        out: *mut pvhboot_prepared,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_prepared_replan(
        prepared: *mut pvhboot_prepared,
        request: *const pvhboot_request,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_prepared_commit(
        prepared: *mut pvhboot_prepared,
        memory: *const pvhboot_memory,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_prepared_release(prepared: *mut pvhboot_prepared);
}
extern "C" {
    pub fn pvhboot_boot(
        file: pvhboot_bytes,
        request: *const pvhboot_request,
        options: *const pvhboot_options,
        memory: *const pvhboot_memory,
        cpu: *mut pvhboot_cpu,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_start {
    pub memory: *const pvhboot_memory,
    pub gpa: u64,
    pub modules: u64,
    pub map: u64,
    pub cmdline: u64,
    pub rsdp: u64,
    pub n_modules: u32,
    pub n_map: u32,
    pub version: u32,
    pub flags: u32,
    pub reserved: u32,
    pub reserved64: [u64; 2usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_listed_module {
    pub gpa: u64,
    pub size: u64,
    pub cmdline: u64,
    pub reserved: u64,
}
extern "C" {
    pub fn pvhboot_start_read(
        memory: *const pvhboot_memory,
        gpa: u64,
        out: *mut pvhboot_start,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_start_module(
        start: *const pvhboot_start,
        index: u32,
        out: *mut pvhboot_listed_module,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_start_map_entry(
        start: *const pvhboot_start,
        index: u32,
        out: *mut pvhboot_map_entry,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_start_text(
        start: *const pvhboot_start,
        gpa: u64,
        out: pvhboot_buffer,
        size: *mut usize,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
pub const PVHBOOT_SEVERITY_ERROR: pvhboot_severity = 1;
pub const PVHBOOT_SEVERITY_WARNING: pvhboot_severity = 2;
pub const PVHBOOT_SEVERITY_NOTE: pvhboot_severity = 3;
pub type pvhboot_severity = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_start_finding {
    pub finding: pvhboot_finding,
    pub severity: u32,
    pub guests: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pvhboot_start_report {
    pub findings: *mut pvhboot_start_finding,
    pub max_findings: usize,
    pub n_findings: usize,
    pub n_errors: usize,
    pub n_warnings: usize,
    pub n_notes: usize,
    pub reserved: [u64; 2usize],
}
extern "C" {
    pub fn pvhboot_start_check(
        memory: *const pvhboot_memory,
        gpa: u64,
        cpu: *const pvhboot_cpu,
        workspace: pvhboot_buffer,
        report: *mut pvhboot_start_report,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_boot_params_check(
        memory: *const pvhboot_memory,
        gpa: u64,
        cpu: *const pvhboot_cpu,
        workspace: pvhboot_buffer,
        report: *mut pvhboot_start_report,
        diag: *mut pvhboot_diag,
    ) -> pvhboot_status;
}
extern "C" {
    pub fn pvhboot_version() -> *const ::std::os::raw::c_char;
}
