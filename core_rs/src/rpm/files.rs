//! The files of a package, as the signed part of its header lists them.

use super::header::Header;
use super::{Fault, Parsed, tags};

/// %config
const FLAG_CONFIG: u32 = 1;
/// %ghost: owned, but not in the payload.
const FLAG_GHOST: u32 = 1 << 6;
/// `RPMVERIFY_FILEDIGEST`
const VERIFY_DIGEST: u32 = 1;
/// No path that the kernel takes is longer (`PATH_MAX`).
const LONGEST_PATH: usize = 4096;

/// Parallel arrays, every one as long as `count` or absent.
#[derive(Debug, Default)]
pub struct FileList<'a> {
    count: usize,
    directories: Vec<&'a [u8]>,
    directory_indexes: Vec<u32>,
    /// Base names, or whole paths where `directories` is empty.
    names: Vec<&'a [u8]>,
    modes: Vec<u16>,
    sizes: Option<Vec<u64>>,
    rdevs: Option<Vec<u16>>,
    digests: Option<Vec<&'a [u8]>>,
    targets: Option<Vec<&'a [u8]>>,
    users: Option<Vec<&'a [u8]>>,
    groups: Option<Vec<&'a [u8]>>,
    caps: Option<Vec<&'a [u8]>>,
    flags: Option<Vec<u32>>,
    verify_flags: Option<Vec<u32>>,
}

/// One file of the list. What the header does not say of any file is None.
#[derive(Debug)]
pub struct FileEntry<'a> {
    /// Absolute path as rpm has it, raw bytes.
    pub path: Vec<u8>,
    /// `st_mode` in the header's 16 bits.
    pub mode: u16,
    /// Bytes of a regular file.
    pub size: Option<u64>,
    /// Device number of a device, in 16 bits.
    pub rdev: Option<u16>,
    /// Hex digest of a regular file.
    pub digest: Option<&'a [u8]>,
    /// Target of a symbolic link.
    pub target: Option<&'a [u8]>,
    /// Owner's name.
    pub user: Option<&'a [u8]>,
    /// Group's name.
    pub group: Option<&'a [u8]>,
    /// Capabilities as libcap writes them, empty for none.
    pub caps: &'a [u8],
    /// %ghost
    pub ghost: bool,
    /// %config
    pub config: bool,
    /// `%verify` leaves the content out.
    pub content_unverified: bool,
}

impl<'a> FileList<'a> {
    /// Read the arrays and hold their lengths against each other.
    ///
    /// # Errors
    /// A [`Fault`] for an array of another length or type, or an index that points to no directory.
    pub fn read(header: &Header<'a>) -> Parsed<Self> {
        let mut list = Self::read_names(header)?;
        if list.count == 0 {
            return Ok(list);
        }
        let wide = header.numbers(tags::LONG_FILE_SIZES, u64::from_be_bytes)?;
        let narrow = header.numbers(tags::FILE_SIZES, u32::from_be_bytes)?;
        list.sizes = wide.or_else(|| narrow.map(|sizes| sizes.into_iter().map(u64::from).collect()));
        list.modes = header.numbers(tags::FILE_MODES, u16::from_be_bytes)?.unwrap_or_default();
        list.rdevs = header.numbers(tags::FILE_RDEVS, u16::from_be_bytes)?;
        list.digests = header.strings(tags::FILE_DIGESTS)?;
        list.targets = header.strings(tags::FILE_LINKTOS)?;
        list.users = header.strings(tags::FILE_USERNAME)?;
        list.groups = header.strings(tags::FILE_GROUPNAME)?;
        list.caps = header.strings(tags::FILE_CAPS)?;
        list.flags = header.numbers(tags::FILE_FLAGS, u32::from_be_bytes)?;
        list.verify_flags = header.numbers(tags::FILE_VERIFY_FLAGS, u32::from_be_bytes)?;
        list.check_lengths(header)?;
        Ok(list)
    }

