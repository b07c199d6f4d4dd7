//! IMA measurement lists: the kernel's binary form, its replay into PCRs, and two loss-free forms for transport.
//!
//! ```text
//! source ─▶ [ascii::AsciiList ─▶] binary::ListReader ─▶ Entry ─▶ replay · compact::compact · json_events::write_events
//!                        list::ListWriter ◀─ Entry ◀─ compact::expand · json_events::rebuild
//! ```
//!
//! Everything streams: one entry or one block is in memory, never a list. A list may begin at any entry of the kernel's: its
//! tail is what follows the entries that a verifier knows.

pub mod aggregate;
pub mod ascii;
pub mod bank;
pub mod binary;
mod blocks;
pub mod compact;
pub mod compare;
pub mod describe;
pub mod entries;
pub mod filter;
pub mod follow;
pub mod format;
pub mod join;
pub mod json_events;
pub mod list;
pub mod pcrs;
pub mod prefix;
pub mod replay;
pub mod scheme;
pub mod source;
pub mod template;
#[rustfmt::skip]
pub mod wire;

/// Default limit of a list's size in bytes, after decompression; about eight million entries.
pub const DEFAULT_MAX_SIZE: u64 = 1 << 30;

/// What went through a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries of the list.
    pub entries: u64,
    /// Bytes that these entries take in the kernel's binary list.
    pub list_bytes: u64,
    /// Blocks written or read, 0 where the other form has none.
    pub blocks: u64,
    /// Number of the first entry, None where there is none.
    pub first_event: Option<u64>,
}

#[cfg(test)]
mod tests;
