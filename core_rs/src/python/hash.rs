//! `xrattest._core.hash`.

use std::ffi::OsStr;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::hash::{self, Algorithms, Digests};

type Row<'py> = (u64, Option<Bound<'py, PyBytes>>, Option<Bound<'py, PyBytes>>);

fn row(py: Python<'_>, digests: Digests) -> Row<'_> {
    let bytes = |digest: [u8; 32]| PyBytes::new(py, &digest);
    (digests.size, digests.sha256.map(bytes), digests.blake3.map(bytes))
}

/// Digest bytes in memory; returns size, SHA-256, BLAKE3.
#[pyfunction]
fn digest_bytes<'py>(py: Python<'py>, data: &[u8], sha256: bool, blake3: bool) -> Row<'py> {
    row(py, py.detach(|| hash::digest_bytes(data, Algorithms { sha256, blake3 })))
}

/// Digest a descriptor from where it stands to its end; returns size, SHA-256, BLAKE3.
#[pyfunction]
fn digest_descriptor<'py>(
    py: Python<'py>,
    descriptor: i32,
    name: &[u8],
    sha256: bool,
    blake3: bool,
    buffer: usize,
) -> PyResult<Row<'py>> {
    let stream = borrow(descriptor)?;
    let name = Path::new(OsStr::from_bytes(name));
    let algorithms = Algorithms { sha256, blake3 };
    let buffer = buffer.clamp(1 << 12, 1 << 26);
    Ok(row(py, py.detach(|| hash::digest_stream_with(stream, name, algorithms, buffer))?))
}

/// Digest a regular file, with `retries` more attempts when it changes meanwhile; returns size, SHA-256, BLAKE3.
#[pyfunction]
fn digest_file<'py>(
    py: Python<'py>,
    path: &[u8],
    sha256: bool,
    blake3: bool,
    retries: u32,
) -> PyResult<Row<'py>> {
    let path = Path::new(OsStr::from_bytes(path));
    Ok(row(py, py.detach(|| hash::digest_file(path, Algorithms { sha256, blake3 }, retries))?))
}

/// Lend a descriptor that the Python caller holds open for the whole call.
#[allow(unsafe_code)]
pub(super) fn borrow<'fd>(descriptor: i32) -> PyResult<BorrowedFd<'fd>> {
    if descriptor < 0 {
        return Err(pyo3::exceptions::PyValueError::new_err("a descriptor is not negative"));
    }
    // SAFETY: not -1, and the caller owns it until the call returns; a number that is not open fails with EBADF.
    Ok(unsafe { BorrowedFd::borrow_raw(descriptor) })
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("BUFFER", hash::BUFFER)?;
    module.add_function(wrap_pyfunction!(digest_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(digest_descriptor, module)?)?;
    module.add_function(wrap_pyfunction!(digest_file, module)?)
}
