//! Text in event data: firmware and boot loaders write ASCII, UTF-8 or UTF-16, with or without a final NUL.

/// The text that `data` is, if it is one: UTF-16 or UTF-8, at least one character, printable but for line breaks and tabs.
///
/// Final NULs are left out, and one byte after the NUL, since shim and GRUB logged a byte more than their text for years.
pub(super) fn of(data: &[u8]) -> Option<String> {
    narrow(data).or_else(|| wide(data).filter(|text| is_likely(text)))
}

/// Whether text is not just what any bytes look like in UTF-16: a digest reads as a row of ideographs.
fn is_likely(text: &str) -> bool {
    let ascii = text.chars().filter(char::is_ascii).count();
    ascii * 4 >= text.chars().count() * 3
}

/// UTF-16 text of any script, for data that is known to be text.
pub(super) fn wide(data: &[u8]) -> Option<String> {
    let (units, []) = data.as_chunks::<2>() else { return None };
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let text = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
    printable(text.trim_end_matches('\0'))
}

fn narrow(data: &[u8]) -> Option<String> {
    let (text, after) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &data[..0]),
    };
    // A first NUL right after one character is how UTF-16 begins.
    let garbage = after.len() > 1 || (text.len() == 1 && !after.is_empty());
    if garbage && after.iter().any(|byte| *byte != 0) {
        return None;
    }
    printable(std::str::from_utf8(text).ok()?)
}

fn printable(text: &str) -> Option<String> {
    let shown = |character: char| !character.is_control() || matches!(character, '\n' | '\t' | '\r');
    (!text.is_empty() && text.chars().all(shown)).then(|| text.to_owned())
}

/// UTF-16 up to its NUL, whatever it holds; what is no UTF-16 becomes U+FFFD.
pub(super) fn lossy(data: &[u8]) -> String {
    let units = data.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}
