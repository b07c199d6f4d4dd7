//! The file of PCR values that `tpm2_quote -o` and `tpm2_pcrread -o` write in their default format ("serialized").
//!
//! tpm2-tools 5 dumps two C structures of the TSS (`tss2_tpm2_types.h`) with their numbers in little-endian order, so
//! unused room and padding are in the file:
//!
//! ```text
//! TPML_PCR_SELECTION  count u32, 16 × { hash u16, sizeofSelect u8, bitmap 4 bytes, padding 1 byte }
//! number of lists     u32
//! TPML_DIGEST         count u32, 8 × { size u16, 64 bytes }                         as often as the number says
//! ```
//!
//! The values stand in the order of the selection: bank by bank, PCRs ascending, running on from list to list.

use super::algorithm::HashAlgorithm;
use super::reader::Reader;
use super::selection::{BankSelection, MAX_BANKS, MAX_BITMAP};
use crate::error::Result;

const VALUES_OF_A_LIST: usize = 8;
const VALUE_ROOM: usize = 64;
const WHAT: &str = "PCR file of tpm2-tools";

/// One bank of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankValues<'a> {
    /// The bank.
    pub bank: HashAlgorithm,
    /// Index and value, indices ascending.
    pub values: Vec<(u8, &'a [u8])>,
}

/// Read such a file, which must fill `bytes`. A bank may stand in it more than once.
pub fn parse(bytes: &[u8]) -> Result<Vec<BankValues<'_>>> {
    let mut reader = Reader::new(WHAT, bytes)?;
    let selection = read_selection(&mut reader)?;
    let start = reader.offset();
    let mut values = read_values(&mut reader)?.into_iter();
    let mut banks = Vec::new();
    for chosen in selection {
        let mut bank = BankValues { bank: chosen.bank, values: Vec::new() };
        for index in chosen.pcrs {
            let name = || format!("{} PCR {index}", chosen.bank.name());
            let Some((offset, value)) = values.next() else {
                return Err(reader.fault(start, format!("{} is selected and has no value", name())));
            };
            if value.len() != chosen.bank.size() {
                return Err(reader.fault(offset, format!("{} has {} bytes", name(), value.len())));
            }
            bank.values.push((index, value));
        }
        banks.push(bank);
    }
    if let Some((offset, _)) = values.next() {
        return Err(reader.fault(offset, "more values than selected PCRs"));
    }
    reader.finish()?;
    Ok(banks)
}

fn read_selection(reader: &mut Reader<'_>) -> Result<Vec<BankSelection>> {
    let start = reader.offset();
    let count = little_u32(reader, "number of PCR banks")?;
    if count > MAX_BANKS {
        return Err(reader.fault(start, format!("{count} PCR banks, at most {MAX_BANKS} are allowed")));
    }
    let mut selection = Vec::with_capacity(count);
    for place in 0..MAX_BANKS {
        let start = reader.offset();
        let room = reader.take(2 + 1 + MAX_BITMAP + 1, "PCR selection")?;
        if place >= count {
            continue;
        }
        let id = u16::from_le_bytes([room[0], room[1]]);
        let Some(bank) = HashAlgorithm::from_id(id) else {
            return Err(reader.fault(start, format!("PCR bank: unknown hash algorithm {id:#06x}")));
        };
        let size = usize::from(room[2]);
        if size > MAX_BITMAP {
            return Err(
                reader.fault(start + 2, format!("a PCR bitmap has {size} bytes, not 0 to {MAX_BITMAP}"))
            );
        }
        selection.push(BankSelection::of_bitmap(bank, &room[3..3 + size]));
    }
    Ok(selection)
}

/// Every value with its offset in the file.
fn read_values<'a>(reader: &mut Reader<'a>) -> Result<Vec<(usize, &'a [u8])>> {
    let lists = little_u32(reader, "number of lists")?;
    let mut values = Vec::new();
    // The file is bounded, and each turn takes some of it or fails.
    for _ in 0..lists {
        let start = reader.offset();
        let count = little_u32(reader, "number of values")?;
        if count > VALUES_OF_A_LIST {
            return Err(reader.fault(start, format!("{count} values, a list has at most {VALUES_OF_A_LIST}")));
        }
        for place in 0..VALUES_OF_A_LIST {
            let start = reader.offset();
            let room = reader.take(2 + VALUE_ROOM, "PCR value")?;
            let size = usize::from(u16::from_le_bytes([room[0], room[1]]));
            if place >= count {
                continue;
            }
            if size > VALUE_ROOM {
                return Err(reader.fault(start, format!("a PCR value has {size} bytes, over {VALUE_ROOM}")));
            }
            values.push((start, &room[2..2 + size]));
        }
    }
    Ok(values)
}

fn little_u32(reader: &mut Reader<'_>, what: &str) -> Result<usize> {
    let bytes = reader.take(4, what)?;
    Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
}
