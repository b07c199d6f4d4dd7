//! What kind of list this is.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::source::{ReadingRow, Source, row_of};
use crate::error::Result;
use crate::ima::aggregate::Aggregate;
use crate::ima::describe::Description;
use crate::ima::template::Endian;

type BootRow<'py> = (u64, u64, u32, Option<String>, Bound<'py, PyBytes>);
type DescriptionRow<'py> =
    (bool, &'static str, u64, u64, u64, Vec<(String, u64)>, Vec<BootRow<'py>>, u64, Option<ReadingRow>);

/// Describe a list; nothing is warned about, since the answer has what there is to say.
#[pyfunction]
pub(super) fn describe(py: Python<'_>, source: Source, max_size: u64) -> PyResult<DescriptionRow<'_>> {
    let (found, reading) = py.detach(|| -> Result<_> {
        let (mut list, reading) = source.list(max_size)?;
        Ok((Description::of(&mut list)?, reading))
    })?;
    let boot = |boot: Aggregate| {
        (boot.number, boot.offset, boot.pcr, boot.algorithm, PyBytes::new(py, &boot.digest))
    };
    Ok((
        found.format.endian == Endian::Big,
        found.format.hash.name(),
        found.entries,
        found.list_bytes,
        found.violations,
        found.templates,
        found.boot_aggregates.into_iter().map(boot).collect(),
        found.boot_aggregate_count,
        reading.map(|reading| row_of(reading.now())),
    ))
}
