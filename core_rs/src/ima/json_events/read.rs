//! JSON to list. Strict: an unknown, missing or repeated leaf is an error, and so is a gap in the event numbers.

use std::io::{Read, Write};

use struson::reader::{JsonReader, JsonStreamReader, ReaderError, ReaderSettings, ValueType};

use crate::error::{Error, Result};
use crate::ima::Summary;
use crate::ima::compact::{Expander, MAX_BLOCK};
use crate::ima::json_events::leaves::{Leaves, binary};
use crate::ima::list::ListWriter;
use crate::ima::template::MAX_TEMPLATE_DATA;

/// Longest string of an event: the base64 of the largest template data.
const MAX_STRING: usize = MAX_TEMPLATE_DATA.div_ceil(3) * 4;
/// Longest base64 block, with its length.
const MAX_BLOCK_STRING: usize = (MAX_BLOCK + 4).div_ceil(3) * 4;

type Json<R> = JsonStreamReader<R>;

/// Write the kernel's binary list of the JSON array in `text`: `IMA-EVENT` objects, or base64 compact blocks.
///
/// `base` is the offset of `text` in its file, for messages; `max_size` bounds the list.
pub fn rebuild<R: Read, W: Write>(text: R, base: u64, out: W, max_size: u64) -> Result<Summary> {
    let settings =
        ReaderSettings { track_path: false, max_nesting_depth: Some(2), ..ReaderSettings::default() };
    let mut source = Source { json: JsonStreamReader::new_custom(text, settings), base };
    source.run(JsonReader::begin_array)?;
    let compact = source.run(JsonReader::has_next)? && source.run(JsonReader::peek)? == ValueType::String;
    let summary = if compact { source.blocks(out, max_size)? } else { source.events(out, max_size)? };
    source.run(JsonReader::end_array)?;
    let base = source.base;
    source.json.consume_trailing_whitespace().map_err(|error| refused(&error, base))?;
    Ok(summary)
}

struct Source<R: Read> {
    json: Json<R>,
    base: u64,
}

impl<R: Read> Source<R> {
    fn events<W: Write>(&mut self, out: W, max_size: u64) -> Result<Summary> {
        let mut list = ListWriter::new(out, max_size);
        let (mut next, mut shared, mut scratch) = (None, None, Vec::new());
        while self.run(JsonReader::has_next)? {
            let at = self.offset();
            let refuse = |reason| Error::JsonFormat { offset: at, reason };
            let leaves = self.object()?;
            let (entry, format) = leaves.entry(&mut scratch).map_err(refuse)?;
            if *next.get_or_insert(entry.number) != entry.number {
                return Err(refuse(format!("event {} does not follow the one before", entry.number)));
            }
            if *shared.get_or_insert(format) != format {
                return Err(refuse(
                    "its byte order or hash algorithm is not that of the events before".into(),
                ));
            }
            list.push(&entry, format)?.map_err(refuse)?;
            next = Some(entry.number.checked_add(1).ok_or_else(|| refuse("no event can follow it".into()))?);
        }
        list.finish()
    }

    fn blocks<W: Write>(&mut self, out: W, max_size: u64) -> Result<Summary> {
        let mut list = Expander::new(out, max_size);
        while self.run(JsonReader::has_next)? {
            let at = self.offset();
            let text = self.string(MAX_BLOCK_STRING)?;
            let block = binary(&text).map_err(|reason| Error::JsonFormat { offset: at, reason })?;
            list.take(block.as_slice())?;
        }
        list.finish()
    }

    fn object(&mut self) -> Result<Leaves> {
        let mut leaves = Leaves::default();
        self.run(JsonReader::begin_object)?;
        while self.run(JsonReader::has_next)? {
            let at = self.offset();
            let name = self.run(JsonReader::next_name_owned)?;
            let taken = match name.as_str() {
                "pcr-index" => {
                    let number = self.run(JsonReader::next_number_as_string)?;
                    match number.parse() {
                        Ok(pcr) => leaves.pcr_index(pcr),
                        Err(_) => Err("\"pcr-index\" is no small whole number".into()),
                    }
                }
                "big-endian" => leaves.big_endian(self.run(JsonReader::next_bool)?),
                _ => leaves.text(&name, self.string(MAX_STRING)?),
            };
            taken.map_err(|reason| Error::JsonFormat { offset: at, reason })?;
        }
        self.run(JsonReader::end_object)?;
        Ok(leaves)
    }

    /// The next value, a string of at most `limit` bytes.
    fn string(&mut self, limit: usize) -> Result<String> {
        let (at, base) = (self.offset(), self.base);
        let mut text = String::new();
        let mut reader = self.json.next_string_reader().map_err(|error| refused(&error, base))?;
        let read = (&mut reader).take(limit as u64 + 1).read_to_string(&mut text);
        read.map_err(|error| Error::JsonFormat { offset: at, reason: error.to_string() })?;
        if text.len() > limit {
            return Err(Error::JsonFormat {
                offset: at,
                reason: format!("a string of more than {limit} bytes"),
            });
        }
        Ok(text)
    }

    fn run<T>(
        &mut self,
        step: impl FnOnce(&mut Json<R>) -> std::result::Result<T, ReaderError>,
    ) -> Result<T> {
        step(&mut self.json).map_err(|error| refused(&error, self.base))
    }

    fn offset(&self) -> u64 {
        self.base + self.json.current_position(false).data_pos.unwrap_or_default()
    }
}

fn refused(error: &ReaderError, base: u64) -> Error {
    let (location, reason) = match error {
        ReaderError::SyntaxError(syntax) => (&syntax.location, syntax.kind.to_string()),
        ReaderError::UnexpectedValueType { expected, actual, location } => {
            (location, format!("{expected} expected, {actual} found"))
        }
        ReaderError::UnexpectedStructure { kind, location } => (location, kind.to_string()),
        ReaderError::MaxNestingDepthExceeded { max_nesting_depth, location } => {
            (location, format!("nested deeper than {max_nesting_depth}"))
        }
        ReaderError::UnsupportedNumberValue { location, .. } => (location, "a number out of range".into()),
        ReaderError::IoError { error, location } => (location, error.to_string()),
        other => return Error::JsonFormat { offset: base, reason: other.to_string() },
    };
    Error::JsonFormat { offset: base + location.data_pos.unwrap_or_default(), reason }
}
