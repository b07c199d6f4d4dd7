//! The header: an index of typed tags and a data store (rpm, `lib/header.c`; format v3, v4 and v6 alike).
//!
//! In a database a header is `il u32 ‖ dl u32 ‖ il index entries of 16 bytes ‖ dl bytes of data`, all big-endian; a
//! package file puts the magic in front. The first index entry of a v4 or v6 header names the *immutable region*: the
//! entries and data that signatures cover. What an installation appends behind it ("dribbles") is nobody's statement,
//! so tags are looked up inside the region only, and [`Header::appended`] is the one way to see the rest.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Fault, Parsed, tags};

/// What a package file puts before each of its headers: magic, format version, four reserved bytes.
pub const MAGIC: [u8; 8] = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0];
/// Size of the two lengths that begin a header.
pub const INTRO: usize = 8;
/// Size of an index entry, and of the trailer that ends a region.
pub const ENTRY: usize = 16;

const BIN: u32 = 7;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18N_STRING: u32 = 9;

/// How large a header may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Highest number of index entries.
    pub entries: u32,
    /// Highest size of the data store, bytes.
    pub data: u32,
}

/// What rpm itself takes for a package's header.
pub const MAIN: Limits = Limits { entries: 0xffff, data: 0x0fff_ffff };
/// What rpm itself takes for a signature header.
pub const SIGNATURE: Limits = Limits { entries: 32, data: 64 << 20 };

/// One index entry, checked against the data store.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    tag: u32,
    kind: u32,
    offset: usize,
    count: usize,
    length: usize,
}

/// The part of a header that was written whole: its first index entries and the first bytes of its data.
#[derive(Debug, Clone, Copy)]
struct Region {
    entries: usize,
    data: usize,
}

/// A header whose every index entry lies inside its data.
#[derive(Debug)]
pub struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
    entries: Vec<Entry>,
    region: Option<Region>,
}

impl<'a> Header<'a> {
    /// Read a header without magic, which must fill `bytes` exactly.
    ///
    /// # Errors
    /// A [`Fault`] for lengths over `limits` or not those of `bytes`, and for any entry or region that is not sound.
    pub fn parse(bytes: &'a [u8], limits: Limits, region_tag: u32) -> Parsed<Self> {
        let (count, data_length) = lengths(bytes, limits)?;
        let store = INTRO + count * ENTRY;
        if bytes.len() != store + data_length {
            let stated = store + data_length;
            return Err(Fault::new(
                bytes.len().min(stated),
                format!("the header says {stated} bytes and has {}", bytes.len()),
            ));
        }
        let (index, data) = (&bytes[INTRO..store], &bytes[store..]);
        let region = find_region(index, data, region_tag)?;
        let mut entries = Vec::with_capacity(count);
        for (number, raw) in index.chunks_exact(ENTRY).enumerate() {
            let bound = match region {
                // The trailer is the last thing in the region, so what the region holds ends before it.
                Some(region) if (1..region.entries).contains(&number) => region.data - ENTRY,
                _ => data.len(),
            };
            entries.push(read_entry(raw, &data[..bound]).map_err(|reason| {
                Fault::new(INTRO + number * ENTRY, format!("index entry {number}: {reason}"))
            })?);
        }
        let header = Self { index, data, entries, region };
        header.refuse_overlap()?;
        header.refuse_twice()?;
        Ok(header)
    }

    /// Whether the header has an immutable region, so that there are signed bytes to speak of.
    #[must_use]
    pub fn has_region(&self) -> bool {
        self.region.is_some()
    }

    /// SHA-256 of the immutable region as the package file had it; None for a header without one.
    #[must_use]
    pub fn sha256(&self) -> Option<[u8; 32]> {
        Some(self.digest_region::<Sha256>()?.into())
    }

    /// SHA-1 of the same bytes.
    #[must_use]
    pub fn sha1(&self) -> Option<[u8; 20]> {
        Some(self.digest_region::<Sha1>()?.into())
    }

    fn digest_region<D: Digest>(&self) -> Option<sha2::digest::Output<D>> {
        let region = self.region?;
        // Both lengths came out of u32 fields, see `lengths` and `find_region`.
        let length = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
        let mut digest = D::new();
        digest.update(MAGIC);
        digest.update(length(region.entries));
        digest.update(length(region.data));
        digest.update(&self.index[..region.entries * ENTRY]);
        digest.update(&self.data[..region.data]);
        Some(digest.finalize())
    }

