//! One file: its attributes, link target, and digests or the reason why there is none.

use std::ffi::{CStr, CString, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Instant;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Statx, StatxFlags, ioctl_getflags, openat, readlinkat, statx,
};
use rustix::io::{Errno, Result};

use super::attributes::{self, Place, Xattr};
use super::boundary::{Boundary, Skipped};
use super::rules::Rules;
use crate::error::Error;
use crate::hash::{Digests, Outcome, RETRY_PAUSE, digest_open_file};
use crate::hostroot::READ;

/// Why a file has no digest; formats.md, section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Missing {
    /// Larger than the rules allow.
    TooBig = 1,
    /// It could not be opened or read.
    Denied = 2,
    /// It changed during both reads.
    ChangedWhileRead = 3,
    /// The rules' time limit passed.
    Timeout = 4,
    /// A fifo, socket or device: nothing that has a content.
    Special = 5,
}

impl Missing {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::TooBig, Self::Denied, Self::ChangedWhileRead, Self::Timeout, Self::Special];

    /// Its word in a row.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::TooBig => "too-big",
            Self::Denied => "denied",
            Self::ChangedWhileRead => "changed-while-read",
            Self::Timeout => "timeout",
            Self::Special => "special",
        }
    }
}

/// Everything that a row holds.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Absolute path below the root.
    pub path: PathBuf,
    /// Attributes; those of the open file where it was read.
    pub stat: Statx,
    /// Target of a symbolic link.
    pub link_target: Option<OsString>,
    /// Digests of a regular file that was read.
    pub digests: Option<Digests>,
    /// Why there are none.
    pub missing: Option<Missing>,
    /// Why a directory was not entered.
    pub skipped: Option<Skipped>,
    /// Extended attributes, or None when they could not be read.
    pub xattrs: Option<Vec<Xattr>>,
    /// Inode flags (`FS_IOC_GETFLAGS`), where the file system has them and the file could be opened.
    pub inode_flags: Option<u32>,
    /// What went wrong in a way that none of the other fields tells.
    pub trouble: Option<String>,
}

/// What is to be read of one name, in whichever thread is free.
pub(super) struct Task {
    pub(super) directory: Arc<OwnedFd>,
    pub(super) name: CString,
    pub(super) path: PathBuf,
    pub(super) boundary: Arc<Boundary>,
}

const MASK: StatxFlags = StatxFlags::BASIC_STATS.union(StatxFlags::BTIME).union(StatxFlags::MNT_ID);

/// Look at a name without following it or mounting anything.
pub(super) fn stat_name(directory: &OwnedFd, name: &CStr) -> Result<Statx> {
    statx(directory, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT, MASK)
}

/// Look at an open file.
pub(super) fn stat_open(file: &OwnedFd) -> Result<Statx> {
    statx(file, c"", AtFlags::EMPTY_PATH, MASK)
}

/// Open without following, waiting, or (where permitted) moving the access time.
pub(super) fn open_still(directory: &OwnedFd, name: &CStr, flags: OFlags) -> Result<OwnedFd> {
    let flags = READ | OFlags::NOFOLLOW | flags;
    match openat(directory, name, flags | OFlags::NOATIME, Mode::empty()) {
        Err(Errno::PERM) => openat(directory, name, flags, Mode::empty()),
        other => other,
    }
}

pub(super) fn kind(stat: &Statx) -> FileType {
    FileType::from_raw_mode(stat.stx_mode.into())
}

impl Task {
    /// Read the file; fails only when not even its attributes can be read.
    pub(super) fn read(self, rules: &Rules) -> std::result::Result<Entry, (PathBuf, Errno)> {
        match self.try_read(rules) {
            Ok(entry) => Ok(entry),
            Err(errno) => Err((self.path, errno)),
        }
    }

