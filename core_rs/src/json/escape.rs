//! Text to the body of a JSON string, with no escape that RFC 8259 §7 does not demand.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::text::Chunks;
use crate::error::{Error, Result};

/// What stands for each byte below 0x20, and for the two others that need an escape.
fn escape(byte: u8) -> Option<[u8; 6]> {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' | b'\\' => Some([b'\\', byte, 0, 0, 0, 0]),
        0x08 => Some(*b"\\b\0\0\0\0"),
        b'\t' => Some(*b"\\t\0\0\0\0"),
        b'\n' => Some(*b"\\n\0\0\0\0"),
        0x0c => Some(*b"\\f\0\0\0\0"),
        b'\r' => Some(*b"\\r\0\0\0\0"),
        0x00..0x20 => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            Some([b'\\', b'u', b'0', b'0', high, low])
        }
        _ => None,
    }
}

/// Write the UTF-8 text of a file as the body of a JSON string, quotes not included; returns the bytes written.
///
/// U+0000 and invalid UTF-8 are refused with their byte offset in the file; what came before is written by then.
pub fn escape_file(source: &Path, target: File) -> Result<u64> {
    let mut chunks = Chunks::open(source)?;
    let mut writer = Counted { inner: BufWriter::with_capacity(128 << 10, target), count: 0 };
    let failed = |error| Error::io("write", "escaped text", error);
    while let Some(text) = chunks.next_text()? {
        escape_into(text, &mut writer).map_err(failed)?;
    }
    writer.inner.flush().map_err(failed)?;
    Ok(writer.count)
}

/// Write `text` escaped.
pub(super) fn escape_into(text: &str, writer: &mut impl Write) -> std::io::Result<()> {
    let bytes = text.as_bytes();
    let mut plain_from = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if let Some(escaped) = escape(byte) {
            writer.write_all(&bytes[plain_from..index])?;
            let length = if escaped[1] == b'u' { 6 } else { 2 };
            writer.write_all(&escaped[..length])?;
            plain_from = index + 1;
        }
    }
    writer.write_all(&bytes[plain_from..])
}

struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
