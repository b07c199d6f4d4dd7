//! Replay of a list: recompute every template hash, extend PCRs, count what happened.
//!
//! What is extended is computed from the template data, in every bank with that bank's own algorithm (Linux 5.8 and
//! later), so a PCR that comes out right vouches for the data, whatever the recorded hashes say.

use std::io::Read;

use crate::error::{Error, Result};
use crate::ima::bank::{Bank, Digest};
use crate::ima::binary::ListReader;
use crate::ima::list::{Entry, Format, PCR_COUNT};

/// Mismatching entries that are kept; all are counted.
pub const MAX_MISMATCHES: usize = 100;
/// Distinct template names that a list may have; a kernel's policy gives a dozen at most.
pub const MAX_TEMPLATES: usize = 1024;

/// An entry whose recorded template hash is not that of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// 0-based number of the entry.
    pub number: u64,
    /// Its byte offset in the list.
    pub offset: u64,
    /// The hash of its template data.
    pub computed: Digest,
}

/// PCRs of one bank; None for those that nothing extended.
#[derive(Clone, Debug)]
pub struct BankState {
    /// The bank.
    pub bank: Bank,
    pcrs: [Option<Digest>; PCR_COUNT as usize],
}

impl BankState {
    fn new(bank: Bank) -> Self {
        Self { bank, pcrs: [None; PCR_COUNT as usize] }
    }

    /// The PCRs that were extended, in ascending order.
    pub fn extended(&self) -> impl Iterator<Item = (usize, &Digest)> {
        self.pcrs.iter().enumerate().filter_map(|(index, value)| Some((index, value.as_ref()?)))
    }

    fn extend(&mut self, pcr: u32, digest: &Digest) {
        if let Some(value) = self.pcrs.get_mut(pcr as usize) {
            let old = value.unwrap_or_else(|| Digest::zero(self.bank));
            *value = Some(self.bank.hash(&[old.as_slice(), digest.as_slice()]));
        }
    }
}

/// What a list amounts to.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Number of entries.
    pub entries: u64,
    /// How many of them are violations.
    pub violations: u64,
    /// Entries by template name, in order of first appearance.
    pub templates: Vec<(String, u64)>,
    /// The replayed banks.
    pub banks: Vec<BankState>,
    /// The first [`MAX_MISMATCHES`] entries whose recorded hash is wrong.
    pub mismatches: Vec<Mismatch>,
    /// How many there are in all.
    pub mismatch_count: u64,
}

impl Replay {
    /// A replay of nothing yet, in `banks`.
    #[must_use]
    pub fn new(banks: &[Bank]) -> Self {
        Self {
            entries: 0,
            violations: 0,
            templates: Vec::new(),
            banks: banks.iter().map(|bank| BankState::new(*bank)).collect(),
            mismatches: Vec::new(),
            mismatch_count: 0,
        }
    }

    /// Replay a whole list.
    pub fn of<R: Read>(list: &mut ListReader<R>, banks: &[Bank]) -> Result<Self> {
        let mut replay = Self::new(banks);
        let format = list.format()?;
        while let Some(entry) = list.next_entry()? {
            replay.push(&entry, format)?;
        }
        Ok(replay)
    }

    /// Take the next entry.
    pub fn push(&mut self, entry: &Entry<'_>, format: Format) -> Result<()> {
        self.count_template(entry)?;
        self.entries += 1;
        if entry.is_violation() {
            self.violations += 1;
            for state in &mut self.banks {
                state.extend(entry.pcr, &Digest::ones(state.bank));
            }
            return Ok(());
        }
        let recomputed = entry.compute_hash(format.hash);
        if recomputed.as_slice() != entry.template_hash {
            self.mismatch_count += 1;
            if self.mismatches.len() < MAX_MISMATCHES {
                let (number, offset) = (entry.number, entry.offset);
                self.mismatches.push(Mismatch { number, offset, computed: recomputed });
            }
        }
        for state in &mut self.banks {
            let digest = if state.bank == format.hash { recomputed } else { entry.compute_hash(state.bank) };
            state.extend(entry.pcr, &digest);
        }
        Ok(())
    }

    fn count_template(&mut self, entry: &Entry<'_>) -> Result<()> {
        // Rarely more than one name, so a scan from the front is the fastest map.
        if let Some((_, count)) = self.templates.iter_mut().find(|(name, _)| name == entry.template) {
            *count += 1;
            return Ok(());
        }
        if self.templates.len() == MAX_TEMPLATES {
            let reason = format!("more than {MAX_TEMPLATES} different templates");
            return Err(Error::ImaFormat { index: entry.number, offset: entry.offset, reason });
        }
        self.templates.push((entry.template.to_owned(), 1));
        Ok(())
    }
}
