//! The members of one container of a text, by byte range, found in one pass that validates the whole text.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use struson::reader::ValueType;

use super::Limits;
use super::walker::Walker;
use crate::error::{Error, Result};

/// A member's name, or an item's 0-based number; also one step of a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Member of an object.
    Key(String),
    /// Item of an array.
    Index(u64),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number, integral or not.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`
    Null,
}

impl Kind {
    /// The word of RFC 8259.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }
}

impl Kind {
    pub(super) fn with_article(self) -> String {
        let article = if matches!(self, Self::Object | Self::Array) { "an" } else { "a" };
        format!("{article} {}", self.name())
    }
}

impl From<ValueType> for Kind {
    fn from(kind: ValueType) -> Self {
        match kind {
            ValueType::Object => Self::Object,
            ValueType::Array => Self::Array,
            ValueType::String => Self::String,
            ValueType::Number => Self::Number,
            ValueType::Boolean => Self::Boolean,
            ValueType::Null => Self::Null,
        }
    }
}

/// One member of a container: where its value's text starts and ends in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name or number.
    pub name: Name,
    /// Offset of the value's first byte.
    pub start: u64,
    /// Offset after the value's last byte.
    pub end: u64,
    /// What the value is.
    pub kind: Kind,
}

/// Validate the JSON text in bytes `start..end` of a file (`None`: to its end) and list the container at `pointer`.
pub fn members(
    path: &Path,
    pointer: &[Name],
    start: u64,
    end: Option<u64>,
    limits: Limits,
) -> Result<Vec<Member>> {
    let source = open_range(path, start, end, limits)?;
    let mut search = Search { rows: Vec::new(), missing: None, limits };
    let mut walker = Walker::new(source, start, path, limits);
    search.descend(&mut walker, pointer)?;
    walker.finish()?;
    match search.missing {
        None => Ok(search.rows),
        Some((offset, reason)) => Err(Error::JsonFormat { offset, reason }),
    }
}

/// Validate a whole JSON text in memory.
pub fn validate(text: &[u8], limits: Limits) -> Result<()> {
    check_size(text.len() as u64, limits)?;
    let mut walker = Walker::new(Cursor::new(text), 0, Path::new("JSON text"), limits);
    walker.skip()?;
    walker.finish()
}

/// Open bytes `start..end` of a regular file for reading.
pub(super) fn open_range(
    path: &Path,
    start: u64,
    end: Option<u64>,
    limits: Limits,
) -> Result<impl Read + use<>> {
    let mut file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    let size = file.metadata().map_err(|error| Error::io("stat", path, error))?.len();
    let end = end.unwrap_or(size);
    if start > end || end > size {
        let reason = format!("bytes {start} to {end} lie outside a file of {size} bytes");
        return Err(Error::JsonFormat { offset: start, reason });
    }
    check_size(end - start, limits)?;
    file.seek(SeekFrom::Start(start)).map_err(|error| Error::io("seek", path, error))?;
    Ok(std::io::BufReader::with_capacity(64 << 10, file).take(end - start))
}

fn check_size(size: u64, limits: Limits) -> Result<()> {
    if size > limits.size {
        return Err(Error::Limit { what: format!("JSON text of {size} bytes"), limit: limits.size });
    }
    Ok(())
}

struct Search {
    rows: Vec<Member>,
    /// Why there is nothing at the pointer; reported once the whole text proved to be JSON.
    missing: Option<(u64, String)>,
    limits: Limits,
}

impl Search {
    /// Follow `pointer` from the next value, which is read to its end either way.
    fn descend<R: Read>(&mut self, walker: &mut Walker<R>, pointer: &[Name]) -> Result<()> {
        let kind = Kind::from(walker.peek()?);
        let offset = walker.position();
        match kind {
            Kind::Object => walker.begin_object()?,
            Kind::Array => walker.begin_array()?,
            _ => {
                self.missing = Some((offset, format!("{} is neither object nor array", kind.with_article())));
                return walker.skip();
            }
        }
        let Some((step, rest)) = pointer.split_first() else {
            return self.list(walker, kind);
        };
        let mut found = false;
        let mut index = 0;
        while walker.has_next()? {
            let here = match (kind, step) {
                (Kind::Object, Name::Key(key)) => walker.name(|name| name == key)?,
                (Kind::Object, Name::Index(_)) => walker.name(|_| false)?,
                (_, Name::Index(wanted)) => *wanted == index,
                (_, Name::Key(_)) => false,
            };
            index += 1;
            if here {
                found = true;
                self.descend(walker, rest)?;
            } else {
                walker.skip()?;
            }
        }
        if !found {
            self.missing = Some((offset, format!("no {} in this {}", step.describe(), kind.name())));
        }
        walker.end()
    }

    /// List the container that was just entered.
    fn list<R: Read>(&mut self, walker: &mut Walker<R>, kind: Kind) -> Result<()> {
        while walker.has_next()? {
            let name = if kind == Kind::Object {
                Name::Key(walker.name(str::to_owned)?)
            } else {
                Name::Index(self.rows.len() as u64)
            };
            let member_kind = Kind::from(walker.peek()?);
            let start = walker.position();
            walker.skip()?;
            if self.rows.len() >= self.limits.members {
                return Err(Error::Limit {
                    what: format!("items of the JSON {} before byte {start}", kind.name()),
                    limit: self.limits.members as u64,
                });
            }
            self.rows.push(Member { name, start, end: walker.position(), kind: member_kind });
        }
        walker.end()
    }
}

impl Name {
    fn describe(&self) -> String {
        match self {
            Self::Key(key) => format!("member {:?}", key.chars().take(64).collect::<String>()),
            Self::Index(index) => format!("item {index}"),
        }
    }
}
