//! The names of an object that is being read, so that a second one of the same name is noticed.

use std::collections::HashSet;

/// Names are kept by 16 bytes of their BLAKE3: a clash cannot be made on purpose, and would only refuse the text.
type NameDigest = [u8; 16];

/// Objects with few members, the common case, need no table.
const FEW: usize = 16;

#[derive(Default)]
pub(super) struct Names {
    few: Vec<NameDigest>,
    many: HashSet<NameDigest>,
}

impl Names {
    /// Remember `name`; false when it was there already.
    pub(super) fn insert(&mut self, name: &str) -> bool {
        let mut digest = NameDigest::default();
        digest.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
        if self.few.contains(&digest) || self.many.contains(&digest) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(digest);
            return true;
        }
        self.many.insert(digest)
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
