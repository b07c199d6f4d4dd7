//! One list out of several.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;

use super::reading::{ReadingRow, row_of};
use super::source::{Source, output};
use crate::error::Result;
use crate::ima::ascii::SharedReading;
use crate::ima::binary::ListReader;
use crate::ima::join::{Chunk, join as join_lists};
use crate::ima::source::Stream;

type PartRow = (u64, u64, Option<ReadingRow>);

struct Named {
    label: String,
    source: Source,
    max_size: u64,
    reading: Mutex<Option<SharedReading>>,
}

impl Chunk for Named {
    fn label(&self) -> &str {
        &self.label
    }

    fn open(&self) -> Result<ListReader<Stream<'_>>> {
        let (list, reading) = self.source.list_again(self.max_size)?;
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = reading;
        Ok(list)
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
    let named = |(label, source)| Named { label, source, max_size, reading: Mutex::default() };
    let named: Vec<Named> = sources.into_iter().map(named).collect();
    let (summary, parts) = py.detach(|| join_lists(&named, output(out)?, max_size))?;
    let parts = parts.iter().zip(&named).map(|(part, named)| {
        let reading = named.reading.lock().unwrap_or_else(PoisonError::into_inner);
        (part.entries, part.repeated, reading.as_ref().map(|reading| row_of(reading.now())))
    });
    Ok((summary.entries, summary.list_bytes, parts.collect()))
}
