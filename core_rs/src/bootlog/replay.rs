//! Replay of a log into PCRs, in every bank that it has digests for.

use super::log::{Event, Events};
use super::{PCR_COUNT, algorithm, kind};
use crate::error::Result;
use crate::ima::bank::Bank;

const STARTUP_LOCALITY: &[u8] = b"StartupLocality\0";

/// PCRs of one bank; None for those that nothing extended.
#[derive(Clone, Debug)]
pub struct BankState {
    /// The bank.
    pub bank: Bank,
    /// TPM number of its algorithm.
    pub algorithm: u16,
    /// Events that should have extended the bank and have no digest for it; with any, its PCRs are not to be trusted.
    pub missing: u64,
    pcrs: [Option<Vec<u8>>; PCR_COUNT as usize],
}

impl BankState {
    /// The PCRs that were extended, in ascending order.
    pub fn extended(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.pcrs.iter().enumerate().filter_map(|(index, value)| Some((index, value.as_deref()?)))
    }

    fn extend(&mut self, pcr: usize, digest: &[u8], locality: u8) {
        let Some(value) = self.pcrs.get_mut(pcr) else { return };
        let old = value.take().unwrap_or_else(|| {
            let mut start = vec![0; self.bank.size()];
            if pcr == 0 {
                start[self.bank.size() - 1] = locality;
            }
            start
        });
        *value = Some(self.bank.hash(&[&old, digest]).as_slice().to_vec());
    }
}

/// What a log amounts to.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Number of events, those that extend nothing included.
    pub events: u64,
    /// Banks that could be replayed, in the order in which the log declares them.
    pub banks: Vec<BankState>,
    /// Algorithms of the log that are not implemented here.
    pub unreplayed: Vec<u16>,
    /// Locality of `TPM2_Startup` where the log says it: the last byte that PCR 0 starts with (PFP 1.06, 10.4.5.3).
    pub locality: Option<u8>,
    /// What no firmware that follows the specification writes, each with the number of its event.
    pub oddities: Vec<(u64, String)>,
    /// Zero bytes after the last event.
    pub padding: usize,
}

impl Replay {
    /// Replay a whole log.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        let mut events = Events::new(bytes)?;
        let known = events.algorithms().iter().map(|(number, _)| *number);
        let unreplayed = known.clone().filter(|number| algorithm::bank(*number).is_none()).collect();
        let banks = known.filter_map(|number| Some((number, algorithm::bank(number)?)));
        let banks = banks.map(|(algorithm, bank)| BankState {
            bank,
            algorithm,
            missing: 0,
            pcrs: std::array::from_fn(|_| None),
        });
        let banks = banks.collect();
        let mut replay =
            Self { events: 0, banks, unreplayed, locality: None, oddities: Vec::new(), padding: 0 };
        while let Some(event) = events.next_event()? {
            replay.push(&event);
        }
        replay.padding = events.padding();
        Ok(replay)
    }

    fn push(&mut self, event: &Event<'_>) {
        self.events += 1;
        if event.kind == kind::NO_ACTION {
            self.take_locality(event);
            return;
        }
        let locality = self.locality.unwrap_or(0);
        for state in &mut self.banks {
            match event.digests.iter().find(|digest| digest.algorithm == state.algorithm) {
                Some(digest) => state.extend(event.pcr as usize, digest.value, locality),
                None => state.missing += 1,
            }
        }
    }

    fn take_locality(&mut self, event: &Event<'_>) {
        let Some(&[locality]) = event.data.strip_prefix(STARTUP_LOCALITY) else { return };
        let fault = if self.locality.is_some() {
            "a second StartupLocality, which is ignored"
        } else if self.banks.iter().any(|state| state.pcrs[0].is_some()) {
            "StartupLocality after PCR 0 was extended, which is ignored"
        } else if !matches!(locality, 0 | 3 | 4) {
            "StartupLocality of a locality that cannot start a TPM, which is ignored"
        } else {
            self.locality = Some(locality);
            return;
        };
        // Bounded by what a log can hold; more than the first few say nothing new.
        if self.oddities.len() < 100 {
            self.oddities.push((event.number, fault.into()));
        }
    }
}
