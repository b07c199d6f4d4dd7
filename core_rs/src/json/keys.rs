//! The names of an object that is being read, so that a second one of the same name is noticed.

use std::collections::HashSet;

/// What is kept of a name: up to 15 bytes themselves with their number in the last byte, else 15 bytes of BLAKE3 and
/// [`LONG`]. A clash of long names takes 2^60 tries to make on purpose, and would only refuse its maker's text.
type NameMark = [u8; 16];

const LONG: u8 = 0xff;

fn mark(name: &str) -> NameMark {
    let mut mark = NameMark::default();
    let bytes = name.as_bytes();
    if let Ok(length @ ..=15) = u8::try_from(bytes.len()) {
        mark[..bytes.len()].copy_from_slice(bytes);
        mark[15] = length;
    } else {
        mark[..15].copy_from_slice(&blake3::hash(bytes).as_bytes()[..15]);
        mark[15] = LONG;
    }
    mark
}

/// Objects with few members, the common case, need no table.
const FEW: usize = 16;

#[derive(Default)]
pub(super) struct Names {
    few: Vec<NameMark>,
    many: HashSet<NameMark>,
}

impl Names {
    /// Remember `name`; false when it was there already.
    pub(super) fn insert(&mut self, name: &str) -> bool {
        let mark = mark(name);
        if self.few.contains(&mark) || self.many.contains(&mark) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(mark);
            return true;
        }
        self.many.insert(mark)
    }

    pub(super) fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    /// Forget all names and keep the room of the few.
    pub(super) fn clear(&mut self) {
        self.few.clear();
        self.many = HashSet::new();
    }
}
