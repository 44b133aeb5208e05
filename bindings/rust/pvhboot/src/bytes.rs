// SPDX-License-Identifier: MIT
//! Borrowed bytes, as C has them.

use pvhboot_sys as sys;

pub(crate) fn bytes(slice: &[u8]) -> sys::pvhboot_bytes {
    sys::pvhboot_bytes { data: slice.as_ptr(), size: slice.len() }
}

/// # Safety
/// For `'a` there are `n` values at `data`, which nobody writes to; or `n` is 0, or `data` NULL.
pub(crate) unsafe fn slice<'a, T>(data: *const T, n: usize) -> &'a [T] {
    if n == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts(data, n) }
}
