//! Iteration over a list.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec;

use pyo3::prelude::*;

use super::entry::Entry;
use super::reading::warn;
use super::source::Source;
use crate::error::{Error, Result};
use crate::ima::ascii::SharedReading;
use crate::ima::binary::ListReader;
use crate::ima::source::Stream;

/// Entries that are read at a time, with the interpreter free for other threads.
const BATCH: usize = 2048;
/// Bytes of template data after which a batch ends early.
const BATCH_BYTES: usize = 4 << 20;

/// Iterates over the entries of a list. An error comes after the entries before it, and ends the iteration.
#[pyclass(frozen, module = "xrattest._core.ima")]
pub(super) struct EntryReader {
    state: Mutex<State>,
}

struct State {
    /// None when the list has ended.
    list: Option<ListReader<Stream<'static>>>,
    batch: vec::IntoIter<Entry>,
    failed: Option<Error>,
    /// Of an ascii list that was not read to its end.
    reading: Option<SharedReading>,
}

#[pymethods]
impl EntryReader {
    #[new]
    fn new(py: Python<'_>, source: Source, max_size: u64) -> PyResult<Self> {
        let (list, reading) = py.detach(|| source.list(max_size))?;
        let batch = Vec::new().into_iter();
        Ok(Self { state: Mutex::new(State { list: Some(list), batch, failed: None, reading }) })
    }

    fn __iter__(reader: PyRef<'_, Self>) -> PyRef<'_, Self> {
        reader
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Entry>> {
        // No lock is held when the interpreter is waited for, else two threads could wait for each other.
        if let Ok(mut state) = self.state.try_lock()
            && let Some(entry) = state.batch.next()
        {
            return Ok(Some(entry));
        }
        let (entry, ended) = py.detach(|| self.locked().next())?;
        warn(py, ended.as_ref())?;
        Ok(entry)
    }
}

impl EntryReader {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next entry; at the end of an ascii list, once, what is known of it.
    fn next(&mut self) -> Result<(Option<Entry>, Option<SharedReading>)> {
        if self.batch.as_slice().is_empty() && self.failed.is_none() {
            self.refill();
        }
        match self.batch.next() {
            Some(entry) => Ok((Some(entry), None)),
            None => self.failed.take().map_or_else(|| Ok((None, self.reading.take())), Err),
        }
    }

    fn refill(&mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        if let Some(list) = &mut self.list
            && let Err(error) = read(list, &mut batch)
        {
            self.failed = Some(error);
        }
        if self.failed.is_some() || batch.is_empty() {
            self.list = None;
        }
        self.batch = batch.into_iter();
    }
}

/// Read up to [`BATCH`] entries into `batch`, none at the end of the list.
fn read(list: &mut ListReader<Stream<'static>>, batch: &mut Vec<Entry>) -> Result<()> {
    let format = list.format()?;
    let mut bytes = 0;
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        let Some(entry) = list.next_entry()? else { break };
        bytes += entry.data.len();
        batch.push(Entry::of(&entry, format));
    }
    Ok(())
}
