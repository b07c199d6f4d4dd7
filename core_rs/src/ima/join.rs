//! One list out of several that follow each other: chunks that were exported one after another, or copies of a growing list.
//!
//! Where a list begins with entries that the joined list already ends with, or is in it as a whole, those are not
//! repeated. That is recognised by 16 bytes of BLAKE3 per entry, kept for the whole list. Violations alone are never
//! taken for a repetition: the kernel records equal ones again and again. A gap between two lists cannot be seen here;
//! only the PCR that the joined list must lead to shows it.

use std::io::Write;

use crate::error::{Error, Result};
use crate::ima::Summary;
use crate::ima::binary::ListReader;
use crate::ima::format::Format;
use crate::ima::list::{Entry, ListWriter};
use crate::ima::source::Stream;
use crate::ima::template::Endian;

/// What one list gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Entries of the list.
    pub entries: u64,
    /// How many of them, from the first on, were in the joined list already.
    pub repeated: u64,
}

/// A list that can be read twice.
pub trait Chunk {
    /// What messages call it.
    fn label(&self) -> &str;
    /// Read it from its beginning.
    fn open(&self) -> Result<ListReader<Stream<'_>>>;
}

/// Join `chunks` in their order; `max_size` limits the joined list.
pub fn join<C: Chunk, W: Write>(chunks: &[C], out: W, max_size: u64) -> Result<(Summary, Vec<Part>)> {
    let mut writer = ListWriter::new(out, max_size);
    let mut written: Vec<Print> = Vec::new();
    let mut parts = Vec::new();
    let mut known: Option<(Format, &str)> = None;
    for chunk in chunks {
        let place = |error| at(chunk.label(), error);
        let (prints, format) = prints(chunk).map_err(place)?;
        if let Some(format) = format {
            let (first, label) = *known.get_or_insert((format, chunk.label()));
            if format != first {
                let reason = format!("{}, where {label} is {}", kind(format), kind(first));
                return Err(place(Error::ImaFormat { index: 0, offset: 0, reason }));
            }
        }
        let repeated = repeated(&written, &prints);
        copy(chunk, &prints, repeated, &mut writer).map_err(place)?;
        written.extend_from_slice(&prints[repeated..]);
        parts.push(Part { entries: prints.len() as u64, repeated: repeated as u64 });
    }
    Ok((writer.finish()?, parts))
}

/// An entry's identity: BLAKE3, but for the lowest bit, which says whether it is a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Print(u128);

impl Print {
    fn of(entry: &Entry<'_>) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&entry.pcr.to_le_bytes());
        hasher.update(entry.template_hash);
        // Names of templates have no NUL, and the hash before has the same length in the whole list.
        hasher.update(entry.template.as_bytes()).update(b"\0").update(entry.data);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(u128::from_le_bytes(bytes) & !1 | u128::from(entry.is_violation()))
    }

