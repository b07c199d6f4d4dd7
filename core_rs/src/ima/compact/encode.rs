//! List to blocks.

use std::io::Write;

use prost::Message;
use prost_types::Timestamp;

use crate::error::{Error, Result};
use crate::ima::Summary;
use crate::ima::bank::Bank;
use crate::ima::compact::event::EventWriter;
use crate::ima::compact::pack::Packer;
use crate::ima::compact::protobuf::put_bytes;
use crate::ima::compact::{BLOCK_TARGET, EVENTS, PACKED_EVENTS, VERSION};
use crate::ima::entries::Entries;
use crate::ima::format::Format;
use crate::ima::list::output_error;
use crate::ima::template::Endian;
use crate::ima::wire::ImaEventLog;

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
pub fn compact<W: Write>(list: &mut impl Entries, mut out: W, options: &Options) -> Result<Summary> {
    let summary = for_each_block(list, options, |block| out.write_all(block).map_err(output_error))?;
    out.flush().map_err(output_error)?;
    Ok(summary)
}

/// Hand each block of `list`, framed for the wire, to `take`.
pub fn for_each_block(
    list: &mut impl Entries,
    options: &Options,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Summary> {
    let (format, start) = (list.format()?, list.offset());
    let target = options.block_target.min(BLOCK_TARGET);
    let mut events = EventWriter::new(options.profile, format);
    let mut block = Block::new(format, options)?;
    let mut summary = Summary::default();
    while let Some(entry) = list.next_entry()? {
        if block.events.len() >= target {
            // Not before there is another entry: the last block is compressed in a way of its own.
            take(block.close(false)?)?;
            summary.blocks += 1;
        }
        if block.events.is_empty() {
            block.first = entry.number;
        }
        events.put(&entry, EVENTS, &mut block.events);
        summary.first_event.get_or_insert(entry.number);
        summary.entries += 1;
    }
    if !block.events.is_empty() {
        take(block.close(true)?)?;
        summary.blocks += 1;
    }
    summary.list_bytes = list.offset() - start;
    Ok(summary)
}

/// The block at hand.
struct Block<'a> {
    format: Format,
    options: &'a Options,
    packer: Option<Packer>,
    /// Events encoded so far, each as a field of a log.
    events: Vec<u8>,
    first: u64,
    framed: Vec<u8>,
}

impl<'a> Block<'a> {
    fn new(format: Format, options: &'a Options) -> Result<Self> {
        let packer = match options.profile {
            Profile::Minimal => Some(Packer::new().map_err(pack_error)?),
            Profile::Xr => None,
        };
        Ok(Self { format, options, packer, events: Vec::new(), first: 0, framed: Vec::new() })
    }

    /// The block of all events so far, framed; the next one is then empty. `last` when none follows.
    fn close(&mut self, last: bool) -> Result<&[u8]> {
        self.framed.clear();
        self.framed.extend_from_slice(&[0; 4]);
        self.put_log(&ImaEventLog {
            version: Some(VERSION),
            first_event_number: Some(self.first),
            collected_at: self.options.collected_at.map(|(seconds, nanos)| Timestamp { seconds, nanos }),
            ..ImaEventLog::default()
        })?;
        if self.packer.is_none() {
            self.framed.extend_from_slice(&self.events);
        }
        self.put_log(&ImaEventLog {
            template_hash_algorithm: (self.format.hash != Bank::Sha1)
                .then(|| self.format.hash.kernel_number()),
            big_endian: self.format.endian == Endian::Big,
            ..ImaEventLog::default()
        })?;
        if let Some(packer) = &mut self.packer {
            put_bytes(&mut self.framed, PACKED_EVENTS, packer.pack(&self.events, last).map_err(pack_error)?);
        }
        let length = u32::try_from(self.framed.len() - 4).unwrap_or(u32::MAX);
        self.framed[..4].copy_from_slice(&length.to_le_bytes());
        self.events.clear();
        Ok(&self.framed)
    }

    /// Append fields of the log; all of them together are one message.
    fn put_log(&mut self, log: &ImaEventLog) -> Result<()> {
        let encoded = log.encode(&mut self.framed);
        encoded.map_err(|error| Error::io("encode", "block", std::io::Error::other(error)))
    }
}

fn pack_error(error: std::io::Error) -> Error {
    Error::io("compress", "events", error)
}
