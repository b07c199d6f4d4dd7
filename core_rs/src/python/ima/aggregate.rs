//! Boot aggregates of a list.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::pcrs;
use super::source::Source;
use crate::ima::aggregate::{self, Aggregate};

pub(super) type AggregateRow<'py> = (u64, u64, u32, Option<String>, Bound<'py, PyBytes>);

/// Return number, offset, PCR, algorithm and digest of each boot aggregate.
#[pyfunction]
pub(super) fn boot_aggregates(
    py: Python<'_>,
    source: Source,
    max_size: u64,
) -> PyResult<Vec<AggregateRow<'_>>> {
    let found = source.with_list(py, max_size, aggregate::aggregates)?;
    Ok(found.into_iter().map(|found| row(py, found)).collect())
}

pub(super) fn row(py: Python<'_>, found: Aggregate) -> AggregateRow<'_> {
    (found.number, found.offset, found.pcr, found.algorithm, PyBytes::new(py, &found.digest))
}

/// Hash `content` with the algorithm of a bank.
#[pyfunction]
pub(super) fn bank_hash<'py>(py: Python<'py>, bank: &str, content: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, pcrs::bank(bank)?.hash(&[content]).as_slice()))
}
