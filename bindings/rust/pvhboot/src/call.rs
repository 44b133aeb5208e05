// SPDX-License-Identifier: MIT
//! Calls into the library, and calls that come back from it.
//!
//! No panic may unwind through C. A callback that panics is caught, the panic is kept, and the
//! call into the library fails with it. The library calls back on the calling thread only, so the
//! panic is kept in a variable of the thread.

use crate::error::Diag;
use crate::{Error, Warnings};
use pvhboot_sys as sys;
use std::any::Any;
use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};

thread_local! {
    static PANIC: Cell<Option<String>> = const { Cell::new(None) };
}

/// Calls the library. Fails as it does, or where a callback panicked.
pub(crate) fn call(
    function: impl FnOnce(*mut sys::pvhboot_diag) -> sys::pvhboot_status,
) -> Result<Warnings, Error> {
    let mut diag = Diag::new();
    let status = function(diag.as_mut_ptr());

    match take_panic() {
        Some(panic) => Err(Error::of_panic(panic, status, &diag)),
        None => diag.result(status),
    }
}

/// Runs what a callback does. Gives `failure` where that panics. After a panic nothing runs until
/// the call into the library has returned.
pub(crate) fn callback<T: Copy>(failure: T, body: impl FnOnce() -> T) -> T {
    let earlier = PANIC.with(Cell::take);

    if earlier.is_some() {
        PANIC.with(|panic| panic.set(earlier));
        return failure;
    }
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        PANIC.with(|panic| panic.set(Some(message(payload))));
        failure
    })
}

/// What a callback has panicked with since this was asked last.
pub(crate) fn take_panic() -> Option<String> {
    PANIC.with(Cell::take)
}

fn message(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<String>() {
        Ok(text) => return *text,
        Err(other) => other,
    };
    match payload.downcast::<&str>() {
        Ok(text) => text.to_string(),
        Err(other) => {
            // Dropping it could panic once more, outside of what is caught.
            std::mem::forget(other);
            "of an unknown type".into()
        }
    }
}
