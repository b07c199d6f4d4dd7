//! The kernel's template fields and descriptors: `supported_fields` and `builtin_templates` of `ima_template.c`.

/// Longest identifier of a field (`IMA_TEMPLATE_FIELD_ID_MAX_LEN`).
const MAX_ID: usize = 16;
/// Most fields that a format may have (`IMA_TEMPLATE_NUM_FIELDS_MAX`).
pub const MAX_FIELDS: usize = 15;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// A field that the kernel knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        impl Field {
            /// The kernel's identifier, such as `d-ng`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

fields! {
    /// Digest, bare.
    Digest = "d",
    /// Name of at most 255 bytes.
    Name = "n",
    /// Digest with its algorithm.
    DigestNg = "d-ng",
    /// Digest with its type and algorithm.
    DigestNgv2 = "d-ngv2",
    /// Name of any length.
    NameNg = "n-ng",
    /// `security.ima` where it is a signature, else `security.evm` where it is a portable one.
    Signature = "sig",
    /// A measured buffer.
    Buffer = "buf",
    /// Digest that the appended signature covers.
    DigestModsig = "d-modsig",
    /// The appended signature, CMS.
    Modsig = "modsig",
    /// `security.evm` where it is a portable signature.
    EvmSignature = "evmsig",
    /// Owner of the file.
    Uid = "iuid",
    /// Group of the file.
    Gid = "igid",
    /// Mode of the file.
    Mode = "imode",
    /// Names of the extended attributes that EVM protects, joined by `|`.
    XattrNames = "xattrnames",
    /// Their lengths, u32 each.
    XattrLengths = "xattrlengths",
    /// Their values.
    XattrValues = "xattrvalues",
}

use Field::{
    Buffer, Digest, DigestModsig, DigestNg, DigestNgv2, EvmSignature, Gid, Mode, Modsig, Name, NameNg,
    Signature, Uid, XattrLengths, XattrNames, XattrValues,
};

const EVM_SIG: &[Field] =
    &[DigestNg, NameNg, EvmSignature, XattrNames, XattrLengths, XattrValues, Uid, Gid, Mode];

/// Which fields an entry has, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout<'a> {
    /// Those of a descriptor of the kernel's.
    Known(&'static [Field]),
    /// Those of a format string: `ima_template_fmt=` of the kernel command line, which the list shows as the name.
    Format(&'a str),
}

impl<'a> Layout<'a> {
    /// The fields of the template called `name`; None where it is neither a descriptor nor a format string.
    ///
    /// Identifiers that no kernel has are taken: what they mean is unknown, but where they end is not.
    #[must_use]
    pub fn of(name: &'a str) -> Option<Self> {
        let known: &[Field] = match name {
            "ima-ng" => &[DigestNg, NameNg],
            "ima-sig" => &[DigestNg, NameNg, Signature],
            "ima" => &[Digest, Name],
            "ima-ngv2" => &[DigestNgv2, NameNg],
            "ima-sigv2" => &[DigestNgv2, NameNg, Signature],
            "ima-buf" => &[DigestNg, NameNg, Buffer],
            "ima-modsig" => &[DigestNg, NameNg, Signature, DigestModsig, Modsig],
            "evm-sig" => EVM_SIG,
            _ => return is_format(name).then_some(Self::Format(name)),
        };
        Some(Self::Known(known))
    }

    /// How many fields there are.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Known(fields) => fields.len(),
            Self::Format(format) => format.split('|').count(),
        }
    }

    /// The identifier at `index`.
    #[must_use]
    pub fn id(self, index: usize) -> Option<&'a str> {
        match self {
            Self::Known(fields) => fields.get(index).map(|field| field.id()),
            Self::Format(format) => format.split('|').nth(index),
        }
    }

    /// Where the field called `id` stands first.
    #[must_use]
    pub fn position(self, id: &str) -> Option<usize> {
        match self {
            Self::Known(fields) => fields.iter().position(|field| field.id() == id),
            Self::Format(format) => format.split('|').position(|found| found == id),
        }
    }

    /// Where `field` stands first.
    #[must_use]
    pub fn find(self, field: Field) -> Option<usize> {
        match self {
            Self::Known(fields) => fields.iter().position(|found| *found == field),
            Self::Format(_) => self.position(field.id()),
        }
    }
}

fn is_format(name: &str) -> bool {
    name.split('|').all(|id| (1..=MAX_ID).contains(&id.len())) && name.split('|').count() <= MAX_FIELDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_formats_with_a_name() {
        let descriptors = [
            ("ima", "d|n"),
            ("ima-ng", "d-ng|n-ng"),
            ("ima-sig", "d-ng|n-ng|sig"),
            ("ima-ngv2", "d-ngv2|n-ng"),
            ("ima-sigv2", "d-ngv2|n-ng|sig"),
            ("ima-buf", "d-ng|n-ng|buf"),
            ("ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig"),
            ("evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode"),
        ];
        for (name, format) in descriptors {
            let (known, spelled) = (Layout::of(name).unwrap(), Layout::of(format).unwrap());
            assert!(matches!((known, spelled), (Layout::Known(_), Layout::Format(_))));
            assert_eq!(known.count(), spelled.count());
            for (index, id) in format.split('|').enumerate() {
                assert_eq!((known.id(index), spelled.id(index)), (Some(id), Some(id)));
                assert_eq!((known.position(id), spelled.position(id)), (Some(index), Some(index)));
            }
            assert_eq!((known.id(known.count()), known.position("x")), (None, None));
        }
    }

    #[test]
    fn formats_have_bounds() {
        let most = vec!["n-ng"; MAX_FIELDS].join("|");
        assert_eq!(Layout::of(&most).unwrap().count(), MAX_FIELDS);
        assert!(Layout::of("d-ng|of-another-tree").is_some());
        for none in ["", "|", "d-ng|", "d-ng||n-ng", "an-identifier-too-long", &format!("{most}|sig")] {
            assert!(Layout::of(none).is_none(), "{none}");
        }
    }
}
