//! `xrattest._core.hostroot`.

use std::ffi::OsStr;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::Result;
use crate::hostroot;

/// A root directory; paths are bytes and are taken below it.
#[pyclass(frozen, module = "xrattest._core.hostroot")]
pub(super) struct Root {
    pub(super) inner: hostroot::Root,
}

fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

fn descriptor(opened: Result<OwnedFd>) -> PyResult<i32> {
    Ok(opened.map(IntoRawFd::into_raw_fd)?)
}

#[pymethods]
impl Root {
    #[new]
    #[pyo3(signature = (path, *, per_component = false))]
    fn new(py: Python<'_>, path: &[u8], per_component: bool) -> PyResult<Self> {
        let inner = py.detach(|| hostroot::Root::new(self::path(path), per_component))?;
        Ok(Self { inner })
    }

    /// Open for reading and return the descriptor, which the caller owns.
    #[pyo3(signature = (path, *, follow = true, any_kind = false))]
    fn open(&self, py: Python<'_>, path: &[u8], follow: bool, any_kind: bool) -> PyResult<i32> {
        descriptor(py.detach(|| self.inner.open(self::path(path), follow, any_kind)))
    }

    /// Open with `O_PATH` and return the descriptor, which the caller owns.
    #[pyo3(signature = (path, *, follow = true))]
    fn open_path(&self, py: Python<'_>, path: &[u8], follow: bool) -> PyResult<i32> {
        descriptor(py.detach(|| self.inner.open_path(self::path(path), follow)))
    }

    /// Open a directory for listing and return the descriptor, which the caller owns.
    #[pyo3(signature = (path, *, follow = true))]
    fn open_directory(&self, py: Python<'_>, path: &[u8], follow: bool) -> PyResult<i32> {
        descriptor(py.detach(|| self.inner.open_directory(self::path(path), follow)))
    }

    /// Return the path below the root without links, dots and a leading slash.
    #[pyo3(signature = (path, *, follow = true))]
    fn resolve<'py>(&self, py: Python<'py>, path: &[u8], follow: bool) -> PyResult<Bound<'py, PyBytes>> {
        let resolved = py.detach(|| self.inner.resolve(self::path(path), follow))?;
        Ok(PyBytes::new(py, resolved.as_os_str().as_bytes()))
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Root>()
}
