//! What a TPM 2.0 hands out with a quote: `TPMS_ATTEST`, `TPMT_SIGNATURE`, the public area of its key, the PCRs beside it.
//!
//! Structures are those of the TPM 2.0 Library specification, Part 2 ("Structures"), big-endian and without padding. Only
//! bytes are read here; which key may be trusted and whether a signature verifies is decided by the callers. Everything
//! is untrusted: each size is bounded, nothing may follow, and an error names the structure and the offset in it.

pub mod algorithm;
pub mod attest;
pub mod pcr_file;
pub mod public;
mod reader;
pub mod selection;
pub mod signature;
#[cfg(test)]
mod tests;

/// Largest input of any reader here, bytes: some hundred PCR values of the longest digest fit.
pub const MAX_INPUT: usize = 1 << 20;
