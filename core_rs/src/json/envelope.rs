//! Takes a signed envelope apart without holding its text: the signed text goes to a spool, the rest is small.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use struson::reader::ValueType;

use super::Limits;
use super::members::{Kind, open_range};
use super::walker::Walker;
use crate::error::{Error, Result};

/// A device prints its clock before the envelope; more than this is no envelope.
const MAX_LEADING: u64 = 64 << 10;
/// The signature object: room for sixteen certificates of 64 KiB in base64, and the rest.
const MAX_SIGNATURE: u64 = 2 << 20;
/// Defects are listed up to this number; an envelope can hold millions of unknown members.
const MAX_PROBLEMS: usize = 16;

const OUTPUT: &str = "cli-output";
const SIGNATURE: &str = "signature-envelop";

/// What an envelope was split into.
#[derive(Debug, Default)]
pub struct EnvelopeParts {
    /// Offset of the envelope's `{`.
    pub start: u64,
    /// Bytes of the unescaped `cli-output`, now in the spool; None when the envelope has none that is a string.
    pub payload: Option<u64>,
    /// JSON text of `signature-envelop`; None when the envelope has none that is an object.
    pub signature: Option<Vec<u8>>,
    /// Which of the two members are there at all.
    pub has_output: bool,
    /// See [`Self::has_output`].
    pub has_signature: bool,
    /// What breaks the format although the text is JSON, each with its byte offset.
    pub problems: Vec<String>,
}

/// Read the envelope in `path`; its unescaped `cli-output` goes to `spool`, which must not exist.
///
/// Text before the first `{` is left out. Text that is no JSON object is an [`Error::JsonFormat`]; what is one and breaks
/// the envelope's format (unknown, repeated or mistyped members, U+0000, trailing data) is listed in `problems`.
pub fn split_envelope(path: &Path, spool: &Path, limits: Limits) -> Result<EnvelopeParts> {
    let start = find_start(path)?;
    // The leading text counts too: the limit is one of the file.
    let limits = Limits { size: limits.size.saturating_sub(start), ..limits };
    let source = open_range(path, start, None, limits)?;
    let mut walker = Walker::new(source, start, path, limits);
    let mut parts = EnvelopeParts { start, ..EnvelopeParts::default() };
    let mut sink = Spool::create(spool)?;
    walker.begin_object()?;
    // Repeated names are a defect of the envelope, to be listed; those inside the signature object are found by the
    // strict reader that it is handed to.
    walker.allow_repeated_names(true);
    let mut signature = None;
    while walker.has_next()? {
        let at = walker.position();
        let member = walker.name(Outer::from_name)?;
        match member {
            Outer::Output if !parts.has_output => {
                parts.has_output = true;
                read_output(&mut walker, &mut sink, &mut parts)?;
            }
            Outer::Signature if !parts.has_signature => {
                parts.has_signature = true;
                signature = read_signature(&mut walker, &mut parts)?;
            }
            Outer::Output => repeated(&mut walker, &mut parts, OUTPUT, at)?,
            Outer::Signature => repeated(&mut walker, &mut parts, SIGNATURE, at)?,
            Outer::Unknown(name) => {
                parts.problem(|| format!("unknown member {name:?} at byte {at}"));
                walker.skip()?;
            }
        }
    }
    walker.end()?;
    finish(walker, &mut parts)?;
    sink.finish()?;
    parts.signature = signature.map(|(from, to)| read_bytes(path, from, to)).transpose()?;
    Ok(parts)
}

/// Unescape the JSON string in bytes `start..end` of a file into `spool`, which must not exist; returns its size.
pub fn unescape_member(path: &Path, start: u64, end: u64, spool: &Path, limits: Limits) -> Result<u64> {
    let mut walker = Walker::new(open_range(path, start, Some(end), limits)?, start, path, limits);
    let kind = Kind::from(walker.peek()?);
    if kind != Kind::String {
        let reason = format!("{} where a string was expected", kind.with_article());
        return Err(Error::JsonFormat { offset: start, reason });
    }
    let mut sink = Spool::create(spool)?;
    walker.string(|piece| sink.write(piece))?;
    walker.finish()?;
    sink.finish()
}

enum Outer {
    Output,
    Signature,
    Unknown(String),
}

