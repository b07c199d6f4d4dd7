//! The prefix of a list that a quote covers.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::pcrs::{self, StateIn, StateOut};
use super::reading::warn;
use super::source::Source;
use crate::error::Result;
use crate::ima::prefix::{self, PrefixMatch, Quoted, Search};

/// Least, greatest and whole number of entries, and the banks after the greatest.
type PrefixRow<'py> = (u64, u64, u64, Vec<StateOut<'py>>);

/// Find how many entries lead to the quoted digest. The source is read twice.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(super) fn find_prefix<'py>(
    py: Python<'py>,
    source: Source,
    selections: Vec<(String, Vec<u32>)>,
    digest: Vec<u8>,
    algorithm: &str,
    known: Vec<StateIn>,
    start: Vec<StateIn>,
    max_size: u64,
) -> PyResult<Option<PrefixRow<'py>>> {
    let selections = selections.into_iter().map(selection).collect::<PyResult<Vec<_>>>()?;
    let quoted = Quoted { selections, digest, algorithm: pcrs::bank(algorithm)? };
    let (known, start) = (pcrs::states(known)?, pcrs::states(start)?);
    let find = || -> Result<(Option<PrefixMatch>, _)> {
        let selected = prefix::selected_pcrs(&quoted);
        let extended = prefix::extended_pcrs(&mut source.list_again(max_size)?.0, selected)?;
        let (mut list, reading) = source.list(max_size)?;
        Ok((Search::new(quoted, &known, &start, extended).run(&mut list)?, reading))
    };
    let (found, reading) = py.detach(find)?;
    warn(py, reading.as_ref())?;
    Ok(found.map(|found| (found.first, found.entries, found.total, pcrs::rows(py, &found.banks))))
}

fn selection((name, mut indexes): (String, Vec<u32>)) -> PyResult<(crate::ima::bank::Bank, Vec<u32>)> {
    indexes.sort_unstable();
    indexes.dedup();
    if indexes.last().is_some_and(|last| pcrs::pcr(*last).is_err()) {
        return Err(PyValueError::new_err(format!("no PCR has the number {}", indexes[indexes.len() - 1])));
    }
    Ok((pcrs::bank(&name)?, indexes))
}
