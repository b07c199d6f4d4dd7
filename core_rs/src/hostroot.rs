//! Open paths inside a root directory without ever leaving it.
//!
//! `openat2(2)` with `RESOLVE_IN_ROOT` makes the kernel treat the root as a chroot would: absolute links and `..` stay
//! inside, magic links of procfs are refused. Where a kernel or a seccomp filter has no `openat2`, the same is done one
//! component at a time with `O_NOFOLLOW` and `readlink`.

use std::collections::VecDeque;
use std::ffi::{CString, OsStr, OsString};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2, readlinkat};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// As many symbolic links as the kernel follows in one resolution (`MAXSYMLINKS` in linux/namei.h).
const MAX_LINKS: u32 = 40;
/// `PATH_MAX` of linux/limits.h.
const MAX_PATH: usize = 4096;
/// Tries before an `openat2` that keeps losing against renames is given up.
const MAX_RACES: u32 = 64;
const PROC_SUPER_MAGIC: u64 = 0x9fa0;

/// Flags of every open for reading: nothing can make it wait, and no terminal becomes ours.
pub const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// A directory that stands for `/` of the host that is attested.
pub struct Root {
    path: PathBuf,
    directory: OwnedFd,
    per_component: bool,
}

impl fmt::Debug for Root {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Root({})", self.path.display())
    }
}

/// What a path turned out to name: the directories on the way (no links among them), the last entry included.
struct Place {
    steps: Vec<Step>,
}

struct Step {
    name: OsString,
    node: OwnedFd,
    kind: FileType,
}

