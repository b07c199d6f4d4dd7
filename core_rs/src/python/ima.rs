//! `xrattest._core.ima`.

use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use super::hash::borrow;
use crate::error::{Error, Result};
use crate::ima::Summary;
use crate::ima::bank::Bank;
use crate::ima::binary::ListReader;
use crate::ima::compact::{Options, Profile};
use crate::ima::json_events::{self, Layout};
use crate::ima::list::{Entry, Format};
use crate::ima::replay::Replay;
use crate::ima::source::{self, Stream};

const OUTPUT_BUFFER: usize = 256 << 10;
/// Bytes of template data after which a batch of entries is handed over.
const BATCH_BYTES: usize = 4 << 20;

/// Where a list comes from: its content, a descriptor from where it stands, or a path.
#[derive(FromPyObject)]
enum Source {
    Bytes(PyBackedBytes),
    Descriptor(i32),
    Path(PathBuf),
}

impl Source {
    fn list(self, max_size: u64) -> Result<ListReader<Stream<'static>>> {
        Ok(ListReader::new(self.open()?, max_size))
    }

    fn open(self) -> Result<Stream<'static>> {
        let failed = |error| Error::io("read", "input", error);
        match self {
            Self::Bytes(content) => source::decompress(Cursor::new(content)).map_err(failed),
            Self::Descriptor(number) => source::decompress(duplicate(number)?).map_err(failed),
            Self::Path(path) => source::open(&path),
        }
    }
}

/// A descriptor of our own for what the Python caller's `number` names.
fn duplicate(number: i32) -> Result<File> {
    let invalid = |_| Error::io("use", "descriptor", std::io::ErrorKind::InvalidInput);
    let lent = borrow(number).map_err(invalid)?;
    lent.try_clone_to_owned().map(File::from).map_err(|error| Error::io("use", "descriptor", error))
}

fn output(number: i32) -> Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(OUTPUT_BUFFER, duplicate(number)?))
}

type SummaryRow = (u64, u64, u64);

fn row(summary: Summary) -> SummaryRow {
    (summary.entries, summary.list_bytes, summary.blocks)
}

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
struct EntryReader {
    list: Mutex<ListReader<Stream<'static>>>,
}

#[pymethods]
impl EntryReader {
    #[new]
    fn new(py: Python<'_>, source: Source, max_size: u64) -> PyResult<Self> {
        Ok(Self { list: Mutex::new(py.detach(|| source.list(max_size))?) })
    }

    /// Return up to `count` entries, none at the end of the list.
    fn next_batch<'py>(&self, py: Python<'py>, count: usize) -> PyResult<Vec<EntryRow<'py>>> {
        let batch = py.detach(|| self.read(count))?;
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

type PcrRow<'py> = (usize, Bound<'py, PyBytes>);
type MismatchRow<'py> = (u64, u64, Bound<'py, PyBytes>);
type ReplayRow<'py> =
    (u64, u64, Vec<(String, u64)>, Vec<(&'static str, Vec<PcrRow<'py>>)>, Vec<MismatchRow<'py>>, u64);

/// Recompute every template hash and extend PCRs in `banks`.
#[pyfunction]
fn replay(py: Python<'_>, source: Source, banks: Vec<String>, max_size: u64) -> PyResult<ReplayRow<'_>> {
    let banks = banks.into_iter().map(|name| bank(&name)).collect::<PyResult<Vec<_>>>()?;
    let done = py.detach(|| Replay::of(&mut source.list(max_size)?, &banks))?;
    let pcrs = |state: &crate::ima::replay::BankState| {
        state.extended().map(|(index, value)| (index, PyBytes::new(py, value.as_slice()))).collect()
    };
    let banks = done.banks.iter().map(|state| (state.bank.name(), pcrs(state))).collect();
    let mismatches = done
        .mismatches
        .iter()
        .map(|found| (found.number, found.offset, PyBytes::new(py, found.computed.as_slice())));
    let mismatches = mismatches.collect();
    Ok((done.entries, done.violations, done.templates, banks, mismatches, done.mismatch_count))
}

fn bank(name: &str) -> PyResult<Bank> {
    Bank::from_name(name)
        .ok_or_else(|| PyValueError::new_err(format!("{name:?} is no bank: sha1, sha256, sha384, sha512")))
}

fn options(profile: &str, collected_at: Option<(i64, i32)>, block_target: usize) -> PyResult<Options> {
    let profile = match profile {
        "xr" => Profile::Xr,
        "minimal" => Profile::Minimal,
        other => return Err(PyValueError::new_err(format!("{other:?} is no profile: xr, minimal"))),
    };
    Ok(Options { profile, collected_at, block_target })
}

/// Write compact blocks one after another; returns entries, bytes of the list, blocks.
#[pyfunction]
fn compact(
    py: Python<'_>,
    source: Source,
    out: i32,
    profile: &str,
    collected_at: Option<(i64, i32)>,
    block_target: usize,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let options = options(profile, collected_at, block_target)?;
    Ok(row(py.detach(|| crate::ima::compact::compact(&mut source.list(max_size)?, output(out)?, &options))?))
}

/// Write a JSON array of base64 compact blocks; returns entries, bytes of the list, blocks.
#[pyfunction]
fn write_blocks(
    py: Python<'_>,
    source: Source,
    out: i32,
    profile: &str,
    collected_at: Option<(i64, i32)>,
    block_target: usize,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let options = options(profile, collected_at, block_target)?;
    Ok(row(py.detach(|| json_events::write_blocks(&mut source.list(max_size)?, output(out)?, &options))?))
}

/// Write the binary list of compact blocks; returns entries, bytes of the list, blocks.
#[pyfunction]
fn expand(py: Python<'_>, source: Source, out: i32, max_size: u64) -> PyResult<SummaryRow> {
    Ok(row(py.detach(|| crate::ima::compact::expand(source.open()?, output(out)?, max_size))?))
}

/// Write IMA-EVENT objects, a JSON array or one per line; returns entries, bytes of the list, 0.
#[pyfunction]
fn write_events(
    py: Python<'_>,
    source: Source,
    out: i32,
    lines: bool,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let layout = if lines { Layout::Lines } else { Layout::Array };
    Ok(row(py.detach(|| json_events::write_events(&mut source.list(max_size)?, output(out)?, layout))?))
}

/// Write the binary list of the JSON array in bytes `start` to `end` of a file; returns entries, bytes of the list, blocks.
#[pyfunction]
fn rebuild(
    py: Python<'_>,
    path: PathBuf,
    start: u64,
    end: u64,
    out: i32,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let run = move || {
        let mut file = File::open(&path).map_err(|error| Error::io("open", &path, error))?;
        file.seek(SeekFrom::Start(start)).map_err(|error| Error::io("seek", path, error))?;
        json_events::rebuild(file.take(end.saturating_sub(start)), start, output(out)?, max_size)
    };
    Ok(row(py.detach(run)?))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("DEFAULT_MAX_SIZE", crate::ima::DEFAULT_MAX_SIZE)?;
    module.add("BLOCK_TARGET", crate::ima::compact::BLOCK_TARGET)?;
    module.add_class::<EntryReader>()?;
    module.add_function(wrap_pyfunction!(replay, module)?)?;
    module.add_function(wrap_pyfunction!(compact, module)?)?;
    module.add_function(wrap_pyfunction!(write_blocks, module)?)?;
    module.add_function(wrap_pyfunction!(expand, module)?)?;
    module.add_function(wrap_pyfunction!(write_events, module)?)?;
    module.add_function(wrap_pyfunction!(rebuild, module)?)
}