    fn try_read(&self, rules: &Rules) -> Result<Entry> {
        let stat = stat_name(&self.directory, &self.name)?;
        let mut entry = Entry {
            path: self.path.clone(),
            stat,
            link_target: None,
            digests: None,
            missing: None,
            skipped: None,
            xattrs: None,
            inode_flags: None,
            trouble: None,
        };
        match kind(&stat) {
            FileType::RegularFile => self.read_file(&mut entry, rules)?,
            FileType::Directory => self.read_directory(&mut entry),
            FileType::Symlink => {
                let target = readlinkat(&*self.directory, &self.name, Vec::new())?;
                entry.link_target = Some(OsString::from_vec(target.into_bytes()));
                self.read_named_attributes(&mut entry);
            }
            _ => {
                entry.missing = Some(Missing::Special);
                self.read_named_attributes(&mut entry);
            }
        }
        Ok(entry)
    }

    fn read_named_attributes(&self, entry: &mut Entry) {
        entry.xattrs = attributes::read(Place::Named(self.directory.as_fd(), &self.name)).ok();
    }

    fn read_directory(&self, entry: &mut Entry) {
        entry.skipped = self.boundary.forbids(&self.path, &self.directory, &self.name, &entry.stat);
        if entry.skipped.is_some() {
            // The root of another file system: not even opened.
            return self.read_named_attributes(entry);
        }
        match open_still(&self.directory, &self.name, OFlags::DIRECTORY) {
            Ok(file) => read_open_attributes(&file, entry),
            // The walk tells this when it fails to enter.
            Err(_) => self.read_named_attributes(entry),
        }
    }

    /// Read a regular file, once more if it changes meanwhile.
    fn read_file(&self, entry: &mut Entry, rules: &Rules) -> Result<()> {
        let deadline = Instant::now() + rules.file_timeout;
        for attempt in 0..2 {
            if attempt > 0 {
                sleep(RETRY_PAUSE);
            }
            let file = match open_still(&self.directory, &self.name, OFlags::empty()) {
                Ok(file) => file,
                Err(Errno::NOENT) => return Err(Errno::NOENT),
                Err(errno) => {
                    deny(entry, "open", errno);
                    break;
                }
            };
            entry.missing = self.digest(&file, entry, rules, deadline)?;
            if entry.missing != Some(Missing::ChangedWhileRead) {
                read_open_attributes(&file, entry);
                return Ok(());
            }
        }
        self.read_named_attributes(entry);
        Ok(())
    }

    fn digest(
        &self,
        file: &OwnedFd,
        entry: &mut Entry,
        rules: &Rules,
        deadline: Instant,
    ) -> Result<Option<Missing>> {
        let stat = stat_open(file)?;
        if kind(&stat) != FileType::RegularFile {
            // The name was given to something else since it was looked at.
            return Ok(Some(Missing::ChangedWhileRead));
        }
        entry.stat = stat;
        if !rules.algorithms.sha256 && !rules.algorithms.blake3 {
            return Ok(None);
        }
        if stat.stx_size > rules.max_file_size {
            return Ok(Some(Missing::TooBig));
        }
        match digest_open_file(file, &self.path, &stat, rules.algorithms, Some(deadline)) {
            Ok(Outcome::Done(digests)) => {
                entry.digests = Some(digests);
                Ok(None)
            }
            Ok(Outcome::Changed) => Ok(Some(Missing::ChangedWhileRead)),
            Ok(Outcome::TimedOut) => Ok(Some(Missing::Timeout)),
            Err(Error::Io { operation, source, .. }) => {
                deny(entry, operation, Errno::from_io_error(&source).unwrap_or(Errno::IO));
                Ok(entry.missing)
            }
            Err(_) => Ok(Some(Missing::Denied)),
        }
    }
}

/// The digest's reason has one word for all that the system refuses; what is not about permission is told beside it.
fn deny(entry: &mut Entry, operation: &str, errno: Errno) {
    entry.missing = Some(Missing::Denied);
    if !matches!(errno, Errno::ACCESS | Errno::PERM) {
        entry.trouble = Some(format!("{operation}: {errno}"));
    }
}

fn read_open_attributes(file: &OwnedFd, entry: &mut Entry) {
    entry.xattrs = attributes::read(Place::open(file)).ok();
    entry.inode_flags = ioctl_getflags(file).ok().map(|flags| flags.bits());
}
