//! One entry to one `ImaEvent` and back.
//!
//! Written and read field by field, without an object in between: a list has millions of entries.

mod read;
mod write;

pub use read::Event;
pub use write::EventWriter;

use crate::ima::template::{Readable, name_of, number_of};
use crate::ima::wire::Template;

const TEMPLATES: [(&str, Template); 8] = [
    ("ima-ng", Template::ImaNg),
    ("ima-sig", Template::ImaSig),
    ("ima", Template::Ima),
    ("ima-ngv2", Template::ImaNgv2),
    ("ima-sigv2", Template::ImaSigv2),
    ("ima-buf", Template::ImaBuf),
    ("ima-modsig", Template::ImaModsig),
    ("evm-sig", Template::EvmSig),
];

/// Numbers of the fields of `ImaEvent`.
mod number {
    pub const EVENT_NUMBER: u32 = 1;
    pub const PCR_INDEX: u32 = 2;
    pub const TEMPLATE_HASH: u32 = 3;
    pub const ALGORITHM: u32 = 4;
    pub const DIGEST: u32 = 5;
    pub const NAME: u32 = 6;
    pub const SIGNATURE: u32 = 7;
    pub const TEMPLATE: u32 = 8;
    pub const TEMPLATE_DATA: u32 = 9;
    pub const TEMPLATE_NAME: u32 = 10;
}

/// Fields 4 to 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts<'a> {
    algorithm: Option<i32>,
    digest: &'a [u8],
    name: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The fields that say `readable`, and whether they say all of it: an algorithm may have no number, or two names.
    fn of(readable: &Readable<'a>) -> (Self, bool) {
        let number = readable.algorithm.and_then(number_of);
        let parts = Self {
            algorithm: number,
            digest: readable.digest.unwrap_or_default(),
            name: readable.name.unwrap_or_default(),
            signature: readable.signature.unwrap_or_default(),
        };
        (parts, number.and_then(name_of) == readable.algorithm)
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn template_number(name: &str) -> Template {
    TEMPLATES.iter().find(|(known, _)| *known == name).map_or(Template::Other, |(_, number)| *number)
}

#[cfg(test)]
mod tests;
