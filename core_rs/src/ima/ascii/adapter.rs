//! The binary list of an ascii list, as a stream.

use std::io::{self, Read};

use super::fields::{self, Kind};
use super::head::Head;
use super::text::{Line, LineEnd, Text};
use super::{MAX_JOINED_NAME, Reading, SharedReading, form, readings};
use crate::error::{Error, Result};
use crate::ima::format::{Format, is_template_name};
use crate::ima::template::MAX_TEMPLATE_DATA;

/// Longest text of one entry: the template data in hexadecimal, with room for the rest.
const MAX_TEXT: usize = 2 * MAX_TEMPLATE_DATA + (64 << 10);
/// Distinct templates whose layout is remembered.
const MAX_LAYOUTS: usize = 64;
const BATCH: usize = 64 << 10;
/// Bytes of text that searches for line ends in names may hash, at the start and per byte of the list: a list of wrong
/// template hashes must not cost more than a constant times its length.
const SEARCH_START: u64 = 16 << 20;
const SEARCH_PER_BYTE: u64 = 16;

/// Reads an ascii list; gives the binary list in [`AsciiList::format`].
pub struct AsciiList<R> {
    text: Text<R>,
    format: Format,
    layouts: Vec<(String, Vec<Kind>)>,
    data: Vec<u8>,
    out: Vec<u8>,
    given: usize,
    failed: Option<Error>,
    offset: u64,
    search: u64,
    reading: Reading,
    shared: SharedReading,
}

/// The entry at the head of the window.
struct Start {
    head: Head,
    template: String,
    /// Where its fields begin.
    fields: usize,
    line: LineEnd,
}

impl<R: Read> AsciiList<R> {
    /// Read the list in `input`; the error is that of its first line.
    pub fn new(input: R) -> Result<Self> {
        let mut list = Self {
            text: Text::new(input),
            format: Format::default(),
            layouts: Vec::new(),
            data: Vec::new(),
            out: Vec::new(),
            given: 0,
            failed: None,
            offset: 0,
            search: SEARCH_START,
            reading: Reading::default(),
            shared: SharedReading::default(),
        };
        list.text.fill_chunk().map_err(|error| list.input_error(error))?;
        let head = Head::parse(list.text.window()).map_err(|reason| list.error(reason))?;
        let Format { endian, hash } = form::find(list.text.window());
        list.format = Format { endian, hash: if hash.size() == head.bank.size() { hash } else { head.bank } };
        Ok(list)
    }

    /// The form of the binary list: byte order found by recomputing template hashes, little where they do not tell.
    pub fn format(&self) -> Format {
        self.format
    }

    /// A view of what is known about the list so far.
    pub fn reading(&self) -> SharedReading {
        self.shared.clone()
    }

    /// Append the next entry to `out`; false at the end of the list.
    fn next(&mut self) -> Result<bool> {
        let Some(start) = self.start()? else { return Ok(false) };
        let layout = self.layout(&start.template)?;
        let proven = if start.head.is_violation() { None } else { self.prove(&start, &layout)? };
        let end = match proven {
            Some(end) => end,
            None => self.take_plain(&start, &layout)?,
        };
        self.emit(&start.head, &start.template);
        self.count(&start, end, proven.is_some());
        self.text.take(end.next);
        Ok(true)
    }

    fn start(&mut self) -> Result<Option<Start>> {
        let line = match self.text.line_end(0, MAX_TEXT).map_err(|error| self.input_error(error))? {
            Line::None => return Ok(None),
            Line::TooLong => return Err(self.error(format!("longer than {MAX_TEXT} bytes"))),
            Line::At(line) => line,
        };
        let bytes = &self.text.window()[..line.text];
        let mut head = Head::parse(bytes).map_err(|reason| self.error(reason))?;
        if head.bank.size() != self.format.hash.size() {
            let (here, before) = (head.bank.size(), self.format.hash.size());
            return Err(self.error(format!("a template hash of {here} bytes in a list of {before}")));
        }
        head.bank = self.format.hash;
        let name = bytes[head.end..].split(|byte| *byte == b' ').next().unwrap_or_default();
        let fields = head.end + name.len() + 1;
        let template = std::str::from_utf8(name).ok().filter(|name| is_template_name(name.as_bytes()));
        let Some(template) = template.map(str::to_owned) else {
            return Err(self.error("the template name is not printable text"));
        };
        if fields > line.text {
            return Err(self.error(format!("no fields after template {template}")));
        }
        Ok(Some(Start { head, template, fields, line }))
    }

    fn layout(&mut self, template: &str) -> Result<Vec<Kind>> {
        if let Some((_, layout)) = self.layouts.iter().find(|(name, _)| name == template) {
            return Ok(layout.clone());
        }
        let Some(layout) = fields::layout(template) else {
            return Err(
                self.error(format!("template {template} is not known; only its binary list can be read"))
            );
        };
        if self.layouts.len() < MAX_LAYOUTS {
            self.layouts.push((template.to_owned(), layout.clone()));
        }
        Ok(layout)
    }

