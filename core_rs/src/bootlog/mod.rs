//! The firmware's event log (`binary_bios_measurements`): read, replayed into PCRs, explained.
//!
//! ```text
//! source::read ─▶ log::Events ─▶ Event ─▶ replay::Replay · decode::explain · verify::check
//! ```
//!
//! Formats and rules: TCG PC Client Platform Firmware Profile (PFP) 1.05/1.06 for TPM 2.0, TCG EFI Platform 1.22 and PC
//! Client BIOS specifications for TPM 1.2. A log is kilobytes; it is read whole, up to a limit, and events borrow from it.

pub mod algorithm;
mod cursor;
pub mod decode;
mod guid;
pub mod kind;
pub mod log;
pub mod replay;
mod text;
pub mod verify;

/// Default limit of a log's size in bytes, after decompression; firmware reserves 64 KiB to a few hundred.
pub const DEFAULT_MAX_SIZE: u64 = 16 << 20;

/// Number of PCRs of a PC Client TPM.
pub const PCR_COUNT: u32 = 24;

#[cfg(test)]
mod tests;
