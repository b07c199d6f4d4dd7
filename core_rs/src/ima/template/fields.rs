//! The fields of one entry, borrowed from its template data.

use crate::ima::template::algorithm::Hashed;
use crate::ima::template::field::{Field, Layout, MAX_FIELDS};
use crate::ima::template::{Endian, LEGACY_DIGEST, LEGACY_NAME};

/// The fields of one entry, by the kernel's identifiers and by what they mean.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    layout: Layout<'a>,
    /// As they stand in the list; the first `count` of them.
    values: [&'a [u8]; MAX_FIELDS],
    count: usize,
    endian: Endian,
    legacy: bool,
}

impl<'a> Fields<'a> {
    /// Decode template data; None when it is not exactly of the form that the template's name says.
    #[must_use]
    pub fn decode(template: &'a str, data: &'a [u8], endian: Endian) -> Option<Self> {
        let layout = Layout::of(template)?;
        let legacy = template == LEGACY_NAME;
        let mut fields = Self { layout, values: [&[]; MAX_FIELDS], count: layout.count(), endian, legacy };
        let mut rest = data;
        for (index, value) in fields.values[..fields.count].iter_mut().enumerate() {
            let length = if legacy && index == 0 { None } else { Some(take_length(&mut rest, endian)?) };
            (*value, rest) = rest.split_at_checked(length.unwrap_or(LEGACY_DIGEST))?;
        }
        rest.is_empty().then_some(fields)
    }

    /// Identifiers and values in the order of the list; a format may name a field twice.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + '_ {
        let ids = (0..self.count).map(|index| self.layout.id(index).unwrap_or_default());
        ids.zip(self.values.iter().copied())
    }

    /// The value of the field that the kernel calls `id`, as it stands in the list; the first where there are several.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&'a [u8]> {
        self.layout.position(id).map(|index| self.values[index])
    }

    /// The digest field taken apart: `d-ng`, `d-ngv2` or `d`.
    #[must_use]
    pub fn hashed(&self) -> Option<Hashed<'a>> {
        if let Some(content) = self.field(Field::DigestNg) {
            return Some(Hashed::split(content, false));
        }
        if let Some(content) = self.field(Field::DigestNgv2) {
            return Some(Hashed::split(content, true));
        }
        self.field(Field::Digest).map(Hashed::bare)
    }

    /// Algorithm of [`Self::digest`] as the list names it, without the digest's type.
    #[must_use]
    pub fn algorithm(&self) -> Option<&'a str> {
        self.hashed()?.algorithm
    }

    /// What the digest is of, where the list says it: `ima` or `verity`.
    #[must_use]
    pub fn digest_type(&self) -> Option<&'a str> {
        self.hashed()?.digest_type
    }

    /// Digest of what was measured; None where the template has none.
    #[must_use]
    pub fn digest(&self) -> Option<&'a [u8]> {
        Some(self.hashed()?.digest)
    }

    /// Name as logged, without its final NUL; None where the template has none.
    #[must_use]
    pub fn name(&self) -> Option<&'a [u8]> {
        let name = self.raw_name()?;
        Some(if self.legacy { name } else { name.strip_suffix(b"\0").unwrap_or(name) })
    }

    /// Whether the name ends as the kernel ends names.
    pub(super) fn has_sound_name(&self) -> bool {
        self.legacy || self.raw_name().is_some_and(|name| name.ends_with(b"\0"))
    }

    fn raw_name(&self) -> Option<&'a [u8]> {
        self.field(Field::NameNg).or_else(|| self.field(Field::Name))
    }

    /// The signature: field `sig`, or `evmsig` where there is no such field; empty where the file has none.
    #[must_use]
    pub fn signature(&self) -> Option<&'a [u8]> {
        self.field(Field::Signature).or_else(|| self.field(Field::EvmSignature))
    }

    /// Owner (`iuid`), in the byte order of the list.
    #[must_use]
    pub fn uid(&self) -> Option<u64> {
        self.endian.number(self.field(Field::Uid)?)
    }

    /// Group (`igid`), in the byte order of the list.
    #[must_use]
    pub fn gid(&self) -> Option<u64> {
        self.endian.number(self.field(Field::Gid)?)
    }

    /// Mode with the file's type (`imode`), in the byte order of the list.
    #[must_use]
    pub fn mode(&self) -> Option<u64> {
        self.endian.number(self.field(Field::Mode)?)
    }

    /// Extended attributes by name, out of `xattrnames`, `xattrlengths` and `xattrvalues`; None where one of these is
    /// missing, or they do not fit together.
    #[must_use]
    pub fn xattrs(&self) -> Option<Vec<(&'a [u8], &'a [u8])>> {
        let names = self.field(Field::XattrNames)?;
        let (lengths, rest) = self.field(Field::XattrLengths)?.as_chunks::<4>();
        let mut values = self.field(Field::XattrValues)?;
        let names = names.strip_suffix(b"\0").unwrap_or(names);
        let mut names = names.split(|byte| *byte == b'|').filter(|name| !name.is_empty());
        let mut found = Vec::new();
        for length in lengths {
            let length = usize::try_from(self.endian.u32(*length)).ok()?;
            let (value, after) = values.split_at_checked(length)?;
            found.push((names.next()?, value));
            values = after;
        }
        (rest.is_empty() && values.is_empty() && names.next().is_none()).then_some(found)
    }

    fn field(&self, field: Field) -> Option<&'a [u8]> {
        self.layout.find(field).map(|index| self.values[index])
    }
}

fn take_length(rest: &mut &[u8], endian: Endian) -> Option<usize> {
    let (length, after) = rest.split_first_chunk()?;
    *rest = after;
    usize::try_from(endian.u32(*length)).ok()
}

#[cfg(test)]
mod tests;
