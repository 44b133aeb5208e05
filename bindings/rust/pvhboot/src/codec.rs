// SPDX-License-Identifier: MIT
//! Decoders of the caller's.

use crate::bytes::slice;
use crate::call::callback;
use crate::Compression;
use pvhboot_sys as sys;
use std::io;
use std::marker::PhantomData;
use std::os::raw::c_char;

/// A decoder for one format. It has no state: [`Options::codec`](crate::Options::codec) takes the
/// type. A panic ends the call with an error that has the panic's message.
pub trait Codec: 'static {
    /// What it decodes.
    const COMPRESSION: Compression;

    /// Decodes the stream that `input` starts with; other bytes may follow. Returns how many bytes
    /// the stream has. `output` takes the result in pieces, and says when there is no more room:
    /// pass that error on.
    fn decode(input: &[u8], output: &mut Output) -> Result<usize, DecodeError>;
}

/// Why a stream could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// `input` ends inside the stream.
    Truncated,
    /// The stream is damaged.
    Corrupt,
    /// The output has no more room.
    NoSpace,
    /// The stream needs more memory than [`Output::max_memory`] allows: so much, or 0 where that is
    /// not known.
    Limit(u64),
    /// The decoder lacks a feature that the stream uses.
    Unsupported,
}

/// For decoders that read from [`io::Read`].
impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => DecodeError::Truncated,
            io::ErrorKind::WriteZero => DecodeError::NoSpace,
            _ => DecodeError::Corrupt,
        }
    }
}

/// Where a decoded stream goes: memory of the guest, or a buffer. It is written from its start, and
/// not read. As [`io::Write`] it fails with `WriteZero` when there is no more room.
pub struct Output<'a> {
    next: *mut u8,
    room: usize,
    max_memory: u64,
    memory: PhantomData<&'a mut [u8]>,
}

impl Output<'_> {
    /// How many more bytes it takes.
    pub fn room(&self) -> usize {
        self.room
    }

    /// How many bytes of working memory the decoder may use.
    pub fn max_memory(&self) -> u64 {
        self.max_memory
    }

    /// Takes all of `bytes`, or what there is room for.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        let n = bytes.len().min(self.room);

        // SAFETY: there are `room` writable bytes at `next`. `bytes` is no part of them, as no
        // reference leads there.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.next, n);
            self.next = self.next.add(n);
        }
        self.room -= n;
        if n == bytes.len() {
            Ok(())
        } else {
            Err(DecodeError::NoSpace)
        }
    }
}

impl io::Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(self.room);

        // Writes 0 bytes when there is no room, and write_all() makes WriteZero of that.
        let _ = self.push(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A codec as C has it: a function, which its type is compiled into.
pub(crate) struct Entry<C>(PhantomData<C>);

impl<C: Codec> Entry<C> {
    pub const RAW: &'static sys::pvhboot_codec = &sys::pvhboot_codec {
        compression: number(C::COMPRESSION),
        reserved: 0,
        decode: Some(decode::<C>),
    };
}

/// What `u32::from` gives, which is no constant function.
const fn number(compression: Compression) -> u32 {
    match compression {
        Compression::None => sys::PVHBOOT_COMPRESSION_NONE,
        Compression::Gzip => sys::PVHBOOT_COMPRESSION_GZIP,
        Compression::Bzip2 => sys::PVHBOOT_COMPRESSION_BZIP2,
        Compression::Xz => sys::PVHBOOT_COMPRESSION_XZ,
        Compression::Lzma => sys::PVHBOOT_COMPRESSION_LZMA,
        Compression::Lzo => sys::PVHBOOT_COMPRESSION_LZO,
        Compression::Lz4 => sys::PVHBOOT_COMPRESSION_LZ4,
        Compression::Zstd => sys::PVHBOOT_COMPRESSION_ZSTD,
        Compression::Other(other) => other,
    }
}

unsafe extern "C" fn decode<C: Codec>(decode: *mut sys::pvhboot_decode) -> sys::pvhboot_status {
    // SAFETY: the library hands in a whole struct, which nobody else uses meanwhile.
    let decode = unsafe { &mut *decode };
    // SAFETY: its input is the file, or what another codec has made of it; neither is written to
    // during the call.
    let input = unsafe { slice(decode.in_.data, decode.in_.size) };
    let mut output = Output {
        next: decode.out.data,
        room: decode.out.size,
        max_memory: decode.max_memory,
        memory: PhantomData,
    };
    decode.in_used = 0;
    let (status, rule): (_, &[u8]) = match callback(None, || Some(C::decode(input, &mut output))) {
        Some(Ok(used)) => {
            decode.in_used = used;
            (sys::PVHBOOT_OK, b"")
        }
        Some(Err(DecodeError::Truncated)) => {
            (sys::PVHBOOT_TRUNCATED, b"the whole of the compressed stream\0")
        }
        Some(Err(DecodeError::Corrupt)) => (sys::PVHBOOT_CORRUPT, b"an intact compressed stream\0"),
        Some(Err(DecodeError::NoSpace)) => (sys::PVHBOOT_NOSPACE, b""),
        Some(Err(DecodeError::Limit(needed))) => {
            decode.memory_needed = needed;
            (sys::PVHBOOT_LIMIT, b"working memory for the decoder\0")
        }
        Some(Err(DecodeError::Unsupported)) => {
            (sys::PVHBOOT_UNSUPPORTED, b"a stream that the decoder knows\0")
        }
        None => (sys::PVHBOOT_INTERNAL, b"a decoder that does not panic\0"),
    };

    decode.out_used = decode.out.size - output.room;
    if !rule.is_empty() {
        decode.rule = rule.as_ptr() as *const c_char;
    }
    status
}
