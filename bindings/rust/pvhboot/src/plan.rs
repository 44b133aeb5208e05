// SPDX-License-Identifier: MIT
//! Where everything will lie in guest memory.

use crate::bytes::slice;
use crate::call::call;
use crate::memory::{self, GuestMemory};
use crate::{EntryKind, Error, Fixed, Kernel, MapType, PlaceKind, Registers, Request, Warnings};
use pvhboot_sys as sys;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

/// A planned piece of guest memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its guest address.
    pub gpa: u64,
    /// Its bytes.
    pub size: u64,
    /// How many of them come from a source; the rest is zero.
    pub source_size: usize,
    /// What it holds.
    pub kind: PlaceKind,
    /// Which of these.
    pub index: u32,
    /// The caller fills it after the commit.
    pub by_caller: bool,
}

/// What [`Request::kaslr`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kaslr {
    /// Among as many guest addresses one was chosen.
    pub physical_slots: u32,
    /// Among as many virtual ones.
    pub virtual_slots: u32,
    /// Why the guest address is not random.
    pub physical_fixed: Fixed,
    /// Why the virtual one is not.
    pub virtual_fixed: Fixed,
}

/// What a plan says. [`Plan`] and [`Prepared`](crate::Prepared) have one.
#[repr(transparent)]
pub struct Layout(sys::pvhboot_plan);

impl Layout {
    /// # Safety
    /// The plan was made by the library, or is all zero, and its workspace stays as long as `raw` is
    /// borrowed.
    pub(crate) unsafe fn from_raw(raw: &sys::pvhboot_plan) -> &Self {
        // SAFETY: a transparent struct is laid out as its member.
        unsafe { &*(raw as *const sys::pvhboot_plan).cast() }
    }

    /// All that will be written, in ascending order.
    pub fn places(&self) -> impl ExactSizeIterator<Item = Place> + '_ {
        // SAFETY: as from_raw() says.
        let places = unsafe { slice(self.0.places, self.0.n_places) };

        places.iter().map(|raw| Place {
            gpa: raw.gpa,
            size: raw.size,
            source_size: raw.source.size,
            kind: raw.kind.into(),
            index: raw.index,
            by_caller: raw.flags & sys::PVHBOOT_PLACE_BY_CALLER != 0,
        })
    }

    /// The memory map that the guest is told.
    pub fn map(&self) -> impl ExactSizeIterator<Item = (Range<u64>, MapType)> + '_ {
        // SAFETY: as from_raw() says.
        let map = unsafe { slice(self.0.map, self.0.n_map) };

        map.iter()
            .map(|entry| (entry.gpa..entry.gpa.saturating_add(entry.size), entry.type_.into()))
    }

    /// How the kernel is entered; never `Auto`.
    pub fn entry_kind(&self) -> EntryKind {
        self.0.entry_kind.into()
    }

    /// The guest address of the entry.
    pub fn entry(&self) -> u64 {
        self.0.entry
    }

    /// The guest address of the start_info or boot_params.
    pub fn start_info(&self) -> u64 {
        self.0.start_info
    }

    /// By how much the kernel moves, modulo 2^64.
    pub fn slide(&self) -> u64 {
        self.0.slide
    }

    /// How random the kernel's address is.
    pub fn kaslr(&self) -> Kaslr {
        let kaslr = &self.0.kaslr;

        Kaslr {
            physical_slots: kaslr.physical_slots,
            virtual_slots: kaslr.virtual_slots,
            physical_fixed: kaslr.physical_fixed.into(),
            virtual_fixed: kaslr.virtual_fixed.into(),
        }
    }

    /// The registers that enter the kernel.
    pub fn registers(&self) -> Registers {
        let mut cpu = Default::default();

        // SAFETY: both are whole.
        unsafe { sys::pvhboot_plan_cpu(&self.0, &mut cpu) };
        cpu.into()
    }
}

/// For people: one place a line.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for place in self.places() {
            let kind = format!("{:?}", place.kind).to_lowercase();
            let end = place.gpa + place.size;

            writeln!(f, "{:#012x}-{end:#012x} {kind} {}", place.gpa, place.index)?;
        }
        Ok(())
    }
}

