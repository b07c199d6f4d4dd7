//! The order of a walk: frames of open directories, each with the names that are still to be looked at.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::{CString, OsStr};
use std::iter::Peekable;
use std::mem::take;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec::IntoIter;

use rayon::ThreadPool;
use rayon::prelude::*;
use rustix::fs::{Dir, FileType, OFlags, Statx};
use rustix::io::Errno;

use super::boundary::{Boundary, Mount};
use super::entry::{Entry, Task, kind, open_still, stat_name, stat_open};
use super::report::{RootReport, RootState, Walked};
use super::rules::Rules;
use crate::error::{Error, Result};
use crate::hostroot::Root;

/// Files that are read at once; each may keep a directory open, so it stays well below the usual 1024 descriptors.
const BATCH: usize = 256;

/// An open directory. An event is a name to look at or, with a slash at its end, a directory to enter: so the order of
/// the events' bytes is that of whole paths (`a`, `a.b`, `a/`).
struct Frame {
    directory: Arc<OwnedFd>,
    path: PathBuf,
    boundary: Arc<Boundary>,
    events: Peekable<IntoIter<Vec<u8>>>,
}

struct Walk<'walk, S> {
    root: &'walk Root,
    rules: &'walk Rules,
    pool: &'walk ThreadPool,
    frames: Vec<Frame>,
    /// Roots that no frame has reached yet.
    pending: VecDeque<PathBuf>,
    roots: Arc<BTreeSet<PathBuf>>,
    batch: Vec<Task>,
    walked: Walked,
    sink: S,
}

/// Walk the rules' roots; `sink` gets the rows in order, a batch at a time, and stops the walk by an error.
pub fn walk(
    root: &Root,
    rules: &Rules,
    pool: &ThreadPool,
    sink: impl FnMut(&[Entry]) -> Result<()>,
) -> Result<Walked> {
    let mut walked = Walked::default();
    let starts = resolve_roots(root, rules, &mut walked);
    let mut walk = Walk {
        root,
        rules,
        pool,
        frames: Vec::new(),
        pending: starts.iter().cloned().collect(),
        roots: Arc::new(starts),
        batch: Vec::with_capacity(BATCH),
        walked,
        sink,
    };
    walk.run()?;
    Ok(walk.walked)
}

