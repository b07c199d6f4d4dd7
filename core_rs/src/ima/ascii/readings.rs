//! All readings of the fields of one entry.

use std::ops::Range;

use super::fields::Kind;
use crate::ima::template::Endian;

/// Readings of one arrangement of blanks that are tried at most.
const MAX_VARIANTS: usize = 64;

/// Try the readings of `text`, what stands behind the name of the template and a blank, the most plain one first.
///
/// Each is written to `data` and shown to `proves`; the first that it takes ends the search with true. With false the
/// most plain one is left in `data`; the error says why that is none.
pub fn read(
    layout: &[Kind],
    text: &[u8],
    endian: Endian,
    data: &mut Vec<u8>,
    mut proves: impl FnMut(&[u8]) -> bool,
) -> Result<bool, String> {
    let tokens = tokens(text);
    let mut plain: Option<Result<Vec<u8>, String>> = None;
    for dropped in 0..=droppable(layout) {
        for spans in arrangements(layout, &tokens, dropped) {
            let texts: Vec<&[u8]> = spans.into_iter().map(|span| &text[span]).collect();
            let variants: usize = layout.iter().zip(&texts).map(|(kind, text)| kind.variants(text)).product();
            for variant in 0..variants.min(MAX_VARIANTS) {
                data.clear();
                let encoded = encode(layout, &texts, variant, endian, data);
                if encoded.is_ok() && proves(data) {
                    return Ok(true);
                }
                let malformed = encoded.is_err();
                plain.get_or_insert_with(|| encoded.map(|()| data.clone()));
                if malformed {
                    break;
                }
            }
        }
    }
    let fields = || format!("{} fields, where the template has {}", tokens.len(), layout.len());
    *data = plain.unwrap_or_else(|| Err(fields()))?;
    Ok(false)
}

/// How many fields at the end may be missing with the blanks before them: empty ones, whose blanks an editor took away.
fn droppable(layout: &[Kind]) -> usize {
    let name = layout.iter().position(|kind| kind.is_text()).unwrap_or(0);
    layout.len() - 1 - name
}

/// Where the parts between blanks lie.
fn tokens(text: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b' ', text).chain([text.len()]);
    ends.map(|end| std::mem::replace(&mut start, end + 1)..end).collect()
}

/// The ways to give `tokens` to the fields but the last `dropped`, which are empty: blanks too many are part of one text.
fn arrangements(layout: &[Kind], tokens: &[Range<usize>], dropped: usize) -> Vec<Vec<Range<usize>>> {
    let given = layout.len() - dropped;
    let Some(spare) = tokens.len().checked_sub(given) else { return Vec::new() };
    let empty = tokens.last().map_or(0, |last| last.end);
    let spread = |at: usize| {
        let mut spans = tokens[..at].to_vec();
        spans.push(tokens[at].start..tokens[at + spare].end);
        spans.extend_from_slice(&tokens[at + spare + 1..]);
        spans.extend(std::iter::repeat_n(empty..empty, dropped));
        spans
    };
    if spare == 0 {
        return vec![spread(0)];
    }
    (0..given).filter(|at| layout[*at].is_text()).map(spread).collect()
}

fn encode(
    layout: &[Kind],
    texts: &[&[u8]],
    variant: usize,
    endian: Endian,
    data: &mut Vec<u8>,
) -> Result<(), String> {
    let mut left = variant;
    let name = layout.iter().position(|kind| kind.is_text());
    for (at, (kind, text)) in layout.iter().zip(texts).enumerate() {
        let count = kind.variants(text);
        kind.encode(text, left % count, endian, Some(at) == name, data)?;
        left /= count;
    }
    Ok(())
}
