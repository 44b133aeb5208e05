// SPDX-License-Identifier: MIT
//! Finds the library by pkg-config. `PVHBOOT_STATIC=1` links the static one, with what it needs;
//! the crate `pkg-config` knows that variable by the library's name.

fn main() {
    // Struct sizes do not change under one minor version, while the major one is 0.
    pkg_config::Config::new()
        .range_version("0.2".."0.3")
        .probe("pvhboot")
        .unwrap_or_else(|error| panic!("{error}"));
}
