//! Template data: the fields of `ima`, `ima-ng` and `ima-sig`, and the bytes that a template hash covers.
//!
//! Follows the kernel's `security/integrity/ima/ima_template_lib.c` (field layout) and `ima_crypto.c` (what is hashed).
//! Each field of a template but `ima` is `u32 length ‖ content` in the byte order of the list, and is hashed as it
//! stands. Template `ima` has 20 bytes of digest, then `u32 length ‖ name`, and is hashed as digest and the name padded
//! with zeros to 256 bytes.

/// Longest name of a template; the kernel's format strings are far shorter.
pub const MAX_TEMPLATE_NAME: usize = 255;
/// Longest template data of one entry in bytes: a measured buffer or a long signature, with much to spare.
pub const MAX_TEMPLATE_DATA: usize = 16 << 20;
/// Longest file name in template `ima` (`IMA_EVENT_NAME_LEN_MAX`).
pub const MAX_LEGACY_NAME: usize = 255;
/// Bytes of the digest in template `ima`.
pub const LEGACY_DIGEST: usize = 20;

const LEGACY_PADDING: [u8; MAX_LEGACY_NAME + 1] = [0; MAX_LEGACY_NAME + 1];
const MAX_ALGORITHM_NAME: usize = 64;

/// Byte order of a list: the kernel that wrote it, unless booted with `ima_canonical_fmt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// Decode a u32.
    #[must_use]
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// Encode a u32.
    #[must_use]
    pub fn bytes(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    /// Decode the u32 at `at`, None when `bytes` ends before its end.
    #[must_use]
    pub fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(bytes.get(at..)?.first_chunk().copied()?))
    }
}

/// A template whose fields are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// `ima`: d | n.
    Ima,
    /// `ima-ng`: d-ng | n-ng.
    ImaNg,
    /// `ima-sig`: d-ng | n-ng | sig.
    ImaSig,
}

impl Template {
    /// The template of that name; None where its data is carried undecoded.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ima" => Some(Self::Ima),
            "ima-ng" => Some(Self::ImaNg),
            "ima-sig" => Some(Self::ImaSig),
            _ => None,
        }
    }

    /// The name in the list.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ima => "ima",
            Self::ImaNg => "ima-ng",
            Self::ImaSig => "ima-sig",
        }
    }
}

/// The fields of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    /// Which template they are of.
    pub template: Template,
    /// Algorithm of `digest` as the list names it; None where it names none (`ima`, and violations of old kernels).
    pub algorithm: Option<&'a str>,
    /// Digest of the file.
    pub digest: &'a [u8],
    /// Path as logged, without its final NUL.
    pub name: &'a [u8],
    /// Content of `security.ima`: None where the template has no such field, empty where the file has none.
    pub signature: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// Decode template data; None when the template is not one of [`Template`] or the data not exactly of its form.
    #[must_use]
    pub fn decode(template: &str, data: &'a [u8], endian: Endian) -> Option<Self> {
        let template = Template::from_name(template)?;
        if template == Template::Ima {
            let (digest, rest) = data.split_at_checked(LEGACY_DIGEST)?;
            let (name, rest) = take_field(rest, endian)?;
            return rest.is_empty().then_some(Self {
                template,
                algorithm: None,
                digest,
                name,
                signature: None,
            });
        }
        let (hashed, rest) = take_field(data, endian)?;
        let (name, rest) = take_field(rest, endian)?;
        let (signature, rest) = match template {
            Template::ImaSig => take_field(rest, endian).map(|(signature, rest)| (Some(signature), rest))?,
            _ => (None, rest),
        };
        let (algorithm, digest) = split_algorithm(hashed)?;
        let name = name.strip_suffix(b"\0")?;
        rest.is_empty().then_some(Self { template, algorithm, digest, name, signature })
    }

    /// Append the template data of these fields to `out`: the inverse of [`Fields::decode`].
    pub fn encode(&self, endian: Endian, out: &mut Vec<u8>) {
        if self.template == Template::Ima {
            out.extend_from_slice(self.digest);
            put_field(out, endian, &[self.name]);
            return;
        }
        match self.algorithm {
            Some(algorithm) => put_field(out, endian, &[algorithm.as_bytes(), b":\0", self.digest]),
            None => put_field(out, endian, &[self.digest]),
        }
        put_field(out, endian, &[self.name, b"\0"]);
        if let Some(signature) = self.signature {
            put_field(out, endian, &[signature]);
        }
    }
}

