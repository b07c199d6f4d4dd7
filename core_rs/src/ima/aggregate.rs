//! Boot aggregates: the entries by which a kernel ties its list to the PCRs that firmware and boot loader extended.

use std::io::Read;

use crate::error::{Error, Result};
use crate::ima::binary::ListReader;
use crate::ima::list::Entry;
use crate::ima::template::Endian;

/// Name of the entry (`ima_init.c`).
const NAME: &[u8] = b"boot_aggregate";
/// Most boot aggregates of one list: each kexec adds one.
pub const MAX_AGGREGATES: usize = 4096;

/// One boot aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// 0-based number of the entry.
    pub number: u64,
    /// Its byte offset in the list.
    pub offset: u64,
    /// PCR that it extended.
    pub pcr: u32,
    /// Algorithm of the digest as the list names it; None in template `ima`.
    pub algorithm: Option<String>,
    /// The digest.
    pub digest: Vec<u8>,
}

impl Aggregate {
    /// The boot aggregate that `entry` is, if it is one.
    #[must_use]
    pub fn of(entry: &Entry<'_>, endian: Endian) -> Option<Self> {
        let fields = entry.fields(endian).filter(|fields| fields.name() == Some(NAME))?;
        let hashed = fields.hashed()?;
        Some(Self {
            number: entry.number,
            offset: entry.offset,
            pcr: entry.pcr,
            algorithm: hashed.algorithm.map(str::to_owned),
            digest: hashed.digest.to_vec(),
        })
    }
}

/// All boot aggregates of a list.
pub fn aggregates<R: Read>(list: &mut ListReader<R>) -> Result<Vec<Aggregate>> {
    let endian = list.format()?.endian;
    let mut found = Vec::new();
    while let Some(entry) = list.next_entry()? {
        let Some(aggregate) = Aggregate::of(&entry, endian) else { continue };
        if found.len() == MAX_AGGREGATES {
            return Err(Error::Limit {
                what: "the number of boot aggregates".into(),
                limit: MAX_AGGREGATES as u64,
            });
        }
        found.push(aggregate);
    }
    Ok(found)
}
