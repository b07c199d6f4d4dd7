//! `xrattest._core.bootlog`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::ima::source::Source;
use crate::bootlog::decode::{self, Value};
use crate::bootlog::log::{self, Event, Events, Layout};
use crate::bootlog::replay::{BankState, Replay};
use crate::bootlog::verify::{self, Outcome};
use crate::bootlog::{DEFAULT_MAX_SIZE, algorithm, kind};
use crate::error::Result;

/// A whole log in memory, of which events are handed out one by one.
#[pyclass(frozen, module = "xrattest._core.bootlog")]
struct Log(Vec<u8>);

#[pymethods]
impl Log {
    #[new]
    fn new(py: Python<'_>, source: Source, max_size: u64) -> PyResult<Self> {
        Ok(Self(py.detach(|| read(source, max_size))?))
    }

    /// The log's bytes, decompressed.
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0)
    }

    /// Whether events have several digests (crypto-agile), and the algorithms that the log declares with their sizes.
    fn format(&self) -> PyResult<(bool, Vec<(u16, usize)>)> {
        let events = Events::new(&self.0)?;
        Ok((events.layout() == Layout::Agile, events.algorithms().to_vec()))
    }

    /// Call `each` with every event as a dictionary; returns the zero bytes after the last one.
    fn each_event(&self, py: Python<'_>, each: &Bound<'_, PyAny>) -> PyResult<usize> {
        let mut events = Events::new(&self.0)?;
        while let Some(event) = events.next_event()? {
            each.call1((row(py, &event)?,))?;
        }
        Ok(events.padding())
    }

    /// Extend PCRs in every bank of the log.
    fn replay<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let done = py.detach(|| Replay::of(&self.0))?;
        let found = PyDict::new(py);
        found.set_item("events", done.events)?;
        found.set_item("banks", done.banks.iter().map(|state| bank(py, state)).collect::<Vec<_>>())?;
        found.set_item("unreplayed", done.unreplayed)?;
        found.set_item("locality", done.locality)?;
        found.set_item("oddities", done.oddities)?;
        found.set_item("padding", done.padding)?;
        Ok(found)
    }
}

fn read(source: Source, max_size: u64) -> Result<Vec<u8>> {
    log::read(source.open()?, max_size)
}

type BankRow<'py> = (&'static str, u64, Vec<(usize, Bound<'py, PyBytes>)>);

fn bank<'py>(py: Python<'py>, state: &BankState) -> BankRow<'py> {
    let pcrs = state.extended().map(|(index, value)| (index, PyBytes::new(py, value))).collect();
    (state.bank.name(), state.missing, pcrs)
}

fn row<'py>(py: Python<'py>, event: &Event<'_>) -> PyResult<Bound<'py, PyDict>> {
    let explained = decode::explain(event);
    let row = PyDict::new(py);
    row.set_item("number", event.number)?;
    row.set_item("offset", event.offset)?;
    row.set_item("pcr", event.pcr)?;
    row.set_item("type", event.kind)?;
    row.set_item("type_name", kind::name(event.kind))?;
    let digests = event
        .digests
        .iter()
        .map(|digest| (digest.algorithm, algorithm::name(digest.algorithm), PyBytes::new(py, digest.value)));
    row.set_item("digests", PyList::new(py, digests.collect::<Vec<_>>())?)?;
    row.set_item("data", PyBytes::new(py, event.data))?;
    row.set_item("description", explained.description)?;
    row.set_item("decoded", explained.decoded.map(|value| to_python(py, value)).transpose()?)?;
    let (verified, covers) = match verify::check(event) {
        Outcome::Of(part) => (Some(true), Some(part)),
        Outcome::Mismatch => (Some(false), None),
        Outcome::Unknown => (None, None),
    };
    row.set_item("digest_verified", verified)?;
    row.set_item("digest_covers", covers)?;
    Ok(row)
}

fn to_python(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Value::Text(text) => PyString::new(py, &text).into_any(),
        Value::Number(number) => number.into_pyobject(py)?.into_any(),
        Value::Flag(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, &bytes).into_any(),
        Value::List(items) => {
            let items = items.into_iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(members) => {
            let object = PyDict::new(py);
            for (name, member) in members {
                object.set_item(name, to_python(py, member)?)?;
            }
            object.into_any()
        }
    })
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("DEFAULT_MAX_SIZE", DEFAULT_MAX_SIZE)?;
    module.add_class::<Log>()
}
