//! Hash algorithms of template hashes and PCR banks.

use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use sm3::Sm3;

use crate::ima::blocks;

/// Bytes of the longest digest here.
pub const MAX_DIGEST: usize = 64;

/// A hash algorithm that a TPM bank, and so a per-bank list, may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bank {
    /// SHA-1, the template hash of every list but the per-bank ones.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SM3, with digests as long as those of SHA-256.
    Sm3,
}

/// A digest without an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    bytes: [u8; MAX_DIGEST],
    size: usize,
}

impl Digest {
    /// The PCR value before anything is extended.
    #[must_use]
    pub fn zero(bank: Bank) -> Self {
        Self { bytes: [0; MAX_DIGEST], size: bank.size() }
    }

    /// `digest` followed by zeros up to the size of `bank`; what is longer than that is cut.
    #[must_use]
    pub fn padded(digest: &[u8], bank: Bank) -> Self {
        let mut padded = Self::zero(bank);
        let size = digest.len().min(padded.size);
        padded.bytes[..size].copy_from_slice(&digest[..size]);
        padded
    }

    /// Take `digest`, of the same size, for the one that stands here.
    #[inline]
    pub(super) fn set<const N: usize>(&mut self, digest: &[u8; N]) {
        self.bytes[..N].copy_from_slice(digest);
    }

    /// Its first bytes, zeros beyond its end; `N` is at most [`MAX_DIGEST`].
    fn head<const N: usize>(&self) -> [u8; N] {
        std::array::from_fn(|at| self.bytes[at])
    }

    /// The digest's bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.size]
    }
}

impl Bank {
    /// All of them; where two have the same size, the likelier one first.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512, Self::Sm3];

    /// Bytes of a digest.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sm3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name that TPM tools give the bank, such as `sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sm3 => "sm3_256",
        }
    }

    /// The number in the kernel's `enum hash_algo`.
    #[must_use]
    pub const fn kernel_number(self) -> i32 {
        match self {
            Self::Sha1 => 2,
            Self::Sha256 => 4,
            Self::Sha384 => 5,
            Self::Sha512 => 6,
            Self::Sm3 => 17,
        }
    }

    /// The bank of that name; SM3 also by the two names that kernels gave it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if matches!(name, "sm3" | "sm3-256") { "sm3_256" } else { name };
        Self::ALL.into_iter().find(|bank| bank.name() == name)
    }

    /// The bank of that number in `enum hash_algo`.
    #[must_use]
    pub fn from_kernel_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|bank| bank.kernel_number() == number)
    }

    /// Extend `new` into a PCR that holds `value`; both are of this bank's size.
    #[inline]
    pub fn extend(self, value: &mut Digest, new: &Digest) {
        match self {
            Self::Sha1 => value.set(&blocks::extend_sha1(&value.head(), &new.head())),
            Self::Sha256 => value.set(&blocks::extend_sha256(&value.head(), &new.head())),
            _ => *value = self.hash(&[value.as_slice(), new.as_slice()]),
        }
    }

    /// Hash the concatenation of `parts`.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> Digest {
        fn over<D: sha2::Digest>(bank: Bank, parts: &[&[u8]]) -> Digest {
            let mut hasher = D::new();
            for part in parts {
                hasher.update(part);
            }
            Digest::padded(&hasher.finalize(), bank)
        }
        match self {
            Self::Sha1 => over::<Sha1>(self, parts),
            Self::Sha256 => over::<Sha256>(self, parts),
            Self::Sha384 => over::<Sha384>(self, parts),
            Self::Sha512 => over::<Sha512>(self, parts),
            Self::Sm3 => over::<Sm3>(self, parts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_concatenations() {
        for bank in Bank::ALL {
            assert_eq!(bank.hash(&[b"ab", b"", b"c"]), bank.hash(&[b"abc"]));
            assert_eq!(bank.hash(&[]).as_slice().len(), bank.size());
            let (old, new) = (bank.hash(&[b"old"]), bank.hash(&[b"new"]));
            let mut value = old;
            bank.extend(&mut value, &new);
            assert_eq!(value, bank.hash(&[old.as_slice(), new.as_slice()]));
            assert_eq!(Bank::from_name(bank.name()), Some(bank));
            assert_eq!(Bank::from_kernel_number(bank.kernel_number()), Some(bank));
        }
        assert_eq!(
            hex::encode(Bank::Sha1.hash(&[b"abc"]).as_slice()),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        // The example of GM/T 0004-2012, A.1.
        assert_eq!(
            hex::encode(Bank::Sm3.hash(&[b"abc"]).as_slice()),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        assert_eq!(Bank::from_name("sm3-256"), Some(Bank::Sm3));
        assert!(Bank::from_name("md5").is_none());
    }
}
