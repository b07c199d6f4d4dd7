//! PCR values that a TPM held, and after how many entries of a list they come about.
//!
//! A list that is read while it grows, or a TPM that could not be extended, make a PCR and the list differ by entries at
//! the end. That is another finding than a value that no prefix of the list leads to.

use crate::ima::bank::{Bank, Digest};
use crate::ima::pcrs::Pcrs;
use crate::ima::scheme::{Hashes, Scheme, Variant};

/// After which entries a value stood in a PCR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// How the bank is extended.
    pub variant: Variant,
    /// The least number of entries that leads to the value.
    pub first: u64,
    /// The greatest: the next entry changes it. None when no later entry does.
    pub last: Option<u64>,
}

/// One value to look out for.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Bank of the PCR.
    pub bank: Bank,
    /// The only scheme to consider, or any.
    pub scheme: Option<Scheme>,
    /// Index of the PCR.
    pub pcr: u32,
    /// The value.
    pub value: Digest,
    /// Whether an entry extended the PCR: without one the list says nothing about it.
    pub touched: bool,
    /// Where the value came about.
    pub found: Option<Found>,
}

impl Expected {
    /// Look out for `value` in a PCR.
    #[must_use]
    pub fn new(bank: Bank, scheme: Option<Scheme>, pcr: u32, value: Digest) -> Self {
        Self { bank, scheme, pcr, value, touched: false, found: None }
    }

    fn look(&mut self, states: &[Pcrs], entries: u64) {
        let bank = states.iter().filter(|state| state.variant.bank == self.bank);
        let mut schemes = bank.filter(|state| self.scheme.is_none_or(|only| only == state.variant.scheme));
        let hit = schemes.find(|state| state.get(self.pcr) == self.value);
        self.found = hit.map(|state| Found { variant: state.variant, first: entries, last: None });
    }
}

/// Looks out for values while a list is replayed.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The values.
    pub expected: Vec<Expected>,
    states: Vec<Pcrs>,
    entries: u64,
}

impl Comparison {
    /// Look out for `expected`, from the PCRs in `states`: one for each variant that a bank may be extended by.
    #[must_use]
    pub fn new(mut expected: Vec<Expected>, states: Vec<Pcrs>) -> Self {
        for value in &mut expected {
            value.look(&states, 0);
        }
        Self { expected, states, entries: 0 }
    }

    /// Algorithms whose hashes [`Comparison::push`] needs.
    pub fn algorithms(&self) -> impl Iterator<Item = Bank> {
        self.states.iter().map(|state| state.variant.algorithm())
    }

    /// Take the next entry: its PCR and its hashes, none for a violation.
    pub fn push(&mut self, pcr: u32, hashes: Option<&Hashes>) {
        for state in &mut self.states {
            state.extend(pcr, hashes);
        }
        for value in self.expected.iter_mut().filter(|value| value.pcr == pcr) {
            value.touched = true;
            match &mut value.found {
                None => value.look(&self.states, self.entries + 1),
                Some(found) => found.last = found.last.or(Some(self.entries)),
            }
        }
        self.entries += 1;
    }
}
