//! What kind of list this is.

use pyo3::prelude::*;

use super::aggregate::{AggregateRow, row};
use super::reading::{ReadingRow, row_of};
use super::source::Source;
use crate::error::Result;
use crate::ima::describe::Description;
use crate::ima::template::Endian;

type DescriptionRow<'py> = (
    bool,
    &'static str,
    u64,
    u64,
    u64,
    Vec<(String, u64)>,
    u64,
    Option<AggregateRow<'py>>,
    Option<ReadingRow>,
);

/// Describe a list; nothing is warned about, since the answer has what there is to say.
#[pyfunction]
pub(super) fn describe(py: Python<'_>, source: Source, max_size: u64) -> PyResult<DescriptionRow<'_>> {
    let (found, reading) = py.detach(|| -> Result<_> {
        let (mut list, reading) = source.list(max_size)?;
        Ok((Description::of(&mut list)?, reading))
    })?;
    Ok((
        found.format.endian == Endian::Big,
        found.format.hash.name(),
        found.entries,
        found.list_bytes,
        found.violations,
        found.templates,
        found.boot_aggregates,
        found.last_boot_aggregate.map(|aggregate| row(py, aggregate)),
        reading.map(|reading| row_of(reading.now())),
    ))
}
