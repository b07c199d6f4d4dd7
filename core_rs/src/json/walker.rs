//! A cursor over JSON text that checks names and bounds, and turns every failure into the crate's error.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use struson::reader::{
    JsonReader, JsonStreamReader, ReaderError, ReaderSettings, SyntaxErrorKind, ValueType,
};

use super::Limits;
use super::gate::{Closed, Gate};
use super::keys::Names;
use crate::error::{Error, Result};

/// Longest number that struson accepts, with generous room for what it reads ahead.
const NUMBER_GATE: u64 = 4096;
/// struson's own read-ahead.
const READ_AHEAD: u64 = 1024;
/// Bytes of `\u00XX`, the longest form of one byte of a name.
const ESCAPED_BYTE: u64 = 6;

/// A container that is open: an object keeps its names.
enum Open {
    Array,
    Object(Names),
}

pub(super) struct Walker<R: Read> {
    reader: JsonStreamReader<Gate<R>>,
    /// Offset of the text in its file.
    base: u64,
    path: PathBuf,
    limits: Limits,
    open: Vec<Open>,
    /// Name tables of closed objects, to be used again.
    spare: Vec<Names>,
    names_held: usize,
    check_names: bool,
}

impl<R: Read> Walker<R> {
    /// Walk over `source`, which starts at byte `base` of `path`.
    pub(super) fn new(source: R, base: u64, path: &Path, limits: Limits) -> Self {
        let settings = ReaderSettings {
            track_path: false,
            max_nesting_depth: Some(limits.depth),
            restrict_number_values: true,
            ..ReaderSettings::default()
        };
        Self {
            reader: JsonStreamReader::new_custom(Gate::new(source), settings),
            base,
            path: path.to_path_buf(),
            limits,
            open: Vec::new(),
            spare: Vec::new(),
            names_held: 0,
            check_names: true,
        }
    }

    /// Leave repeated names to the caller.
    pub(super) fn allow_repeated_names(&mut self, allow: bool) {
        self.check_names = !allow;
    }

    /// Absolute offset of the next token, or of the end of the last one.
    pub(super) fn position(&self) -> u64 {
        self.base + self.reader.current_position(false).data_pos.unwrap_or(0)
    }

    /// Kind of the next value; afterwards [`Self::position`] is its first byte.
    pub(super) fn peek(&mut self) -> Result<ValueType> {
        let peeked = self.reader.peek();
        self.check(peeked)
    }

    pub(super) fn begin_object(&mut self) -> Result<()> {
        let begun = self.reader.begin_object();
        self.check(begun)?;
        self.open.push(Open::Object(self.spare.pop().unwrap_or_default()));
        Ok(())
    }

    pub(super) fn begin_array(&mut self) -> Result<()> {
        let begun = self.reader.begin_array();
        self.check(begun)?;
        self.open.push(Open::Array);
        Ok(())
    }

    pub(super) fn has_next(&mut self) -> Result<bool> {
        let next = self.reader.has_next();
        self.check(next)
    }

    /// Leave the innermost container, whose last member was read.
    pub(super) fn end(&mut self) -> Result<()> {
        let ended = match self.open.last() {
            Some(Open::Object(_)) => self.reader.end_object(),
            _ => self.reader.end_array(),
        };
        self.check(ended)?;
        if let Some(Open::Object(mut names)) = self.open.pop() {
            self.names_held -= names.len();
            names.clear();
            self.spare.push(names);
        }
        Ok(())
    }

