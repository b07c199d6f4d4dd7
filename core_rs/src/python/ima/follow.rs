//! One pass over a list that replays what it reads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::convert::{self, SummaryRow};
use super::pcrs::{self, StateIn, StateOut};
use super::reading::warn;
use super::source::{Source, output};
use crate::ima::ascii::SharedReading;
use crate::ima::filter::Filter;
use crate::ima::follow::{Follower as Followed, Position};
use crate::ima::format::Format;
use crate::ima::json_events::{self, Layout};
use crate::ima::pcrs::Pcrs;
use crate::ima::source::Stream;
use crate::ima::template::Endian;

/// Entries before it, byte offset, offset of the entry before, hash of the list, big-endian, PCRs.
type PositionIn = (u64, u64, Option<u64>, String, bool, Vec<StateIn>);
type PositionOut<'py> = (u64, u64, Option<u64>, &'static str, bool, Vec<StateOut<'py>>);

/// Entries and bytes of a list that nobody has; counting on from there cannot overflow.
const MOST: u64 = 1 << 62;

/// Reads a list once, in steps.
#[pyclass(frozen, module = "xrattest._core.ima")]
pub(super) struct Follower {
    list: Mutex<Followed<Stream<'static>>>,
    /// What is to be warned of when the list is ascii.
    reading: Option<SharedReading>,
}

#[pymethods]
impl Follower {
    /// Begin at the start of the list, or at `position`, where `source` then has to stand.
    #[new]
    fn new(
        py: Python<'_>,
        source: Source,
        banks: Vec<String>,
        position: Option<PositionIn>,
        max_size: u64,
    ) -> PyResult<Self> {
        let banks = banks
            .into_iter()
            .map(|name| Ok(Pcrs::new(pcrs::variant(&name)?)))
            .collect::<PyResult<Vec<_>>>()?;
        let position = position.map(place).transpose()?;
        let (list, reading) = py.detach(|| source.list(max_size))?;
        let list = match position {
            None => py.detach(|| Followed::new(list, banks))?,
            Some(position) => Followed::resume(list, position),
        };
        Ok(Self { list: Mutex::new(list), reading })
    }

    /// Replay until `entries` of them are behind; false when the list ends before.
    fn skip_to(&self, py: Python<'_>, entries: u64) -> PyResult<bool> {
        Ok(py.detach(|| self.lock().skip_to(entries))?)
    }

    /// Write the rest as a JSON array of IMA-EVENT objects.
    fn write_events(&self, py: Python<'_>, out: i32) -> PyResult<SummaryRow> {
        let write =
            || json_events::write_events(&mut *self.lock(), output(out)?, Layout::Array, &Filter::default());
        let summary = py.detach(write)?;
        warn(py, self.reading.as_ref())?;
        Ok(convert::row(summary))
    }

    /// Write the rest as a JSON array of base64 compact blocks.
    fn write_blocks(
        &self,
        py: Python<'_>,
        out: i32,
        profile: &str,
        collected_at: Option<(i64, i32)>,
        block_target: usize,
    ) -> PyResult<SummaryRow> {
        let options = convert::options(profile, collected_at, block_target)?;
        let write = || json_events::write_blocks(&mut *self.lock(), output(out)?, &options);
        let summary = py.detach(write)?;
        warn(py, self.reading.as_ref())?;
        Ok(convert::row(summary))
    }

    /// How far the pass came.
    fn position<'py>(&self, py: Python<'py>) -> PositionOut<'py> {
        let Position { entries, offset, last, format, banks } = self.lock().position();
        let banks = pcrs::rows(py, &banks);
        (entries, offset, last, format.hash.name(), format.endian == Endian::Big, banks)
    }
}

impl Follower {
    fn lock(&self) -> MutexGuard<'_, Followed<Stream<'static>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place((entries, offset, last, hash, big_endian, banks): PositionIn) -> PyResult<Position> {
    if entries > MOST || offset > MOST {
        return Err(PyValueError::new_err("no list is so long"));
    }
    let endian = if big_endian { Endian::Big } else { Endian::Little };
    let format = Format { endian, hash: pcrs::bank(&hash)? };
    Ok(Position { entries, offset, last, format, banks: pcrs::states(banks)? })
}
