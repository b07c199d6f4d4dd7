//! Entries of a list as Python sees them.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::source::{Source, warn};
use crate::error::Result;
use crate::ima::ascii::SharedReading;
use crate::ima::binary::ListReader;
use crate::ima::list::{Entry, Format};
use crate::ima::source::Stream;

/// Bytes of template data after which a batch of entries is handed over.
const BATCH_BYTES: usize = 4 << 20;

type FieldsRow = (Option<String>, Vec<u8>, Vec<u8>, Option<Vec<u8>>);

/// An entry that outlives the reader's buffer.
struct Owned {
    number: u64,
    offset: u64,
    pcr: u32,
    template_hash: Vec<u8>,
    template: String,
    data: Vec<u8>,
    fields: Option<FieldsRow>,
}

impl Owned {
    fn of(entry: &Entry<'_>, format: Format) -> Self {
        let fields = entry.fields(format.endian).map(|fields| {
            let algorithm = fields.algorithm.map(str::to_owned);
            (algorithm, fields.digest.to_vec(), fields.name.to_vec(), fields.signature.map(<[u8]>::to_vec))
        });
        Self {
            number: entry.number,
            offset: entry.offset,
            pcr: entry.pcr,
            template_hash: entry.template_hash.to_vec(),
            template: entry.template.to_owned(),
            data: entry.data.to_vec(),
            fields,
        }
    }

    fn into_row(self, py: Python<'_>) -> EntryRow<'_> {
        let (algorithm, digest, name, signature) = match self.fields {
            Some((algorithm, digest, name, signature)) => (algorithm, Some(digest), Some(name), signature),
            None => (None, None, None, None),
        };
        let bytes = |content: Vec<u8>| PyBytes::new(py, &content);
        (
            self.number,
            self.offset,
            self.pcr,
            bytes(self.template_hash),
            self.template,
            algorithm,
            digest.map(bytes),
            name.map(bytes),
            signature.map(bytes),
            bytes(self.data),
        )
    }
}

type OptionalBytes<'py> = Option<Bound<'py, PyBytes>>;
type EntryRow<'py> = (
    u64,
    u64,
    u32,
    Bound<'py, PyBytes>,
    String,
    Option<String>,
    OptionalBytes<'py>,
    OptionalBytes<'py>,
    OptionalBytes<'py>,
    Bound<'py, PyBytes>,
);

/// Reads entries in batches.
#[pyclass(frozen, module = "xrattest._core.ima")]
pub(super) struct EntryReader {
    list: Mutex<ListReader<Stream<'static>>>,
    /// Of an ascii list that was not read to its end.
    reading: Mutex<Option<SharedReading>>,
}

#[pymethods]
impl EntryReader {
    #[new]
    fn new(py: Python<'_>, source: Source, max_size: u64) -> PyResult<Self> {
        let (list, reading) = py.detach(|| source.list(max_size))?;
        Ok(Self { list: Mutex::new(list), reading: Mutex::new(reading) })
    }

    /// Return up to `count` entries, none at the end of the list.
    fn next_batch<'py>(&self, py: Python<'py>, count: usize) -> PyResult<Vec<EntryRow<'py>>> {
        let batch = py.detach(|| self.read(count))?;
        if batch.is_empty() && count > 0 {
            let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
            warn(py, reading.as_ref())?;
        }
        Ok(batch.into_iter().map(|entry| entry.into_row(py)).collect())
    }
}

impl EntryReader {
    fn read(&self, count: usize) -> Result<Vec<Owned>> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let format = list.format()?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < count && bytes < BATCH_BYTES {
            let Some(entry) = list.next_entry()? else { break };
            bytes += entry.data.len();
            batch.push(Owned::of(&entry, format));
        }
        Ok(batch)
    }
}
