// SPDX-License-Identifier: MIT
//! A Linux bzImage with an LZ4 payload and relocations, named in `PVHBOOT_TEST_KERNEL`. `tests/run`
//! of the repository has one; without it these tests are ignored.

mod common;

use common::*;
use pvhboot::*;

const GUEST: u64 = 128 << 20;

fn kernel() -> Vec<u8> {
    let path = std::env::var_os("PVHBOOT_TEST_KERNEL").expect("PVHBOOT_TEST_KERNEL is set");

    std::fs::read(path).unwrap()
}

/// The guest's memory and the registers, of a boot by prepare and commit.
fn booted(file: &[u8], request: &Request, options: &Options) -> (Vec<u8>, Registers) {
    let memory = guest_of(GUEST);
    let (registers, warnings) = boot(file, request, options, &VmMemory::zeroed(&memory)).unwrap();

    assert!(warnings.is_empty(), "{warnings:?}");
    (bytes_at(&memory, 0, GUEST as usize), registers)
}

#[test]
#[ignore = "wants PVHBOOT_TEST_KERNEL"]
fn threads_change_nothing() {
    let file = kernel();
    let request = Request::new().ram(0..GUEST).cmdline(b"console=ttyS0");
    let one = booted(&file, &request, &Options::new());
    let three = booted(&file, &request, &Options::new().threads(3));

    assert!(one.0[one.1.rip as usize..][..16] != [0; 16]);
    assert!(one == three, "another guest by 3 threads");
}

/// Two ways to a random address: at once, and by a kernel that is shared and copied.
#[test]
#[ignore = "wants PVHBOOT_TEST_KERNEL"]
fn a_random_address() {
    let file = kernel();
    let entropy = |i| Request::new().ram(0..GUEST).kaslr([i; 16]).entry(EntryKind::Linux64);
    let (bytes, registers) = booted(&file, &entropy(0x5a), &Options::new());
    let loaded = Loaded::new(&file, &Options::new()).unwrap();
    let kernel = loaded.kernel(&Options::new()).unwrap();
    let memory = guest_of(GUEST);
    let plan = Plan::new(&kernel, &entropy(0x5a)).unwrap();

    assert!(plan.kaslr().virtual_slots > 100, "{:?}", plan.kaslr());
    assert_eq!(plan.kaslr().virtual_fixed, Fixed::Not);
    assert_eq!(plan.registers(), registers);
    plan.commit(&VmMemory::zeroed(&memory)).unwrap();
    assert!(bytes == bytes_at(&memory, 0, GUEST as usize), "another guest by Plan");
    let other = Plan::new(&kernel, &entropy(0xa5)).unwrap();
    assert_ne!(other.registers(), registers);
}
