//! The zstd frame of a block's events.

use std::io::{Read, Result};

use crate::ima::compact::MAX_BLOCK;

/// Level for all but a short last block. Digests, half of it, do not compress; higher levels find little in the rest.
const LEVEL: i32 = 3;
/// Level for a last block of at most [`SHORT`] bytes, which is all of a usual list: 3 % smaller, in milliseconds.
const SHORT_LEVEL: i32 = 15;
const SHORT: usize = 128 << 10;

/// Compresses blocks one after another.
pub struct Packer {
    usual: zstd::bulk::Compressor<'static>,
    packed: Vec<u8>,
}

impl Packer {
    /// Make a compressor and its tables.
    pub fn new() -> Result<Self> {
        Ok(Self { usual: compressor(LEVEL)?, packed: Vec::new() })
    }

    /// Compress `events` to one frame with a checksum; `last` when no other block follows.
    pub fn pack(&mut self, events: &[u8], last: bool) -> Result<&[u8]> {
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(events.len()));
        if last && events.len() <= SHORT {
            compressor(SHORT_LEVEL)?.compress_to_buffer(events, &mut self.packed)?;
        } else {
            self.usual.compress_to_buffer(events, &mut self.packed)?;
        }
        Ok(&self.packed)
    }
}

fn compressor(level: i32) -> Result<zstd::bulk::Compressor<'static>> {
    let mut compressor = zstd::bulk::Compressor::new(level)?;
    compressor.include_checksum(true)?;
    Ok(compressor)
}

/// Decompress exactly one zstd frame, at most [`MAX_BLOCK`] bytes of it.
pub fn unpack(packed: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let damaged = |error: std::io::Error| format!("its packed events are damaged: {error}");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(damaged)?.single_frame();
    let mut events = Vec::new();
    decoder.by_ref().take(MAX_BLOCK as u64 + 1).read_to_end(&mut events).map_err(damaged)?;
    if events.len() > MAX_BLOCK {
        return Err(format!("its packed events are over the limit of {MAX_BLOCK} bytes"));
    }
    if !decoder.finish().is_empty() {
        return Err("something follows its packed events".into());
    }
    Ok(events)
}
