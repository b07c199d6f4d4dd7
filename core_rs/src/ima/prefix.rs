//! How many entries of a list a TPM quote covers: the list keeps growing while it is read.
//!
//! A quote signs the hash of the selected PCRs' values, concatenated in the order of its selections, each by ascending
//! index (TPM 2.0 Library part 3, `TPM2_Quote`; `PCRComputeCurrentDigest` of part 4). The PCRs that the list extends are
//! replayed entry by entry, the others are as the caller knows them. A value of which the caller is wrong can hide a
//! match but never make one.

use std::io::Read;

use crate::error::Result;
use crate::ima::bank::{Bank, Digest};
use crate::ima::binary::ListReader;
use crate::ima::pcrs::Pcrs;
use crate::ima::scheme::{Hashes, Scheme, Variant};

/// What a quote says about PCRs.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// Banks and indexes in the order of the quote.
    pub selections: Vec<(Bank, Vec<u32>)>,
    /// The hash over the values.
    pub digest: Vec<u8>,
    /// Its algorithm, that of the key's scheme.
    pub algorithm: Bank,
}

/// A prefix of a list that leads to a quote.
#[derive(Clone, Debug)]
pub struct PrefixMatch {
    /// The least number of entries.
    pub first: u64,
    /// The greatest number of entries: the ones since `first` do not touch a selected PCR.
    pub entries: u64,
    /// Entries of the whole list.
    pub total: u64,
    /// The selected banks as they are after `entries`: only PCRs that are selected and that the list extends.
    pub banks: Vec<Pcrs>,
}

/// The PCRs among `selected` that a list extends, as bits; stops reading when all of them are.
pub fn extended_pcrs<R: Read>(list: &mut ListReader<R>, selected: u64) -> Result<u64> {
    let mut extended = 0;
    while extended & selected != selected {
        let Some(entry) = list.next_entry()? else { break };
        extended |= 1 << entry.pcr;
    }
    Ok(extended & selected)
}

/// Bits of the PCRs that `quoted` selects.
#[must_use]
pub fn selected_pcrs(quoted: &Quoted) -> u64 {
    let pcrs = quoted.selections.iter().flat_map(|(_, pcrs)| pcrs);
    pcrs.fold(0, |bits, pcr| bits | 1_u64.checked_shl(*pcr).unwrap_or(0))
}

/// One assumption about the schemes of the banks.
struct Candidate {
    /// Positions in `Search::states`.
    states: Vec<usize>,
    values: Vec<u8>,
    places: Vec<Place>,
}

/// Where in the values a replayed PCR stands.
struct Place {
    at: usize,
    state: usize,
    pcr: u32,
}

/// Looks for the prefix while a list is read.
pub struct Search {
    quoted: Quoted,
    extended: u64,
    states: Vec<Pcrs>,
    candidates: Vec<Candidate>,
    hashes: Hashes,
    entries: u64,
    violation_seen: bool,
    found: Option<PrefixMatch>,
    open: bool,
}

impl Search {
    /// Look for `quoted`. `known` gives the other PCRs, `start` those that the list extends as they were before it, both
    /// by bank; what they leave out is zeros. `extended` are the selected PCRs that the list extends.
    #[must_use]
    pub fn new(quoted: Quoted, known: &[Pcrs], start: &[Pcrs], extended: u64) -> Self {
        let mut banks: Vec<Bank> = quoted.selections.iter().map(|(bank, _)| *bank).collect();
        banks.sort_unstable();
        banks.dedup();
        let states: Vec<Pcrs> = banks
            .iter()
            .flat_map(|bank| Variant::of(*bank))
            .map(|variant| Pcrs::continued(variant, start).unwrap_or_else(|| Pcrs::new(variant)))
            .collect();
        let hashes = Hashes::new(states.iter().map(|state| state.variant.algorithm()));
        let candidates = combinations(&banks, &states)
            .into_iter()
            .map(|chosen| Candidate::new(&quoted, known, &states, chosen, extended))
            .collect();
        let mut search = Self {
            quoted,
            extended,
            states,
            candidates,
            hashes,
            entries: 0,
            violation_seen: false,
            found: None,
            open: true,
        };
        search.look();
        search
    }

