//! A cursor over one structure that knows what it reads, for errors that say where.

use super::MAX_INPUT;
use crate::error::{Error, Result};

/// Reads big-endian integers and sized buffers from the front of a structure.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    structure: &'static str,
    bytes: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    /// Begin `structure`, which is all of `bytes`.
    pub(super) fn new(structure: &'static str, bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > MAX_INPUT {
            return Err(Error::Limit { what: format!("{structure}, in bytes"), limit: MAX_INPUT as u64 });
        }
        Ok(Self { structure, bytes, at: 0, base: 0 })
    }

    /// Offset of the next byte in the input.
    pub(super) fn offset(&self) -> usize {
        self.base + self.at
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// An error about the byte at `offset`.
    pub(super) fn fault(&self, offset: usize, reason: impl Into<String>) -> Error {
        Error::TpmFormat { structure: self.structure, offset: offset as u64, reason: reason.into() }
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8]> {
        let left = self.rest();
        if left.len() < length {
            let reason = format!("{what} needs {length} bytes, and {} are left", left.len());
            return Err(self.fault(self.offset(), reason));
        }
        self.at += length;
        Ok(&left[..length])
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self, what: &str) -> Result<u8> {
        Ok(u8::from_be_bytes(self.array(what)?))
    }

    pub(super) fn u16(&mut self, what: &str) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array(what)?))
    }

    pub(super) fn u32(&mut self, what: &str) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array(what)?))
    }

    pub(super) fn u64(&mut self, what: &str) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array(what)?))
    }

    /// A TPM2B: a u16 of at most `limit`, then that many bytes.
    pub(super) fn sized(&mut self, limit: usize, what: &str) -> Result<&'a [u8]> {
        let start = self.offset();
        let size = usize::from(self.u16(what)?);
        if size > limit {
            return Err(self.fault(start, format!("{what} has {size} bytes, at most {limit} are allowed")));
        }
        self.take(size, what)
    }

    /// A TPM2B whose content is a structure: a reader of that content, whose offsets stay those of the input.
    pub(super) fn inner(&mut self, what: &str) -> Result<Self> {
        let bytes = self.sized(usize::from(u16::MAX), what)?;
        Ok(Self { structure: self.structure, bytes, at: 0, base: self.offset() - bytes.len() })
    }

    /// Refuse whatever was not read.
    pub(super) fn finish(self) -> Result<()> {
        match self.rest().len() {
            0 => Ok(()),
            left => Err(self.fault(self.offset(), format!("{left} bytes follow the end"))),
        }
    }
}
