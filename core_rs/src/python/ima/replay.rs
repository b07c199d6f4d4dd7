//! Replay of a list.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::pcrs::{self, StateIn};
use super::source::Source;
use crate::ima::compare::{Comparison, Expected};
use crate::ima::pcrs::Pcrs;
use crate::ima::replay::{Mismatch, Plan, Replay};
use crate::ima::scheme::Variant;

type MismatchRow<'py> =
    (u64, u64, String, Option<Bound<'py, PyBytes>>, Bound<'py, PyBytes>, Bound<'py, PyBytes>);
type TruncatedRow = (u64, u64, String);
/// Bank, PCR, value, whether an entry extended it; where found: the variant's name, least and greatest number of entries.
type ComparedRow<'py> = (&'static str, u32, Bound<'py, PyBytes>, bool, Option<(String, u64, Option<u64>)>);

/// What [`Replay`] is in Python.
#[pyclass(frozen, get_all, module = "xrattest._core.ima")]
pub(super) struct Replayed {
    entries: u64,
    violations: u64,
    templates: Vec<(String, u64)>,
    pcrs: Py<PyAny>,
    mismatches: Py<PyAny>,
    mismatch_count: u64,
    more: bool,
    truncated: Option<TruncatedRow>,
    compared: Py<PyAny>,
    algorithm: &'static str,
}

/// Recompute every template hash and extend PCRs in `banks`, from the values in `start`, for `until` entries.
#[pyfunction]
#[pyo3(signature = (source, banks, start, until, expected, lenient, max_size))]
#[allow(clippy::too_many_arguments)]
pub(super) fn replay(
    py: Python<'_>,
    source: Source,
    banks: Vec<String>,
    start: Option<Vec<StateIn>>,
    until: Option<u64>,
    expected: Vec<StateIn>,
    lenient: bool,
    max_size: u64,
) -> PyResult<Replayed> {
    let start = start.map(pcrs::states).transpose()?;
    let banks = banks.into_iter().map(|name| started(pcrs::variant(&name)?, start.as_deref()));
    let banks = banks.collect::<PyResult<Vec<_>>>()?;
    let comparison = comparison(expected, start.as_deref())?;
    let plan = Plan { banks, until, lenient, comparison };
    let done = source.with_list(py, max_size, |list| Replay::of(list, plan))?;
    Ok(Replayed {
        entries: done.entries,
        violations: done.violations,
        pcrs: pcrs::rows(py, &done.banks).into_pyobject(py)?.into_any().unbind(),
        mismatches: mismatches(py, &done.mismatches).into_pyobject(py)?.into_any().unbind(),
        mismatch_count: done.mismatch_count,
        more: done.more,
        truncated: done.truncated.map(|cut| (cut.number, cut.offset, cut.reason)),
        compared: compared(py, done.comparison.as_ref()).into_pyobject(py)?.into_any().unbind(),
        algorithm: done.format.hash.name(),
        templates: done.templates,
    })
}

fn started(variant: Variant, start: Option<&[Pcrs]>) -> PyResult<Pcrs> {
    let Some(start) = start else { return Ok(Pcrs::new(variant)) };
    Pcrs::continued(variant, start).ok_or_else(|| {
        PyValueError::new_err(format!("the state to start from says nothing of bank {}", variant.name()))
    })
}

fn comparison(rows: Vec<StateIn>, start: Option<&[Pcrs]>) -> PyResult<Option<Comparison>> {
    let (mut expected, mut variants) = (Vec::new(), Vec::new());
    for (name, values) in rows {
        let scheme = name.contains(':').then(|| pcrs::variant(&name)).transpose()?.map(|only| only.scheme);
        let state = pcrs::states(vec![(name, values)])?.remove(0);
        let bank = state.variant.bank;
        variants.extend(Variant::of(bank));
        let values = state.held().map(|(pcr, value)| (u32::try_from(pcr).unwrap_or(u32::MAX), *value));
        expected.extend(values.map(|(pcr, value)| Expected::new(bank, scheme, pcr, value)));
    }
    if expected.is_empty() {
        return Ok(None);
    }
    variants.sort_unstable();
    variants.dedup();
    let states = variants.into_iter().map(|variant| started(variant, start)).collect::<PyResult<Vec<_>>>()?;
    Ok(Some(Comparison::new(expected, states)))
}

fn mismatches<'py>(py: Python<'py>, found: &[Mismatch]) -> Vec<MismatchRow<'py>> {
    let bytes = |content: &[u8]| PyBytes::new(py, content);
    let row = |entry: &Mismatch| {
        let name = entry.name.as_deref().map(bytes);
        let (recorded, computed) = (bytes(&entry.recorded), bytes(entry.computed.as_slice()));
        (entry.number, entry.offset, entry.template.clone(), name, recorded, computed)
    };
    found.iter().map(row).collect()
}

fn compared<'py>(py: Python<'py>, done: Option<&Comparison>) -> Vec<ComparedRow<'py>> {
    let row = |value: &Expected| {
        let found = value.found.map(|found| (found.variant.name(), found.first, found.last));
        (value.bank.name(), value.pcr, PyBytes::new(py, value.value.as_slice()), value.touched, found)
    };
    done.iter().flat_map(|comparison| &comparison.expected).map(row).collect()
}
