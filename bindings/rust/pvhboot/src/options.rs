// SPDX-License-Identifier: MIT
//! How a file is read.

use crate::bytes::bytes;
use crate::codec::{Codec, Entry};
use pvhboot_sys as sys;
use std::os::raw::{c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a file is read. The default is all that the library can, on one thread, within its limits.
#[derive(Clone, Default)]
pub struct Options {
    codecs: Vec<&'static sys::pvhboot_codec>,
    profile_id: Vec<u8>,
    parallel: Option<sys::pvhboot_parallel>,
    // All but the three above.
    rest: sys::pvhboot_options,
}

impl Options {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder of the caller's. With the first one, those of the library are no longer used,
    /// unless [`library_codecs`](Self::library_codecs) adds them. Of two for one format the first
    /// counts.
    pub fn codec<C: Codec>(mut self) -> Self {
        self.codecs.push(Entry::<C>::RAW);
        self
    }

    /// The decoders of the library, behind those of the caller's.
    pub fn library_codecs(mut self) -> Self {
        // SAFETY: the library has a static list, which ends in NULL, of static codecs.
        unsafe {
            let mut next = sys::pvhboot_codecs();

            while let Some(codec) = (*next).as_ref() {
                self.codecs.push(codec);
                next = next.add(1);
            }
        }
        self
    }

    /// Decodes on so many threads where a format allows it, as LZ4 does.
    pub fn threads(mut self, n: usize) -> Self {
        // ctx is a number here, and no pointer.
        let ctx = n as *mut c_void;

        self.parallel = Some(sys::pvhboot_parallel { ctx, run: Some(run), ..Default::default() });
        self
    }

    /// An unpacked image has at most so many bytes; by default 1 GiB.
    pub fn max_output(mut self, size: u64) -> Self {
        self.rest.max_output = size;
        self
    }

    /// A decoder uses at most so many bytes of working memory; by default 256 MiB.
    pub fn max_memory(mut self, size: u64) -> Self {
        self.rest.max_memory = size;
        self
    }

    /// The profile of a unified kernel image, by its number.
    pub fn profile(mut self, number: u32) -> Self {
        self.rest.profile = number;
        self
    }

    /// The profile of a unified kernel image, by its ID.
    pub fn profile_id(mut self, id: &[u8]) -> Self {
        self.profile_id = id.to_vec();
        self
    }

    /// Does not use the initrd, microcode and command line of a unified kernel image.
    pub fn no_uki(mut self) -> Self {
        self.rest.flags |= sys::PVHBOOT_OPTION_NO_UKI;
        self
    }

    /// A warning is a failure.
    pub fn strict(mut self) -> Self {
        self.rest.flags |= sys::PVHBOOT_OPTION_STRICT;
        self
    }

    /// Opens kernels that otherwise only Xen's domain builder accepts.
    pub fn xen_compatible(mut self) -> Self {
        self.rest.kernel_flags |= sys::PVHBOOT_COMPAT_XEN;
        self
    }

    pub(crate) fn kernel_flags(&self) -> u32 {
        self.rest.kernel_flags
    }

    /// Hands the options to `function`, as C has them.
    pub(crate) fn with<T>(&self, function: impl FnOnce(&sys::pvhboot_options) -> T) -> T {
        let mut codecs: Vec<*const sys::pvhboot_codec> =
            self.codecs.iter().map(|&codec| codec as *const _).collect();
        let mut raw = self.rest;

        if !codecs.is_empty() {
            codecs.push(std::ptr::null());
            raw.codecs = codecs.as_ptr();
        }
        if let Some(parallel) = &self.parallel {
            raw.parallel = parallel;
        }
        raw.profile_id = bytes(&self.profile_id);
        function(&raw)
    }
}

type Work = unsafe extern "C" fn(arg: *mut c_void, i: usize);

/// What a thread is given: the library says that work(arg, i) may run on any.
#[derive(Clone, Copy)]
struct Job<'a> {
    work: Work,
    arg: *mut c_void,
    n: usize,
    next: &'a AtomicUsize,
}

// SAFETY: as above.
unsafe impl Send for Job<'_> {}

impl Job<'_> {
    fn run(self) {
        loop {
            let i = self.next.fetch_add(1, Ordering::Relaxed);

            if i >= self.n {
                return;
            }
            // SAFETY: each i below n is taken once.
            unsafe { (self.work)(self.arg, i) }
        }
    }
}

/// Calls work(arg, i) for each i below n, on as many threads as ctx says. One of them is the
/// caller's, which does what the others leave where they cannot be started.
unsafe extern "C" fn run(
    ctx: *mut c_void,
    n: usize,
    work: Option<Work>,
    arg: *mut c_void,
) -> c_int {
    let threads = (ctx as usize).min(n);
    let next = AtomicUsize::new(0);
    let work = match work {
        Some(work) => work,
        None => return 1,
    };
    let job = Job { work, arg, n, next: &next };

    std::thread::scope(|scope| {
        for _ in 1..threads {
            let thread = std::thread::Builder::new();

            // Neither the library's work nor what is around it panics.
            if thread.spawn_scoped(scope, move || job.run()).is_err() {
                break;
            }
        }
        job.run();
    });
    0
}
