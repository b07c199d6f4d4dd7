//! Reader of the kernel's binary measurement list (`binary_runtime_measurements`).
//!
//! Streams from any [`Read`] through one growing buffer that never holds more than the entry at hand and a read-ahead.
//! Nothing in the list says its byte order or hash size (`ima_fs.c` writes host order), so the first entry decides
//! both: of all combinations only one gives a sensible PCR *and* a sensible template name.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use crate::error::{Error, Result};
use crate::ima::bank::{Bank, MAX_DIGEST};
use crate::ima::format::{Format, PCR_COUNT, detect, is_template_name};
use crate::ima::list::Entry;
use crate::ima::template::{Endian, LEGACY_DIGEST, MAX_LEGACY_NAME, MAX_TEMPLATE_DATA, MAX_TEMPLATE_NAME};

const READ_AHEAD: usize = 256 << 10;

/// Reads entries one after another; stops for good at the first error.
pub struct ListReader<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    taken: u64,
    max_size: u64,
    number: u64,
    offset: u64,
    format: Option<Format>,
    cut: bool,
}

struct Layout {
    hash: Range<usize>,
    name: Range<usize>,
    data: Range<usize>,
}

impl<R: Read> ListReader<R> {
    /// Read a list of at most `max_size` bytes from `input`.
    pub fn new(input: R, max_size: u64) -> Self {
        let buffer = vec![0; READ_AHEAD];
        Self {
            input,
            buffer,
            start: 0,
            end: 0,
            taken: 0,
            max_size,
            number: 0,
            offset: 0,
            format: None,
            cut: false,
        }
    }

    /// Read a list whose form is known from elsewhere.
    pub fn in_format(input: R, max_size: u64, format: Format) -> Self {
        Self { format: Some(format), ..Self::new(input, max_size) }
    }

    /// Count on from entry `number` at byte `offset` of a list whose `format` is known: the input begins there.
    #[must_use]
    pub fn resumed(self, number: u64, offset: u64, format: Format) -> Self {
        Self { number, offset, format: Some(format), ..self }
    }

