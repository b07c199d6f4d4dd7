//! Reading a list and replaying it in the same pass, so that what is told of it is told of the same entries.
//!
//! The kernel's list grows while it is read: two passes over it are two lists. A pass can begin at a [`Position`] that an
//! earlier one reached, since the kernel only ever appends.

use std::io::Read;

use crate::error::Result;
use crate::ima::binary::ListReader;
use crate::ima::entries::Entries;
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::pcrs::Pcrs;
use crate::ima::replay::{Plan, Replay};

/// How far a pass came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Number of the entry that comes next: how many there are before it, since boot.
    pub entries: u64,
    /// Byte offset of that entry.
    pub offset: u64,
    /// Byte offset of the entry before it, None at the start of the list.
    pub last: Option<u64>,
    /// What all entries share.
    pub format: Format,
    /// PCRs after the entries before it.
    pub banks: Vec<Pcrs>,
}

/// Entries of a list, each replayed when it is taken.
pub struct Follower<R> {
    list: ListReader<R>,
    replay: Replay,
    entries: u64,
    last: Option<u64>,
}

impl<R: Read> Follower<R> {
    /// Follow `list` from its start, in `banks`.
    pub fn new(mut list: ListReader<R>, banks: Vec<Pcrs>) -> Result<Self> {
        let replay = Replay::new(Plan { banks, ..Plan::default() }, list.format()?);
        Ok(Self { list, replay, entries: 0, last: None })
    }

    /// Follow a list from `position` on; `list` reads what comes there.
    #[must_use]
    pub fn resume(list: ListReader<R>, position: Position) -> Self {
        let Position { entries, offset, last, format, banks } = position;
        let replay = Replay::new(Plan { banks, ..Plan::default() }, format);
        Self { list: list.resumed(entries, offset, format), replay, entries, last }
    }

    /// Replay until `entries` of them are behind. False when the list ends before.
    pub fn skip_to(&mut self, entries: u64) -> Result<bool> {
        while self.entries < entries {
            if self.next_entry()?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How far this is.
    #[must_use]
    pub fn position(&self) -> Position {
        let (entries, offset, last) = (self.entries, self.list.offset(), self.last);
        Position { entries, offset, last, format: self.replay.format, banks: self.replay.banks.clone() }
    }
}

impl<R: Read> Entries for Follower<R> {
    fn format(&mut self) -> Result<Format> {
        Ok(self.replay.format)
    }

    fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        let entry = self.list.next_entry()?;
        if let Some(entry) = &entry {
            self.replay.push(entry)?;
            self.last = Some(entry.offset);
            self.entries = entry.number + 1;
        }
        Ok(entry)
    }

    fn offset(&self) -> u64 {
        self.list.offset()
    }
}