    /// The first (and only) signed entry of `tag`.
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<&Entry> {
        self.signed().iter().find(|entry| entry.tag == tag)
    }

    /// Entries of `tag` that no signature of this header covers; all entries where there is no region.
    pub fn appended(&self, tag: u32) -> impl Iterator<Item = &Entry> {
        let unsigned = self.region.map_or(&self.entries[..], |region| &self.entries[region.entries..]);
        unsigned.iter().filter(move |entry| entry.tag == tag)
    }

    /// Entries of `tag` wherever they are: for signature headers, which sign nothing themselves.
    pub fn anywhere(&self, tag: u32) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.tag == tag)
    }

    fn signed(&self) -> &[Entry] {
        self.region.map_or(&self.entries[..], |region| &self.entries[1..region.entries])
    }

    /// Bytes of an entry, whatever its type.
    #[must_use]
    pub fn raw(&self, entry: &Entry) -> &'a [u8] {
        &self.data[entry.offset..entry.offset + entry.length]
    }

    /// Strings of an entry of a string type, without their final zeros.
    #[must_use]
    pub fn entry_strings(&self, entry: &Entry) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        let is_text = matches!(entry.kind, STRING | STRING_ARRAY | I18N_STRING);
        let raw = self.raw(entry);
        // `length` ends at the zero of the last string.
        is_text.then(|| raw[..raw.len() - 1].split(|byte| *byte == 0))
    }

    /// The string of `tag`, None where the tag is absent.
    pub fn string(&self, tag: u32) -> Parsed<Option<&'a [u8]>> {
        let Some(entry) = self.get(tag) else { return Ok(None) };
        if entry.kind != STRING {
            return Err(self.wrong(tag, "is no string"));
        }
        Ok(Some(&self.data[entry.offset..entry.offset + entry.length - 1]))
    }

    /// The strings of `tag`, None where the tag is absent.
    pub fn strings(&self, tag: u32) -> Parsed<Option<Vec<&'a [u8]>>> {
        let Some(entry) = self.get(tag) else { return Ok(None) };
        match self.entry_strings(entry) {
            Some(strings) => Ok(Some(strings.collect())),
            None => Err(self.wrong(tag, "is no array of strings")),
        }
    }

    /// The numbers of `tag`, None where the tag is absent; `N` is their size in bytes.
    pub fn numbers<const N: usize, T>(&self, tag: u32, read: fn([u8; N]) -> T) -> Parsed<Option<Vec<T>>> {
        let Some(entry) = self.get(tag) else { return Ok(None) };
        if entry.kind == 0 || entry.kind > 5 || width(entry.kind) != N {
            return Err(self.wrong(tag, &format!("is no array of {N}-byte numbers")));
        }
        let (numbers, _) = self.raw(entry).as_chunks::<N>();
        Ok(Some(numbers.iter().map(|raw| read(*raw)).collect()))
    }

    /// The one 32-bit number of `tag`, None where the tag is absent.
    pub fn number(&self, tag: u32) -> Parsed<Option<u32>> {
        match self.numbers(tag, u32::from_be_bytes)? {
            None => Ok(None),
            Some(numbers) if numbers.len() == 1 => Ok(Some(numbers[0])),
            Some(numbers) => Err(self.wrong(tag, &format!("has {} numbers, one is due", numbers.len()))),
        }
    }

    /// A fault at the data of `tag`, or at the index where the header has no such tag.
    #[must_use]
    pub fn wrong(&self, tag: u32, reason: &str) -> Fault {
        let offset = self.get(tag).map_or(INTRO, |entry| INTRO + self.index.len() + entry.offset);
        Fault::new(offset, format!("tag {tag} {reason}"))
    }

    /// Two tags must not share bytes: rpm writes none such, and it would let a small header cost endless work.
    fn refuse_overlap(&self) -> Parsed<()> {
        let mut order: Vec<&Entry> = self.entries.iter().collect();
        order.sort_unstable_by_key(|entry| entry.offset);
        for pair in order.windows(2) {
            if pair[0].offset + pair[0].length > pair[1].offset {
                let offset = INTRO + self.index.len() + pair[1].offset;
                return Err(Fault::new(
                    offset,
                    format!("tags {} and {} share data", pair[0].tag, pair[1].tag),
                ));
            }
        }
        Ok(())
    }

    /// A signed tag must not be there twice: which of the two counts would be the reader's whim.
    fn refuse_twice(&self) -> Parsed<()> {
        let mut order: Vec<u32> = self.signed().iter().map(|entry| entry.tag).collect();
        order.sort_unstable();
        match order.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(self.wrong(pair[0], "is there twice")),
            None => Ok(()),
        }
    }
}

