// SPDX-License-Identifier: MIT
//! Prepares a kernel in memory of vm-memory, and prints the plan and the registers that a virtual
//! machine monitor would start its first vCPU with.
//!
//! ```text
//! cargo run --example boot -- vmlinuz [initrd [command line]]
//! ```

use pvhboot::{check_start, Module, Options, Prepared, Request, Severity, VmMemory};
use std::error::Error;
use vm_memory::{GuestAddress, GuestMemoryMmap};

const RAM: u64 = 512 << 20;

fn run(kernel: &str, initrd: Option<&str>, cmdline: &str) -> Result<(), Box<dyn Error>> {
    let file = std::fs::read(kernel)?;
    let initrd = initrd.map(std::fs::read).transpose()?;
    let memory = GuestMemoryMmap::<()>::from_ranges(&[(GuestAddress(0), RAM as usize)])?;
    let memory = VmMemory::zeroed(&memory);
    let mut request = Request::new().ram(0..RAM).cmdline(cmdline.as_bytes());

    if let Some(initrd) = &initrd {
        request = request.module(Module::new(initrd));
    }
    let mut prepared = Prepared::new(&file, &request, &Options::new().threads(2), &memory)?;

    println!("{:?}", prepared.image());
    println!("{:?}", prepared.kernel());
    print!("{}", *prepared);
    let mut warnings = prepared.warnings().to_vec();
    warnings.extend_from_slice(&prepared.commit()?);
    for warning in warnings {
        println!("warning: {warning}");
    }
    let registers = prepared.registers();
    for found in check_start(&memory, &registers)? {
        if found.severity == Severity::Error {
            return Err(found.finding.to_string().into());
        }
    }
    println!("{:?} entry, {registers:#x?}", prepared.entry_kind());
    Ok(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        [kernel] => run(kernel, None, "console=ttyS0"),
        [kernel, initrd] => run(kernel, Some(initrd), "console=ttyS0"),
        [kernel, initrd, cmdline] => run(kernel, Some(initrd), cmdline),
        _ => Err("usage: boot KERNEL [INITRD [COMMAND LINE]]".into()),
    };

    if let Err(error) = result {
        eprintln!("boot: {error}");
        std::process::exit(1);
    }
}
