//! The rpm database and rpm packages: headers, install-time fingerprints, issuers of signatures.
//!
//! Nothing here links librpm. A header is read as it lies ([`header`]), what a package says of itself comes from the
//! signed part of its header only ([`package`], [`files`]), and its fingerprint is computed from that ([`fingerprint`]).
//! Headers come out of a database ([`sqlite`]) or out of an `.rpm` ([`file`]).

pub mod caps;
pub mod file;
pub mod files;
pub mod fingerprint;
pub mod header;
pub mod package;
pub mod private_copy;
pub mod signature;
pub mod sqlite;
pub mod tags;

use crate::error::Error;

/// What is wrong with bytes, before anyone has said which file or package they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the header, its first index word at 0.
    pub offset: u64,
    /// What is wrong there.
    pub reason: String,
}

/// Result of reading a part of a header.
pub type Parsed<T> = std::result::Result<T, Fault>;

impl Fault {
    pub(crate) fn new(offset: usize, reason: impl Into<String>) -> Self {
        Self { offset: offset as u64, reason: reason.into() }
    }

    /// The crate's error, now that the place is known; `shift` is where the header begins in it.
    pub(crate) fn at(self, place: impl Into<String>, shift: u64) -> Error {
        Error::RpmFormat {
            place: place.into(),
            offset: self.offset.saturating_add(shift),
            reason: self.reason,
        }
    }
}
