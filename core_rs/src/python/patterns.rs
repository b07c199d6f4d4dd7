//! `xrattest._core.patterns`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::patterns::{self, Syntax};

/// Compiled patterns, numbered globs first, then regular expressions.
#[pyclass(frozen, module = "xrattest._core.patterns")]
pub(super) struct Patterns {
    inner: patterns::Patterns,
}

#[pymethods]
impl Patterns {
    /// Check and compile patterns; raises `ValueError` with the one that cannot be used.
    #[new]
    fn new(globs: Vec<String>, regexes: Vec<String>) -> PyResult<Self> {
        Ok(Self { inner: compile(globs, regexes)? })
    }

    /// Return the number of the first pattern that matches the whole of `text`, None when none does.
    fn first_match(&self, text: &[u8]) -> Option<usize> {
        self.inner.first_match(text)
    }
}

pub(crate) fn compile(globs: Vec<String>, regexes: Vec<String>) -> PyResult<patterns::Patterns> {
    let globs = globs.into_iter().map(|pattern| (Syntax::Glob, pattern));
    let all = globs.chain(regexes.into_iter().map(|pattern| (Syntax::Regex, pattern))).collect::<Vec<_>>();
    patterns::Patterns::new(&all).map_err(|error| PyValueError::new_err(error.to_string()))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Patterns>()
}
