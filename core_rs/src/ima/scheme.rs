//! What the kernel extends into a PCR bank: the bank's own hash of an entry, or a SHA-1 hash made longer with zeros.
//!
//! `security/integrity/ima/ima_crypto.c`, `ima_queue.c` and `ima_template.c`. Since Linux 5.8 each bank gets the template
//! data's hash of its own algorithm, or the padded SHA-1 one where the kernel had not that algorithm when IMA started;
//! a violation extends ones over the whole size of the bank. Older kernels know SHA-1 alone: they extend 20 bytes,
//! of ones for a violation, and the TPM driver pads both with zeros.

use crate::ima::bank::{Bank, Digest};
use crate::ima::blocks::Padded;
use crate::ima::list::Entry;
use crate::ima::template;

/// How the digest that is extended comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// The bank's own hash of the template data.
    Own,
    /// The SHA-1 template hash padded with zeros; violations are ones throughout.
    Sha1Padded,
    /// The SHA-1 template hash padded with zeros; violations are 20 bytes of ones padded with zeros.
    Sha1PaddedViolations,
}

impl Scheme {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::Own, Self::Sha1Padded, Self::Sha1PaddedViolations];

    /// What its name ends in, with the colon.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Sha1Padded => ":sha1-padded",
            Self::Sha1PaddedViolations => ":sha1-padded-violations",
        }
    }
}

/// A bank and the scheme by which it is extended; its name is `sha384` or `sha384:sha1-padded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// The bank.
    pub bank: Bank,
    /// What is extended into it.
    pub scheme: Scheme,
}

impl Variant {
    /// The bank, extended with its own hash.
    #[must_use]
    pub const fn own(bank: Bank) -> Self {
        Self { bank, scheme: Scheme::Own }
    }

    /// What a kernel may do with `bank`, the usual first: in a SHA-1 bank all schemes are the same.
    #[must_use]
    pub fn of(bank: Bank) -> Vec<Self> {
        let schemes = if bank == Bank::Sha1 { &Scheme::ALL[..1] } else { &Scheme::ALL[..] };
        schemes.iter().map(|scheme| Self { bank, scheme: *scheme }).collect()
    }

    /// The variant of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let (bank, suffix) = name.split_at(name.find(':').unwrap_or(name.len()));
        let scheme = Scheme::ALL.into_iter().find(|scheme| scheme.suffix() == suffix)?;
        Some(Self { bank: Bank::from_name(bank)?, scheme })
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}{}", self.bank.name(), self.scheme.suffix())
    }

    /// The algorithm that hashes template data for it.
    #[must_use]
    pub const fn algorithm(self) -> Bank {
        match self.scheme {
            Scheme::Own => self.bank,
            Scheme::Sha1Padded | Scheme::Sha1PaddedViolations => Bank::Sha1,
        }
    }

    /// What a violation extends.
    #[must_use]
    pub fn violation(self) -> Digest {
        let size = match self.scheme {
            Scheme::Own | Scheme::Sha1Padded => self.bank.size(),
            Scheme::Sha1PaddedViolations => Bank::Sha1.size(),
        };
        Digest::padded(&[0xff; crate::ima::bank::MAX_DIGEST][..size], self.bank)
    }
}

/// The hashes of one entry's template data by those algorithms that somebody needs.
#[derive(Clone, Debug)]
pub struct Hashes {
    message: Vec<u8>,
    wanted: [bool; Bank::ALL.len()],
    values: [Digest; Bank::ALL.len()],
}

impl Hashes {
    /// Room for hashes by `algorithms`.
    pub fn new(algorithms: impl IntoIterator<Item = Bank>) -> Self {
        let (wanted, values) = ([false; Bank::ALL.len()], Bank::ALL.map(Digest::zero));
        let mut hashes = Self { message: Vec::new(), wanted, values };
        for algorithm in algorithms {
            hashes.wanted[algorithm as usize] = true;
        }
        hashes
    }

    /// Hash the template data of `entry`.
    pub fn take(&mut self, entry: &Entry<'_>) {
        let [first, second, third] = template::hashed_parts(entry.template, entry.data);
        if second.is_empty() && third.is_empty() {
            return self.take_message(first);
        }
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        message.extend_from_slice(first);
        message.extend_from_slice(second);
        message.extend_from_slice(third);
        self.take_message(&message);
        self.message = message;
    }

    fn take_message(&mut self, message: &[u8]) {
        let padded = Padded::new(message);
        let [sha1, sha256, longer @ ..] = &mut self.values;
        match [self.wanted[0], self.wanted[1]] {
            [true, true] => {
                let hashes = padded.both();
                sha1.set(&hashes.0);
                sha256.set(&hashes.1);
            }
            [true, false] => sha1.set(&padded.sha1()),
            [false, true] => sha256.set(&padded.sha256()),
            [false, false] => {}
        }
        for ((value, bank), wanted) in longer.iter_mut().zip(&Bank::ALL[2..]).zip(&self.wanted[2..]) {
            if *wanted {
                *value = bank.hash(&[message]);
            }
        }
    }

    /// The hash of the entry last taken; of an algorithm that was named in [`Hashes::new`].
    #[must_use]
    pub fn of(&self, algorithm: Bank) -> &Digest {
        &self.values[algorithm as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for bank in Bank::ALL {
            for variant in Variant::of(bank) {
                assert_eq!(Variant::from_name(&variant.name()), Some(variant));
                assert_eq!(variant.violation().as_slice().len(), bank.size());
            }
        }
        assert_eq!(Variant::of(Bank::Sha1).len(), 1);
        for name in ["", ":", "sha256:", "sha256:padded", "sha1-padded", "md5"] {
            assert_eq!(Variant::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn old_kernels_pad_violations_too() {
        let old = Variant::from_name("sha256:sha1-padded-violations").unwrap().violation();
        assert_eq!(old.as_slice(), [[0xff; 16].as_slice(), &[0xff; 4], &[0; 12]].concat());
        let new = Variant::from_name("sha256:sha1-padded").unwrap().violation();
        assert_eq!(new.as_slice(), [0xff; 32]);
    }
}
