//! One list out of several.

use std::io::{Cursor, Seek, SeekFrom};

use pyo3::prelude::*;

use super::source::ReadingRow;
use super::source::{Source, duplicate, output, row_of};
use crate::error::{Error, Result};
use crate::ima::ascii::SharedReading;
use crate::ima::binary::ListReader;
use crate::ima::join::{Chunk, join as join_lists};
use crate::ima::source::{self, Stream};

type PartRow = (u64, u64, Option<ReadingRow>);

struct Named {
    label: String,
    source: Source,
    /// Where a descriptor stood.
    start: u64,
    max_size: u64,
    reading: std::sync::Mutex<Option<SharedReading>>,
}

impl Named {
    fn new(label: String, source: Source, max_size: u64) -> Result<Self> {
        let start = match &source {
            Source::Descriptor(number) => {
                duplicate(*number)?.stream_position().map_err(|error| Error::io("seek", &label, error))?
            }
            _ => 0,
        };
        Ok(Self { label, source, start, max_size, reading: std::sync::Mutex::default() })
    }
}

impl Chunk for Named {
    fn label(&self) -> &str {
        &self.label
    }

    fn open(&self) -> Result<(ListReader<Stream<'_>>, Option<SharedReading>)> {
        let failed = |error| Error::io("read", &self.label, error);
        let stream = match &self.source {
            Source::Bytes(content) => source::decompress(Cursor::new(&content[..])).map_err(failed)?,
            Source::Path(path) => source::open(path)?,
            Source::Descriptor(number) => {
                let mut file = duplicate(*number)?;
                file.seek(SeekFrom::Start(self.start))
                    .map_err(|error| Error::io("seek", &self.label, error))?;
                source::decompress(file).map_err(failed)?
            }
        };
        let (list, reading) = source::read_list(stream, self.max_size)?;
        self.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone_from(&reading);
        Ok((list, reading))
    }
}

/// Write one binary list of several lists, each with its name; returns entries, bytes, and for each list its entries,
/// how many of them were repetitions, and what is known of an ascii one. Descriptors must be seekable.
#[pyfunction]
pub(super) fn join(
    py: Python<'_>,
    sources: Vec<(String, Source)>,
    out: i32,
    max_size: u64,
) -> PyResult<(u64, u64, Vec<PartRow>)> {
    let named = sources.into_iter().map(|(label, source)| Named::new(label, source, max_size));
    let named = named.collect::<Result<Vec<_>>>()?;
    let (summary, parts) = py.detach(|| join_lists(&named, output(out)?, max_size))?;
    let parts = parts.iter().zip(&named).map(|(part, named)| {
        let reading = named.reading.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (part.entries, part.repeated, reading.as_ref().map(|reading| row_of(reading.now())))
    });
    Ok((summary.entries, summary.list_bytes, parts.collect()))
}
