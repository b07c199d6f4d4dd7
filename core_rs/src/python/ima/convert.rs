//! Conversions of a list to and from the forms that travel.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::filter::Filter;
use super::source::{Source, output};
use crate::error::Error;
use crate::ima::Summary;
use crate::ima::compact::{Options, Profile};
use crate::ima::json_events::{self, Layout};

/// Entries, bytes of the list, blocks, number of the first entry.
pub(super) type SummaryRow = (u64, u64, u64, Option<u64>);

pub(super) fn row(summary: Summary) -> SummaryRow {
    (summary.entries, summary.list_bytes, summary.blocks, summary.first_event)
}

pub(super) fn options(
    profile: &str,
    collected_at: Option<(i64, i32)>,
    block_target: usize,
) -> PyResult<Options> {
    let profile = match profile {
        "xr" => Profile::Xr,
        "minimal" => Profile::Minimal,
        other => return Err(PyValueError::new_err(format!("{other:?} is no profile: xr, minimal"))),
    };
    Ok(Options { profile, collected_at, block_target })
}

/// Write compact blocks one after another.
#[pyfunction]
pub(super) fn compact(
    py: Python<'_>,
    source: Source,
    out: i32,
    profile: &str,
    collected_at: Option<(i64, i32)>,
    block_target: usize,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let options = options(profile, collected_at, block_target)?;
    Ok(
        row(source
            .with_list(py, max_size, |list| crate::ima::compact::compact(list, output(out)?, &options))?),
    )
}

/// Write a JSON array of base64 compact blocks.
#[pyfunction]
pub(super) fn write_blocks(
    py: Python<'_>,
    source: Source,
    out: i32,
    profile: &str,
    collected_at: Option<(i64, i32)>,
    block_target: usize,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let options = options(profile, collected_at, block_target)?;
    Ok(row(source.with_list(py, max_size, |list| json_events::write_blocks(list, output(out)?, &options))?))
}

/// Write the binary list of compact blocks.
#[pyfunction]
pub(super) fn expand(py: Python<'_>, source: Source, out: i32, max_size: u64) -> PyResult<SummaryRow> {
    Ok(row(py.detach(|| crate::ima::compact::expand(source.open()?, output(out)?, max_size))?))
}

/// Write IMA-EVENT objects of what `filter` takes, a JSON array or one per line; the summary counts those alone.
#[pyfunction]
pub(super) fn write_events(
    py: Python<'_>,
    source: Source,
    out: i32,
    lines: bool,
    filter: &Bound<'_, Filter>,
    max_size: u64,
) -> PyResult<SummaryRow> {
    let layout = if lines { Layout::Lines } else { Layout::Array };
    let filter = &filter.get().inner;
    Ok(row(source
        .with_list(py, max_size, |list| json_events::write_events(list, output(out)?, layout, filter))?))
}

/// Write the binary list of the JSON array in bytes `start` to `end` of a file.
#[pyfunction]
pub(super) fn rebuild(
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
