//! Which entries are wanted, as Python asks for them.

use pyo3::prelude::*;

use crate::ima::filter;
use crate::python::patterns;

/// A compiled filter; both the table and the JSON of a list go through it.
#[pyclass(frozen, module = "xrattest._core.ima")]
pub(super) struct Filter {
    pub(super) inner: filter::Filter,
}

#[pymethods]
impl Filter {
    /// Compile a filter; None and empty lists ask nothing. Raises `ValueError` for a glob that cannot be used.
    #[new]
    fn new(
        events: Option<(u64, u64)>,
        violations: bool,
        templates: Vec<String>,
        pcrs: Vec<u32>,
        paths: Vec<String>,
    ) -> PyResult<Self> {
        let paths = if paths.is_empty() { None } else { Some(patterns::compile(paths, Vec::new())?) };
        let events = events.map(|(first, last)| first..=last);
        Ok(Self { inner: filter::Filter { events, violations, templates, pcrs, paths } })
    }

    /// Tell whether an entry with these parts is wanted.
    fn takes(&self, number: u64, pcr: u32, template: &str, is_violation: bool, name: Option<&[u8]>) -> bool {
        self.inner.takes(number, pcr, template, is_violation, || name)
    }
}
