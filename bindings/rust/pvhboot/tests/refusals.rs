// SPDX-License-Identifier: MIT
//! Files, requests and callbacks that do not work: the error says so, and nothing is left behind.

mod common;

use common::*;
use pvhboot::*;

/// Boots, and gives the error. Nothing may be left in the guest, or mapped.
fn refused(file: &[u8], request: &Request, options: &Options) -> Error {
    let memory = guest();
    let watched = Watched::new(&memory, Trick::None);
    let error = boot(file, request, options, &watched).unwrap_err();

    assert_eq!(watched.n_maps, watched.n_unmaps, "{error}");
    assert!(is_untouched(&memory), "{error}");
    error
}

#[test]
fn files() {
    let mut damaged = bzimage(&gzip(&elf()));
    let middle = 0x500 + (damaged.len() - 0x500) / 2;
    damaged[middle..middle + 8].fill(0x55);
    let mut cut = elf();
    cut.truncate(100);
    let rows = [
        (b"no kernel at all".to_vec(), Status::Format, Stage::Image),
        (b"070701 of cpio".to_vec(), Status::Format, Stage::Image),
        (malformed_elf(), Status::Malformed, Stage::Elf),
        (bzimage(&gzip(&malformed_elf())), Status::Malformed, Stage::Elf),
        (cut, Status::Truncated, Stage::Elf),
        (damaged, Status::Corrupt, Stage::Unpack),
    ];

    for (file, status, stage) in rows {
        let error = refused(&file, &request(), &Options::new());

        assert_eq!((error.status, error.finding.as_ref().unwrap().stage), (status, stage));
        assert!(!error.to_string().is_empty() && error.panic.is_none());
    }
}

#[test]
fn an_error_as_data_and_as_a_line() {
    let error = refused(&malformed_elf(), &request(), &Options::new());
    let finding = error.finding.as_ref().unwrap();

    assert_eq!(
        (finding.subject, finding.index, finding.offset),
        (Subject::Segment, Some(0), Some(0x40))
    );
    assert_eq!(
        finding.numbers,
        Some(Numbers { found: 16, bound: 8, unit: Unit::Bytes, is_need: false })
    );
    assert_eq!(finding.rule, "p_filesz <= p_memsz");
    assert_eq!(error.to_string(), format!("MALFORMED: {finding}"));
    assert_eq!(
        error.to_string(),
        "MALFORMED: elf: segment 0 at offset 0x40: expected p_filesz <= p_memsz (found 16 bytes, \
         bound 8 bytes)"
    );
    assert!(!error.status.is_foreign());
    let error = refused(b"070701 of cpio", &request(), &Options::new());
    assert!(error.status.is_foreign());
    assert_eq!(error.detail, "a cpio archive (an initrd)");
}

#[test]
fn requests() {
    let seed = [7; 32];
    let rows = [
        (Request::new(), Status::Range),
        (Request::new().ram(0..LINKED + 0x1000), Status::Range),
        (request().avoid(LINKED..LINKED + 1), Status::Overlap),
        (request().module(Module::by_caller(RAM as usize)), Status::NoRoom),
        (request().module(Module::by_caller(4096).at(LINKED)), Status::Overlap),
        (request().cmdline(b"a\0b"), Status::Invalid),
        (request().slide(4096), Status::Range),
        (request().slide(4096).kaslr([1; 16]), Status::Invalid),
        (request().rng_seed(&seed[1..]), Status::Invalid),
        (request().entry(EntryKind::Linux64), Status::NotPvh),
        (request().entry(EntryKind::Other(99)), Status::Invalid),
        (request().ceiling(LINKED), Status::Range),
        (request().rsdp_in_blob(0, 0), Status::Invalid),
    ];

    for (i, (request, status)) in rows.iter().enumerate() {
        let error = refused(&elf(), request, &Options::new());
        assert_eq!(error.status, *status, "row {i}: {error}");
    }
    let (elf, memory) = (elf(), guest());
    let request = request().rng_seed(&seed).kaslr([1; 16]).rng_seed(&seed).kaslr([2; 16]);
    let memory = VmMemory::zeroed(&memory);
    let prepared = Prepared::new(&elf, &request, &Options::new(), &memory).unwrap();
    assert_eq!(prepared.kaslr().physical_fixed, Fixed::NotRelocatable);
}

