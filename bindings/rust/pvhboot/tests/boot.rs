// SPDX-License-Identifier: MIT
//! Kernels that boot: by every door, in every wrapping.

mod common;

use common::*;
use pvhboot::*;
use vm_memory::bitmap::{AtomicBitmap, Bitmap};
use vm_memory::{GuestAddress, GuestMemory as _, GuestMemoryRegion};

const INITRD: &[u8] = b"an initrd";

/// That a guest can be entered by these registers.
fn check(memory: &vm_memory::GuestMemoryMmap, registers: &Registers) {
    let guests = sys::PVHBOOT_FOR_ABI | sys::PVHBOOT_FOR_LINUX;
    let is_bad = |found: &StartFinding| {
        found.severity == Severity::Error
            || found.severity == Severity::Warning && found.guests & guests != 0
    };
    let findings = check_start(&VmMemory::new(memory), registers).unwrap();

    assert!(!findings.iter().any(is_bad), "{findings:?}");
    assert_eq!(bytes_at(memory, registers.rip, CODE.len()), CODE);
}

#[test]
fn in_one_call() {
    let memory = guest();
    let elf = elf();
    let request = request().cmdline(b"quiet").module(Module::new(INITRD));
    let (registers, warnings) =
        boot(&elf, &request, &Options::new(), &VmMemory::zeroed(&memory)).unwrap();

    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((registers.rip, registers.is_64bit, registers.cr0), (LINKED, false, 0x11));
    assert_eq!(registers.cs.access, 0xc9b);
    check(&memory, &registers);
}

#[test]
fn every_wrapping() {
    let packed = gzip(&elf());
    let bzimage = bzimage(&packed);
    let uki = uki(&[(b".linux", &bzimage), (b".initrd", INITRD), (b".cmdline", b"quiet\n")]);
    let rows = [
        (elf(), Container::Elf, Compression::None, false),
        (packed, Container::Compressed, Compression::Gzip, false),
        (bzimage, Container::Bzimage, Compression::Gzip, true),
        (uki, Container::Pe, Compression::Gzip, true),
    ];

    for (file, container, compression, in_guest) in rows {
        let memory = guest();
        let (request, watched) = (request(), Watched::new(&memory, Trick::None));
        let mut prepared = Prepared::new(&file, &request, &Options::new(), &watched).unwrap();
        let image = prepared.image();

        assert_eq!((image.container(), image.compression()), (container, compression));
        assert_eq!(prepared.is_in_guest(), in_guest, "{container:?}");
        assert_eq!(prepared.kernel().linked, LINKED..LINKED + 0x3000);
        assert_eq!(image.uki().initrd.is_empty(), container != Container::Pe);
        let modules = prepared.places().filter(|place| place.kind == PlaceKind::Module);
        assert_eq!(modules.count(), usize::from(container == Container::Pe));
        assert!(prepared.commit().unwrap().is_empty());
        check(&memory, &prepared.registers());
        drop(prepared);
        assert!(watched.n_maps.get() > 0);
        assert_eq!(watched.n_maps, watched.n_unmaps, "{container:?}");
    }
}

/// The file is module 0 of its environment, which any PVH kernel is here.
#[test]
fn by_efi() {
    let memory = guest();
    let (environment, file) = (elf(), uki(&[(b".linux", &elf())]));
    let request = request().efi(&environment).module(Module::new(INITRD));
    let access = VmMemory::zeroed(&memory);
    let mut prepared = Prepared::new(&file, &request, &Options::new(), &access).unwrap();

    assert_eq!(prepared.entry_kind(), EntryKind::Efi);
    assert_eq!(prepared.kernel().entries, [EntryKind::Efi]);
    let modules: Vec<_> =
        prepared.places().filter(|place| place.kind == PlaceKind::Module).collect();
    assert_eq!(modules.iter().map(|module| module.index).collect::<Vec<_>>(), [0, 1]);
    assert!(prepared.commit().unwrap().is_empty());
    assert_eq!(bytes_at(&memory, modules[0].gpa, file.len()), file);
    assert_eq!(bytes_at(&memory, modules[1].gpa, INITRD.len()), INITRD);
    check(&memory, &prepared.registers());
}

#[test]
fn memory_that_cannot_be_mapped() {
    let memory = guest();
    let watched = Watched::new(&memory, Trick::CannotMap);
    let (registers, _) = boot(&elf(), &request(), &Options::new(), &watched).unwrap();

    check(&memory, &registers);
}

/// A kernel across two regions cannot be mapped in one piece, and is written.
#[test]
fn memory_of_two_regions() {
    let memory = vm_memory::GuestMemoryMmap::from_ranges(&[
        (GuestAddress(0), LINKED as usize + 0x1000),
        (GuestAddress(LINKED + 0x1000), (RAM - LINKED) as usize - 0x1000),
    ])
    .unwrap();
    let bzimage = bzimage(&gzip(&elf()));
    let (registers, _) =
        boot(&bzimage, &request(), &Options::new(), &VmMemory::new(&memory)).unwrap();

    check(&memory, &registers);
}