    fn read_names(header: &Header<'a>) -> Parsed<Self> {
        let (bases, whole) = (header.strings(tags::BASENAMES)?, header.strings(tags::OLD_FILENAMES)?);
        let names = match (bases, whole) {
            (None, None) => return Ok(Self::default()),
            (Some(_), Some(_)) => return Err(header.wrong(tags::OLD_FILENAMES, "is there beside BASENAMES")),
            (None, Some(names)) => return Ok(Self { count: names.len(), names, ..Self::default() }),
            (Some(names), None) => names,
        };
        let directories = header.strings(tags::DIRNAMES)?.unwrap_or_default();
        let directory_indexes = header.numbers(tags::DIR_INDEXES, u32::from_be_bytes)?.unwrap_or_default();
        if directory_indexes.len() != names.len() {
            return Err(header.wrong(tags::DIR_INDEXES, &wrong_length(directory_indexes.len(), names.len())));
        }
        if let Some(stray) = directory_indexes.iter().find(|index| **index as usize >= directories.len()) {
            let reason = format!("points to directory {stray} of {}", directories.len());
            return Err(header.wrong(tags::DIR_INDEXES, &reason));
        }
        Ok(Self { count: names.len(), directories, directory_indexes, names, ..Self::default() })
    }

    fn check_lengths(&self, header: &Header<'a>) -> Parsed<()> {
        let length = |array: &Option<Vec<&[u8]>>| array.as_ref().map(Vec::len);
        let arrays = [
            // A file without a type and permissions is none.
            (tags::FILE_MODES, Some(self.modes.len())),
            (tags::FILE_SIZES, self.sizes.as_ref().map(Vec::len)),
            (tags::FILE_RDEVS, self.rdevs.as_ref().map(Vec::len)),
            (tags::FILE_DIGESTS, length(&self.digests)),
            (tags::FILE_LINKTOS, length(&self.targets)),
            (tags::FILE_USERNAME, length(&self.users)),
            (tags::FILE_GROUPNAME, length(&self.groups)),
            (tags::FILE_CAPS, length(&self.caps)),
            (tags::FILE_FLAGS, self.flags.as_ref().map(Vec::len)),
            (tags::FILE_VERIFY_FLAGS, self.verify_flags.as_ref().map(Vec::len)),
        ];
        for (tag, found) in arrays {
            if let Some(found) = found.filter(|found| *found != self.count) {
                return Err(header.wrong(tag, &wrong_length(found, self.count)));
            }
        }
        Ok(())
    }

    /// Number of files, %ghost ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether the package has no file at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The files in the order of the header.
    ///
    /// # Errors
    /// Each item is a [`Fault`] where its path is longer than a path can be.
    pub fn iter(&self) -> impl Iterator<Item = Parsed<FileEntry<'a>>> {
        (0..self.count).map(|index| self.entry(index))
    }

    fn entry(&self, index: usize) -> Parsed<FileEntry<'a>> {
        let flags = at(self.flags.as_ref(), index).unwrap_or(0);
        let verify = at(self.verify_flags.as_ref(), index).unwrap_or(u32::MAX);
        Ok(FileEntry {
            path: self.path(index)?,
            mode: self.modes[index],
            size: at(self.sizes.as_ref(), index),
            rdev: at(self.rdevs.as_ref(), index),
            digest: at(self.digests.as_ref(), index),
            target: at(self.targets.as_ref(), index),
            user: at(self.users.as_ref(), index),
            group: at(self.groups.as_ref(), index),
            caps: at(self.caps.as_ref(), index).unwrap_or_default(),
            ghost: flags & FLAG_GHOST != 0,
            config: flags & FLAG_CONFIG != 0,
            content_unverified: verify & VERIFY_DIGEST == 0,
        })
    }

    fn path(&self, index: usize) -> Parsed<Vec<u8>> {
        let name = self.names[index];
        let directory =
            self.directory_indexes.get(index).map_or(&[][..], |at| self.directories[*at as usize]);
        // Without this bound, one long directory name and many base names would make a small header cost gigabytes.
        if directory.len() + name.len() > LONGEST_PATH {
            return Err(Fault::new(
                0,
                format!("the path of file {index} is longer than {LONGEST_PATH} bytes"),
            ));
        }
        Ok([directory, name].concat())
    }
}

fn at<T: Copy>(array: Option<&Vec<T>>, index: usize) -> Option<T> {
    array.map(|array| array[index])
}

fn wrong_length(found: usize, due: usize) -> String {
    format!("has {found} values for {due} files")
}