/// Where each root lies once links among its parents are resolved inside the root; its last component is not followed.
fn resolve_roots(root: &Root, rules: &Rules, walked: &mut Walked) -> BTreeSet<PathBuf> {
    let mut starts = BTreeSet::new();
    for path in &rules.roots {
        let resolved = match root.resolve(path, false) {
            Ok(inside) => Ok(Path::new("/").join(inside)),
            Err(Error::Io { source, .. }) if is_absent(&source) => Err(RootState::Absent),
            Err(error) => {
                walked.problems.add(path, error.to_string());
                Err(RootState::Unreadable)
            }
        };
        let state = match &resolved {
            Ok(place) if rules.excludes_along(place) => RootState::Excluded,
            Ok(place) => {
                starts.insert(place.clone());
                RootState::Walked
            }
            Err(state) => *state,
        };
        walked.roots.push(RootReport { path: path.clone(), resolved: resolved.ok(), state });
    }
    starts
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// The path of an event of the directory at `path`; `.` stands for that directory.
fn event_path(path: &Path, event: &[u8]) -> PathBuf {
    let name = event.strip_suffix(b"/").unwrap_or(event);
    if name == b"." { path.to_owned() } else { path.join(OsStr::from_bytes(name)) }
}

impl<S: FnMut(&[Entry]) -> Result<()>> Walk<'_, S> {
    fn run(&mut self) -> Result<()> {
        loop {
            // A root below another that the walk does not reach by itself has its place in the order, too.
            if let Some(start) = self.next_start() {
                if let Err(errno) = self.begin(&start) {
                    self.walked.problems.add(&start, errno.to_string());
                }
                continue;
            }
            let Some(frame) = self.frames.last_mut() else { break };
            let Some(event) = frame.events.next() else {
                self.frames.pop();
                continue;
            };
            let path = event_path(&frame.path, &event);
            let (directory, boundary) = (frame.directory.clone(), frame.boundary.clone());
            let enters = event.ends_with(b"/");
            let Ok(name) = CString::new(event.strip_suffix(b"/").unwrap_or(&event)) else { continue };
            let task = Task { directory, name, path, boundary };
            if enters { self.enter(&task) } else { self.look(task)? }
        }
        self.flush()
    }

    /// The next root whose path comes before whatever the walk would do now.
    fn next_start(&mut self) -> Option<PathBuf> {
        let next = self.pending.front()?;
        let Some(frame) = self.frames.last_mut() else { return self.pending.pop_front() };
        // At its end a directory leaves it to the one above.
        let event = frame.events.peek()?;
        let mut coming = event_path(&frame.path, event).into_os_string();
        if event.ends_with(b"/") {
            coming.push("/");
        }
        if next.as_os_str() < coming.as_os_str() { self.pending.pop_front() } else { None }
    }

    /// Begin the walk of a root with a frame that holds nothing but the root itself.
    fn begin(&mut self, start: &Path) -> Result<()> {
        let fail = |errno: Errno| Error::io("open", start, errno);
        let above = start.parent().unwrap_or(start);
        let name = start.file_name().map_or(&b"."[..], OsStrExt::as_bytes);
        let c_name = CString::new(name).map_err(|_| fail(Errno::INVAL))?;
        let directory = Arc::new(self.root.open_path(above, false)?);
        let found = stat_name(&directory, &c_name).map_err(fail)?;
        let boundary = self.boundary(&found);
        let events = events(name, kind(&found)).into_iter().peekable();
        self.frames.push(Frame { directory, path: above.to_owned(), boundary, events });
        Ok(())
    }

    fn boundary(&self, stat: &Statx) -> Arc<Boundary> {
        let (one_file_system, roots) = (self.rules.one_file_system, self.roots.clone());
        Arc::new(Boundary { mount: Mount::of(stat), one_file_system, roots })
    }

    fn look(&mut self, task: Task) -> Result<()> {
        self.batch.push(task);
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// List a directory and make it the place where the walk goes on.
    fn enter(&mut self, task: &Task) {
        match self.try_enter(task) {
            Ok(Some(frame)) => self.frames.push(frame),
            Ok(None) => {}
            Err(Errno::NOENT) => self.walked.vanished += 1,
            Err(errno) => self.walked.problems.add(&task.path, format!("directory not read: {errno}")),
        }
    }

    fn try_enter(&mut self, task: &Task) -> rustix::io::Result<Option<Frame>> {
        let Task { directory: parent, name, path, boundary } = task;
        let stat = stat_name(parent, name)?;
        if boundary.forbids(path, parent, name, &stat).is_some() {
            return Ok(None);
        }
        let directory = open_still(parent, name, OFlags::DIRECTORY)?;
        let opened = stat_open(&directory)?;
        if opened.stx_ino != stat.stx_ino || Mount::of(&opened) != Mount::of(&stat) {
            self.walked.problems.add(path, "directory replaced while it was walked");
            return Ok(None);
        }
        let boundary = if self.roots.contains(path) { self.boundary(&opened) } else { boundary.clone() };
        let events = self.list(&directory, path)?.into_iter().peekable();
        Ok(Some(Frame { directory: Arc::new(directory), path: path.clone(), boundary, events }))
    }

    /// The events of a directory in order, excluded ones left out before anything of them is touched.
    fn list(&mut self, directory: &OwnedFd, path: &Path) -> rustix::io::Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        // The same open file, so that listing moves no access time either.
        for item in Dir::new(rustix::io::fcntl_dupfd_cloexec(directory, 0)?)? {
            let item = item?;
            let name = item.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let place = path.join(OsStr::from_bytes(name));
            if self.rules.excludes(&place) {
                continue;
            }
            if self.roots.contains(&place) {
                // This walk reaches that root.
                self.pending.retain(|root| *root != place);
            }
            let kind = match item.file_type() {
                // Not every file system tells kinds in its directories.
                FileType::Unknown => {
                    stat_name(directory, item.file_name()).map_or(FileType::Unknown, |s| kind(&s))
                }
                told => told,
            };
            found.extend(events(name, kind));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Read what has gathered, on all threads, and hand it on in order.
    fn flush(&mut self) -> Result<()> {
        let (batch, rules) = (take(&mut self.batch), self.rules);
        let read: Vec<_> = self.pool.install(|| batch.into_par_iter().map(|task| task.read(rules)).collect());
        let mut rows = Vec::with_capacity(read.len());
        for result in read {
            match result {
                Ok(mut entry) => {
                    if let Some(trouble) = entry.trouble.take() {
                        self.walked.problems.add(&entry.path, trouble);
                    }
                    rows.push(entry);
                }
                Err((_, Errno::NOENT)) => self.walked.vanished += 1,
                Err((path, errno)) => {
                    self.walked.problems.add(&path, format!("attributes not read: {errno}"));
                }
            }
        }
        if rows.is_empty() { Ok(()) } else { (self.sink)(&rows) }
    }
}

fn events(name: &[u8], kind: FileType) -> Vec<Vec<u8>> {
    let mut events = vec![name.to_vec()];
    if kind == FileType::Directory {
        events.push([name, b"/"].concat());
    }
    events
}