#[test]
fn a_dirty_bitmap_tells() {
    let memory =
        vm_memory::GuestMemoryMmap::<AtomicBitmap>::from_ranges(&[(GuestAddress(0), RAM as usize)])
            .unwrap();

    boot(&elf(), &request(), &Options::new(), &VmMemory::zeroed(&memory)).unwrap();
    let region = memory.find_region(GuestAddress(LINKED)).unwrap();
    assert!(region.bitmap().dirty_at(LINKED as usize));
    assert!(!region.bitmap().dirty_at(LINKED as usize / 2));
}

#[test]
fn a_plan_that_is_looked_at_and_edited() {
    let (memory, elf) = (guest(), elf());
    let rsdp = [0; 36];
    let request = request()
        .avoid(0x40_0000..0x50_0000)
        .module(Module::by_caller(5000).align(0x1_0000).cmdline(b"x"))
        .blob(Blob::new(&rsdp).window(0xe_0000..0x10_0000).kind(MapType::Acpi))
        .rsdp_in_blob(0, 0);
    let memory = VmMemory::zeroed(&memory);
    let mut prepared = Prepared::new(&elf, &request, &Options::new(), &memory).unwrap();
    let places: Vec<Place> = prepared.places().collect();
    let find = |kind| places.iter().find(|place| place.kind == kind).unwrap();

    assert_eq!(find(PlaceKind::Segment).gpa, LINKED);
    assert!(find(PlaceKind::Module).by_caller && find(PlaceKind::Module).gpa % 0x1_0000 == 0);
    assert_eq!(find(PlaceKind::Blob).gpa, 0xe_0000);
    assert_eq!(find(PlaceKind::Info).gpa, prepared.start_info());
    assert!(prepared.map().any(|entry| entry == (0xe_0000..0xe_1000, MapType::Acpi)));
    assert!(
        prepared.to_string().contains("0x0000200000-0x0000203000 segment 0\n"),
        "{}",
        *prepared
    );

    let segment = places.iter().position(|place| place.kind == PlaceKind::Segment).unwrap();
    prepared.leave_to_caller(segment);
    prepared.commit().unwrap();
    let mut bytes = CODE;
    memory.read(LINKED, &mut bytes).unwrap();
    assert_eq!(bytes, [0; 16]);
}

#[test]
fn a_request_that_is_known_later() {
    let (memory, bzimage) = (guest(), bzimage(&gzip(&elf())));
    let first = request();
    let second = request().cmdline(b"late");
    let third = Request::new().ram(0..LINKED);
    let memory_ = VmMemory::zeroed(&memory);
    let mut prepared = Prepared::new(&bzimage, &first, &Options::new(), &memory_).unwrap();

    assert_eq!(prepared.kernel().entries[0], EntryKind::Pvh);
    prepared.replan(&second).unwrap();
    assert_eq!(prepared.replan(&third).unwrap_err().status, Status::Range);
    assert_eq!(prepared.places().len(), 0);
    prepared.replan(&second).unwrap();
    prepared.commit().unwrap();
    check(&memory, &prepared.registers());
}

#[test]
fn a_guest_that_comes_after_the_plan() {
    let (elf, request) = (elf(), request());
    let mut prepared = Prepared::without_memory(&elf, &request, &Options::new()).unwrap();

    assert_eq!(prepared.commit().unwrap_err().status, Status::Invalid);
    for _ in 0..2 {
        let memory = guest();
        prepared.commit_to(&VmMemory::zeroed(&memory)).unwrap();
        check(&memory, &prepared.registers());
    }
}

#[test]
fn many_guests_of_one_kernel() {
    let file = bzimage(&gzip(&elf()));
    let loaded = Loaded::new(&file, &Options::new()).unwrap();
    let kernel = loaded.kernel(&Options::new()).unwrap();

    assert_eq!(loaded.elf(), elf());
    assert_eq!(kernel.segments().next().unwrap().bytes, CODE);
    assert_eq!(kernel.notes().map(|note| (note.owner, note.kind)).last(), Some((&b"Xen"[..], 18)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let memory = guest();
                let plan = Plan::new(&kernel, &request()).unwrap();

                plan.commit(&VmMemory::zeroed(&memory)).unwrap();
                check(&memory, &plan.registers());
            });
        }
    });
}

#[test]
fn profiles_of_an_image() {
    let file = uki(&[
        (b".linux", &elf()),
        (b".cmdline", b"base"),
        (b".profile", b"ID=main\nTITLE=Main"),
        (b".profile", b"ID=reset"),
        (b".cmdline", b"reset"),
    ]);
    let probe = |options: Options| Image::probe(&file, &options).map(|(image, _)| image);
    let profiles: Vec<Profile> = probe(Options::new()).unwrap().profiles().collect();

    assert_eq!(profiles[0], Profile { number: 0, id: b"main", title: b"Main" });
    assert_eq!(profiles.len(), 2);
    assert_eq!(probe(Options::new()).unwrap().uki().cmdline, b"base");
    assert_eq!(probe(Options::new().profile(1)).unwrap().uki().cmdline, b"reset");
    assert_eq!(probe(Options::new().profile_id(b"reset")).unwrap().uki().profile, 1);
    let error = probe(Options::new().profile(2)).unwrap_err();
    assert_eq!(error.status, Status::Range);
    assert_eq!(error.detail, "profiles: 0 (main), 1 (reset)");
}
