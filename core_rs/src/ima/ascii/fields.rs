//! From the text of a field to its bytes in the list.
//!
//! Follows the show functions of the kernel's `ima_template_lib.c`. Some texts stand for more than one content: those are
//! the variants of a field, the usual one first.

use crate::ima::template::{Endian, LEGACY_DIGEST, LEGACY_NAME, Layout, is_algorithm_name};

/// How a field is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Hexadecimal digits: `d`, `sig`, `buf` and their like.
    Hex,
    /// `algorithm:hex` or `type:algorithm:hex`: `d-ng`, `d-ngv2`, `d-modsig`.
    Digest,
    /// Text that ends at a NUL in the list: `n`, `n-ng`, `xattrnames`.
    Text,
    /// A decimal number of 32 bits: `iuid`, `igid`.
    Number,
    /// A decimal number of 16 bits: `imode`.
    Mode,
    /// The digest of template `ima`: 20 bytes without a length.
    LegacyDigest,
    /// The name of template `ima`: without a NUL.
    LegacyName,
}

/// The fields of a template by the name that stands in the list; None for a template that no kernel has.
pub fn layout(template: &str) -> Option<Vec<Kind>> {
    if template == LEGACY_NAME {
        return Some(vec![Kind::LegacyDigest, Kind::LegacyName]);
    }
    let layout = Layout::of(template)?;
    (0..layout.count()).map(|at| layout.id(at).and_then(kind)).collect()
}

fn kind(field: &str) -> Option<Kind> {
    match field {
        "d" | "sig" | "buf" | "modsig" | "evmsig" | "xattrlengths" | "xattrvalues" => Some(Kind::Hex),
        "d-ng" | "d-ngv2" | "d-modsig" => Some(Kind::Digest),
        "n" | "n-ng" | "xattrnames" => Some(Kind::Text),
        "iuid" | "igid" => Some(Kind::Number),
        "imode" => Some(Kind::Mode),
        _ => None,
    }
}

impl Kind {
    /// Whether blanks and line ends may be part of the field.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::LegacyName)
    }

    /// Number of contents that `text` may stand for.
    pub fn variants(self, text: &[u8]) -> usize {
        match self {
            Self::Text if text.is_empty() => 2,
            Self::Digest if !text.is_empty() && !text.contains(&b':') => 2,
            Self::Number | Self::Mode if !text.is_empty() => 2,
            _ => 1,
        }
    }

    /// Append the field to `out`, with its length where the list has one; the error says why `text` is none.
    pub fn encode(
        self,
        text: &[u8],
        variant: usize,
        endian: Endian,
        first: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        match self {
            Self::LegacyDigest => {
                let digest = hex_bytes(text)?;
                if digest.len() != LEGACY_DIGEST {
                    return Err(format!("a digest of {} bytes, where 20 are possible", digest.len()));
                }
                out.extend_from_slice(&digest);
            }
            Self::LegacyName => put(out, endian, &[text]),
            // No name and an empty name print alike. A name is always there, xattrnames only with a file.
            Self::Text if text.is_empty() && (variant == 0) != first => put(out, endian, &[]),
            Self::Text => put(out, endian, &[text, b"\0"]),
            Self::Hex => put(out, endian, &[&hex_bytes(text)?]),
            Self::Digest => encode_digest(text, variant, endian, out)?,
            Self::Number | Self::Mode => encode_number(self, text, variant, endian, out)?,
        }
        Ok(())
    }
}

fn encode_digest(text: &[u8], variant: usize, endian: Endian, out: &mut Vec<u8>) -> Result<(), String> {
    let Some(colon) = memchr::memrchr(b':', text) else {
        let digest = hex_bytes(text)?;
        // Kernels before Linux 6.0 left the name of an unknown algorithm out and kept the colon.
        let prefix: &[u8] = if text.is_empty() || variant == 1 { b"" } else { b":\0" };
        put(out, endian, &[prefix, &digest]);
        return Ok(());
    };
    let algorithm = &text[..colon];
    if !is_algorithm_name(algorithm) {
        return Err("a digest algorithm that is no name".into());
    }
    put(out, endian, &[algorithm, b":\0", &hex_bytes(&text[colon + 1..])?]);
    Ok(())
}

fn encode_number(
    kind: Kind,
    text: &[u8],
    variant: usize,
    endian: Endian,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    if text.is_empty() {
        put(out, endian, &[]);
        return Ok(());
    }
    let number = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number: u32 = number
        .and_then(|text| text.parse().ok())
        .ok_or("an owner, group or mode that is no number of 32 bits")?;
    let short = (kind == Kind::Mode) == (variant == 0);
    match (u16::try_from(number), endian) {
        (Ok(number), Endian::Little) if short => put(out, endian, &[&number.to_le_bytes()]),
        (Ok(number), Endian::Big) if short => put(out, endian, &[&number.to_be_bytes()]),
        _ => put(out, endian, &[&endian.bytes(number)]),
    }
    Ok(())
}

fn hex_bytes(text: &[u8]) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|error| match error {
        hex::FromHexError::OddLength => {
            format!("a field of {} hexadecimal digits, an odd number", text.len())
        }
        _ => "a field that is not hexadecimal".into(),
    })
}

fn put(out: &mut Vec<u8>, endian: Endian, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Lines are bounded far below u32::MAX.
    out.extend_from_slice(&endian.bytes(u32::try_from(length).unwrap_or(u32::MAX)));
    for part in parts {
        out.extend_from_slice(part);
    }
}
