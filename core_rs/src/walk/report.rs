//! What a walk tells besides its rows.

use std::path::{Path, PathBuf};

/// Problems that are told one by one; the rest are counted.
const MAX_TOLD: usize = 1000;

/// Something that could not be read.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Absolute path below the root.
    pub path: PathBuf,
    /// What was tried and what the system answered.
    pub reason: String,
}

/// What could not be read: the first ones told, all counted.
#[derive(Debug, Default)]
pub struct Problems {
    /// The first thousand.
    pub told: Vec<Problem>,
    /// All of them.
    pub count: u64,
}

impl Problems {
    pub(super) fn add(&mut self, path: &Path, reason: impl Into<String>) {
        self.count += 1;
        if self.told.len() < MAX_TOLD {
            self.told.push(Problem { path: path.to_owned(), reason: reason.into() });
        }
    }
}

/// What became of a configured root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootState {
    /// It was walked (a file, or a link, which is not followed, is a single row).
    Walked,
    /// It does not exist.
    Absent,
    /// An exclude covers it.
    Excluded,
    /// It could not be opened.
    Unreadable,
}

impl RootState {
    /// Its word in the snapshot.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Walked => "walked",
            Self::Absent => "absent",
            Self::Excluded => "excluded",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A configured root and where it lies.
#[derive(Debug, Clone)]
pub struct RootReport {
    /// As configured.
    pub path: PathBuf,
    /// Where links among its parents lead, inside the root.
    pub resolved: Option<PathBuf>,
    /// What became of it.
    pub state: RootState,
}

/// What a walk tells besides its rows.
#[derive(Debug, Default)]
pub struct Walked {
    /// The configured roots in the order of their paths.
    pub roots: Vec<RootReport>,
    /// What could not be read.
    pub problems: Problems,
    /// Names that were listed and gone when they were looked at.
    pub vanished: u64,
}