    /// Read a member's name and hand it to `take`.
    pub(super) fn name<T>(&mut self, take: impl FnOnce(&str) -> T) -> Result<T> {
        let start = self.position();
        self.open_gate(self.limits.name as u64 * ESCAPED_BYTE);
        let name = match self.reader.next_name() {
            Ok(name) => name,
            Err(error) => return Err(self.translate(&error)),
        };
        if name.len() > self.limits.name {
            return Err(Error::JsonFormat {
                offset: start,
                reason: too_long("member name", self.limits.name as u64),
            });
        }
        if self.check_names
            && let Some(Open::Object(names)) = self.open.last_mut()
        {
            if !names.insert(name) {
                let shown: String = name.chars().take(64).collect();
                return Err(Error::JsonFormat {
                    offset: start,
                    reason: format!("duplicate member name {shown:?}"),
                });
            }
            self.names_held += 1;
        }
        let taken = take(name);
        self.reader.reader_mut().open_until(u64::MAX);
        if self.names_held > self.limits.members {
            return Err(Error::Limit {
                what: format!("members of the JSON objects open at byte {start}"),
                limit: self.limits.members as u64,
            });
        }
        Ok(taken)
    }

    /// Validate the next value, however deep it is, and leave it behind.
    pub(super) fn skip(&mut self) -> Result<()> {
        let floor = self.open.len();
        loop {
            if self.open.len() > floor {
                if !self.has_next()? {
                    self.end()?;
                    if self.open.len() == floor {
                        return Ok(());
                    }
                    continue;
                }
                if matches!(self.open.last(), Some(Open::Object(_))) {
                    self.name(|_| ())?;
                }
            }
            self.skip_one()?;
            if self.open.len() == floor {
                return Ok(());
            }
        }
    }

    /// Validate a scalar, or enter a container.
    fn skip_one(&mut self) -> Result<()> {
        match self.peek()? {
            ValueType::Object => self.begin_object(),
            ValueType::Array => self.begin_array(),
            ValueType::String => self.skip_string(),
            ValueType::Number => self.skip_number(),
            ValueType::Boolean => {
                let value = self.reader.next_bool();
                self.check(value).map(|_| ())
            }
            ValueType::Null => {
                let value = self.reader.next_null();
                self.check(value)
            }
        }
    }

    fn skip_number(&mut self) -> Result<()> {
        self.open_gate(NUMBER_GATE);
        let value = self.reader.next_number_as_string();
        self.check(value)?;
        self.reader.reader_mut().open_until(u64::MAX);
        Ok(())
    }

    fn skip_string(&mut self) -> Result<()> {
        let start = self.position();
        self.open_gate(self.limits.string);
        let value = self.reader.skip_value();
        self.check(value)?;
        self.reader.reader_mut().open_until(u64::MAX);
        if self.position() - start > self.limits.string {
            return Err(Error::JsonFormat { offset: start, reason: too_long("string", self.limits.string) });
        }
        Ok(())
    }

    /// Hand the next value, a string, to `take` piece by piece, unescaped.
    pub(super) fn string(&mut self, take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let pumped = match self.reader.next_string_reader() {
            Ok(mut reader) => pump(&mut reader, take),
            Err(error) => Err(Stopped::Before(error)),
        };
        pumped.map_err(|stopped| match stopped {
            Stopped::Before(error) => self.translate(&error),
            Stopped::Inside(error) => self.string_error(&error),
            Stopped::Taker(error) => error,
        })
    }

    /// The text must end here, but for whitespace.
    pub(super) fn finish(self) -> Result<()> {
        let Self { reader, base, path, .. } = self;
        reader.consume_trailing_whitespace().map_err(|error| {
            let at = match &error {
                ReaderError::SyntaxError(syntax) => syntax.location.data_pos,
                _ => None,
            };
            translate(&error, base, at.unwrap_or(0), &path)
        })
    }

    /// Close the gate `room` bytes after the next token's start.
    fn open_gate(&mut self, room: u64) {
        let at = self.position() - self.base;
        self.reader.reader_mut().open_until(at.saturating_add(room).saturating_add(READ_AHEAD));
    }

    fn check<T>(&self, result: std::result::Result<T, ReaderError>) -> Result<T> {
        result.map_err(|error| self.translate(&error))
    }

    fn translate(&self, error: &ReaderError) -> Error {
        let at = self.reader.current_position(false).data_pos.unwrap_or(0);
        translate(error, self.base, at, &self.path)
    }

