//! Events of a log, in either of its two layouts (PFP 1.06, sections 10.2.1 to 10.2.3, all little-endian).
//!
//! ```text
//! TCG_PCR_EVENT  = pcr u32 ‖ type u32 ‖ SHA-1 digest ‖ data size u32 ‖ data          every event of a TPM 1.2 log
//! TCG_PCR_EVENT2 = pcr u32 ‖ type u32 ‖ count u32 ‖ count × (algorithm u16 ‖ digest) ‖ data size u32 ‖ data
//! ```
//!
//! A crypto-agile log opens with a `TCG_PCR_EVENT` of type `EV_NO_ACTION` whose data begins with `Spec ID Event03` and
//! gives the digest size of each algorithm; all that follow are `TCG_PCR_EVENT2`.

use std::io::Read;

use super::cursor::Cursor;
use super::{PCR_COUNT, algorithm, kind};
use crate::error::{Error, Result};

const AGILE: &[u8] = b"Spec ID Event03\0";
const LEGACY_DIGEST: usize = 20;
/// Most algorithms of a header: no TPM has more than a handful of banks.
const MAX_ALGORITHMS: u32 = 16;
/// Longest digest of an algorithm that is not known here.
const MAX_DIGEST: u16 = 256;
/// Bytes of zeros that stand for "no more events": the smallest event of zeros in the crypto-agile layout.
const END_MARK: usize = 16;

/// One digest of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest<'a> {
    /// TPM number of the algorithm.
    pub algorithm: u16,
    /// As long as the log's header says.
    pub value: &'a [u8],
}

/// One event, as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// 0-based position.
    pub number: u64,
    /// Byte offset in the log.
    pub offset: u64,
    /// PCR that it extended; of `EV_NO_ACTION` any number.
    pub pcr: u32,
    /// Event type, see [`kind`].
    pub kind: u32,
    /// In the order of the log, no algorithm twice.
    pub digests: Vec<Digest<'a>>,
    /// What the firmware says of the event; not always what was hashed.
    pub data: &'a [u8],
}

/// Which structure the events after the first have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `TCG_PCR_EVENT`, SHA-1 alone.
    Legacy,
    /// `TCG_PCR_EVENT2`.
    Agile,
}

/// Read a log of at most `max_size` bytes into memory.
pub fn read(input: impl Read, max_size: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input
        .take(max_size.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Error::io("read", "event log", error))?;
    if bytes.len() as u64 > max_size {
        return Err(Error::Limit { what: "the event log, in bytes,".into(), limit: max_size });
    }
    Ok(bytes)
}

/// Yields events one after another; stops for good at the first error.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    bytes: &'a [u8],
    offset: usize,
    number: u64,
    layout: Layout,
    algorithms: Vec<(u16, usize)>,
    padding: usize,
}

