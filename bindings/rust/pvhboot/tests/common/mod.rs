// SPDX-License-Identifier: MIT
//! Small kernels in every wrapping, and two kinds of guest memory.
#![allow(dead_code)] // each file of tests uses a part

use flate2::{write::GzEncoder, Compression};
use pvhboot::{Failed, GuestMemory, Mapped, Request, VmMemory};
use std::cell::Cell;
use std::io::Write;
use std::ptr::NonNull;
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};

/// Where the kernel is linked, and entered.
pub const LINKED: u64 = 0x20_0000;
/// The bytes at the start of its one segment.
pub const CODE: [u8; 16] = [0xf4; 16];
pub const RAM: u64 = 16 << 20;

const CODE_OFFSET: usize = 0x1000;

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if file.len() < offset + bytes.len() {
        file.resize(offset + bytes.len(), 0);
    }
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// An ELF64 kernel with the note PHYS32_ENTRY, one segment and a bss behind it.
pub fn elf() -> Vec<u8> {
    let mut file = Vec::new();
    let mut program_header = |at, kind: u32, offset: usize, gpa: u64, filesz: u64, memsz: u64| {
        put(&mut file, at, &kind.to_le_bytes());
        put(&mut file, at + 4, &7_u32.to_le_bytes());
        put(&mut file, at + 8, &(offset as u64).to_le_bytes());
        for (i, word) in [gpa, gpa, filesz, memsz, 4].into_iter().enumerate() {
            put(&mut file, at + 16 + 8 * i, &word.to_le_bytes());
        }
    };

    program_header(64, 1, CODE_OFFSET, LINKED, CODE.len() as u64, 0x3000);
    program_header(120, 4, 0xb0, 0, 20, 20);
    put(&mut file, 0, b"\x7fELF\x02\x01\x01");
    put(&mut file, 16, &[2, 0, 62, 0, 1]); // EXEC, x86-64, version 1
    put(&mut file, 24, &LINKED.to_le_bytes());
    put(&mut file, 32, &64_u64.to_le_bytes());
    put(&mut file, 52, &[64, 0, 56, 0, 2, 0]);
    put(&mut file, 0xb0, &[4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0]);
    put(&mut file, 0xbc, b"Xen\0");
    put(&mut file, 0xc0, &(LINKED as u32).to_le_bytes());
    put(&mut file, CODE_OFFSET, &CODE);
    file
}

/// A kernel whose segment has more bytes in the file than in memory.
pub fn malformed_elf() -> Vec<u8> {
    let mut file = elf();

    put(&mut file, 64 + 40, &8_u64.to_le_bytes());
    file
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());

    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A bzImage of protocol 2.15 around a payload. Its boot header is as good as a kernel with the PVH
/// entry needs.
pub fn bzimage(payload: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 0x400];

    put(&mut file, 0x1f1, &[1]);
    put(&mut file, 0x1fe, &[0x55, 0xaa, 0xeb, 0x6a]);
    put(&mut file, 0x202, b"HdrS\x0f\x02");
    put(&mut file, 0x211, &[1]);
    put(&mut file, 0x22c, &0x7fff_ffff_u32.to_le_bytes());
    put(&mut file, 0x230, &0x20_0000_u32.to_le_bytes());
    put(&mut file, 0x238, &2047_u32.to_le_bytes());
    put(&mut file, 0x248, &0x100_u32.to_le_bytes());
    put(&mut file, 0x24c, &(payload.len() as u32).to_le_bytes());
    put(&mut file, 0x258, &LINKED.to_le_bytes());
    put(&mut file, 0x260, &0x10_0000_u32.to_le_bytes());
    put(&mut file, 0x500, payload);
    file
}

