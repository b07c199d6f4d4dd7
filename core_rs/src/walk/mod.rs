//! Walk trees of a root and read everything that a snapshot attests of each file.
//!
//! Directories are opened per component with `O_NOFOLLOW`; links are read, never followed; nothing that could wait is
//! opened. Rows come in the order of the bytes of their paths, so that two walks of the same tree are the same bytes. One
//! thread lists, a pool reads and hashes in batches: memory grows with the largest directory on the way, not with the
//! number of rows.

mod attributes;
mod boundary;
mod entry;
mod report;
mod rules;
mod tree;

pub use attributes::{Capabilities, Xattr, decode_capabilities};
pub use boundary::Skipped;
pub use entry::{Entry, Missing};
pub use report::{Problem, Problems, RootReport, RootState, Walked};
pub use rules::{Rules, RulesError};
pub use tree::walk;
