//! The kernel's ascii list (`ascii_runtime_measurements`), turned into the binary list while it is read.
//!
//! ```text
//! entry = "%2d" pcr ‖ " " ‖ template hash, hex ‖ " " ‖ template ‖ (" " ‖ field)* ‖ "\n"       (ima_fs.c, ima_ascii_measurements_show)
//! ```
//!
//! The text says less than the binary list: a name may hold line ends and, of old kernels, blanks; neither the length of
//! a field nor the byte order is there. Every reading of an entry that the text allows is therefore tried, the most
//! plain one first, and the one whose template hash recomputes is taken. Where none does the plain one stands, and the
//! entry is counted in [`Reading`]: it is ambiguous, or its template hash is wrong, and the text does not tell which.
//!
//! Offsets of errors are those of the text, decompressed; reasons begin with the 1-based number of the line.

mod adapter;
mod fields;
mod form;
mod head;
mod readings;
#[cfg(test)]
mod tests;
mod text;

use std::sync::{Arc, Mutex, PoisonError};

pub use adapter::AsciiList;
pub use head::opens_ascii;

/// Bytes of one entry, behind its template's name, within which a line end is taken for part of its name: `PATH_MAX` and
/// the digest before it.
pub const MAX_JOINED_NAME: usize = 4096 + 512;

/// What is known about an ascii list, entry by entry as it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Entries read.
    pub entries: u64,
    /// Lines that they span.
    pub lines: u64,
    /// Violations: they have no template hash that could prove the reading.
    pub violations: u64,
    /// Other entries of which no reading gives the template hash that is recorded.
    pub unproven: u64,
    /// Entries that span several lines.
    pub joined: u64,
    /// The first of `unproven`: number of the entry, and of its first line.
    pub first_unproven: Option<(u64, u64)>,
}

/// A [`Reading`] that the list's reader updates and somebody else looks at.
#[derive(Clone, Debug, Default)]
pub struct SharedReading(Arc<Mutex<Reading>>);

impl SharedReading {
    /// The state now.
    #[must_use]
    pub fn now(&self) -> Reading {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, reading: Reading) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reading;
    }
}