/// # Safety
/// As [`Layout::from_raw`], and nobody else borrows its places.
pub(crate) unsafe fn leave_to_caller(plan: &mut sys::pvhboot_plan, place: usize) {
    assert!(place < plan.n_places, "place {place} of {}", plan.n_places);
    // SAFETY: there are n_places of them, in the workspace.
    unsafe { (*plan.places.add(place)).flags |= sys::PVHBOOT_PLACE_BY_CALLER }
}

/// A plan of a kernel that was opened by the caller. The sources (kernel, modules, command lines,
/// blobs) stay borrowed for `'s`.
pub struct Plan<'s> {
    raw: sys::pvhboot_plan,
    warnings: Warnings,
    /// What `raw` leads to. Of u64, so that it is aligned for any of it.
    _workspace: Vec<u64>,
    /// The ELF image relocated, where the kernel has other virtual addresses than it is linked to.
    _relocated: Vec<u8>,
    sources: PhantomData<&'s [u8]>,
}

impl<'s> Plan<'s> {
    /// Plans where everything will lie. Where the kernel gets other virtual addresses, a copy of it
    /// is relocated.
    pub fn new(kernel: &Kernel<'s>, request: &Request<'s>) -> Result<Self, Error> {
        let request = sys::pvhboot_request { kernel: &kernel.raw, ..request.raw() };
        let mut size = 0;
        let mut raw = Default::default();

        // SAFETY: all that is pointed at stays for the call.
        call(|diag| unsafe { sys::pvhboot_plan_need(&request, &mut size, diag) })?;
        let mut workspace = vec![0_u64; size / 8 + 1];
        let buffer = sys::pvhboot_buffer { data: workspace.as_mut_ptr().cast(), size };
        // SAFETY: as above. What the plan leads to is in the workspace, and in sources of 's.
        let warnings =
            call(|diag| unsafe { sys::pvhboot_plan_make(&request, buffer, &mut raw, diag) })?;
        let relocated = relocate(kernel, &mut raw)?;

        Ok(Plan {
            raw,
            warnings,
            _workspace: workspace,
            _relocated: relocated,
            sources: PhantomData,
        })
    }

    /// The caller fills this place, counted as in [`Layout::places`], after the commit. Panics where
    /// there is none.
    pub fn leave_to_caller(&mut self, place: usize) {
        // SAFETY: the plan is borrowed mutably.
        unsafe { leave_to_caller(&mut self.raw, place) }
    }

    /// Writes all places into guest memory. May be done again, as when a guest is reset.
    pub fn commit<M: GuestMemory>(&self, memory: &M) -> Result<Warnings, Error> {
        let memory = memory::raw(memory);

        // SAFETY: the plan's workspace and sources are there still.
        call(|diag| unsafe { sys::pvhboot_plan_commit(&self.raw, &memory, diag) })
    }

    /// What the library warned about.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// Relocates a copy of the kernel, where the plan wants it, and lets the plan's places lead there.
fn relocate(kernel: &Kernel, plan: &mut sys::pvhboot_plan) -> Result<Vec<u8>, Error> {
    let slide = plan.kaslr.virtual_slide;

    if slide == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the kernel borrows its ELF image.
    let elf: &[u8] = unsafe { slice(kernel.raw.elf.data, kernel.raw.elf.size) };
    let mut copy = elf.to_vec();
    let buffer = sys::pvhboot_buffer { data: copy.as_mut_ptr(), size: copy.len() };
    // SAFETY: nobody else has the copy.
    call(|diag| unsafe { sys::pvhboot_kernel_relocate(&kernel.raw, buffer, slide, diag) })?;

    let image = elf.as_ptr_range();
    for i in 0..plan.n_places {
        // SAFETY: there are n_places of them, in the workspace.
        let source = unsafe { &mut (*plan.places.add(i)).source };

        if source.size != 0 && image.contains(&source.data) {
            let offset = source.data as usize - image.start as usize;
            source.data = copy[offset..offset + source.size].as_ptr();
        }
    }
    Ok(copy)
}

impl Deref for Plan<'_> {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        // SAFETY: it was made by the library, and has its workspace.
        unsafe { Layout::from_raw(&self.raw) }
    }
}
