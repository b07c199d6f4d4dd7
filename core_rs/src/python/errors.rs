//! The one road from the crate's error to the exceptions of `xrattest.errors`.

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::error::Error;

mod py {
    pyo3::import_exception!(xrattest.errors, ImaFormatError);
    pyo3::import_exception!(xrattest.errors, BootLogFormatError);
    pyo3::import_exception!(xrattest.errors, BootLogTruncatedError);
    pyo3::import_exception!(xrattest.errors, CompactFormatError);
    pyo3::import_exception!(xrattest.errors, RpmFormatError);
    pyo3::import_exception!(xrattest.errors, TpmFormatError);
    pyo3::import_exception!(xrattest.errors, JsonFormatError);
    pyo3::import_exception!(xrattest.errors, LimitError);
    pyo3::import_exception!(xrattest.errors, ChangedWhileReadError);
    pyo3::import_exception!(xrattest.errors, HostRootError);
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Io { operation, path, source } => match source.raw_os_error() {
                // OSError(errno, …) picks FileNotFoundError, PermissionError and their like itself.
                Some(errno) => {
                    PyOSError::new_err((errno, format!("{operation}: {source}"), path.into_os_string()))
                }
                None => PyOSError::new_err(format!("{}: {operation}: {source}", path.display())),
            },
            Error::ImaFormat { index, offset, reason } => {
                py::ImaFormatError::new_err((index, offset, reason))
            }
            Error::BootLogFormat { index, offset, reason, truncated: false } => {
                py::BootLogFormatError::new_err((index, offset, reason))
            }
            Error::BootLogFormat { index, offset, reason, truncated: true } => {
                py::BootLogTruncatedError::new_err((index, offset, reason))
            }
            Error::CompactFormat { block, offset, reason } => {
                py::CompactFormatError::new_err((block, offset, reason))
            }
            Error::RpmFormat { place, offset, reason } => {
                py::RpmFormatError::new_err((place, offset, reason))
            }
            Error::TpmFormat { structure, offset, reason } => {
                py::TpmFormatError::new_err((structure, offset, reason))
            }
            Error::JsonFormat { offset, reason } => py::JsonFormatError::new_err((offset, reason)),
            Error::Limit { what, limit } => py::LimitError::new_err((what, limit)),
            Error::ChangedWhileRead { path } => py::ChangedWhileReadError::new_err(path.into_os_string()),
            error @ Error::HostRoot { .. } => py::HostRootError::new_err(error.to_string()),
        }
    }
}
