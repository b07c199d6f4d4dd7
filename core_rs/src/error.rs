//! The one error type of the crate. No pyo3 here: `python/errors.rs` maps it to `xrattest.errors`.

use std::path::PathBuf;

/// Why a read, a parse or a hash stopped. Every variant says where and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused an operation on a file.
    #[error("{path}: {operation}: {source}", path = path.display())]
    Io {
        /// What was being done, such as `open` or `read`.
        operation: &'static str,
        /// The file it was done to.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// An IMA measurement list that is not one, or is damaged.
    #[error("IMA list: entry {index} at byte {offset}: {reason}")]
    ImaFormat {
        /// 0-based number of the entry that could not be read.
        index: u64,
        /// Byte offset of that entry in the list.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A firmware event log that is not one, or is damaged.
    #[error("event log: event {index} at byte {offset}: {reason}")]
    BootLogFormat {
        /// 0-based number of the event that could not be read.
        index: u64,
        /// Byte offset of that event in the log.
        offset: u64,
        /// What is wrong with it.
        reason: String,
        /// Whether the log just ends there: every event before it is whole.
        truncated: bool,
    },
    /// A compact IMA block that is not one, or is damaged.
    #[error("compact IMA block {block} at byte {offset}: {reason}")]
    CompactFormat {
        /// 0-based number of the block.
        block: u64,
        /// Byte offset of the block in the stream.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// An rpm database or header that is not one, or is damaged.
    #[error("{place}: byte {offset}: {reason}")]
    RpmFormat {
        /// Which database, header or package.
        place: String,
        /// Byte offset inside that place.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A structure of a TPM that is not one, or is damaged.
    #[error("{structure}: byte {offset}: {reason}")]
    TpmFormat {
        /// The structure that was expected.
        structure: &'static str,
        /// Byte offset in the input.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// JSON text that the strict reader refuses.
    #[error("JSON: byte {offset}: {reason}")]
    JsonFormat {
        /// Byte offset in the text.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Input over a stated size limit, which the caller can raise.
    #[error("{what} is over the limit of {limit}")]
    Limit {
        /// What was measured, with its unit.
        what: String,
        /// The limit that it crossed.
        limit: u64,
    },
    /// A file whose size, times or identity moved while it was read.
    #[error("{path}: changed while it was read", path = path.display())]
    ChangedWhileRead {
        /// The file.
        path: PathBuf,
    },
    /// A path that cannot be opened inside the root that is attested.
    #[error("{path}: {reason}", path = path.display())]
    HostRoot {
        /// The path, as it lies on this system.
        path: PathBuf,
        /// Why it is refused.
        reason: String,
    },
}

/// Result with the crate's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Io`] from its parts.
    pub fn io(operation: &'static str, path: impl Into<PathBuf>, source: impl Into<std::io::Error>) -> Self {
        Self::Io { operation, path: path.into(), source: source.into() }
    }
}
