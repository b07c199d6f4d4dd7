//! Extended attributes, and what some of them say.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use rustix::fs::{fgetxattr, flistxattr, lgetxattr, llistxattr};
use rustix::io::{Errno, Result};

/// `XATTR_LIST_MAX` and `XATTR_SIZE_MAX` of linux/limits.h: no list and no value is longer.
const LARGEST: usize = 64 << 10;

/// One extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xattr {
    /// Name with its namespace, such as `security.capability`.
    pub name: CString,
    /// Value.
    pub value: Vec<u8>,
}

/// File capabilities (`security.capability`, linux/capability.h `struct vfs_cap_data`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Revision of the format, 1 to 3.
    pub revision: u8,
    /// Whether the permitted set becomes effective at once.
    pub effective: bool,
    /// One bit per capability.
    pub permitted: u64,
    /// One bit per capability.
    pub inheritable: u64,
    /// User that is root in the namespace these count in; revision 3 only.
    pub root_id: Option<u32>,
}

/// Where attributes are read: an open file, or a name in a directory where opening is not wanted.
#[derive(Clone, Copy)]
pub(super) enum Place<'file> {
    Open(BorrowedFd<'file>),
    Named(BorrowedFd<'file>, &'file CStr),
}

impl<'file> Place<'file> {
    pub(super) fn open(file: &'file impl AsFd) -> Self {
        Self::Open(file.as_fd())
    }

    /// There is no call that takes a directory and a name; procfs leads through the directory's descriptor.
    fn path(directory: BorrowedFd<'_>, name: &CStr) -> Result<CString> {
        let mut path = format!("/proc/self/fd/{}/", directory.as_raw_fd()).into_bytes();
        path.extend(name.to_bytes());
        CString::new(path).map_err(|_| Errno::INVAL)
    }

    fn list(self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Open(file) => flistxattr(file, buffer),
            Self::Named(directory, name) => llistxattr(Self::path(directory, name)?, buffer),
        }
    }

    fn get(self, attribute: &CStr, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Open(file) => fgetxattr(file, attribute, buffer),
            Self::Named(directory, name) => lgetxattr(Self::path(directory, name)?, attribute, buffer),
        }
    }
}

/// Read all extended attributes, in the order of the bytes of their names.
pub(super) fn read(place: Place<'_>) -> Result<Vec<Xattr>> {
    // Most files have none, and most lists are short.
    let mut names = vec![0; 1 << 10];
    let count = match place.list(&mut names) {
        Err(Errno::RANGE) => {
            names.resize(LARGEST, 0);
            place.list(&mut names)?
        }
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for name in names[..count].split_inclusive(|&byte| byte == 0) {
        let name = CStr::from_bytes_with_nul(name).map_err(|_| Errno::INVAL)?;
        if let Some(value) = read_one(place, name)? {
            found.push(Xattr { name: name.to_owned(), value });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn read_one(place: Place<'_>, name: &CStr) -> Result<Option<Vec<u8>>> {
    let mut value = vec![0; 1 << 10];
    let count = match place.get(name, &mut value) {
        Err(Errno::RANGE) => {
            value.resize(LARGEST, 0);
            place.get(name, &mut value)?
        }
        // Removed since it was listed.
        Err(Errno::NODATA) => return Ok(None),
        other => other?,
    };
    value.truncate(count);
    value.shrink_to_fit();
    Ok(Some(value))
}

/// Decode `security.capability`; None when it is not of a known revision and its size.
#[must_use]
pub fn decode_capabilities(value: &[u8]) -> Option<Capabilities> {
    let words: Vec<u32> = value
        .chunks(4)
        .map(|word| word.try_into().map(u32::from_le_bytes))
        .collect::<std::result::Result<_, _>>()
        .ok()?;
    let magic = *words.first()?;
    let effective = magic & 1 != 0;
    let wide = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    let made = |revision, permitted, inheritable, root_id| {
        Some(Capabilities { revision, effective, permitted, inheritable, root_id })
    };
    match (magic >> 24, &words[1..]) {
        (1, &[permitted, inheritable]) => made(1, permitted.into(), inheritable.into(), None),
        (2, &[p0, i0, p1, i1]) => made(2, wide(p0, p1), wide(i0, i1), None),
        (3, &[p0, i0, p1, i1, root]) => made(3, wide(p0, p1), wide(i0, i1), Some(root)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_of_ping() {
        // setcap cap_net_raw+ep, as the kernel stores it.
        let value = hex::decode("0100000200200000000000000000000000000000").unwrap();
        let found = decode_capabilities(&value).unwrap();
        let expected =
            Capabilities { revision: 2, effective: true, permitted: 1 << 13, inheritable: 0, root_id: None };
        assert_eq!(found, expected);
        assert_eq!(decode_capabilities(&value[..19]), None);
        assert_eq!(decode_capabilities(&value[..16]), None);
        assert_eq!(decode_capabilities(&[]), None);
    }
}
