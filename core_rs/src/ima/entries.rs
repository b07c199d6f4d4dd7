//! Where entries come from, one after another.

use std::io::Read;

use crate::error::Result;
use crate::ima::binary::ListReader;
use crate::ima::format::Format;
use crate::ima::list::Entry;

/// Yields the entries of a list, or of its tail.
pub trait Entries {
    /// Byte order and hash of the list.
    fn format(&mut self) -> Result<Format>;

    /// The next entry, None at the end.
    fn next_entry(&mut self) -> Result<Option<Entry<'_>>>;

    /// Byte offset, in the whole list, of the entry that comes next.
    fn offset(&self) -> u64;
}

impl<R: Read> Entries for ListReader<R> {
    fn format(&mut self) -> Result<Format> {
        ListReader::format(self)
    }

    fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        ListReader::next_entry(self)
    }

    fn offset(&self) -> u64 {
        ListReader::offset(self)
    }
}