impl Root {
    /// Open the root itself; links in `path` are followed, since the operator named it.
    ///
    /// `per_component` leaves `openat2` out even where the kernel has it.
    pub fn new(path: &Path, per_component: bool) -> Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory =
            openat(CWD, path, flags, Mode::empty()).map_err(|e| Error::io("open root", path, e))?;
        let mut root = Self { path: path.to_owned(), directory, per_component };
        root.per_component |= match root.kernel_open(c".", flags, true) {
            Ok(_) => false,
            // What a seccomp filter answers for a call that it does not know; `.` itself can have neither.
            Err(Errno::NOSYS | Errno::PERM) => true,
            Err(e) => return Err(Error::io("open root", path, e)),
        };
        Ok(root)
    }

    /// The root as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The root directory, opened with `O_PATH`.
    #[must_use]
    pub fn directory(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }

    /// Where `path` would lie on this system, for messages only: links are not looked at.
    #[must_use]
    pub fn display(&self, path: &Path) -> PathBuf {
        let mut shown = self.path.clone();
        shown.push(OsStr::from_bytes(relative(path)));
        shown
    }

    /// Open whatever `path` names with `O_PATH`: it can be looked at, not read. `follow` speaks of the last component.
    pub fn open_path(&self, path: &Path, follow: bool) -> Result<OwnedFd> {
        self.open_with(path, OFlags::PATH | OFlags::CLOEXEC, follow)
    }

    /// Open a directory for listing.
    pub fn open_directory(&self, path: &Path, follow: bool) -> Result<OwnedFd> {
        self.open_with(path, READ | OFlags::DIRECTORY, follow)
    }

    /// Open for reading; unless `any_kind`, only what is a regular file.
    ///
    /// The kind is looked at before the open, because opening a device may already do something, and after it, because
    /// the name may have been given to another file in between.
    pub fn open(&self, path: &Path, follow: bool, any_kind: bool) -> Result<OwnedFd> {
        let found = self.open_path(path, follow)?;
        self.check_kind(path, &found, any_kind)?;
        // Reading must not move the access time that a snapshot attests; only the owner may ask for that.
        let file = match self.open_with(path, READ | OFlags::NOATIME, follow) {
            Err(Error::Io { source, .. }) if source.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {
                self.open_with(path, READ, follow)?
            }
            other => other?,
        };
        self.check_kind(path, &file, any_kind)?;
        Ok(file)
    }

    /// The path below the root that `path` leads to, without links, `.` and `..`; empty for the root itself.
    pub fn resolve(&self, path: &Path, follow: bool) -> Result<PathBuf> {
        let place = self.walk(path, follow)?;
        Ok(place.steps.iter().map(|step| step.name.as_os_str()).collect())
    }

    fn check_kind(&self, path: &Path, file: &OwnedFd, any_kind: bool) -> Result<()> {
        let stat = fstat(file).map_err(|e| Error::io("stat", self.display(path), e))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(()),
            _ if any_kind => Ok(()),
            FileType::Directory => Err(Error::io("open", self.display(path), Errno::ISDIR)),
            kind => Err(self.refusal(path, format!("is a {}, not a regular file", kind_name(kind)))),
        }
    }

    fn open_with(&self, path: &Path, flags: OFlags, follow: bool) -> Result<OwnedFd> {
        if self.per_component {
            return self.open_walked(path, flags, follow);
        }
        let name = self.c_string(path)?;
        self.kernel_open(&name, flags, follow).map_err(|errno| match errno {
            Errno::LOOP if follow => {
                self.refusal(path, "leads through a magic link of procfs or too many links")
            }
            Errno::XDEV => self.refusal(path, "leads out of the root"),
            _ => Error::io("open", self.display(path), errno),
        })
    }

    fn kernel_open(&self, name: &std::ffi::CStr, flags: OFlags, follow: bool) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
        let mut races = 0;
        loop {
            match openat2(&self.directory, name, flags, Mode::empty(), resolve) {
                // A rename crossed a `..`; the kernel asks to try again (openat2(2), EAGAIN).
                Err(Errno::AGAIN) if races < MAX_RACES => races += 1,
                Err(Errno::INTR) => {}
                done => return done,
            }
        }
    }

    fn open_walked(&self, path: &Path, flags: OFlags, follow: bool) -> Result<OwnedFd> {
        let place = self.walk(path, follow)?;
        let fail = |e| Error::io("open", self.display(path), e);
        let Some((last, before)) = place.steps.split_last() else {
            return openat(&self.directory, c".", flags, Mode::empty()).map_err(fail);
        };
        let parent = before.last().map_or(self.directory(), |step| step.node.as_fd());
        openat(parent, &last.name, flags | OFlags::NOFOLLOW, Mode::empty()).map_err(fail)
    }

    /// Resolve one component at a time; `..` goes back along our own steps, never by asking the file system.
    fn walk(&self, path: &Path, follow: bool) -> Result<Place> {
        self.c_string(path)?;
        let mut pending: VecDeque<OsString> = components(path.as_os_str()).collect();
        let mut place = Place { steps: Vec::new() };
        let mut links = 0;
        while let Some(name) = pending.pop_front() {
            let parent = place.steps.last();
            if parent.is_some_and(|step| step.kind != FileType::Directory) {
                return Err(Error::io("open", self.display(path), Errno::NOTDIR));
            }
            if name == ".." {
                place.steps.pop();
                continue;
            }
            let step = self.step(path, parent, name)?;
            if step.kind != FileType::Symlink || (pending.is_empty() && !follow) {
                place.steps.push(step);
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(self.refusal(path, "leads through too many links"));
            }
            let target = self.link_target(path, &step)?;
            if target.as_bytes().starts_with(b"/") {
                place.steps.clear();
            }
            for component in components(&target).rev() {
                pending.push_front(component);
            }
        }
        Ok(place)
    }

    fn step(&self, path: &Path, parent: Option<&Step>, name: OsString) -> Result<Step> {
        let fail = |e| Error::io("open", self.display(path), e);
        let directory = parent.map_or(self.directory(), |step| step.node.as_fd());
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let node = openat(directory, &name, flags, Mode::empty()).map_err(fail)?;
        let kind = FileType::from_raw_mode(fstat(&node).map_err(fail)?.st_mode);
        Ok(Step { name, node, kind })
    }

    fn link_target(&self, path: &Path, link: &Step) -> Result<OsString> {
        let fail = |e| Error::io("readlink", self.display(path), e);
        let target = readlinkat(&link.node, c"", Vec::new()).map_err(fail)?;
        let target = OsStr::from_bytes(target.to_bytes()).to_owned();
        let filesystem = rustix::fs::fstatfs(&link.node).map_err(fail)?;
        // The ordinary links of procfs (self, mounts, net, …) are relative; the text of a magic one is absolute or
        // names an inode, such as `net:[4026531840]`.
        let text = target.as_bytes();
        let in_procfs = u64::try_from(filesystem.f_type).is_ok_and(|kind| kind == PROC_SUPER_MAGIC);
        if in_procfs && (text.starts_with(b"/") || text.contains(&b':')) {
            return Err(self.refusal(path, "leads through a magic link of procfs"));
        }
        Ok(target)
    }

    fn c_string(&self, path: &Path) -> Result<CString> {
        let bytes = relative(path);
        if bytes.len() >= MAX_PATH {
            return Err(Error::io("open", self.display(path), Errno::NAMETOOLONG));
        }
        let bytes = if bytes.is_empty() { b"." } else { bytes };
        CString::new(bytes).map_err(|_| self.refusal(path, "holds a zero byte"))
    }

    fn refusal(&self, path: &Path, reason: impl Into<String>) -> Error {
        Error::HostRoot { path: self.display(path), reason: reason.into() }
    }
}

