//! Reading a text file in pieces of valid UTF-8, and digesting one behind a prefix.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::error::{Error, Result};

const CHUNK: usize = 256 << 10;

/// The digests that signatures are made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// FIPS 180-4 SHA-256.
    Sha256,
    /// FIPS 180-4 SHA-384.
    Sha384,
    /// FIPS 180-4 SHA-512.
    Sha512,
}

/// Digest of `prefix` followed by a file's bytes.
pub fn digest_with_prefix(prefix: &[u8], path: &Path, algorithm: DigestAlgorithm) -> Result<Vec<u8>> {
    match algorithm {
        DigestAlgorithm::Sha256 => digest::<Sha256>(prefix, path),
        DigestAlgorithm::Sha384 => digest::<Sha384>(prefix, path),
        DigestAlgorithm::Sha512 => digest::<Sha512>(prefix, path),
    }
}

fn digest<D: Digest>(prefix: &[u8], path: &Path) -> Result<Vec<u8>> {
    let mut file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    let mut state = D::new();
    state.update(prefix);
    let mut buffer = vec![0_u8; CHUNK];
    loop {
        let count = read(&mut file, &mut buffer, path)?;
        if count == 0 {
            return Ok(state.finalize().to_vec());
        }
        state.update(&buffer[..count]);
    }
}

/// Check that a file is UTF-8 text without U+0000; returns its size in bytes.
pub fn check_text(path: &Path) -> Result<u64> {
    let mut chunks = Chunks::open(path)?;
    let mut size = 0;
    while let Some(text) = chunks.next_text()? {
        size += text.len() as u64;
    }
    Ok(size)
}

/// A text file, piece by piece; a piece never ends inside a character.
pub(super) struct Chunks {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
    /// Bytes in the buffer, and how many of them the last piece held.
    filled: usize,
    handed_out: usize,
    /// Offset of the buffer's first byte.
    offset: u64,
}

impl Chunks {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        let path = path.to_path_buf();
        Ok(Self { file, path, buffer: vec![0; CHUNK], filled: 0, handed_out: 0, offset: 0 })
    }

    /// The next piece; None at the end. U+0000 and invalid UTF-8 are errors with their offset.
    pub(super) fn next_text(&mut self) -> Result<Option<&str>> {
        self.buffer.copy_within(self.handed_out..self.filled, 0);
        self.filled -= self.handed_out;
        self.offset += self.handed_out as u64;
        self.handed_out = 0;
        let count = read(&mut self.file, &mut self.buffer[self.filled..], &self.path)?;
        self.filled += count;
        if self.filled == 0 {
            return Ok(None);
        }
        let valid = match std::str::from_utf8(&self.buffer[..self.filled]) {
            Ok(_) => self.filled,
            // A character cut by the end of the buffer is completed by the next read, unless there is none.
            Err(error) if error.error_len().is_none() && count > 0 => error.valid_up_to(),
            Err(error) => {
                let offset = self.offset + error.valid_up_to() as u64;
                return Err(Error::JsonFormat { offset, reason: "invalid UTF-8".to_owned() });
            }
        };
        if let Some(index) = memchr::memchr(0, &self.buffer[..valid]) {
            let reason = "U+0000 in the text".to_owned();
            return Err(Error::JsonFormat { offset: self.offset + index as u64, reason });
        }
        self.handed_out = valid;
        // Validated above; the second look costs less than holding a borrow across it would complicate.
        Ok(Some(std::str::from_utf8(&self.buffer[..valid]).unwrap_or_default()))
    }
}

fn read(file: &mut File, buffer: &mut [u8], path: &Path) -> Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => return other.map_err(|error| Error::io("read", path, error)),
        }
    }
}
