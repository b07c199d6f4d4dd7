//! `xrattest._core.walk`.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::hash::borrow;
use super::hostroot::Root;
use crate::error::{Error, Result};
use crate::hash::Algorithms;
use crate::snapshot::{self, Header, Kind, Progress};
use crate::walk;

/// Middle of the road: rows compress well, and the digests in them not at all.
const GZIP_LEVEL: u32 = 4;
/// Rows leave in pieces of this size.
const OUT_BUFFER: usize = 256 << 10;

/// Compiled rules of a walk.
#[pyclass(frozen, module = "xrattest._core.walk")]
struct Rules {
    inner: walk::Rules,
}

#[pymethods]
impl Rules {
    /// Check and compile rules; raises `ValueError` on those that cannot be used.
    #[new]
    #[pyo3(signature = (*, roots, excludes, max_file_size, sha256, blake3, one_file_system, file_timeout))]
    fn new(
        roots: Vec<Vec<u8>>,
        excludes: Vec<Vec<u8>>,
        max_file_size: u64,
        sha256: bool,
        blake3: bool,
        one_file_system: bool,
        file_timeout: f64,
    ) -> PyResult<Self> {
        let fault = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let roots = roots.into_iter().map(|root| PathBuf::from(OsString::from_vec(root)));
        let excludes = excludes.into_iter().map(OsString::from_vec);
        let mut inner = walk::Rules::new(roots, excludes, max_file_size, Algorithms { sha256, blake3 })
            .map_err(|error| fault(&error))?;
        inner.one_file_system = one_file_system;
        inner.file_timeout = Duration::try_from_secs_f64(file_timeout).map_err(|error| fault(&error))?;
        Ok(Self { inner })
    }

    /// Return the digest that block digests cover.
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.digest())
    }
}

/// What a snapshot holds, and what could not be read.
#[pyclass(frozen, get_all, module = "xrattest._core.walk")]
struct Summary {
    rows: u64,
    hashed_bytes: u64,
    /// Files without a digest, by reason.
    missing: Vec<(&'static str, u64)>,
    xattrs_unread: u64,
    vanished: u64,
    block_digest: Py<PyBytes>,
    /// Configured path and what became of it.
    roots: Vec<(Py<PyBytes>, &'static str)>,
    /// Path and reason, a thousand at most.
    problems: Vec<(Py<PyBytes>, String)>,
    problem_count: u64,
}

impl Summary {
    fn new(py: Python<'_>, summary: snapshot::Summary) -> Self {
        let bytes = |path: PathBuf| PyBytes::new(py, path.as_os_str().as_bytes()).unbind();
        let walked = summary.walked;
        let words = walk::Missing::ALL.iter().map(|missing| missing.word());
        Self {
            rows: summary.rows,
            hashed_bytes: summary.bytes,
            missing: words.zip(summary.missing).filter(|(_, count)| *count > 0).collect(),
            xattrs_unread: summary.xattrs_unread,
            vanished: walked.vanished,
            block_digest: PyBytes::new(py, &summary.block_digest).unbind(),
            roots: walked.roots.into_iter().map(|root| (bytes(root.path), root.state.word())).collect(),
            problems: walked.problems.told.into_iter().map(|one| (bytes(one.path), one.reason)).collect(),
            problem_count: walked.problems.count,
        }
    }
}

/// Where the snapshot goes, compressed or not.
enum Out {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Out {
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut out) => out.flush(),
            Self::Gzip(out) => out.finish()?.flush(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(data),
            Self::Gzip(out) => out.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
        }
    }
}

fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("xrattest-walk-{number}"))
        .build()
        .map_err(|error| Error::io("start threads", "walk", io::Error::other(error)))
}

/// Take a full snapshot and write it as one JSON object that begins with `head`; returns a `Summary`.
///
/// `progress` is called with rows, bytes hashed and the last path after every batch; what it raises ends the walk.
#[pyfunction]
#[pyo3(signature = (root, rules, descriptor, *, head, parent, block, time, boot_id, threads, gzip, progress = None))]
#[allow(clippy::too_many_arguments, reason = "the typed face names them; there is no second caller")]
fn write_full(
    py: Python<'_>,
    root: &Root,
    rules: &Rules,
    descriptor: i32,
    head: &[u8],
    parent: [u8; 32],
    block: u64,
    time: u64,
    boot_id: [u8; 16],
    threads: usize,
    gzip: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Summary> {
    let header = Header { parent, block, kind: Kind::Full, time, boot_id };
    let file = borrow(descriptor)?.try_clone_to_owned()?;
    let mut raised = None;
    let slot = &mut raised;
    let written = py.detach(move || {
        let out = BufWriter::with_capacity(OUT_BUFFER, File::from(file));
        let mut out = if gzip {
            Out::Gzip(Box::new(GzEncoder::new(out, Compression::new(GZIP_LEVEL))))
        } else {
            Out::Plain(out)
        };
        let told = |now: Progress<'_>| tell(progress.as_ref(), now, slot);
        let pool = pool(threads)?;
        let summary = snapshot::write_full(&root.inner, &rules.inner, &pool, &header, head, &mut out, told)?;
        out.finish().map_err(|error| Error::io("write", "snapshot", error))?;
        Ok::<_, Error>(summary)
    });
    match (raised, written) {
        (Some(error), _) => Err(error),
        (None, written) => Ok(Summary::new(py, written?)),
    }
}

/// Let Python see signals and draw its progress; its exception is kept for the caller and ends the walk.
fn tell(progress: Option<&Py<PyAny>>, now: Progress<'_>, raised: &mut Option<PyErr>) -> Result<()> {
    let told = Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else { return Ok(()) };
        let path = PyBytes::new(py, OsStr::as_bytes(now.path.as_os_str()));
        progress.call1(py, (now.rows, now.bytes, path)).map(drop)
    });
    told.map_err(|error| {
        *raised = Some(error);
        Error::io("walk", now.path, io::Error::from(io::ErrorKind::Interrupted))
    })
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Rules>()?;
    module.add_class::<Summary>()?;
    module.add_function(wrap_pyfunction!(write_full, module)?)
}
