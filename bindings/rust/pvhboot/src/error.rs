// SPDX-License-Identifier: MIT
//! Failures and warnings, copied out of the library's diagnostic.

use crate::{Stage, Status, Subject, Unit};
use pvhboot_sys as sys;
use std::ffi::CStr;
use std::fmt;
use std::ops::Deref;
use std::os::raw::c_char;

/// One rule that did not hold, as data. Its `Display` is the line that the library makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where it was found.
    pub stage: Stage,
    /// What it is about.
    pub subject: Subject,
    /// Which of these, from 0.
    pub index: Option<u32>,
    /// Where; [`Stage`] says what it counts.
    pub offset: Option<u64>,
    /// The two numbers that disagree.
    pub numbers: Option<Numbers>,
    /// What should hold. Where there is one thing to do, "; " and that thing follow.
    pub rule: String,
    line: String,
}

/// The two numbers of a rule that did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Broke the rule; or with `is_need`, what is needed.
    pub found: u64,
    /// What it was compared with; or with `is_need`, what is allowed.
    pub bound: u64,
    /// What both count.
    pub unit: Unit,
    /// They are a need and an allowance.
    pub is_need: bool,
}

impl Finding {
    /// `None` where there is no finding. The rule of a finding must be a string of C.
    pub(crate) fn new(raw: &sys::pvhboot_finding) -> Option<Self> {
        let has = |bit: u32| u32::from(raw.has) & bit != 0;

        if raw.rule.is_null() {
            return None;
        }
        // SAFETY: the library fills a rule with a static string alone, and so do codecs.
        let rule = unsafe { CStr::from_ptr(raw.rule) };
        Some(Finding {
            stage: u32::from(raw.stage).into(),
            subject: u32::from(raw.subject).into(),
            index: has(sys::PVHBOOT_HAS_INDEX).then_some(raw.index),
            offset: has(sys::PVHBOOT_HAS_OFFSET).then_some(raw.offset),
            numbers: has(sys::PVHBOOT_HAS_NUMBERS).then_some(Numbers {
                found: raw.found,
                bound: raw.bound,
                unit: u32::from(raw.unit).into(),
                is_need: has(sys::PVHBOOT_HAS_NEED),
            }),
            rule: rule.to_string_lossy().into_owned(),
            // SAFETY: raw is a finding, and the buffer has the size that is told.
            line: line(|out, size| unsafe { sys::pvhboot_finding_format(raw, out, size) }),
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// A call that failed. Its `Display` is the line that the library makes of it:
///
/// `MALFORMED: elf: segment 3 at offset 0xe8: expected p_filesz <= p_memsz (found 24 bytes, bound
/// 16 bytes)`
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// Whose fault it is, and what to do about it.
    pub status: Status,
    /// The rule that did not hold.
    pub finding: Option<Box<Finding>>,
    /// More about it, such as the codec that is missing; may be empty.
    pub detail: String,
    /// What a callback of the caller's (guest memory, a codec) panicked with. The panic ended the
    /// call: callbacks that would have followed were not called.
    pub panic: Option<String>,
    /// Warnings of the same call.
    pub warnings: Warnings,
    line: String,
}

impl Error {
    /// Of a callback that panicked. What the library made of it may be a success: where memory cannot
    /// be mapped, for example, it is written.
    pub(crate) fn of_panic(panic: String, status: sys::pvhboot_status, diag: &Diag) -> Self {
        let status = if status == sys::PVHBOOT_OK { sys::PVHBOOT_MEMIO } else { status };

        Error {
            line: format!("a callback panicked: {panic}"),
            panic: Some(panic),
            ..Error::new(status, diag)
        }
    }

    fn new(status: sys::pvhboot_status, diag: &Diag) -> Self {
        Error {
            status: status.into(),
            finding: Finding::new(&diag.0.failure).map(Box::new),
            detail: text(&diag.0.detail),
            panic: None,
            warnings: diag.warnings(),
            // SAFETY: the diagnostic is whole, and the buffer has the size that is told.
            line: line(|out, size| unsafe { sys::pvhboot_diag_format(&*diag.0, out, size) }),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for Error {}

/// What a call warned about: harmless deviations. A slice of findings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Warnings {
    list: Vec<Finding>,
    n_lost: u32,
}

impl Warnings {
    /// How many more there were that found no room.
    pub fn n_lost(&self) -> u32 {
        self.n_lost
    }
}

impl Deref for Warnings {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        &self.list
    }
}

/// The diagnostic of one call.
pub(crate) struct Diag(Box<sys::pvhboot_diag>);

impl Diag {
    pub fn new() -> Self {
        Diag(Box::default())
    }

    pub fn as_mut_ptr(&mut self) -> *mut sys::pvhboot_diag {
        &mut *self.0
    }

    pub fn warnings(&self) -> Warnings {
        let n = usize::from(self.0.n_warnings).min(self.0.warnings.len());

        Warnings {
            list: self.0.warnings[..n].iter().filter_map(Finding::new).collect(),
            n_lost: self.0.n_lost,
        }
    }

    /// The warnings of a call that has returned a status; or its failure.
    pub fn result(&self, status: sys::pvhboot_status) -> Result<Warnings, Error> {
        if status == sys::PVHBOOT_OK {
            Ok(self.warnings())
        } else {
            Err(Error::new(status, self))
        }
    }
}

/// Calls a function that writes at most as many bytes as it is told, with a NUL, and returns the
/// length of all of them.
fn line(format: impl Fn(*mut c_char, usize) -> usize) -> String {
    let mut out = vec![0; format(std::ptr::null_mut(), 0) + 1];

    format(out.as_mut_ptr(), out.len());
    text(&out)
}

/// The text in front of the first NUL.
fn text(chars: &[c_char]) -> String {
    let bytes: Vec<u8> = chars.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();

    String::from_utf8_lossy(&bytes).into_owned()
}
