//! A reader that stops a token from growing without bound.
//!
//! The streaming reader collects a whole name or number before anyone can look at its length. The gate sits below it:
//! before such a token the walker says how far the source may be read, and the read beyond fails.

use std::io::{self, Read};

/// The error inside the `io::Error` that a closed gate answers with.
#[derive(Debug, thiserror::Error)]
#[error("token too long")]
pub(super) struct Closed;

/// Passes bytes through until `open_until`.
pub(super) struct Gate<R> {
    source: R,
    passed: u64,
    open_until: u64,
}

impl<R> Gate<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, passed: 0, open_until: u64::MAX }
    }

    /// Let bytes pass up to this offset from the start of the source.
    pub(super) fn open_until(&mut self, offset: u64) {
        self.open_until = offset;
    }
}

impl<R: Read> Read for Gate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.open_until.saturating_sub(self.passed)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(room);
        if wanted == 0 && !buffer.is_empty() {
            return Err(io::Error::other(Closed));
        }
        let count = self.source.read(&mut buffer[..wanted])?;
        self.passed += count as u64;
        Ok(count)
    }
}
