//! `xrattest._core.json`.
#![allow(clippy::needless_pass_by_value, reason = "pyo3 hands arguments over by value")]

use std::fs::File;
use std::os::fd::{BorrowedFd, RawFd};
use std::path::PathBuf;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::error::Error;
use crate::json::{self, DigestAlgorithm, Limits, Name};

/// Name or index, start, end, kind: one row of `members`.
type Row = (Py<PyAny>, u64, u64, &'static str);
/// Start, payload size, signature text, both members present, problems.
type Parts<'py> = (u64, Option<u64>, Option<Bound<'py, PyBytes>>, bool, bool, Vec<String>);

#[derive(FromPyObject)]
enum Step {
    Index(u64),
    Key(String),
}

impl From<Step> for Name {
    fn from(step: Step) -> Self {
        match step {
            Step::Index(index) => Self::Index(index),
            Step::Key(key) => Self::Key(key),
        }
    }
}

#[pyfunction]
fn validate(py: Python<'_>, text: &[u8], max_size: u64, max_depth: u32) -> PyResult<()> {
    let limits = Limits { size: max_size, depth: max_depth, ..Limits::default() };
    Ok(py.detach(|| json::validate(text, limits))?)
}

#[pyfunction]
#[pyo3(signature = (path, pointer, start, end, max_size, max_depth, max_members))]
#[allow(clippy::too_many_arguments, reason = "one argument per bound; the Python face names them")]
fn members(
    py: Python<'_>,
    path: PathBuf,
    pointer: Vec<Step>,
    start: u64,
    end: Option<u64>,
    max_size: u64,
    max_depth: u32,
    max_members: usize,
) -> PyResult<Vec<Row>> {
    let limits = Limits { size: max_size, depth: max_depth, members: max_members, ..Limits::default() };
    let pointer: Vec<Name> = pointer.into_iter().map(Name::from).collect();
    let rows = py.detach(|| json::members(&path, &pointer, start, end, limits))?;
    rows.into_iter()
        .map(|row| {
            let name = match row.name {
                Name::Key(key) => PyString::new(py, &key).into_any().unbind(),
                Name::Index(index) => index.into_pyobject(py)?.into_any().unbind(),
            };
            Ok((name, row.start, row.end, row.kind.name()))
        })
        .collect()
}

#[pyfunction]
fn split_envelope(py: Python<'_>, path: PathBuf, spool: PathBuf, max_size: u64) -> PyResult<Parts<'_>> {
    let limits = Limits { size: max_size, ..Limits::default() };
    let parts = py.detach(|| json::split_envelope(&path, &spool, limits))?;
    let signature = parts.signature.map(|text| PyBytes::new(py, &text));
    Ok((parts.start, parts.payload, signature, parts.has_output, parts.has_signature, parts.problems))
}

#[pyfunction]
fn unescape_member(
    py: Python<'_>,
    path: PathBuf,
    start: u64,
    end: u64,
    spool: PathBuf,
    max_size: u64,
) -> PyResult<u64> {
    let limits = Limits { size: max_size, ..Limits::default() };
    Ok(py.detach(|| json::unescape_member(&path, start, end, &spool, limits))?)
}

#[pyfunction]
fn escape_file(py: Python<'_>, source: PathBuf, target: RawFd) -> PyResult<u64> {
    let target = duplicate(target)?;
    Ok(py.detach(|| json::escape_file(&source, target))?)
}

#[pyfunction]
fn check_text(py: Python<'_>, path: PathBuf) -> PyResult<u64> {
    Ok(py.detach(|| json::check_text(&path))?)
}

#[pyfunction]
fn digest_with_prefix<'py>(
    py: Python<'py>,
    prefix: &[u8],
    path: PathBuf,
    algorithm: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let algorithm = match algorithm {
        "sha256" => DigestAlgorithm::Sha256,
        "sha384" => DigestAlgorithm::Sha384,
        "sha512" => DigestAlgorithm::Sha512,
        other => return Err(PyValueError::new_err(format!("{other} is none of sha256, sha384, sha512"))),
    };
    let digest = py.detach(|| json::digest_with_prefix(prefix, &path, algorithm))?;
    Ok(PyBytes::new(py, &digest))
}

/// A descriptor of our own on the caller's open file, so that closing ours leaves theirs open.
#[allow(
    unsafe_code,
    reason = "a raw descriptor number from Python has to be borrowed before it can be duplicated"
)]
fn duplicate(descriptor: RawFd) -> PyResult<File> {
    if descriptor < 0 {
        return Err(PyOSError::new_err("the file descriptor is closed"));
    }
    // SAFETY: the number is not -1, and the borrow lasts for the dup alone, while the GIL keeps Python from closing it;
    // a number that names no open file makes dup fail with EBADF.
    let owned = unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned();
    Ok(owned.map_err(|error| Error::io("dup", "file descriptor", error))?.into())
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(validate, module)?)?;
    module.add_function(wrap_pyfunction!(members, module)?)?;
    module.add_function(wrap_pyfunction!(split_envelope, module)?)?;
    module.add_function(wrap_pyfunction!(unescape_member, module)?)?;
    module.add_function(wrap_pyfunction!(escape_file, module)?)?;
    module.add_function(wrap_pyfunction!(check_text, module)?)?;
    module.add_function(wrap_pyfunction!(digest_with_prefix, module)?)
}
