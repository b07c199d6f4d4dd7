//! The list as JSON: an array of `IMA-EVENT` objects, and back to the kernel's binary list, byte for byte.
//!
//! Leaves are those of the grouping `IMA-EVENT` in the YANG module `Cisco-IOS-XR-remote-attestation-act`, encoded as
//! RFC 7951 says (64-bit numbers are strings, `binary` is base64), with `filedata-hash-algorithm` of RFC 9684. Ours:
//! `filename-hint-bytes` for names that are not UTF-8, `template-data` where the leaves cannot rebuild the entry, and
//! `big-endian` (true) on every event of a list in that byte order. An array of base64 strings is the compact form.

mod leaves;
mod read;
mod write;

pub use read::rebuild;
pub use write::{Layout, write_blocks, write_events};
