//! A private copy of a database that has a live log beside it, so that reading it writes nothing in its directory.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, Result};

/// Copies larger than this are refused: a temporary directory is not made for more.
pub const LIMIT: u64 = 8 << 30;

/// How long a database under constant writing is waited for.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// A directory of mode 0700 that goes away with this value.
#[derive(Debug)]
pub struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    fn new() -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let base = std::env::temp_dir();
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = base.join(format!("xrattest-rpm-{}-{number}", std::process::id()));
            // Creating it is exclusive, so a name that someone else took is passed over and never used.
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 10_000 => (),
                Err(error) => return Err(Error::io("make a private directory", path, error)),
            }
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // Nothing depends on it any more; a temporary directory that stays is not worth an error.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What tells one state of a file from the next: identity, size, times; None where there is no file.
pub type State = Option<(u64, u64, u64, i64, i64, i64, i64)>;

/// The state of `path`, which must be a regular file where it is there at all.
pub fn state(path: &Path) -> Result<State> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("stat", path, error)),
        Ok(meta) if !meta.is_file() => {
            Err(Error::io("open", path, io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")))
        }
        Ok(meta) => Ok(Some((
            meta.dev(),
            meta.ino(),
            meta.size(),
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ctime(),
            meta.ctime_nsec(),
        ))),
    }
}

/// Copy `files`, those that are there, under their own names into a private directory, all from one moment in which
/// none of them changed; returns their size together too.
///
/// # Errors
/// [`Error::ChangedWhileRead`] when a writer never lets them rest, [`Error::Limit`] over [`LIMIT`], [`Error::Io`].
pub fn copy_at_rest(files: &[PathBuf]) -> Result<(PrivateDirectory, u64)> {
    let states = || files.iter().map(|path| state(path)).collect::<Result<Vec<State>>>();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        let before = states()?;
        let directory = PrivateDirectory::new()?;
        let mut total = 0_u64;
        for (path, state) in files.iter().zip(&before) {
            let Some((_, _, size, ..)) = state else { continue };
            total = total.saturating_add(*size);
            copy(path, &directory.path().join(path.file_name().unwrap_or_default()), *size)?;
        }
        if states()? == before {
            return Ok((directory, total));
        }
    }
    Err(Error::ChangedWhileRead { path: files[0].clone() })
}

fn copy(from: &Path, to: &Path, size: u64) -> Result<()> {
    if size > LIMIT {
        return Err(Error::Limit { what: format!("{} ({size} bytes)", from.display()), limit: LIMIT });
    }
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let source = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(from)
        .map_err(|error| Error::io("open", from, error))?;
    let mut target = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(|error| Error::io("create", to, error))?;
    io::copy(&mut source.take(size), &mut target).map_err(|error| Error::io("copy", from, error))?;
    Ok(())
}