impl Outer {
    fn from_name(name: &str) -> Self {
        match name {
            OUTPUT => Self::Output,
            SIGNATURE => Self::Signature,
            other => Self::Unknown(other.chars().take(64).collect()),
        }
    }
}

impl EnvelopeParts {
    fn problem(&mut self, text: impl FnOnce() -> String) {
        match self.problems.len().cmp(&MAX_PROBLEMS) {
            std::cmp::Ordering::Less => self.problems.push(text()),
            std::cmp::Ordering::Equal => self.problems.push("further defects are not listed".to_owned()),
            std::cmp::Ordering::Greater => {}
        }
    }
}

fn read_output<R: Read>(
    walker: &mut Walker<R>,
    sink: &mut Spool<'_>,
    parts: &mut EnvelopeParts,
) -> Result<()> {
    let kind = walker.peek()?;
    let at = walker.position();
    if kind != ValueType::String {
        parts.problem(|| {
            format!("{OUTPUT} at byte {at} is {}, not a string", Kind::from(kind).with_article())
        });
        return walker.skip();
    }
    let mut zero = None;
    walker.string(|piece| {
        if zero.is_none() {
            zero = memchr::memchr(0, piece).map(|index| sink.size + index as u64);
        }
        sink.write(piece)
    })?;
    if let Some(offset) = zero {
        parts.problem(|| format!("U+0000 at byte {offset} of the decoded {OUTPUT}"));
    }
    parts.payload = Some(sink.size);
    Ok(())
}

fn read_signature<R: Read>(walker: &mut Walker<R>, parts: &mut EnvelopeParts) -> Result<Option<(u64, u64)>> {
    let kind = walker.peek()?;
    let start = walker.position();
    walker.skip()?;
    let end = walker.position();
    if kind != ValueType::Object {
        parts.problem(|| {
            format!("{SIGNATURE} at byte {start} is {}, not an object", Kind::from(kind).with_article())
        });
        return Ok(None);
    }
    if end - start > MAX_SIGNATURE {
        parts.problem(|| format!("{SIGNATURE} at byte {start} is over the limit of {MAX_SIGNATURE} bytes"));
        return Ok(None);
    }
    Ok(Some((start, end)))
}

fn repeated<R: Read>(walker: &mut Walker<R>, parts: &mut EnvelopeParts, name: &str, at: u64) -> Result<()> {
    parts.problem(|| format!("second {name} at byte {at}"));
    walker.skip()
}

fn finish<R: Read>(walker: Walker<R>, parts: &mut EnvelopeParts) -> Result<()> {
    match walker.finish() {
        // The object is whole: what follows it is a defect of the envelope.
        Err(Error::JsonFormat { offset, reason }) => parts.problem(|| format!("{reason}, at byte {offset}")),
        other => other?,
    }
    Ok(())
}

/// Offset of the first `{`.
fn find_start(path: &Path) -> Result<u64> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    file.take(MAX_LEADING).read_to_end(&mut head).map_err(|error| Error::io("read", path, error))?;
    match memchr::memchr(b'{', &head) {
        Some(index) => Ok(index as u64),
        None => Err(Error::JsonFormat {
            offset: head.len() as u64,
            reason: format!("no JSON object starts in the first {MAX_LEADING} bytes"),
        }),
    }
}

fn read_bytes(path: &Path, start: u64, end: u64) -> Result<Vec<u8>> {
    let mut file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    file.seek(SeekFrom::Start(start)).map_err(|error| Error::io("seek", path, error))?;
    let mut bytes = Vec::new();
    file.take(end - start).read_to_end(&mut bytes).map_err(|error| Error::io("read", path, error))?;
    Ok(bytes)
}

/// A file of our own, readable by nobody else.
struct Spool<'a> {
    file: BufWriter<File>,
    path: &'a Path,
    size: u64,
}

impl<'a> Spool<'a> {
    fn create(path: &'a Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| Error::io("create", path, error))?;
        Ok(Self { file: BufWriter::with_capacity(128 << 10, file), path, size: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| Error::io("write", self.path, error))?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn finish(mut self) -> Result<u64> {
        self.file.flush().map_err(|error| Error::io("write", self.path, error))?;
        Ok(self.size)
    }
}
