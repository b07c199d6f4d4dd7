//! One entry of a measurement list, and the writer of the kernel's binary form.
//!
//! ```text
//! entry = pcr u32 ‖ template hash ‖ name length u32 ‖ name ‖ [data length u32, not for template "ima"] ‖ data
//! ```

use std::io::Write;

use crate::error::{Error, Result};
use crate::ima::Summary;
use crate::ima::bank::{Bank, Digest};
use crate::ima::format::{Format, PCR_COUNT, detect, is_template_name};
use crate::ima::template::{
    self, Endian, Fields, LEGACY_DIGEST, LEGACY_NAME, MAX_LEGACY_NAME, MAX_TEMPLATE_DATA,
};

/// One entry, as it stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// 0-based position since boot.
    pub number: u64,
    /// Byte offset in the list.
    pub offset: u64,
    /// PCR that it extended.
    pub pcr: u32,
    /// Template hash; all zeros for a violation.
    pub template_hash: &'a [u8],
    /// Name of the template, printable ASCII.
    pub template: &'a str,
    /// Template data; of template `ima` 20 bytes, a u32 length and the name.
    pub data: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Whether the kernel recorded a violation (time-of-measure, time-of-use; open writers) instead of a measurement.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        self.template_hash.iter().all(|byte| *byte == 0)
    }

    /// Decode the template data, see [`Fields::decode`].
    #[must_use]
    pub fn fields(&self, endian: Endian) -> Option<Fields<'a>> {
        Fields::decode(self.template, self.data, endian)
    }

    /// Hash the template data with the algorithm of `bank`.
    #[must_use]
    pub fn compute_hash(&self, bank: Bank) -> Digest {
        bank.hash(&template::hashed_parts(self.template, self.data))
    }

    /// Say what about this entry could not stand in a list of `format`.
    fn fault(&self, format: Format) -> Option<String> {
        if self.pcr >= PCR_COUNT {
            return Some(format!("PCR {} is over {}", self.pcr, PCR_COUNT - 1));
        }
        if self.template_hash.len() != format.hash.size() {
            return Some(format!(
                "a template hash of {} bytes in a {} list",
                self.template_hash.len(),
                format.hash.name()
            ));
        }
        if !is_template_name(self.template.as_bytes()) {
            return Some("a template name that no kernel writes".into());
        }
        if self.data.len() > MAX_TEMPLATE_DATA {
            return Some(format!(
                "template data of {} bytes is over the limit of {MAX_TEMPLATE_DATA}",
                self.data.len()
            ));
        }
        if self.template != LEGACY_NAME {
            return None;
        }
        let name = self.data.len().checked_sub(LEGACY_DIGEST + 4);
        let said =
            format.endian.u32_at(self.data, LEGACY_DIGEST).and_then(|length| usize::try_from(length).ok());
        let fits = name.is_some() && name == said && name <= Some(MAX_LEGACY_NAME);
        (!fits).then(|| "template data that is not of template ima".into())
    }
}

/// Writes the kernel's binary list; every entry that it takes can be read again.
pub struct ListWriter<W> {
    out: W,
    max_size: u64,
    summary: Summary,
}

impl<W: Write> ListWriter<W> {
    /// Write to `out`, at most `max_size` bytes.
    pub fn new(out: W, max_size: u64) -> Self {
        Self { out, max_size, summary: Summary::default() }
    }

    /// Append `entry`. Outer error: output or limit; inner error: what makes the entry impossible.
    pub fn push(&mut self, entry: &Entry<'_>, format: Format) -> Result<std::result::Result<(), String>> {
        if let Some(fault) = entry.fault(format) {
            return Ok(Err(fault));
        }
        if self.summary.entries == 0 && !opens(entry, format) {
            return Ok(Err("a list that begins with it would be taken for one of another kind".into()));
        }
        let (name, data) = (entry.template.as_bytes(), entry.data);
        let counted = entry.template != LEGACY_NAME;
        let size = 4 + entry.template_hash.len() + 4 + name.len() + if counted { 4 } else { 0 } + data.len();
        self.summary.list_bytes += size as u64;
        if self.summary.list_bytes > self.max_size {
            return Err(Error::Limit { what: "the IMA list, in bytes,".into(), limit: self.max_size });
        }
        self.summary.first_event.get_or_insert(entry.number);
        self.put(&format.endian.bytes(entry.pcr))?;
        self.put(entry.template_hash)?;
        self.put_length(name.len(), format.endian)?;
        self.put(name)?;
        if counted {
            self.put_length(data.len(), format.endian)?;
        }
        self.put(data)?;
        self.summary.entries += 1;
        Ok(Ok(()))
    }

    /// Flush, and say what was written.
    pub fn finish(mut self) -> Result<Summary> {
        self.out.flush().map_err(output_error)?;
        Ok(self.summary)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(output_error)
    }

    fn put_length(&mut self, length: usize, endian: Endian) -> Result<()> {
        // `fault` bounds both lengths far below u32::MAX.
        self.put(&endian.bytes(u32::try_from(length).unwrap_or(u32::MAX)))
    }
}

/// Whether a reader finds `format` from `entry` as the first one: a template hash can be made to look like a name.
fn opens(entry: &Entry<'_>, format: Format) -> bool {
    let length = u32::try_from(entry.template.len()).unwrap_or(u32::MAX);
    let (pcr, length) = (format.endian.bytes(entry.pcr), format.endian.bytes(length));
    let head = [&pcr[..], entry.template_hash, &length, entry.template.as_bytes()].concat();
    detect(&head).is_ok_and(|found| (found.endian, found.hash.size()) == (format.endian, format.hash.size()))
}

/// The error of an output that has no path here.
#[must_use]
pub fn output_error(source: std::io::Error) -> Error {
    Error::io("write", "output", source)
}
