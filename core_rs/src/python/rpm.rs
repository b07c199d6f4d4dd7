//! `xrattest._core.rpm`.
#![allow(clippy::needless_pass_by_value)] // pyo3 hands arguments over by value

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::rpm::file;
use crate::rpm::package::Package;
use crate::rpm::sqlite;

/// Reads one `rpmdb.sqlite`, some packages at a time.
#[pyclass(frozen, module = "xrattest._core.rpm")]
struct Database(Mutex<sqlite::Database>);

#[pymethods]
impl Database {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self(Mutex::new(py.detach(|| sqlite::Database::open(&path))?)))
    }

    fn next_batch<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyList>> {
        let read = || self.0.lock().unwrap_or_else(PoisonError::into_inner).next_batch(limit);
        let packages = py.detach(read)?;
        let rows = packages.iter().map(|package| to_dict(py, package)).collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, rows)
    }
}

/// The package in an `.rpm`.
#[pyfunction]
fn read_package_file(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let package = py.detach(|| file::read_package(&path))?;
    to_dict(py, &package)
}

/// Raw bytes stay bytes: names and paths of a header need not be UTF-8.
fn to_dict<'py>(py: Python<'py>, package: &Package) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("name", PyBytes::new(py, &package.name))?;
    row.set_item("epoch", package.epoch)?;
    row.set_item("version", PyBytes::new(py, &package.version))?;
    row.set_item("release", PyBytes::new(py, &package.release))?;
    row.set_item("architecture", PyBytes::new(py, &package.arch))?;
    row.set_item("source", package.source)?;
    row.set_item("header_sha256", package.header_sha256.as_deref())?;
    row.set_item("header_digest", package.header_digest.as_str())?;
    row.set_item("gpg_key_id", &package.gpg_key_id)?;
    row.set_item("size", package.size)?;
    row.set_item("files", package.files)?;
    row.set_item("digest_algorithm", package.digest_algorithm)?;
    row.set_item("digest_strength", package.digest_strength)?;
    row.set_item("fingerprint", &package.fingerprint)?;
    row.set_item("fingerprint_strict", &package.fingerprint_strict)?;
    row.set_item("reason", package.reason.as_deref())?;
    let files = package.unattested.iter().map(|file| (PyBytes::new(py, &file.path), file.reason));
    row.set_item("unattested", PyList::new(py, files.collect::<Vec<_>>())?)?;
    Ok(row)
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Database>()?;
    module.add_function(wrap_pyfunction!(read_package_file, module)?)
}
