//! What the text of an ascii list leaves open, as Python hears it.

use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::ima::ascii::{Reading, SharedReading};

/// What Python knows of an ascii list: entries, lines, violations, unproven entries, entries of several lines, and number
/// and line of the first unproven one.
pub(super) type ReadingRow = (u64, u64, u64, u64, u64, Option<(u64, u64)>);

pub(super) fn row_of(reading: Reading) -> ReadingRow {
    let Reading { entries, lines, violations, unproven, joined, first_unproven } = reading;
    (entries, lines, violations, unproven, joined, first_unproven)
}

/// Issue an `AsciiListWarning` when the list was an ascii one.
pub(super) fn warn(py: Python<'_>, reading: Option<&SharedReading>) -> PyResult<()> {
    let Some(reading) = reading else { return Ok(()) };
    let category = py.import("xrattest.errors")?.getattr("AsciiListWarning")?;
    let warning = category.call1(row_of(reading.now()))?;
    // Level 1 is the face's function, 2 who called it.
    py.import("warnings")?.call_method("warn", (warning,), Some(&[("stacklevel", 2)].into_py_dict(py)?))?;
    Ok(())
}
