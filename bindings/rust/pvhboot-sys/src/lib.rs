// SPDX-License-Identifier: MIT
//! Declarations of libpvhboot, as its C headers have them, and nothing else. The headers
//! (`include/pvhboot/`) say what a function does and what a struct must hold. The crate `pvhboot`
//! is the safe way to use them.
//!
//! The library is found by pkg-config. With `PVHBOOT_STATIC=1` in the environment of the build the
//! static one is linked, with all that it needs.
//!
//! Every struct may be all zero, which is the default of each of its members: that is its
//! [`Default`] here.
//!
//! An `enum` of C is a number here, with a constant for each value that its header names. A newer
//! library may give other values.
#![allow(non_camel_case_types, non_upper_case_globals)]

#[rustfmt::skip]
mod bindings;

pub use bindings::*;

macro_rules! zero_is_default {
    ($($name:ident)*) => {
        $(impl Default for $name {
            fn default() -> Self {
                // SAFETY: the struct has integers, raw pointers, `Option`s of functions, and arrays
                // and structs of these. All zero is a value of each.
                unsafe { std::mem::zeroed() }
            }
        })*
    };
}

zero_is_default! {
    pvhboot_allocator pvhboot_blob pvhboot_buffer pvhboot_bytes pvhboot_codec pvhboot_cpu
    pvhboot_cpu_segment pvhboot_decode pvhboot_diag pvhboot_elf_tables pvhboot_features
    pvhboot_finding pvhboot_image pvhboot_kaslr pvhboot_kernel pvhboot_linux pvhboot_listed_module
    pvhboot_loaded pvhboot_map_entry pvhboot_memory pvhboot_module pvhboot_note pvhboot_note_iter
    pvhboot_options pvhboot_parallel pvhboot_place pvhboot_plan pvhboot_prepared
    pvhboot_prepared_own pvhboot_profile pvhboot_profile_iter pvhboot_range pvhboot_reloc
    pvhboot_relocs pvhboot_request pvhboot_segment pvhboot_segment_iter pvhboot_start
    pvhboot_start_finding pvhboot_start_report pvhboot_symbols pvhboot_uki
}