    /// Read the list to its end.
    pub fn run<R: Read>(mut self, list: &mut ListReader<R>) -> Result<Option<PrefixMatch>> {
        while let Some(entry) = list.next_entry()? {
            if self.open && self.extended & (1 << entry.pcr) != 0 {
                if self.found.is_some() {
                    // The values never come back; what follows is only counted.
                    self.open = false;
                } else {
                    let violation = entry.is_violation();
                    self.violation_seen |= violation;
                    if !violation {
                        self.hashes.take(&entry);
                    }
                    let hashes = (!violation).then_some(&self.hashes);
                    for state in &mut self.states {
                        state.extend(entry.pcr, hashes);
                    }
                }
            }
            self.entries += 1;
            self.after_entry(entry.pcr);
        }
        let total = self.entries;
        Ok(self.found.map(|found| PrefixMatch { total, ..found }))
    }

    fn after_entry(&mut self, pcr: u32) {
        let entries = self.entries;
        match &mut self.found {
            Some(found) if self.open => found.entries = entries,
            None if self.extended & (1 << pcr) != 0 => self.look(),
            _ => {}
        }
    }

    fn look(&mut self) {
        if self.extended == 0 {
            return;
        }
        for candidate in &mut self.candidates {
            let padded_violations =
                |state: &usize| self.states[*state].variant.scheme == Scheme::Sha1PaddedViolations;
            if !self.violation_seen && candidate.states.iter().any(padded_violations) {
                continue; // Not to be told from the other padding yet.
            }
            candidate.refresh(&self.states);
            if self.quoted.algorithm.hash(&[&candidate.values]).as_slice() == self.quoted.digest {
                let banks = candidate
                    .states
                    .iter()
                    .map(|state| vouched(&self.quoted, &self.states[*state]))
                    .collect();
                let entries = self.entries;
                self.found = Some(PrefixMatch { first: entries, entries, total: entries, banks });
                return;
            }
        }
    }
}

impl Candidate {
    fn new(quoted: &Quoted, known: &[Pcrs], states: &[Pcrs], chosen: Vec<usize>, extended: u64) -> Self {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for (bank, pcrs) in &quoted.selections {
            let state = chosen.iter().copied().find(|state| states[*state].variant.bank == *bank);
            let other = known.iter().find(|known| known.variant.bank == *bank);
            for pcr in pcrs {
                if let Some(state) = state.filter(|_| extended & (1 << pcr) != 0) {
                    places.push(Place { at: values.len(), state, pcr: *pcr });
                }
                let value = other.map_or_else(|| Digest::zero(*bank), |other| other.get(*pcr));
                values.extend_from_slice(value.as_slice());
            }
        }
        Self { states: chosen, values, places }
    }

    fn refresh(&mut self, states: &[Pcrs]) {
        for place in &self.places {
            let value = states[place.state].get(place.pcr);
            let value = value.as_slice();
            self.values[place.at..place.at + value.len()].copy_from_slice(value);
        }
    }
}

/// What a quote says of a bank: another bank may select more of the PCRs that were replayed.
fn vouched(quoted: &Quoted, state: &Pcrs) -> Pcrs {
    let of_bank = quoted.selections.iter().filter(|(bank, _)| *bank == state.variant.bank);
    state.only(&of_bank.flat_map(|(_, pcrs)| pcrs).copied().collect::<Vec<_>>())
}

/// All ways to take one state of each bank, the usual one first.
fn combinations(banks: &[Bank], states: &[Pcrs]) -> Vec<Vec<usize>> {
    banks.iter().fold(vec![Vec::new()], |ways, bank| {
        let of_bank: Vec<usize> =
            (0..states.len()).filter(|state| states[*state].variant.bank == *bank).collect();
        ways.iter().flat_map(|way| of_bank.iter().map(|state| [way.as_slice(), &[*state]].concat())).collect()
    })
}