impl<'a> Events<'a> {
    /// Look at the first event for the log's layout and algorithms.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let mut events = Self {
            bytes,
            offset: 0,
            number: 0,
            layout: Layout::Legacy,
            algorithms: vec![(algorithm::SHA1, LEGACY_DIGEST)],
            padding: 0,
        };
        if let Ok(Some(first)) = events.clone().next_event()
            && first.kind == kind::NO_ACTION
            && first.data.starts_with(AGILE)
        {
            events.algorithms = algorithms(first.data).map_err(|reason| events.error(reason, false))?;
            events.layout = Layout::Agile;
        }
        Ok(events)
    }

    /// Layout of every event but a crypto-agile log's first.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Algorithms that the log declares, with the bytes of their digests.
    #[must_use]
    pub fn algorithms(&self) -> &[(u16, usize)] {
        &self.algorithms
    }

    /// Zero bytes after the last event; known once [`Events::next_event`] gave None.
    #[must_use]
    pub fn padding(&self) -> usize {
        self.padding
    }

    /// The next event, None at the end of the log.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>> {
        let rest = &self.bytes[self.offset..];
        if rest.is_empty() || self.is_padding(rest)? {
            return Ok(None);
        }
        let mut cursor = Cursor::new(rest);
        let parsed = self.parse(&mut cursor);
        let (pcr, kind, digests, data) = match parsed {
            Ok(parts) => parts,
            Err(Fault::Ends(part)) => {
                let reason = format!("the log ends inside its {part}, {} bytes into the event", rest.len());
                return Err(self.stop(reason, true));
            }
            Err(Fault::Wrong(reason)) => return Err(self.stop(reason, false)),
        };
        if pcr >= PCR_COUNT && kind != kind::NO_ACTION {
            return Err(self.stop(format!("PCR {pcr} is over {}", PCR_COUNT - 1), false));
        }
        let event = Event { number: self.number, offset: self.offset as u64, pcr, kind, digests, data };
        self.offset += cursor.position();
        self.number += 1;
        Ok(Some(event))
    }

    /// Whether nothing but zeros follows, as in a copy of the whole area that ACPI reserves for the log.
    fn is_padding(&mut self, rest: &[u8]) -> Result<bool> {
        let head = &rest[..rest.len().min(END_MARK)];
        if head.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        if let Some(at) = rest.iter().position(|byte| *byte != 0) {
            let reason =
                format!("an event of zeros, which ends a log, and {} bytes after it", rest.len() - at);
            return Err(self.stop(reason, false));
        }
        self.padding = rest.len();
        self.offset = self.bytes.len();
        Ok(true)
    }

    fn parse(&self, cursor: &mut Cursor<'a>) -> Parsed<'a> {
        let pcr = cursor.u32().ok_or(Fault::Ends("PCR number"))?;
        let kind = cursor.u32().ok_or(Fault::Ends("event type"))?;
        let digests = if self.layout == Layout::Legacy || self.number == 0 {
            let value = cursor.take(LEGACY_DIGEST).ok_or(Fault::Ends("digest"))?;
            vec![Digest { algorithm: algorithm::SHA1, value }]
        } else {
            self.digests(cursor)?
        };
        let size = cursor.u32().ok_or(Fault::Ends("data size"))?;
        let data = cursor.take_long(size.into()).ok_or(Fault::Ends("data"))?;
        Ok((pcr, kind, digests, data))
    }

    fn digests(&self, cursor: &mut Cursor<'a>) -> std::result::Result<Vec<Digest<'a>>, Fault> {
        let count = cursor.u32().ok_or(Fault::Ends("number of digests"))? as usize;
        if count > self.algorithms.len() {
            let declared = self.algorithms.len();
            return Err(Fault::Wrong(format!("{count} digests, and the log declares {declared} algorithms")));
        }
        let mut digests: Vec<Digest<'a>> = Vec::with_capacity(count);
        for _ in 0..count {
            let algorithm = cursor.u16().ok_or(Fault::Ends("algorithm"))?;
            let Some((_, size)) = self.algorithms.iter().find(|(number, _)| *number == algorithm) else {
                return Err(Fault::Wrong(format!(
                    "a digest of algorithm {algorithm:#06x}, which the log's first event does not declare"
                )));
            };
            if digests.iter().any(|digest| digest.algorithm == algorithm) {
                return Err(Fault::Wrong(format!("two digests of algorithm {algorithm:#06x}")));
            }
            let value = cursor.take(*size).ok_or(Fault::Ends("digests"))?;
            digests.push(Digest { algorithm, value });
        }
        Ok(digests)
    }

    fn stop(&mut self, reason: String, truncated: bool) -> Error {
        let error = self.error(reason, truncated);
        self.offset = self.bytes.len();
        error
    }

    fn error(&self, reason: String, truncated: bool) -> Error {
        Error::BootLogFormat { index: self.number, offset: self.offset as u64, reason, truncated }
    }
}

enum Fault {
    /// The log ends inside this part.
    Ends(&'static str),
    Wrong(String),
}

type Parsed<'a> = std::result::Result<(u32, u32, Vec<Digest<'a>>, &'a [u8]), Fault>;

/// Algorithms of a `TCG_EfiSpecIDEvent` (PFP 1.06, section 10.4.5.1), with the bytes of their digests.
fn algorithms(data: &[u8]) -> std::result::Result<Vec<(u16, usize)>, String> {
    const SHORT: &str = "the log's header ends inside its list of algorithms";
    let mut cursor = Cursor::new(data);
    // Signature, platform class, version and errata, size of UINTN.
    cursor.take(AGILE.len() + 8).ok_or(SHORT)?;
    let count = cursor.u32().ok_or(SHORT)?;
    if !(1..=MAX_ALGORITHMS).contains(&count) {
        return Err(format!(
            "the log's header declares {count} algorithms, where 1 to {MAX_ALGORITHMS} are possible"
        ));
    }
    let mut listed: Vec<(u16, usize)> = Vec::new();
    for _ in 0..count {
        let number = cursor.u16().ok_or(SHORT)?;
        let size = cursor.u16().ok_or(SHORT)?;
        let fits = match algorithm::size(number) {
            Some(known) => known == usize::from(size),
            None => (1..=MAX_DIGEST).contains(&size),
        };
        if !fits {
            return Err(format!("the log's header gives algorithm {number:#06x} digests of {size} bytes"));
        }
        if listed.iter().any(|(other, _)| *other == number) {
            return Err(format!("the log's header declares algorithm {number:#06x} twice"));
        }
        listed.push((number, size.into()));
    }
    Ok(listed)
}