#[test]
fn options() {
    let file = bzimage(&gzip(&elf()));

    assert_eq!(refused(&file, &request(), &Options::new().max_output(100)).status, Status::Limit);
    let warned = request().warn_for(sys::PVHBOOT_FOR_OVMF);
    assert_eq!(refused(&elf(), &warned, &Options::new().strict()).status, Status::Warned);
    let (memory, elf) = (guest(), elf());
    let memory = VmMemory::zeroed(&memory);
    let (_, warnings) = boot(&elf, &warned, &Options::new(), &memory).unwrap();
    assert_eq!((warnings.len(), warnings.n_lost()), (1, 0));
    assert_eq!(warnings[0].subject, Subject::Info);
    assert!(warnings[0].to_string().contains("RSDP"), "{}", warnings[0]);
}

#[test]
fn callbacks_that_fail() {
    let rows = [
        (Trick::WriteFails, None),
        (Trick::WritePanics, Some("of an unknown type")),
        (Trick::MapPanics, Some("no memory at 0x")),
        (Trick::MapsTooLittle, Some("map gave ")),
        (Trick::UnmapPanics, Some("never mapped")),
    ];

    for file in [elf(), bzimage(&gzip(&elf()))] {
        for (trick, panic) in rows {
            let memory = guest();
            let watched = Watched::new(&memory, trick);
            let error = boot(&file, &request(), &Options::new(), &watched).unwrap_err();

            assert_eq!(error.status, Status::MemoryIo, "{trick:?}: {error}");
            assert_eq!(error.panic.is_some(), panic.is_some(), "{trick:?}: {error}");
            assert!(error.to_string().contains(panic.unwrap_or("found -5")), "{trick:?}: {error}");
            if trick == Trick::MapPanics {
                assert_eq!(watched.n_calls.get(), 1, "called again after a panic");
            }
            // The thread has nothing left of it.
            boot(&file, &request(), &Options::new(), &VmMemory::zeroed(&guest())).unwrap();
        }
    }
}

#[test]
fn a_panic_while_preparing_and_while_dropping() {
    let (memory, bzimage, request) = (guest(), bzimage(&gzip(&elf())), request());

    for (trick, fails) in [(Trick::MapPanics, true), (Trick::UnmapPanics, false)] {
        let watched = Watched::new(&memory, trick);
        let prepared = Prepared::new(&bzimage, &request, &Options::new(), &watched);

        assert_eq!(prepared.is_err(), fails);
        drop(prepared);
        assert!(is_untouched(&memory));
    }
}

#[test]
fn a_boot_that_is_dropped_is_cleared() {
    let (memory, bzimage, request) = (guest(), bzimage(&gzip(&elf())), request());
    let watched = Watched::new(&memory, Trick::None);
    let prepared = Prepared::new(&bzimage, &request, &Options::new(), &watched).unwrap();

    assert!(prepared.is_in_guest() && !is_untouched(&memory));
    drop(prepared);
    assert!(is_untouched(&memory));
    assert_eq!(watched.n_maps, watched.n_unmaps);
}

#[test]
fn a_guest_that_was_given_nonsense() {
    let memory = guest();
    let (registers, _) =
        boot(&elf(), &request(), &Options::new(), &VmMemory::zeroed(&memory)).unwrap();
    let wrong = Registers { rbx: registers.rbx + 8, ..registers };
    let findings = check_start(&VmMemory::new(&memory), &wrong).unwrap();

    assert!(findings.iter().any(|found| found.severity == Severity::Error), "{findings:?}");
}