    fn is_violation(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The prints of all entries, and the form of the list; None of an empty one, which has none.
fn prints<C: Chunk>(chunk: &C) -> Result<(Vec<Print>, Option<Format>)> {
    let mut list = chunk.open()?;
    let format = list.format()?;
    let mut prints = Vec::new();
    while let Some(entry) = list.next_entry()? {
        prints.push(Print::of(&entry));
    }
    let format = (!prints.is_empty()).then_some(format);
    Ok((prints, format))
}

/// Number of entries at the head of `next` that `written` ends with, all of them if it has them anywhere: the search of
/// Knuth, Morris and Pratt.
fn repeated(written: &[Print], next: &[Print]) -> usize {
    if next.is_empty() {
        return 0;
    }
    let mut fallback = vec![0; next.len()];
    let mut matched = 0;
    for at in 1..next.len() {
        matched = step(next, &fallback, matched, next[at]);
        fallback[at] = matched;
    }
    matched = 0;
    let mut whole = false;
    for print in written {
        matched = step(next, &fallback, matched, *print);
        whole |= matched == next.len();
    }
    let repeated = if whole { next.len() } else { matched };
    if next[..repeated].iter().all(|print| print.is_violation()) { 0 } else { repeated }
}

fn step(next: &[Print], fallback: &[usize], mut matched: usize, print: Print) -> usize {
    while matched > 0 && next.get(matched) != Some(&print) {
        matched = fallback[matched - 1];
    }
    matched + usize::from(next[matched] == print)
}

/// Write the entries of `chunk` behind the first `repeated`.
fn copy<C: Chunk, W: Write>(
    chunk: &C,
    prints: &[Print],
    repeated: usize,
    writer: &mut ListWriter<W>,
) -> Result<()> {
    let mut list = chunk.open()?;
    let format = list.format()?;
    let mut at = 0;
    while let Some(entry) = list.next_entry()? {
        if prints.get(at) != Some(&Print::of(&entry)) {
            return Err(Error::ChangedWhileRead { path: chunk.label().into() });
        }
        if at >= repeated {
            writer.push(&entry, format)?.map_err(|reason| Error::ImaFormat {
                index: entry.number,
                offset: entry.offset,
                reason,
            })?;
        }
        at += 1;
    }
    if at < prints.len() {
        return Err(Error::ChangedWhileRead { path: chunk.label().into() });
    }
    Ok(())
}

fn kind(format: Format) -> String {
    let order = if format.endian == Endian::Little { "little" } else { "big" };
    format!("{order}-endian with template hashes of {}", format.hash.name())
}

/// Say in which list an error lies.
fn at(label: &str, error: Error) -> Error {
    match error {
        Error::ImaFormat { index, offset, reason } => {
            Error::ImaFormat { index, offset, reason: format!("{label}: {reason}") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ima::source::read_list;
    use proptest::collection::vec;
    use proptest::prelude::*;

    struct Bytes(Vec<u8>);

    impl Chunk for Bytes {
        fn label(&self) -> &'static str {
            "a list"
        }

        fn open(&self) -> Result<ListReader<Stream<'_>>> {
            Ok(read_list(&self.0[..], 1 << 20)?.0)
        }
    }

    /// A list of one entry per number; 0 to 9 are violations.
    fn list(numbers: &[u8]) -> Bytes {
        let mut out = Vec::new();
        let mut writer = ListWriter::new(&mut out, 1 << 20);
        for number in numbers {
            let template_hash = &[u8::from(*number >= 10); 20];
            let entry =
                Entry { number: 0, offset: 0, pcr: 10, template_hash, template: "ima-ng", data: &[*number] };
            writer.push(&entry, Format::default()).expect("an output").expect("an entry");
        }
        writer.finish().expect("an output");
        Bytes(out)
    }

    fn joined(chunks: &[&[u8]]) -> Vec<u8> {
        let chunks: Vec<Bytes> = chunks.iter().map(|numbers| list(numbers)).collect();
        let mut out = Vec::new();
        join(&chunks, &mut out, 1 << 20).expect("lists");
        let (mut reader, _) = read_list(&out[..], 1 << 20).expect("a list");
        let mut numbers = Vec::new();
        while let Some(entry) = reader.next_entry().expect("a list") {
            numbers.push(entry.data[0]);
        }
        numbers
    }

    #[test]
    fn repetitions_are_left_out() {
        assert_eq!(joined(&[&[11, 12], &[13]]), [11, 12, 13]);
        assert_eq!(joined(&[&[11, 12], &[11, 12, 13]]), [11, 12, 13]);
        assert_eq!(joined(&[&[11, 12, 13], &[12, 13, 14], &[]]), [11, 12, 13, 14]);
        assert_eq!(joined(&[&[11, 12, 13], &[12]]), [11, 12, 13]);
        assert_eq!(joined(&[&[11, 11, 12, 11, 11], &[11, 11, 12, 13]]), [11, 11, 12, 11, 11, 12, 13]);
    }

    #[test]
    fn another_list_with_the_same_head_is_none() {
        assert_eq!(joined(&[&[11, 12, 13], &[11, 12, 14]]), [11, 12, 13, 11, 12, 14]);
    }

    #[test]
    fn violations_alone_prove_no_repetition() {
        assert_eq!(joined(&[&[11, 1], &[1, 12]]), [11, 1, 1, 12]);
        assert_eq!(joined(&[&[11, 1, 12], &[1, 12, 13]]), [11, 1, 12, 13]);
    }

    proptest! {
        #[test]
        fn copies_of_a_growing_list_join_to_it(cuts in vec((0..40_usize, 0..40_usize), 1..5)) {
            let all: Vec<u8> = (20..60).collect();
            let mut end = 0;
            let mut chunks = vec![];
            for (start, more) in cuts {
                let (start, next) = (start.min(end), (end + more).min(all.len()));
                chunks.push(&all[start..next]);
                end = next;
            }
            prop_assert_eq!(joined(&chunks), &all[..end]);
        }
    }
}
