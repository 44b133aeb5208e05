// SPDX-License-Identifier: MIT
//! The registers at the entry.

use pvhboot_sys as sys;

/// The registers at the entry. The other general registers are 0, nothing is pending, A20 is on,
/// and there is no IDT. Other vCPUs wait as after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registers {
    /// Below 4 GiB in 32-bit mode.
    pub rip: u64,
    /// PVH: the guest address of the start_info; else 0.
    pub rbx: u64,
    /// Linux: the guest address of the boot_params; else 0.
    pub rsi: u64,
    /// 0: the kernel brings its own stack.
    pub rsp: u64,
    /// Interrupts are off.
    pub rflags: u64,
    /// Protected mode, and in 64-bit mode paging.
    pub cr0: u64,
    /// The guest address of the page tables; 0 in 32-bit mode.
    pub cr3: u64,
    /// PAE in 64-bit mode; else 0.
    pub cr4: u64,
    /// Long mode in 64-bit mode; else 0.
    pub efer: u64,
    /// The guest address of the GDT; 0 for PVH, which needs none.
    pub gdt_base: u64,
    /// Its last offset that is valid, or 0.
    pub gdt_limit: u32,
    /// 64-bit mode; else 32-bit mode without paging.
    pub is_64bit: bool,
    /// The code segment.
    pub cs: SegmentRegister,
    /// ds, es, ss, fs and gs.
    pub data: SegmentRegister,
    /// The task register.
    pub tr: SegmentRegister,
}

/// A segment register with its hidden part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentRegister {
    /// Linear address of its first byte.
    pub base: u64,
    /// The last offset that is valid.
    pub limit: u32,
    /// What an instruction would read of it.
    pub selector: u16,
    /// Bits 0 to 7 are the access byte of the descriptor, bits 8 to 11 its flags (AVL, L, D/B, G).
    pub access: u16,
}

impl From<sys::pvhboot_cpu_segment> for SegmentRegister {
    fn from(raw: sys::pvhboot_cpu_segment) -> Self {
        SegmentRegister {
            base: raw.base,
            limit: raw.limit,
            selector: raw.selector,
            access: raw.access,
        }
    }
}

impl From<SegmentRegister> for sys::pvhboot_cpu_segment {
    fn from(segment: SegmentRegister) -> Self {
        sys::pvhboot_cpu_segment {
            base: segment.base,
            limit: segment.limit,
            selector: segment.selector,
            access: segment.access,
        }
    }
}

impl From<sys::pvhboot_cpu> for Registers {
    fn from(raw: sys::pvhboot_cpu) -> Self {
        Registers {
            rip: raw.rip,
            rbx: raw.rbx,
            rsi: raw.rsi,
            rsp: raw.rsp,
            rflags: raw.rflags,
            cr0: raw.cr0,
            cr3: raw.cr3,
            cr4: raw.cr4,
            efer: raw.efer,
            gdt_base: raw.gdt_base,
            gdt_limit: raw.gdt_limit,
            is_64bit: raw.is_64bit != 0,
            cs: raw.cs.into(),
            data: raw.data.into(),
            tr: raw.tr.into(),
        }
    }
}

impl From<Registers> for sys::pvhboot_cpu {
    fn from(registers: Registers) -> Self {
        sys::pvhboot_cpu {
            rip: registers.rip,
            rbx: registers.rbx,
            rsi: registers.rsi,
            rsp: registers.rsp,
            rflags: registers.rflags,
            cr0: registers.cr0,
            cr3: registers.cr3,
            cr4: registers.cr4,
            efer: registers.efer,
            gdt_base: registers.gdt_base,
            gdt_limit: registers.gdt_limit,
            is_64bit: registers.is_64bit.into(),
            cs: registers.cs.into(),
            data: registers.data.into(),
            tr: registers.tr.into(),
            ..Default::default()
        }
    }
}
