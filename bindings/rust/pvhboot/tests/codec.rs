// SPDX-License-Identifier: MIT
//! Decoders in Rust in place of the library's.

mod common;

use common::*;
use flate2::bufread::GzDecoder;
use pvhboot::*;
use std::cell::Cell;

thread_local! {
    static N_DECODED: Cell<u32> = Cell::new(0);
}

struct Gzip;

impl Codec for Gzip {
    const COMPRESSION: Compression = Compression::Gzip;

    fn decode(input: &[u8], output: &mut Output) -> Result<usize, DecodeError> {
        let mut decoder = GzDecoder::new(input);

        N_DECODED.with(|n| n.set(n.get() + 1));
        std::io::copy(&mut decoder, output)?;
        Ok(input.len() - decoder.into_inner().len())
    }
}

/// Does what its number says.
struct Wrong<const HOW: u32>;

impl<const HOW: u32> Codec for Wrong<HOW> {
    const COMPRESSION: Compression = Compression::Gzip;

    fn decode(input: &[u8], output: &mut Output) -> Result<usize, DecodeError> {
        match HOW {
            0 => Err(DecodeError::Truncated),
            1 => Err(DecodeError::Corrupt),
            2 => Err(DecodeError::Limit(output.max_memory() + 1)),
            3 => Err(DecodeError::Unsupported),
            4 => Ok(input.len() + 1),
            5 => loop {
                output.push(&[0; 1000])?;
            },
            _ => panic!("a bug in decoder {HOW}"),
        }
    }
}

#[test]
fn a_kernel_is_decoded_in_the_guest() {
    let memory = guest();
    let file = bzimage(&gzip(&elf()));
    let options = Options::new().codec::<Gzip>();
    let (registers, _) = boot(&file, &request(), &options, &VmMemory::zeroed(&memory)).unwrap();

    assert!(N_DECODED.with(Cell::get) > 0);
    assert_eq!(bytes_at(&memory, registers.rip, CODE.len()), CODE);
}

#[test]
fn the_size_need_not_be_known() {
    let (file, elf) = (gzip(&elf()), elf());
    let loaded = Loaded::new(&file, &Options::new().codec::<Gzip>()).unwrap();

    assert_eq!(loaded.elf(), elf);
    assert!(N_DECODED.with(Cell::get) > 0);
}

#[test]
fn the_library_has_the_others() {
    let (file, elf) = (gzip(&elf()), elf());
    struct Zstd;
    impl Codec for Zstd {
        const COMPRESSION: Compression = Compression::Zstd;

        fn decode(_: &[u8], _: &mut Output) -> Result<usize, DecodeError> {
            Err(DecodeError::Unsupported)
        }
    }
    let options = Options::new().codec::<Zstd>();
    let error = Loaded::new(&file, &options).err().unwrap();

    assert_eq!((error.status, error.detail.as_str()), (Status::Unsupported, "no codec for gzip"));
    assert_eq!(Loaded::new(&file, &options.library_codecs()).unwrap().elf(), elf);
}

#[test]
fn damaged_streams() {
    let options = Options::new().codec::<Gzip>();
    let file = gzip(&elf());
    let mut corrupt = file.clone();
    let crc = corrupt.len() - 8;
    corrupt[crc] ^= 1;
    let rows = [(&corrupt[..], Status::Corrupt), (&file[..file.len() - 4], Status::Truncated)];

    for (file, status) in rows {
        let error = Loaded::new(file, &options).err().unwrap();
        assert_eq!(error.status, status, "{error}");
    }
}

#[test]
fn decoders_that_fail() {
    let rows = [
        (Options::new().codec::<Wrong<0>>(), Status::Truncated),
        (Options::new().codec::<Wrong<1>>(), Status::Corrupt),
        (Options::new().codec::<Wrong<2>>(), Status::Limit),
        (Options::new().codec::<Wrong<3>>(), Status::Unsupported),
        (Options::new().codec::<Wrong<4>>(), Status::Internal),
        (Options::new().codec::<Wrong<5>>(), Status::Corrupt),
        (Options::new().codec::<Wrong<6>>(), Status::Internal),
    ];

    for (how, (options, status)) in rows.iter().enumerate() {
        let memory = guest();
        let watched = Watched::new(&memory, Trick::None);
        let file = bzimage(&gzip(&elf()));
        // A bzImage whose codec lacks something would otherwise be left to unpack itself.
        let request = request().entry(EntryKind::Pvh);
        let error = boot(&file, &request, options, &watched).unwrap_err();

        assert_eq!(error.status, *status, "{how}: {error}");
        assert_eq!(error.panic.as_deref(), (how == 6).then_some("a bug in decoder 6"));
        assert_eq!(watched.n_maps, watched.n_unmaps);
        assert!(is_untouched(&memory), "{how}");
    }
}
