//! Replay of a list: recompute every template hash, extend PCRs, count what happened.
//!
//! What is extended is computed from the template data, never taken from the list, so a PCR that comes out right vouches
//! for the data, whatever the recorded hashes say.

use std::io::Read;

use crate::error::{Error, Result};
use crate::ima::bank::{Bank, Digest};
use crate::ima::binary::ListReader;
use crate::ima::compare::Comparison;
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::pcrs::Pcrs;
use crate::ima::scheme::{Hashes, Variant};

/// Mismatching entries that are kept; all are counted.
pub const MAX_MISMATCHES: usize = 100;
/// Bytes of a name that a mismatch keeps, `PATH_MAX` of Linux.
pub const MAX_NAME: usize = 4096;
/// Distinct template names that a list may have; a kernel's policy gives a dozen at most.
pub const MAX_TEMPLATES: usize = 1024;

/// An entry whose recorded template hash is not that of its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// 0-based number of the entry.
    pub number: u64,
    /// Its byte offset in the list.
    pub offset: u64,
    /// Name of its template.
    pub template: String,
    /// Its file name, at most [`MAX_NAME`] bytes of it, where the template has one.
    pub name: Option<Vec<u8>>,
    /// The template hash that the list says.
    pub recorded: Vec<u8>,
    /// The hash of its template data.
    pub computed: Digest,
}

/// Where a list breaks off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncated {
    /// 0-based number of the entry that is not there whole.
    pub number: u64,
    /// Its byte offset.
    pub offset: u64,
    /// What is missing of it.
    pub reason: String,
}

/// What to replay, from where and how far.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The banks, with their state before the list.
    pub banks: Vec<Pcrs>,
    /// How many entries to take; None for all.
    pub until: Option<u64>,
    /// Whether a list that breaks off inside its last entry is taken as far as it goes.
    pub lenient: bool,
    /// PCR values to look out for.
    pub comparison: Option<Comparison>,
}

impl Plan {
    /// All of a list, from PCRs of zeros, in the usual way of `banks`.
    #[must_use]
    pub fn of(banks: &[Bank]) -> Self {
        let banks = banks.iter().map(|bank| Pcrs::new(Variant::own(*bank))).collect();
        Self { banks, ..Self::default() }
    }
}

/// What a list amounts to.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Number of entries that were replayed.
    pub entries: u64,
    /// How many of them are violations.
    pub violations: u64,
    /// Entries by template name, in order of first appearance.
    pub templates: Vec<(String, u64)>,
    /// The replayed banks.
    pub banks: Vec<Pcrs>,
    /// The first [`MAX_MISMATCHES`] entries whose recorded hash is wrong.
    pub mismatches: Vec<Mismatch>,
    /// How many there are in all.
    pub mismatch_count: u64,
    /// Whether entries follow that [`Plan::until`] left out.
    pub more: bool,
    /// Where the list breaks off, when [`Plan::lenient`] let it.
    pub truncated: Option<Truncated>,
    /// What became of the PCR values to look out for.
    pub comparison: Option<Comparison>,
    /// What the entries share.
    pub format: Format,
    hashes: Hashes,
}

impl Replay {
    /// A replay of nothing yet.
    #[must_use]
    pub fn new(plan: Plan, format: Format) -> Self {
        let compared = plan.comparison.iter().flat_map(Comparison::algorithms);
        let banks = plan.banks.iter().map(|bank| bank.variant.algorithm());
        Self {
            hashes: Hashes::new(banks.chain(compared).chain([format.hash])),
            entries: 0,
            violations: 0,
            templates: Vec::new(),
            banks: plan.banks,
            mismatches: Vec::new(),
            mismatch_count: 0,
            more: false,
            truncated: None,
            comparison: plan.comparison,
            format,
        }
    }

    /// Replay a list as `plan` says.
    pub fn of<R: Read>(list: &mut ListReader<R>, plan: Plan) -> Result<Self> {
        let (until, lenient) = (plan.until, plan.lenient);
        let mut replay = Self::new(plan, list.format()?);
        match replay.run(list, until) {
            Err(Error::ImaFormat { index, offset, reason }) if lenient && list.is_cut() => {
                replay.truncated = Some(Truncated { number: index, offset, reason });
            }
            done => done?,
        }
        Ok(replay)
    }

    fn run<R: Read>(&mut self, list: &mut ListReader<R>, until: Option<u64>) -> Result<()> {
        while until.is_none_or(|until| self.entries < until) {
            let Some(entry) = list.next_entry()? else { return Ok(()) };
            self.push(&entry)?;
        }
        self.more = !list.at_end()?;
        Ok(())
    }

    /// Take the next entry.
    pub fn push(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.count_template(entry)?;
        self.entries += 1;
        let violation = entry.is_violation();
        if violation {
            self.violations += 1;
        } else {
            self.hashes.take(entry);
            if self.hashes.of(self.format.hash).as_slice() != entry.template_hash {
                self.note_mismatch(entry);
            }
        }
        let hashes = (!violation).then_some(&self.hashes);
        for bank in &mut self.banks {
            bank.extend(entry.pcr, hashes);
        }
        if let Some(comparison) = &mut self.comparison {
            comparison.push(entry.pcr, hashes);
        }
        Ok(())
    }

    fn note_mismatch(&mut self, entry: &Entry<'_>) {
        self.mismatch_count += 1;
        if self.mismatches.len() == MAX_MISMATCHES {
            return;
        }
        let name = entry.fields(self.format.endian).and_then(|fields| fields.name());
        self.mismatches.push(Mismatch {
            number: entry.number,
            offset: entry.offset,
            template: entry.template.to_owned(),
            name: name.map(|name| name[..name.len().min(MAX_NAME)].to_vec()),
            recorded: entry.template_hash.to_vec(),
            computed: *self.hashes.of(self.format.hash),
        });
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
