//! Replay of a list.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::source::Source;
use crate::ima::bank::Bank;
use crate::ima::replay::{BankState, Replay};

type PcrRow<'py> = (usize, Bound<'py, PyBytes>);
type MismatchRow<'py> = (u64, u64, Bound<'py, PyBytes>);
type ReplayRow<'py> =
    (u64, u64, Vec<(String, u64)>, Vec<(&'static str, Vec<PcrRow<'py>>)>, Vec<MismatchRow<'py>>, u64);

/// Recompute every template hash and extend PCRs in `banks`.
#[pyfunction]
pub(super) fn replay(
    py: Python<'_>,
    source: Source,
    banks: Vec<String>,
    max_size: u64,
) -> PyResult<ReplayRow<'_>> {
    let banks = banks.into_iter().map(|name| bank(&name)).collect::<PyResult<Vec<_>>>()?;
    let done = source.with_list(py, max_size, |list| Replay::of(list, &banks))?;
    let pcrs = |state: &BankState| {
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