    /// The string reader wraps its errors in `io::Error`; the walker's position is still that of the bad character.
    fn string_error(&self, error: &io::Error) -> Error {
        let offset = self.position();
        if let Some(syntax) =
            error.get_ref().and_then(|inner| inner.downcast_ref::<struson::reader::JsonSyntaxError>())
        {
            return Error::JsonFormat { offset, reason: describe(syntax.kind) };
        }
        match system_error(error) {
            Some(source) => Error::io("read", &self.path, source),
            None => Error::JsonFormat { offset, reason: "invalid UTF-8".to_owned() },
        }
    }
}

/// Why a string was not read to its end.
enum Stopped {
    Before(ReaderError),
    Inside(io::Error),
    Taker(Error),
}

fn pump(
    reader: &mut impl Read,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> std::result::Result<(), Stopped> {
    let mut buffer = vec![0_u8; 64 << 10];
    loop {
        let count = reader.read(&mut buffer).map_err(Stopped::Inside)?;
        if count == 0 {
            return Ok(());
        }
        take(&buffer[..count]).map_err(Stopped::Taker)?;
    }
}

fn translate(error: &ReaderError, base: u64, at: u64, path: &Path) -> Error {
    let offset = base + at;
    let reason = match error {
        ReaderError::SyntaxError(syntax) => describe(syntax.kind),
        ReaderError::MaxNestingDepthExceeded { max_nesting_depth, .. } => {
            format!("nested deeper than {max_nesting_depth}")
        }
        ReaderError::UnsupportedNumberValue { .. } => {
            "number of more than 100 characters, or with an exponent of more than two digits".to_owned()
        }
        ReaderError::IoError { error, .. } => match system_error(error) {
            Some(source) => return Error::io("read", path, source),
            None if error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Closed>) => {
                "name, number or string longer than its limit".to_owned()
            }
            None => "invalid UTF-8".to_owned(),
        },
        other => other.to_string(),
    };
    Error::JsonFormat { offset, reason }
}

/// The operating system's part of an error, looked for through the wrappings of the reader.
fn system_error(error: &io::Error) -> Option<io::Error> {
    let mut inner: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = inner {
        if let Some(code) = current.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return Some(io::Error::from_raw_os_error(code));
        }
        inner = current.source();
    }
    None
}

fn too_long(what: &str, limit: u64) -> String {
    format!("{what} longer than {limit} bytes")
}

fn describe(kind: SyntaxErrorKind) -> String {
    match kind {
        SyntaxErrorKind::CommentsNotEnabled
        | SyntaxErrorKind::IncompleteComment
        | SyntaxErrorKind::BlockCommentNotClosed
        | SyntaxErrorKind::MalformedJson => "a value was expected",
        SyntaxErrorKind::InvalidLiteral | SyntaxErrorKind::TrailingDataAfterLiteral => "invalid literal",
        SyntaxErrorKind::UnexpectedClosingBracket => "unexpected closing bracket",
        SyntaxErrorKind::UnexpectedComma => "unexpected comma",
        SyntaxErrorKind::MissingComma => "comma missing",
        SyntaxErrorKind::TrailingCommaNotEnabled => "trailing comma",
        SyntaxErrorKind::UnexpectedColon => "unexpected colon",
        SyntaxErrorKind::MissingColon => "colon missing",
        SyntaxErrorKind::MalformedNumber | SyntaxErrorKind::TrailingDataAfterNumber => "malformed number",
        SyntaxErrorKind::ExpectingMemberNameOrObjectEnd => "a member name or } was expected",
        SyntaxErrorKind::NotEscapedControlCharacter => "control character in a string",
        SyntaxErrorKind::UnknownEscapeSequence | SyntaxErrorKind::MalformedEscapeSequence => {
            "malformed escape"
        }
        SyntaxErrorKind::UnpairedSurrogatePairEscapeSequence => "lone surrogate",
        SyntaxErrorKind::IncompleteDocument => "the text ends too early",
        SyntaxErrorKind::TrailingData => "data after the end of the text",
        _ => "malformed JSON",
    }
    .to_owned()
}