/// Number of index entries and bytes of data that the first eight bytes state, held against `limits`.
pub fn lengths(bytes: &[u8], limits: Limits) -> Parsed<(usize, usize)> {
    let Some((intro, _)) = bytes.split_first_chunk::<INTRO>() else {
        return Err(Fault::new(
            bytes.len(),
            format!("the header ends after {} of its first 8 bytes", bytes.len()),
        ));
    };
    let (count, data) = (word(intro, 0), word(intro, 4));
    if count == 0 || count > limits.entries {
        return Err(Fault::new(0, format!("{count} index entries; 1 to {} are possible", limits.entries)));
    }
    if data > limits.data {
        return Err(Fault::new(4, format!("{data} bytes of data; at most {} are possible", limits.data)));
    }
    Ok((count as usize, data as usize))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The region that the first index entry names, if it names one (rpm, `hdrblobVerifyRegion`).
fn find_region(index: &[u8], data: &[u8], region_tag: u32) -> Parsed<Option<Region>> {
    if word(index, 0) != region_tag {
        return Ok(None);
    }
    let fault = |reason: &str| Fault::new(INTRO, format!("region: {reason}"));
    let offset = word(index, 8) as usize;
    if word(index, 4) != BIN || word(index, 12) as usize != ENTRY {
        return Err(fault("its index entry is not 16 bytes of binary data"));
    }
    let Some(trailer) = offset.checked_add(ENTRY).and_then(|end| data.get(offset..end)) else {
        return Err(fault("its trailer lies outside the data"));
    };
    // rpm before 4.0 wrote HEADERIMAGE (61) into the trailer of a signature header.
    let legacy = region_tag == tags::HEADER_SIGNATURES && word(trailer, 0) == 61;
    if (word(trailer, 0) != region_tag && !legacy)
        || word(trailer, 4) != BIN
        || word(trailer, 12) as usize != ENTRY
    {
        return Err(fault("its trailer does not name it"));
    }
    let length = word(trailer, 8).wrapping_neg() as usize;
    if length == 0 || !length.is_multiple_of(ENTRY) || length > index.len() {
        return Err(fault("its trailer states a number of index entries that cannot be"));
    }
    Ok(Some(Region { entries: length / ENTRY, data: offset + ENTRY }))
}

fn width(kind: u32) -> usize {
    match kind {
        3 => 2,
        4 => 4,
        5 => 8,
        _ => 1,
    }
}

/// Check one index entry against the data it points into.
fn read_entry(raw: &[u8], data: &[u8]) -> std::result::Result<Entry, String> {
    let (tag, kind, offset, count) =
        (word(raw, 0), word(raw, 4), word(raw, 8) as usize, word(raw, 12) as usize);
    if kind > I18N_STRING {
        return Err(format!("tag {tag} is of unknown type {kind}"));
    }
    if count == 0 {
        return Err(format!("tag {tag} counts nothing"));
    }
    if offset % width(kind) != 0 {
        return Err(format!("tag {tag} is not aligned to its type"));
    }
    let Some(rest) = data.get(offset..) else {
        return Err(format!("tag {tag} points to byte {offset} of {} bytes of data", data.len()));
    };
    let length = match kind {
        STRING if count != 1 => return Err(format!("tag {tag} counts {count} in one string")),
        STRING | STRING_ARRAY | I18N_STRING => {
            memchr::memchr_iter(0, rest).nth(count - 1).map(|last| last + 1)
        }
        _ => count.checked_mul(width(kind)).filter(|length| *length <= rest.len()),
    };
    match length {
        Some(length) => Ok(Entry { tag, kind, offset, count, length }),
        None => Err(format!("tag {tag} says {count} values and they do not fit into the data")),
    }
}

impl Entry {
    /// How many values the entry holds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}