/// What `FileType` is called in messages.
#[must_use]
pub fn kind_name(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "regular file",
        FileType::Directory => "directory",
        FileType::Symlink => "symbolic link",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
        FileType::CharacterDevice => "character device",
        FileType::BlockDevice => "block device",
        FileType::Unknown => "file of an unknown kind",
    }
}

fn relative(path: &Path) -> &[u8] {
    let bytes = path.as_os_str().as_bytes();
    let start = bytes.iter().position(|&byte| byte != b'/').unwrap_or(bytes.len());
    &bytes[start..]
}

fn components(path: &OsStr) -> impl DoubleEndedIterator<Item = OsString> + '_ {
    path.as_bytes()
        .split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .map(|part| OsStr::from_bytes(part).to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        fs::create_dir_all(root.join("etc/deep")).unwrap();
        fs::write(root.join("etc/hostname"), "inside\n").unwrap();
        fs::write(place.path().join("secret"), "outside\n").unwrap();
        symlink("/etc/hostname", root.join("absolute")).unwrap();
        symlink("../../../secret", root.join("etc/upward")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        place
    }

    fn both(place: &tempfile::TempDir) -> [Root; 2] {
        [false, true].map(|walk| Root::new(&place.path().join("root"), walk).unwrap())
    }

    fn read(root: &Root, path: &str) -> Result<String> {
        let file = root.open(Path::new(path), true, false)?;
        Ok(std::io::read_to_string(fs::File::from(file)).unwrap())
    }

    #[test]
    fn links_and_dots_stay_inside() {
        let place = tree();
        for root in both(&place) {
            assert_eq!(read(&root, "/absolute").unwrap(), "inside\n");
            assert_eq!(read(&root, "../../etc/../etc/deep/../hostname").unwrap(), "inside\n");
            assert!(matches!(read(&root, "etc/upward"), Err(Error::Io { .. })));
            assert!(matches!(read(&root, "loop"), Err(Error::HostRoot { .. })));
            assert_eq!(root.resolve(Path::new("absolute"), true).unwrap(), Path::new("etc/hostname"));
        }
    }

    #[test]
    fn a_file_is_no_directory_on_the_way() {
        let place = tree();
        for root in both(&place) {
            let error = read(&root, "etc/hostname/../hostname").unwrap_err();
            assert!(matches!(error, Error::Io { source, .. } if source.raw_os_error() == Some(20)));
        }
    }

    #[test]
    fn magic_links_are_refused() {
        for walk in [false, true] {
            let root = Root::new(Path::new("/"), walk).unwrap();
            let error = root.open_path(Path::new("/proc/self/root/etc"), true).unwrap_err();
            assert!(matches!(error, Error::HostRoot { .. }), "{error}");
            root.open_path(Path::new("/proc/self/status"), true).unwrap();
        }
    }
}
