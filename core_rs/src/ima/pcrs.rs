//! The PCRs of a bank while a list is replayed into them.

use crate::ima::bank::{Bank, Digest};
use crate::ima::format::PCR_COUNT;
use crate::ima::scheme::{Hashes, Scheme, Variant};

/// PCRs of one bank; those that nothing extended and no state gave have no value here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcrs {
    /// The bank, and what is extended into it.
    pub variant: Variant,
    violation: Digest,
    values: [Option<Digest>; PCR_COUNT as usize],
}

impl Pcrs {
    /// A bank in which nothing was extended yet.
    #[must_use]
    pub fn new(variant: Variant) -> Self {
        Self { variant, violation: variant.violation(), values: [None; PCR_COUNT as usize] }
    }

    /// A bank as `start` says, by this very variant or else another of the same bank; None where it says neither.
    #[must_use]
    pub fn continued(variant: Variant, start: &[Self]) -> Option<Self> {
        let same = start.iter().find(|given| given.variant == variant);
        let given = same.or_else(|| start.iter().find(|given| given.variant.bank == variant.bank))?;
        Some(Self { values: given.values, ..Self::new(variant) })
    }

    /// Set a PCR to what it held before the list. False when there is no such PCR or `value` is of another size.
    #[must_use]
    pub fn set(&mut self, pcr: u32, value: &[u8]) -> bool {
        let bank = self.variant.bank;
        let Some(slot) = self.values.get_mut(pcr as usize) else { return false };
        *slot = Some(Digest::padded(value, bank));
        value.len() == bank.size()
    }

    /// The value of a PCR, zeros where nothing was extended.
    #[must_use]
    pub fn get(&self, pcr: u32) -> Digest {
        let value = self.values.get(pcr as usize).copied().flatten();
        value.unwrap_or_else(|| Digest::zero(self.variant.bank))
    }

    /// The PCRs that have a value, in ascending order.
    pub fn held(&self) -> impl Iterator<Item = (usize, &Digest)> {
        self.values.iter().enumerate().filter_map(|(index, value)| Some((index, value.as_ref()?)))
    }

    /// The same bank without the PCRs that are not in `pcrs`.
    #[must_use]
    pub fn only(&self, pcrs: &[u32]) -> Self {
        let mut kept = self.clone();
        for (index, value) in (0..).zip(&mut kept.values) {
            if !pcrs.contains(&index) {
                *value = None;
            }
        }
        kept
    }

    /// Extend `pcr` as an entry with these hashes does, or a violation where there are none.
    pub fn extend(&mut self, pcr: u32, hashes: Option<&Hashes>) {
        let bank = self.variant.bank;
        let hash = match hashes {
            None => &self.violation,
            Some(hashes) if self.variant.scheme == Scheme::Own => hashes.of(bank),
            Some(hashes) => &Digest::padded(hashes.of(Bank::Sha1).as_slice(), bank),
        };
        let Some(slot) = self.values.get_mut(pcr as usize) else { return };
        bank.extend(slot.get_or_insert_with(|| Digest::zero(bank)), hash);
    }
}
