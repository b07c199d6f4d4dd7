//! The form of a list, which its text does not say: byte order, and SHA-256 or SM3.

use super::MAX_JOINED_NAME;
use super::head::Head;
use super::{fields, readings};
use crate::ima::bank::Bank;
use crate::ima::format::Format;
use crate::ima::template::Endian;

/// Lines whose entries are asked, and bytes that may be hashed for it.
const MAX_LINES: usize = 64;
const MAX_HASHED: usize = 4 << 20;

/// Find the form from the first entries in `text`: template hashes cover the lengths of fields, so that only one byte
/// order gives them. Little where none tells, as in lists of template `ima` alone.
pub fn find(text: &[u8]) -> Format {
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text).chain([text.len()]).collect();
    let starts = [0].into_iter().chain(ends.iter().map(|end| end + 1));
    let mut hashed = 0;
    for (at, start) in starts.take(ends.len().min(MAX_LINES)).enumerate() {
        if let Some(format) = ask(text, start, &ends[at..], &mut hashed) {
            return format;
        }
        if hashed > MAX_HASHED {
            break;
        }
    }
    Format { endian: Endian::Little, hash: first_bank(text) }
}

fn first_bank(text: &[u8]) -> Bank {
    Head::parse(text).map_or(Bank::Sha1, |head| head.bank)
}

/// Ask the entry that begins at `start` and may end at any of `ends`.
fn ask(text: &[u8], start: usize, ends: &[usize], hashed: &mut usize) -> Option<Format> {
    let mut head = Head::parse(&text[start..*ends.first()?]).ok().filter(|head| !head.is_violation())?;
    let banks = Bank::ALL.into_iter().filter(|bank| bank.size() == head.bank.size());
    let forms: Vec<Format> =
        banks.flat_map(|hash| [Endian::Little, Endian::Big].map(|endian| Format { endian, hash })).collect();
    let name = text[start + head.end..].split(|byte| *byte == b' ').next()?;
    let template = std::str::from_utf8(name).ok().filter(|template| *template != "ima")?;
    let layout = fields::layout(template)?;
    let fields = start + head.end + name.len() + 1;
    let mut data = Vec::new();
    for end in ends.iter().copied().take_while(|end| *end <= fields + MAX_JOINED_NAME) {
        for format in &forms {
            let entry = text.get(fields..end)?;
            *hashed += entry.len();
            head.bank = format.hash;
            let proves = |data: &[u8]| head.is_hash_of(template, data);
            if readings::read(&layout, entry, format.endian, &mut data, proves) == Ok(true) {
                return Some(*format);
            }
        }
    }
    None
}