fn take_field(data: &[u8], endian: Endian) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(endian.u32_at(data, 0)?).ok()?;
    data[4..].split_at_checked(length)
}

fn put_field(out: &mut Vec<u8>, endian: Endian, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Longer fields are refused with the entry: its limit is far below u32::MAX.
    out.extend_from_slice(&endian.bytes(u32::try_from(length).unwrap_or(u32::MAX)));
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Split `sha256:\0<digest>`; without such a prefix all of it is digest. None when the prefix is no name.
fn split_algorithm(hashed: &[u8]) -> Option<(Option<&str>, &[u8])> {
    let Some(colon) = hashed.windows(2).take(MAX_ALGORITHM_NAME + 1).position(|pair| pair == b":\0") else {
        return Some((None, hashed));
    };
    let name = &hashed[..colon];
    is_algorithm_name(name).then(|| (std::str::from_utf8(name).ok(), &hashed[colon + 2..]))
}

/// Whether `name` may stand before a digest: 1 to 64 printable characters.
#[must_use]
pub fn is_algorithm_name(name: &[u8]) -> bool {
    (1..=MAX_ALGORITHM_NAME).contains(&name.len()) && name.iter().all(u8::is_ascii_graphic)
}

/// The three slices whose concatenation a template hash covers.
#[must_use]
pub fn hashed_parts<'a>(template: &str, data: &'a [u8]) -> [&'a [u8]; 3] {
    if template != "ima" || data.len() < LEGACY_DIGEST + 4 {
        return [data, &[], &[]];
    }
    let name = &data[LEGACY_DIGEST + 4..];
    [&data[..LEGACY_DIGEST], name, LEGACY_PADDING.get(name.len()..).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NG: &[u8] = b"\x0a\0\0\0sha1:\0abcd\x05\0\0\0/x y\0";

    #[test]
    fn decodes_ng() {
        let fields = Fields::decode("ima-ng", NG, Endian::Little).unwrap();
        assert_eq!(
            (fields.algorithm, fields.digest, fields.name),
            (Some("sha1"), &b"abcd"[..], &b"/x y"[..])
        );
        assert_eq!(fields.signature, None);
    }

    #[test]
    fn refuses_what_is_not_of_the_form() {
        for end in 0..NG.len() {
            assert!(Fields::decode("ima-ng", &NG[..end], Endian::Little).is_none(), "{end}");
        }
        assert!(Fields::decode("ima-sig", NG, Endian::Little).is_none());
        assert!(Fields::decode("ima-ng", NG, Endian::Big).is_none());
        assert!(Fields::decode("ima-ngv2", NG, Endian::Little).is_none());
        assert!(Fields::decode("ima-ng", b"\x04\0\0\0\x07:\0d\x01\0\0\0\0", Endian::Little).is_none());
    }

    #[test]
    fn pads_the_name_of_template_ima() {
        let mut data = vec![7; LEGACY_DIGEST];
        data.extend_from_slice(b"\x03\0\0\0/bi");
        let hashed = hashed_parts("ima", &data).concat();
        assert_eq!(hashed.len(), 20 + 256);
        assert_eq!(&hashed[18..26], b"\x07\x07/bi\0\0\0");
    }

    proptest! {
        #[test]
        fn encode_inverts_decode(data in proptest::collection::vec(any::<u8>(), 0..40), big: bool,
                                 template in prop_oneof![Just("ima"), Just("ima-ng"), Just("ima-sig")],
                                 digest in proptest::collection::vec(any::<u8>(), 0..40)) {
            let endian = if big { Endian::Big } else { Endian::Little };
            let mut built = if template == "ima" { vec![1; 20] } else { Vec::new() };
            if template != "ima" { put_field(&mut built, endian, &[&digest]); }
            put_field(&mut built, endian, &[&data, b"\0"]);
            if template == "ima-sig" { put_field(&mut built, endian, &[&digest]); }
            for bytes in [&data, &built] {
                if let Some(fields) = Fields::decode(template, bytes, endian) {
                    let mut again = Vec::new();
                    fields.encode(endian, &mut again);
                    prop_assert_eq!(&again, bytes);
                }
            }
        }
    }
}
