//! Blocks out of a stream, whatever their framing.
//!
//! Our writer puts a message's length before it. The one published sample of a router starts with four bytes that are
//! not its length, so a lone message is also read behind four bytes, or bare. Only messages without `version` get that
//! leniency: ours would otherwise be taken for whole when they are cut.

use std::io::Read;

use crate::error::{Error, Result};
use crate::ima::compact::MAX_BLOCK;
use crate::ima::compact::protobuf::Walk;

/// Yields the messages of a stream.
pub struct Frames<R> {
    input: R,
    block: u64,
    offset: u64,
    max_size: u64,
    framed: Option<bool>,
    message: Vec<u8>,
}

/// A message and where it stands.
pub struct Frame<'a> {
    /// 0-based number of the block.
    pub block: u64,
    /// Byte offset of the block in the stream.
    pub offset: u64,
    /// The protobuf message.
    pub message: &'a [u8],
}

impl Frame<'_> {
    /// An error about this block.
    pub fn error(&self, reason: impl Into<String>) -> Error {
        Error::CompactFormat { block: self.block, offset: self.offset, reason: reason.into() }
    }
}

impl<R: Read> Frames<R> {
    /// Read blocks from `input`, at most `max_size` bytes; the first is counted as block `block`.
    pub fn new(input: R, block: u64, max_size: u64) -> Self {
        Self { input, block, offset: 0, max_size, framed: None, message: Vec::new() }
    }

    /// The next block, None at the end of the stream.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>> {
        let (block, offset) = (self.block, self.offset);
        let start = match self.framed {
            Some(false) => return Ok(None),
            Some(true) => self.next_framed()?,
            None => self.first()?,
        };
        self.block += 1;
        Ok(start.map(|start| Frame { block, offset, message: &self.message[start..] }))
    }

    fn next_framed(&mut self) -> Result<Option<usize>> {
        let offset = self.offset;
        match self.read_length()? {
            0 => return Ok(None),
            4 => {}
            count => return Err(self.error_at(offset, format!("its length breaks off after {count} bytes"))),
        }
        let length = self.length();
        if length > MAX_BLOCK {
            return Err(self
                .error_at(offset, format!("its length of {length} bytes is over the limit of {MAX_BLOCK}")));
        }
        let got = self.read_more(length)?;
        if got < length {
            return Err(self.error_at(offset, format!("it breaks off after {got} of {length} bytes")));
        }
        Ok(Some(4))
    }

    /// The first block decides how the stream is framed.
    fn first(&mut self) -> Result<Option<usize>> {
        if self.read_length()? == 0 {
            return Ok(None);
        }
        let claimed = (self.message.len() == 4).then(|| self.length()).filter(|length| *length <= MAX_BLOCK);
        if let Some(length) = claimed {
            let got = self.read_more(length)?;
            if got == length && inspect(&self.message[4..]).is_some() {
                self.framed = Some(true);
                return Ok(Some(4));
            }
        }
        self.framed = Some(false);
        let got = self.message.len().saturating_sub(4);
        self.read_more((MAX_BLOCK + 1).saturating_sub(self.message.len()))?;
        let starts = if self.message.len() > MAX_BLOCK { &[][..] } else { &[4, 0] };
        let lone = starts
            .iter()
            .copied()
            .find(|start| self.message.get(*start..).is_some_and(|rest| is_lone(rest, *start)));
        lone.map(Some).ok_or_else(|| match claimed {
            Some(length) if got < length => {
                self.error_at(0, format!("it breaks off after {got} of {length} bytes"))
            }
            _ => self.error_at(0, "this is no compact IMA log".into()),
        })
    }

    fn length(&self) -> usize {
        self.message.first_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize)
    }

    /// Start a block with the four bytes of its length; fewer at the end.
    fn read_length(&mut self) -> Result<usize> {
        self.message.clear();
        self.read_more(4)
    }

    /// Append `count` bytes to the block at hand, fewer at the end.
    fn read_more(&mut self, count: usize) -> Result<usize> {
        let got = match (&mut self.input).take(count as u64).read_to_end(&mut self.message) {
            Ok(got) => got,
            Err(error) if error.raw_os_error().is_some() => {
                return Err(Error::io("read", "compact IMA log", error));
            }
            Err(error) => {
                return Err(self.error_at(self.offset, format!("the compressed input is damaged: {error}")));
            }
        };
        self.offset += got as u64;
        if self.offset > self.max_size {
            return Err(Error::Limit { what: "the compact IMA log, in bytes,".into(), limit: self.max_size });
        }
        Ok(got)
    }

    fn error_at(&self, offset: u64, reason: String) -> Error {
        Error::CompactFormat { block: self.block, offset, reason }
    }
}

/// What decides whether a message can stand without its length.
struct Inspected {
    has_version: bool,
    has_events: bool,
    in_order: bool,
}

/// Look at the fields of a message, None when it is none.
fn inspect(message: &[u8]) -> Option<Inspected> {
    let (mut seen, mut last) = (Inspected { has_version: false, has_events: false, in_order: true }, 0);
    for field in Walk::new(message) {
        let (number, _) = field?;
        seen.has_version |= number == 1;
        seen.has_events |= number == 4 || number == 18;
        seen.in_order &= number > last || number == last && number == 4;
        last = number;
    }
    Some(seen)
}

/// Whether `message` can be the only message of its stream, found `start` bytes into it.
///
/// The length of a block that was cut can read as fields; those then stand twice or before a lower one.
fn is_lone(message: &[u8], start: usize) -> bool {
    inspect(message).is_some_and(|seen| seen.has_events && seen.in_order && (start == 0 || !seen.has_version))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = b"\x22\x02\x40\x01";

    fn messages(stream: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut frames = Frames::new(stream, 0, 1 << 20);
        let mut all = Vec::new();
        while let Some(frame) = frames.next_frame()? {
            all.push(frame.message.to_vec());
        }
        Ok(all)
    }

    #[test]
    fn reads_a_sequence_and_lone_messages() {
        let framed = [&[4, 0, 0, 0], EVENT].concat();
        assert_eq!(messages(&[framed.clone(), framed].concat()).unwrap(), [EVENT, EVENT]);
        assert_eq!(messages(&[&[0xd4, 0xb6, 8, 0], EVENT].concat()).unwrap(), [EVENT]);
        assert_eq!(messages(&[0xff, 0xff, 0xff, 0xff, 0x22, 0]).unwrap(), [b"\x22\0"]);
        assert_eq!(messages(EVENT).unwrap(), [EVENT]);
        assert_eq!(messages(b"").unwrap(), [b""; 0]);
    }

    #[test]
    fn a_cut_block_is_no_lone_message() {
        for length in [[8, 0, 8, 0], [0x10, 0, 8, 0], [0x30, 0, 0, 0], [8, 0x7f, 8, 0]] {
            let cut = [&length, &b"\x08\x01\x10\x00"[..], EVENT].concat();
            for end in 1..=cut.len() {
                let error = messages(&cut[..end]).unwrap_err().to_string();
                assert!(error.contains("breaks off") || error.contains("no compact IMA log"), "{error}");
            }
        }
    }

    #[test]
    fn later_blocks_must_be_framed() {
        let framed = [&[4, 0, 0, 0], EVENT].concat();
        for tail in [&b"\x04"[..], b"\x05\0\0\0\x22\x02\x40\x01", b"\xff\xff\xff\xff"] {
            let error = messages(&[&framed, tail].concat()).unwrap_err();
            assert!(matches!(error, Error::CompactFormat { block: 1, offset: 8, .. }), "{error:?}");
        }
    }
}
