//! Where a walk stops: other mounts, and file systems that the kernel makes up.

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, Statx, StatxAttributes, StatxFlags, fstatfs, openat};

/// Magic numbers (linux/magic.h) of file systems that the kernel makes up, or that mount others when looked into.
const PSEUDO: [u64; 17] = [
    0x0000_9fa0, // proc
    0x6265_6572, // sysfs
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xf97c_ff8c, // selinuxfs
    0x0000_1cd1, // devpts
    0xcafe_4a11, // bpf
    0x6265_6570, // configfs
    0x6573_5543, // fusectl
    0x4249_4e4d, // binfmt_misc
    0x1980_0202, // mqueue
    0x6165_676c, // pstore
    0xde5e_81e4, // efivarfs
    0x0000_0187, // autofs
];

/// Why a directory was not entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Skipped {
    /// Another file system is mounted there, and the rules stay on one.
    MountPoint = 1,
    /// A file system of the kernel's own making, such as procfs, that is no configured root.
    PseudoFilesystem = 2,
}

impl Skipped {
    /// Its word in a row.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MountPoint => "mount-point",
            Self::PseudoFilesystem => "pseudo-filesystem",
        }
    }
}

/// One mount: bind mounts share a device, so the mount's own number counts where the kernel tells it (Linux 5.8).
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) struct Mount {
    device: (u32, u32),
    id: Option<u64>,
}

impl Mount {
    pub(super) fn of(stat: &Statx) -> Self {
        let known = stat.stx_mask & StatxFlags::MNT_ID.bits() != 0;
        Self { device: (stat.stx_dev_major, stat.stx_dev_minor), id: known.then_some(stat.stx_mnt_id) }
    }
}

/// Where a walk that began at one root may go.
pub(super) struct Boundary {
    pub(super) mount: Mount,
    pub(super) one_file_system: bool,
    /// Configured in their own right, so entered wherever they are mounted.
    pub(super) roots: Arc<BTreeSet<PathBuf>>,
}

impl Boundary {
    /// Why the directory `name` in `parent` may not be entered; None when it may. Nothing is mounted or opened by asking.
    pub(super) fn forbids(
        &self,
        path: &Path,
        parent: &OwnedFd,
        name: &CStr,
        stat: &Statx,
    ) -> Option<Skipped> {
        if self.roots.contains(path) {
            return None;
        }
        let elsewhere = Mount::of(stat) != self.mount;
        if stat.stx_attributes.contains(StatxAttributes::AUTOMOUNT) || (elsewhere && self.one_file_system) {
            return Some(Skipped::MountPoint);
        }
        (elsewhere && is_pseudo(parent, name)).then_some(Skipped::PseudoFilesystem)
    }
}

fn is_pseudo(parent: &OwnedFd, name: &CStr) -> bool {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    // What cannot be asked is treated as ordinary: entering it then tells why.
    openat(parent, name, flags, Mode::empty()).and_then(fstatfs).is_ok_and(|found| {
        u64::try_from(found.f_type).is_ok_and(|kind| PSEUDO.contains(&(kind & 0xffff_ffff)))
    })
}
