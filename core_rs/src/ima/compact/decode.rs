//! Blocks to list.

use std::io::{Read, Write};

use crate::error::Result;
use crate::ima::Summary;
use crate::ima::bank::Bank;
use crate::ima::compact::event::Event;
use crate::ima::compact::frame::{Frame, Frames};
use crate::ima::compact::pack::unpack;
use crate::ima::compact::protobuf::{Value, Walk};
use crate::ima::compact::{EVENTS, PACKED_EVENTS, VERSION};
use crate::ima::format::Format;
use crate::ima::list::ListWriter;
use crate::ima::template::Endian;

/// Write the kernel's binary list of the blocks in `input`, at most `max_size` bytes of it.
pub fn expand<R: Read, W: Write>(input: R, out: W, max_size: u64) -> Result<Summary> {
    let mut expander = Expander::new(out, max_size);
    expander.take(input)?;
    expander.finish()
}

/// Rebuilds a list from blocks that may come from several streams, in order.
pub struct Expander<W> {
    list: ListWriter<W>,
    max_size: u64,
    blocks: u64,
    /// Number that the next event must have; None before the first.
    next: Option<u64>,
    format: Option<Format>,
    scratch: Vec<u8>,
}

/// The fields of a block that are no events.
struct Head<'a> {
    first: Option<u64>,
    format: Format,
    packed: Option<&'a [u8]>,
}

impl<W: Write> Expander<W> {
    /// Write the list to `out`, at most `max_size` bytes.
    pub fn new(out: W, max_size: u64) -> Self {
        let list = ListWriter::new(out, max_size);
        Self { list, max_size, blocks: 0, next: None, format: None, scratch: Vec::new() }
    }

    /// Take all blocks of `input`.
    pub fn take<R: Read>(&mut self, input: R) -> Result<()> {
        let mut frames = Frames::new(input, self.blocks, self.max_size);
        while let Some(frame) = frames.next_frame()? {
            self.block(&frame)?;
            self.blocks += 1;
        }
        Ok(())
    }

    /// Flush, and say what was written.
    pub fn finish(self) -> Result<Summary> {
        Ok(Summary { blocks: self.blocks, ..self.list.finish()? })
    }

    fn block(&mut self, frame: &Frame<'_>) -> Result<()> {
        let head = Head::read(frame.message).map_err(|reason| frame.error(reason))?;
        if *self.format.get_or_insert(head.format) != head.format {
            return Err(frame.error("its byte order or hash algorithm is not that of the blocks before"));
        }
        if let (Some(first), Some(next)) = (head.first, self.next)
            && first != next
        {
            return Err(frame.error(format!("it begins with event {first} where {next} is next")));
        }
        self.next = head.first.or(self.next);
        match head.packed {
            None => self.events(frame, frame.message, head.format),
            Some(packed) => {
                let unpacked = unpack(packed).map_err(|reason| frame.error(reason))?;
                if let Some(Some((number, _))) =
                    Walk::new(&unpacked).find(|field| field.is_none_or(|(number, _)| number != EVENTS))
                {
                    return Err(frame.error(format!("field {number} among its packed events")));
                }
                self.events(frame, &unpacked, head.format)
            }
        }
    }

    fn events(&mut self, frame: &Frame<'_>, message: &[u8], format: Format) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        for field in Walk::new(message) {
            match field {
                Some((EVENTS, Value::Bytes(bytes))) => self.event(frame, bytes, format, &mut scratch)?,
                Some((EVENTS, _)) | None => return Err(frame.error("its events break off or are none")),
                Some(_) => {}
            }
        }
        self.scratch = scratch;
        Ok(())
    }

    fn event(
        &mut self,
        frame: &Frame<'_>,
        bytes: &[u8],
        format: Format,
        scratch: &mut Vec<u8>,
    ) -> Result<()> {
        let number_here = self.next;
        let refuse = |reason: String| match number_here {
            Some(number) => frame.error(format!("event {number}: {reason}")),
            None => frame.error(format!("its first event: {reason}")),
        };
        let event = Event::read(bytes).map_err(refuse)?;
        let number = match (event.number(), self.next) {
            (Some(said), Some(next)) if said != next => {
                return Err(refuse(format!("it says that it is event {said}")));
            }
            (said, next) => said.or(next).unwrap_or(0),
        };
        let mut hash = None;
        let entry = event.entry(number, format, scratch, &mut hash).map_err(refuse)?;
        self.list.push(&entry, format)?.map_err(refuse)?;
        self.next = Some(number.checked_add(1).ok_or_else(|| refuse("no event can follow it".into()))?);
        Ok(())
    }
}

impl<'a> Head<'a> {
    fn read(message: &'a [u8]) -> std::result::Result<Self, String> {
        let mut head = Self { first: None, format: Format::default(), packed: None };
        let mut has_events = false;
        for field in Walk::new(message) {
            match field.ok_or("it breaks off or is no protobuf message")? {
                (1, Value::Varint(version)) if version == u64::from(VERSION) => {}
                (1, Value::Varint(version)) => return Err(format!("version {version} is not known")),
                (2, Value::Varint(first)) => head.first = Some(first),
                (EVENTS, Value::Bytes(_)) => has_events = true,
                (16, Value::Varint(number)) => head.format.hash = hash_of(number)?,
                (17, Value::Varint(big)) => {
                    head.format.endian = if big == 0 { Endian::Little } else { Endian::Big }
                }
                (PACKED_EVENTS, Value::Bytes(packed)) if head.packed.is_none() => head.packed = Some(packed),
                (number @ (1..=4 | 16..=18), value) if !(number == 3 && matches!(value, Value::Bytes(_))) => {
                    return Err(format!("field {number} is not of its type, or stands twice"));
                }
                _ => {}
            }
        }
        if has_events && head.packed.is_some() {
            return Err("it has events both plain and packed".into());
        }
        Ok(head)
    }
}

fn hash_of(number: u64) -> std::result::Result<Bank, String> {
    let bank = i32::try_from(number).ok().and_then(Bank::from_kernel_number);
    bank.ok_or_else(|| format!("hash algorithm {number} is none of a template hash"))
}
