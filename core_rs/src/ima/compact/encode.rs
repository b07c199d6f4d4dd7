//! List to blocks.

use std::io::{Read, Write};

use prost::Message;
use prost_types::Timestamp;

use crate::error::{Error, Result};
use crate::ima::Summary;
use crate::ima::bank::Bank;
use crate::ima::binary::ListReader;
use crate::ima::compact::{BLOCK_TARGET, VERSION, event};
use crate::ima::list::{Format, output_error};
use crate::ima::template::Endian;
use crate::ima::wire::ImaEventLog;

/// Beyond this level zstd gains little on digests, which do not compress.
const PACK_LEVEL: i32 = 9;

/// What a block is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Every leaf is there; readable with protobuf alone.
    Xr,
    /// What can be recomputed is left out and the rest compressed.
    Minimal,
}

/// How to write blocks.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What goes into an event.
    pub profile: Profile,
    /// When the list was read: seconds and nanoseconds since the epoch.
    pub collected_at: Option<(i64, i32)>,
    /// Encoded events after which a block is closed; [`BLOCK_TARGET`] at most.
    pub block_target: usize,
}

impl Options {
    /// The usual blocks of `profile`, without a time.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { profile, collected_at: None, block_target: BLOCK_TARGET }
    }
}

/// Write `list` to `out` as blocks, one after another.
pub fn compact<R: Read, W: Write>(
    list: &mut ListReader<R>,
    mut out: W,
    options: &Options,
) -> Result<Summary> {
    let summary = for_each_block(list, options, |block| out.write_all(block).map_err(output_error))?;
    out.flush().map_err(output_error)?;
    Ok(summary)
}

/// Hand each block of `list`, framed for the wire, to `take`.
pub fn for_each_block<R: Read>(
    list: &mut ListReader<R>,
    options: &Options,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Summary> {
    let format = list.format()?;
    let target = options.block_target.min(BLOCK_TARGET);
    let (mut summary, mut block, mut size) = (Summary::default(), Vec::new(), 0);
    while let Some(entry) = list.next_entry()? {
        let event = event::encode(&entry, format, options.profile);
        size += event.encoded_len();
        block.push(event);
        summary.entries += 1;
        if size >= target {
            summary.blocks += 1;
            take(&frame(std::mem::take(&mut block), summary.entries, format, options)?)?;
            size = 0;
        }
    }
    if !block.is_empty() {
        summary.blocks += 1;
        take(&frame(block, summary.entries, format, options)?)?;
    }
    summary.list_bytes = list.offset();
    Ok(summary)
}

/// Build the block of `events`, which end before entry number `end`.
fn frame(
    events: Vec<crate::ima::wire::ImaEvent>,
    end: u64,
    format: Format,
    options: &Options,
) -> Result<Vec<u8>> {
    let mut log = ImaEventLog {
        version: Some(VERSION),
        first_event_number: Some(end - events.len() as u64),
        collected_at: options.collected_at.map(|(seconds, nanos)| Timestamp { seconds, nanos }),
        template_hash_algorithm: (format.hash != Bank::Sha1).then(|| format.hash.kernel_number()),
        big_endian: format.endian == Endian::Big,
        ..ImaEventLog::default()
    };
    if options.profile == Profile::Minimal {
        let events = ImaEventLog { events, ..ImaEventLog::default() };
        log.packed_events =
            pack(&events.encode_to_vec()).map_err(|error| Error::io("compress", "events", error))?;
    } else {
        log.events = events;
    }
    let mut framed = vec![0; 4];
    log.encode(&mut framed).map_err(|error| Error::io("encode", "block", std::io::Error::other(error)))?;
    let length = u32::try_from(framed.len() - 4).unwrap_or(u32::MAX);
    framed[..4].copy_from_slice(&length.to_le_bytes());
    Ok(framed)
}

fn pack(events: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = zstd::bulk::Compressor::new(PACK_LEVEL)?;
    packer.include_checksum(true)?;
    packer.compress(events)
}
