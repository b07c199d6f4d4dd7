//! Strict JSON: bounded streaming reading (RFC 8259, and I-JSON's rules of RFC 7493 §2), escaping, envelope splitting.
//!
//! The grammar is struson's: it refuses lone surrogates, invalid UTF-8, comments, trailing commas and trailing data, and
//! restricts numbers to 100 characters and two exponent digits. What it does not do is added here: member names that
//! repeat (at any depth), and bounds on names, numbers and strings *while* they are read, see [`gate`].

mod envelope;
mod escape;
mod gate;
mod keys;
mod members;
mod text;
mod walker;

pub use envelope::{EnvelopeParts, split_envelope, unescape_member};
pub use escape::escape_file;
pub use members::{Kind, Member, Name, members, validate};
pub use text::{DigestAlgorithm, check_text, digest_with_prefix};

/// What a reader refuses to go beyond. Sizes are in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The whole text.
    pub size: u64,
    /// Containers inside containers.
    pub depth: u32,
    /// Names remembered at once (those of all open objects together), and rows returned by [`members`].
    pub members: usize,
    /// One member name, unescaped.
    pub name: usize,
    /// One string as it stands in the text, escapes and quotes included.
    pub string: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { size: 512 << 20, depth: 64, members: 1_000_000, name: 1024, string: u64::MAX }
    }
}

#[cfg(test)]
mod tests;
