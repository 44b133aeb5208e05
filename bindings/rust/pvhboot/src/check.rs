// SPDX-License-Identifier: MIT
//! The way back: what a guest was given, checked.

use crate::call::call;
use crate::error::{Error, Finding};
use crate::memory::{self, GuestMemory};
use crate::Registers;
use pvhboot_sys as sys;

/// How bad something is that was found in guest memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Harmless, or something was not checked.
    Note,
    /// Some guests fail or misread it.
    Warning,
    /// Breaks the ABI.
    Error,
}

/// Something that was found in guest memory, or in the registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartFinding {
    /// How bad it is.
    pub severity: Severity,
    /// Whose rule it is: a sum of [`sys::PVHBOOT_FOR_ABI`] and its like.
    pub guests: u32,
    /// What it is.
    pub finding: Finding,
}

impl StartFinding {
    fn new(raw: &sys::pvhboot_start_finding) -> Option<Self> {
        Some(StartFinding {
            severity: match raw.severity {
                sys::PVHBOOT_SEVERITY_NOTE => Severity::Note,
                sys::PVHBOOT_SEVERITY_WARNING => Severity::Warning,
                _ => Severity::Error,
            },
            guests: raw.guests,
            finding: Finding::new(&raw.finding)?,
        })
    }
}

const MAX_FINDINGS: usize = 64;

/// Checks a start_info, or by an entry of Linux a boot_params, and all that it leads to in guest
/// memory, and the registers at the entry. Finds what breaks the ABI, and what known guests would
/// stumble over. Gives the first 64 of these.
pub fn check_start<M: GuestMemory>(
    memory: &M,
    registers: &Registers,
) -> Result<Vec<StartFinding>, Error> {
    let memory = memory::raw(memory);
    let cpu = sys::pvhboot_cpu::from(*registers);
    let mut workspace = vec![0_u64; sys::PVHBOOT_START_CHECK_NEED as usize / 8];
    let workspace = sys::pvhboot_buffer {
        data: workspace.as_mut_ptr().cast(),
        size: sys::PVHBOOT_START_CHECK_NEED as usize,
    };
    let mut findings = [sys::pvhboot_start_finding::default(); MAX_FINDINGS];
    let mut report = sys::pvhboot_start_report {
        findings: findings.as_mut_ptr(),
        max_findings: findings.len(),
        ..Default::default()
    };
    let (check, gpa): (unsafe extern "C" fn(_, _, _, _, _, _) -> _, _) = match registers.rsi {
        0 => (sys::pvhboot_start_check, registers.rbx),
        boot_params => (sys::pvhboot_boot_params_check, boot_params),
    };

    // SAFETY: all that is pointed at stays for the call.
    call(|diag| unsafe { check(&memory, gpa, &cpu, workspace, &mut report, diag) })?;
    let n = report.n_findings.min(MAX_FINDINGS);
    Ok(findings[..n].iter().filter_map(StartFinding::new).collect())
}