/// A unified kernel image with these sections.
pub fn uki(sections: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut offset = 0x1000;

    put(&mut file, 0, b"MZ");
    put(&mut file, 0x3c, &[0x40]);
    put(&mut file, 0x40, b"PE\0\0\x64\x86");
    put(&mut file, 0x46, &(sections.len() as u16).to_le_bytes());
    put(&mut file, 0x54, &[0xf0, 0]);
    put(&mut file, 0x58, &[0x0b, 0x02]);
    put(&mut file, 0x58 + 68, &[10]);
    for (i, (name, bytes)) in sections.iter().enumerate() {
        let header = 0x58 + 0xf0 + 40 * i;

        put(&mut file, header, name);
        put(&mut file, header + 8, &(bytes.len() as u32).to_le_bytes());
        put(&mut file, header + 16, &(bytes.len() as u32).to_le_bytes());
        put(&mut file, header + 20, &(offset as u32).to_le_bytes());
        put(&mut file, offset, bytes);
        offset += (bytes.len() + 0xfff) & !0xfff;
    }
    file
}

pub fn guest() -> GuestMemoryMmap {
    guest_of(RAM)
}

pub fn guest_of(size: u64) -> GuestMemoryMmap {
    GuestMemoryMmap::from_ranges(&[(GuestAddress(0), size as usize)]).unwrap()
}

pub fn request<'s>() -> Request<'s> {
    Request::new().ram(0..RAM)
}

pub fn bytes_at(memory: &GuestMemoryMmap, gpa: u64, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];

    memory.read_slice(&mut bytes, GuestAddress(gpa)).unwrap();
    bytes
}

pub fn is_untouched(memory: &GuestMemoryMmap) -> bool {
    bytes_at(memory, 0, RAM as usize).chunks(4096).all(|chunk| chunk == [0; 4096])
}

/// What a callback does other than its job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trick {
    None,
    CannotMap,
    MapPanics,
    MapsTooLittle,
    UnmapPanics,
    WritePanics,
    WriteFails,
}

/// Memory of vm-memory that counts its mappings, and plays tricks.
pub struct Watched<'a> {
    memory: VmMemory<'a, GuestMemoryMmap>,
    trick: Trick,
    pub n_maps: Cell<u32>,
    pub n_unmaps: Cell<u32>,
    pub n_calls: Cell<u32>,
}

impl<'a> Watched<'a> {
    pub fn new(memory: &'a GuestMemoryMmap, trick: Trick) -> Self {
        let memory = VmMemory::zeroed(memory);

        Watched {
            memory,
            trick,
            n_maps: Cell::new(0),
            n_unmaps: Cell::new(0),
            n_calls: Cell::new(0),
        }
    }

    fn is_mapped(&self) -> bool {
        !matches!(self.trick, Trick::CannotMap | Trick::WritePanics | Trick::WriteFails)
    }
}

impl GuestMemory for Watched<'_> {
    fn map(&self, gpa: u64, size: u64) -> Option<Mapped<'_>> {
        self.n_calls.set(self.n_calls.get() + 1);
        match self.trick {
            Trick::MapPanics => panic!("no memory at {gpa:#x}"),
            Trick::MapsTooLittle => return self.memory.map(gpa, size - 1),
            _ if !self.is_mapped() => return None,
            _ => self.n_maps.set(self.n_maps.get() + 1),
        }
        self.memory.map(gpa, size)
    }

    fn unmap(&self, host: NonNull<u8>, gpa: u64, size: u64) {
        self.n_unmaps.set(self.n_unmaps.get() + 1);
        assert!(self.trick != Trick::UnmapPanics, "never mapped");
        self.memory.unmap(host, gpa, size);
    }

    fn write(&self, gpa: u64, bytes: &[u8]) -> Result<(), Failed> {
        self.n_calls.set(self.n_calls.get() + 1);
        match self.trick {
            Trick::WritePanics => std::panic::panic_any(gpa),
            Trick::WriteFails => Err(Failed(-5)),
            _ => self.memory.write(gpa, bytes),
        }
    }

    fn zero(&self, gpa: u64, size: u64) -> Result<(), Failed> {
        self.memory.zero(gpa, size)
    }

    fn read(&self, gpa: u64, bytes: &mut [u8]) -> Result<(), Failed> {
        self.memory.read(gpa, bytes)
    }
}