    /// Find the end of the entry whose template hash recomputes, and leave its data in `data`.
    fn prove(&mut self, start: &Start, layout: &[Kind]) -> Result<Option<LineEnd>> {
        let mut end = start.line;
        loop {
            let text = &self.text.window()[start.fields..end.text];
            let proves = |data: &[u8]| start.head.is_hash_of(&start.template, data);
            if readings::read(layout, text, self.format.endian, &mut self.data, proves) == Ok(true) {
                return Ok(Some(end));
            }
            let cost = text.len() as u64;
            if cost > self.search {
                return Ok(None);
            }
            self.search -= cost;
            match self.following(start, end)? {
                Some(next) => end = next,
                None => return Ok(None),
            }
        }
    }

    /// End of the line after `end`, where both may be parts of one entry.
    fn following(&mut self, start: &Start, end: LineEnd) -> Result<Option<LineEnd>> {
        if end.text - start.fields > MAX_JOINED_NAME || end.next == end.text {
            return Ok(None);
        }
        let found =
            self.text.line_end(end.next, end.next + MAX_TEXT).map_err(|error| self.input_error(error))?;
        Ok(if let Line::At(end) = found { Some(end) } else { None })
    }

    /// Take the plain reading of what no hash proves: lines that begin no entry belong to the one before.
    fn take_plain(&mut self, start: &Start, layout: &[Kind]) -> Result<LineEnd> {
        let mut end = start.line;
        while let Some(next) = self.following(start, end)? {
            if Head::parse(&self.text.window()[end.next..next.text]).is_ok() {
                break;
            }
            end = next;
        }
        let violation = start.head.is_violation();
        for end in [end, start.line] {
            let text = &self.text.window()[start.fields..end.text];
            let proves = |data: &[u8]| !violation && start.head.is_hash_of(&start.template, data);
            match readings::read(layout, text, self.format.endian, &mut self.data, proves) {
                Ok(false) if end.next == end.text => return Err(self.error("the list ends inside this line")),
                Ok(_) => return Ok(end),
                Err(reason) if end == start.line => {
                    return Err(self.error(format!("template {}: {reason}", start.template)));
                }
                Err(_) => {}
            }
        }
        Ok(start.line)
    }

    fn emit(&mut self, head: &Head, template: &str) {
        let endian = self.format.endian;
        let length = |length: usize| endian.bytes(u32::try_from(length).unwrap_or(u32::MAX));
        self.out.extend_from_slice(&endian.bytes(head.pcr));
        self.out.extend_from_slice(head.hash());
        self.out.extend_from_slice(&length(template.len()));
        self.out.extend_from_slice(template.as_bytes());
        if template != "ima" {
            self.out.extend_from_slice(&length(self.data.len()));
        }
        self.out.extend_from_slice(&self.data);
    }

    fn count(&mut self, start: &Start, end: LineEnd, proven: bool) {
        let reading = &mut self.reading;
        let line = reading.lines + 1;
        let ends = memchr::memchr_iter(b'\n', &self.text.window()[..end.text]).count() as u64;
        if start.head.is_violation() {
            reading.violations += 1;
        } else if !proven && !start.head.is_hash_of(&start.template, &self.data) {
            reading.unproven += 1;
            reading.first_unproven.get_or_insert((reading.entries, line));
        }
        reading.joined += u64::from(ends > 0);
        reading.lines += ends + 1;
        reading.entries += 1;
        self.offset += end.next as u64;
        self.search = self.search.saturating_add(end.next as u64 * SEARCH_PER_BYTE);
        self.shared.set(*reading);
    }

    fn error(&self, reason: impl Into<String>) -> Error {
        let reason = format!("line {}: {}", self.reading.lines + 1, reason.into());
        Error::ImaFormat { index: self.reading.entries, offset: self.offset, reason }
    }

    fn input_error(&self, error: io::Error) -> Error {
        if error.raw_os_error().is_some() {
            return Error::io("read", "IMA list", error);
        }
        self.error(format!("the compressed input is damaged: {error}"))
    }
}

impl<R: Read> Read for AsciiList<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.out.len() {
            self.out.clear();
            self.given = 0;
            while self.failed.is_none() && self.out.len() < BATCH {
                match self.next() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => self.failed = Some(error),
                }
            }
        }
        if self.out.is_empty()
            && let Some(error) = self.failed.take()
        {
            let kind = if self.text.is_cut() { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::Other };
            return Err(io::Error::new(kind, error));
        }
        let count = buffer.len().min(self.out.len() - self.given);
        buffer[..count].copy_from_slice(&self.out[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
