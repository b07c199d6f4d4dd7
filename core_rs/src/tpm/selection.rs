//! `TPML_PCR_SELECTION` (Part 2, sections 10.6.1 and 10.9.7).

use super::algorithm::HashAlgorithm;
use super::reader::Reader;
use crate::error::Result;

/// Most banks of a selection: `HASH_COUNT` of no TPM is larger.
pub const MAX_BANKS: usize = 16;
/// Largest bitmap, bytes: 32 PCRs.
pub const MAX_BITMAP: usize = 4;

/// The PCRs chosen in one bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankSelection {
    /// The bank.
    pub bank: HashAlgorithm,
    /// Indices in ascending order; empty where nothing is chosen, as for a bank that is not active.
    pub pcrs: Vec<u8>,
}

impl BankSelection {
    /// A selection from its bitmap: the least significant bit of the first byte is PCR 0.
    pub(super) fn of_bitmap(bank: HashAlgorithm, bitmap: &[u8]) -> Self {
        let pcrs = (0u8..32).filter(|&index| {
            bitmap.get(usize::from(index / 8)).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
        });
        Self { bank, pcrs: pcrs.collect() }
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<BankSelection>> {
    let start = reader.offset();
    let count = reader.u32("number of PCR banks")? as usize;
    if count > MAX_BANKS {
        return Err(reader.fault(start, format!("{count} PCR banks, at most {MAX_BANKS} are allowed")));
    }
    (0..count).map(|_| read_bank(reader)).collect()
}

fn read_bank(reader: &mut Reader<'_>) -> Result<BankSelection> {
    let bank = HashAlgorithm::read(reader, "PCR bank")?;
    let start = reader.offset();
    let size = usize::from(reader.u8("size of a PCR bitmap")?);
    if !(1..=MAX_BITMAP).contains(&size) {
        return Err(reader.fault(start, format!("a PCR bitmap has {size} bytes, not 1 to {MAX_BITMAP}")));
    }
    Ok(BankSelection::of_bitmap(bank, reader.take(size, "PCR bitmap")?))
}