    /// Byte order and hash of the list, found from its first entry; those of a usual list when it has none.
    pub fn format(&mut self) -> Result<Format> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        // Long enough for the widest head and the longest name; shorter lists are judged by what there is.
        self.have(4 + MAX_DIGEST + 4 + MAX_TEMPLATE_NAME)?;
        let mut format = detect(&self.buffer[self.start..self.end]).map_err(|reason| self.error(reason))?;
        if format.hash == Bank::Sha256 && self.is_sm3(format)? {
            format.hash = Bank::Sm3;
        }
        self.format = Some(format);
        Ok(format)
    }

    /// Whether the first entry ahead whose template hash is that of its data by SHA-256 or SM3, both of 32 bytes, says
    /// SM3. Where none ahead is right by either, the list is wrong whatever it is called.
    fn is_sm3(&mut self, format: Format) -> Result<bool> {
        self.have(READ_AHEAD)?;
        let mut ahead = ListReader::new(&self.buffer[self.start..self.end], u64::MAX);
        ahead.format = Some(format);
        while let Ok(Some(entry)) = ahead.next_entry() {
            let by =
                |bank| !entry.is_violation() && entry.compute_hash(bank).as_slice() == entry.template_hash;
            if by(Bank::Sha256) {
                return Ok(false);
            }
            if by(Bank::Sm3) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Byte offset of the entry that comes next: after the last one, the size of the list.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether reading stopped because the list breaks off inside an entry.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether no entry follows.
    pub fn at_end(&mut self) -> Result<bool> {
        Ok(!self.have(1)?)
    }

    /// The next entry, None at the end of the list.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        let format = self.format()?;
        if !self.have(1)? {
            return Ok(None);
        }
        let layout = self.measure(format)?;
        let at = self.start;
        let (number, offset, size) = (self.number, self.offset, layout.data.end);
        self.start += size;
        self.number += 1;
        self.offset += size as u64;
        let bytes = &self.buffer[at..at + size];
        let Some(pcr) = format.endian.u32_at(bytes, 0).filter(|pcr| *pcr < PCR_COUNT) else {
            let reason =
                format!("no PCR has the number {}", format.endian.u32_at(bytes, 0).unwrap_or_default());
            return Err(Error::ImaFormat { index: number, offset, reason });
        };
        let Ok(template) = std::str::from_utf8(&bytes[layout.name]) else {
            return Err(Error::ImaFormat {
                index: number,
                offset,
                reason: "the template name is not text".into(),
            });
        };
        let (template_hash, data) = (&bytes[layout.hash], &bytes[layout.data]);
        Ok(Some(Entry { number, offset, pcr, template_hash, template, data }))
    }

    /// Bring the whole next entry into the buffer and say where its parts are, relative to its start.
    fn measure(&mut self, format: Format) -> Result<Layout> {
        let hash = 4..4 + format.hash.size();
        let length = self.length_at(hash.end, format.endian, "template hash")?;
        if !(1..=MAX_TEMPLATE_NAME).contains(&length) {
            return Err(self.error(format!(
                "a template name of {length} bytes, where 1 to {MAX_TEMPLATE_NAME} are possible"
            )));
        }
        let name = hash.end + 4..hash.end + 4 + length;
        self.need(name.end, "template name")?;
        let bytes = &self.buffer[self.start..];
        if !is_template_name(&bytes[name.clone()]) {
            return Err(self.error("the template name is not printable text"));
        }
        let (data, limit) = if &bytes[name.clone()] == b"ima" {
            let counted = name.end + LEGACY_DIGEST;
            let length = self.length_at(counted, format.endian, "digest")?;
            (name.end..counted + 4 + length, LEGACY_DIGEST + 4 + MAX_LEGACY_NAME)
        } else {
            let length = self.length_at(name.end, format.endian, "template name")?;
            (name.end + 4..name.end + 4 + length, MAX_TEMPLATE_DATA)
        };
        if data.len() > limit {
            return Err(
                self.error(format!("template data of {} bytes is over the limit of {limit}", data.len()))
            );
        }
        self.need(data.end, "template data")?;
        Ok(Layout { hash, name, data })
    }

    #[inline]
    fn length_at(&mut self, at: usize, endian: Endian, before: &str) -> Result<usize> {
        self.need(at, before)?;
        self.need(at + 4, "length after it")?;
        let length = endian.u32_at(&self.buffer[self.start..], at).unwrap_or_default();
        Ok(length as usize)
    }

    #[inline]
    fn need(&mut self, size: usize, what: &str) -> Result<()> {
        if self.have(size)? { Ok(()) } else { Err(self.cut_inside(what)) }
    }

    #[cold]
    fn cut_inside(&mut self, what: &str) -> Error {
        self.cut = true;
        let got = self.end - self.start;
        self.error(format!("the list ends inside its {what}, {got} bytes into the entry"))
    }

    /// Have at least `size` bytes from the entry's start in the buffer; false when the input ends before.
    #[inline]
    fn have(&mut self, size: usize) -> Result<bool> {
        Ok(self.end - self.start >= size || self.fill(size)?)
    }

    #[cold]
    fn fill(&mut self, size: usize) -> Result<bool> {
        while self.end - self.start < size {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.end == self.buffer.len() {
                // Grows with what arrives, so a length that lies costs nothing.
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(count) => self.account(count)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // The ascii reader says in this way that its text ends inside an entry.
                    self.cut |= error.kind() == ErrorKind::UnexpectedEof
                        && error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Error>);
                    return Err(self.input_error(error));
                }
            }
        }
        Ok(true)
    }

    fn account(&mut self, count: usize) -> Result<()> {
        self.end += count;
        self.taken += count as u64;
        if self.taken > self.max_size {
            return Err(Error::Limit { what: "the IMA list, in bytes,".into(), limit: self.max_size });
        }
        Ok(())
    }

    fn input_error(&self, error: std::io::Error) -> Error {
        if error.raw_os_error().is_some() {
            return Error::io("read", "IMA list", error);
        }
        // The ascii reader's own error, or a decompressor found its input damaged.
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => self.error(format!("the compressed input is damaged: {error}")),
        }
    }

    fn error(&self, reason: impl Into<String>) -> Error {
        Error::ImaFormat { index: self.number, offset: self.offset, reason: reason.into() }
    }
}
