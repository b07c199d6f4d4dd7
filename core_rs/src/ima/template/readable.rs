//! The parts of an entry that a reader wants, and the entries that these parts alone give back.

use crate::ima::template::algorithm::Hashed;
use crate::ima::template::{Endian, Fields, LEGACY_DIGEST, LEGACY_NAME};

/// What the digest of `d-ngv2` is of, unless it is said.
const USUAL_TYPE: &str = "ima";

/// A template whose entries [`Readable`] can rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    legacy: bool,
    typed: bool,
    signed: bool,
}

impl Template {
    /// The template of that name; None where an entry needs its template data.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let template = |legacy, typed, signed| Some(Self { legacy, typed, signed });
        match name {
            LEGACY_NAME => template(true, false, false),
            "ima-ng" => template(false, false, false),
            "ima-sig" => template(false, false, true),
            "ima-ngv2" => template(false, true, false),
            "ima-sigv2" => template(false, true, true),
            _ => None,
        }
    }
}

/// Digest, name and signature of an entry; None where its template has no such field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readable<'a> {
    /// Algorithm of the digest as the list names it.
    pub algorithm: Option<&'a str>,
    /// Digest of what was measured.
    pub digest: Option<&'a [u8]>,
    /// Name without its final NUL.
    pub name: Option<&'a [u8]>,
    /// Signature; None also where the file has none.
    pub signature: Option<&'a [u8]>,
}

impl<'a> Readable<'a> {
    /// Take the parts out of `fields`; true when [`Self::encode`] gives back the template data that they are of.
    #[must_use]
    pub fn of(template: &str, fields: &Fields<'a>) -> (Self, bool) {
        let hashed = fields.hashed();
        let readable = Self {
            algorithm: hashed.and_then(|hashed| hashed.algorithm),
            digest: hashed.map(|hashed| hashed.digest),
            name: fields.name(),
            signature: fields.signature().filter(|signature| !signature.is_empty()),
        };
        let is_usual = |template: Template| match hashed {
            Some(Hashed { digest_type, algorithm: Some(_), .. }) if template.typed => {
                digest_type == Some(USUAL_TYPE)
            }
            _ => true,
        };
        let whole = Template::from_name(template).is_some_and(is_usual) && fields.has_sound_name();
        (readable, whole)
    }

    /// Bytes of all parts.
    #[must_use]
    pub fn size(&self) -> usize {
        [self.digest, self.name, self.signature].into_iter().flatten().map(<[u8]>::len).sum()
    }

    /// Append the template data of an entry of template `name` with these parts to `out`. Error: why there is none.
    pub fn encode(&self, name: &str, endian: Endian, out: &mut Vec<u8>) -> Result<(), String> {
        let template = Template::from_name(name)
            .ok_or_else(|| format!("an entry of template {name} without its template data"))?;
        let (digest, path) = (self.digest.unwrap_or_default(), self.name.unwrap_or_default());
        if self.signature.is_some() && !template.signed {
            return Err(format!("template {name} has no signature"));
        }
        if template.legacy {
            if digest.len() != LEGACY_DIGEST || self.algorithm.is_some() {
                return Err(format!("template {name} has a bare digest of {LEGACY_DIGEST} bytes"));
            }
            out.extend_from_slice(digest);
            put_field(out, endian, &[path]);
            return Ok(());
        }
        let usual = if template.typed { "ima:" } else { "" };
        match self.algorithm {
            Some(algorithm) => {
                put_field(out, endian, &[usual.as_bytes(), algorithm.as_bytes(), b":\0", digest]);
            }
            None => put_field(out, endian, &[digest]),
        }
        put_field(out, endian, &[path, b"\0"]);
        if template.signed {
            put_field(out, endian, &[self.signature.unwrap_or_default()]);
        }
        Ok(())
    }
}

/// Append one field, its length before it.
pub fn put_field(out: &mut Vec<u8>, endian: Endian, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Longer fields are refused with the entry: its limit is far below u32::MAX.
    out.extend_from_slice(&endian.bytes(u32::try_from(length).unwrap_or(u32::MAX)));
    for part in parts {
        out.extend_from_slice(part);
    }
}
