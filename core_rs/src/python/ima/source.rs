//! What lists come from and go to.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::reading::warn;
use crate::error::{Error, Result};
use crate::ima::ascii::SharedReading;
use crate::ima::binary::ListReader;
use crate::ima::source::{self, Stream};
use crate::python::hash::borrow;

const OUTPUT_BUFFER: usize = 256 << 10;

/// Where a list comes from: its content, a descriptor from where it stands, or a path.
#[derive(FromPyObject)]
pub(in crate::python) enum Source {
    Bytes(PyBackedBytes),
    Descriptor(i32),
    Path(PathBuf),
}

impl Source {
    /// Run `read` on the list without the interpreter; afterwards warn about what the text of an ascii list leaves open.
    pub(super) fn with_list<T: Send>(
        self,
        py: Python<'_>,
        max_size: u64,
        read: impl FnOnce(&mut ListReader<Stream<'static>>) -> Result<T> + Send,
    ) -> PyResult<T> {
        let (result, reading) = py.detach(|| -> Result<_> {
            let (mut list, reading) = self.list(max_size)?;
            Ok((read(&mut list)?, reading))
        })?;
        warn(py, reading.as_ref())?;
        Ok(result)
    }

    /// Open the list; the second value is for [`warn`].
    pub(super) fn list(self, max_size: u64) -> Result<(ListReader<Stream<'static>>, Option<SharedReading>)> {
        source::read_list(self.open()?, max_size)
    }

    /// Open the list while it is to be read once more: a descriptor then stands again where it stood.
    pub(super) fn list_again(
        &self,
        max_size: u64,
    ) -> Result<(ListReader<Stream<'_>>, Option<SharedReading>)> {
        source::read_list(self.reopen()?, max_size)
    }

    fn reopen(&self) -> Result<Stream<'_>> {
        let failed = |error| Error::io("read", "input", error);
        match self {
            Self::Bytes(content) => source::decompress(&content[..]).map_err(failed),
            Self::Descriptor(number) => {
                source::decompress(Unmoved::new(duplicate(*number)?)?).map_err(failed)
            }
            Self::Path(path) => source::open(path),
        }
    }

    pub(in crate::python) fn open(self) -> Result<Stream<'static>> {
        let failed = |error| Error::io("read", "input", error);
        match self {
            Self::Bytes(content) => source::decompress(Cursor::new(content)).map_err(failed),
            Self::Descriptor(number) => source::decompress(duplicate(number)?).map_err(failed),
            Self::Path(path) => source::open(&path),
        }
    }
}

/// A file that is read from where it stands without moving there, since the position belongs to the caller too.
struct Unmoved {
    file: File,
    at: u64,
}

impl Unmoved {
    fn new(mut file: File) -> Result<Self> {
        let at = file.stream_position().map_err(|error| Error::io("read twice", "input", error))?;
        Ok(Self { file, at })
    }
}

impl Read for Unmoved {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// A descriptor of our own for what the Python caller's `number` names.
fn duplicate(number: i32) -> Result<File> {
    let invalid = |_| Error::io("use", "descriptor", std::io::ErrorKind::InvalidInput);
    let lent = borrow(number).map_err(invalid)?;
    lent.try_clone_to_owned().map(File::from).map_err(|error| Error::io("use", "descriptor", error))
}

pub(super) fn output(number: i32) -> Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(OUTPUT_BUFFER, duplicate(number)?))
}
