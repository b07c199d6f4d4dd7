//! `TPMS_ATTEST` of a quote (Part 2, sections 10.11 and 10.12.8), bare or as `TPM2B_ATTEST`.

use super::reader::Reader;
use super::selection::{self, BankSelection};
use crate::error::Result;

/// First bytes of everything that a TPM itself made and signed.
pub const TPM_GENERATED: u32 = 0xff54_4347;
/// `TPM_ST_ATTEST_QUOTE`.
pub const QUOTE: u16 = 0x8018;
/// Longest name and extra data: a hash algorithm and the longest digest (Part 2, `TPM2B_NAME` and `TPM2B_DATA`).
pub const MAX_NAME: usize = 66;
const MAX_DIGEST: usize = 64;
const WHAT: &str = "TPMS_ATTEST";

/// `TPMS_CLOCK_INFO`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Milliseconds that the TPM was powered since it was last cleared.
    pub clock: u64,
    /// TPM resets since it was last cleared.
    pub reset_count: u32,
    /// Resumes and restarts since the last reset.
    pub restart_count: u32,
    /// False when a higher clock value may have been reported before.
    pub safe: bool,
}

/// A quote before anything about it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attest<'a> {
    /// The `TPMS_ATTEST` itself: what the signature covers.
    pub signed: &'a [u8],
    /// Qualified name of the signing key: it depends on the key's parents too.
    pub qualified_signer: &'a [u8],
    /// What the caller of `TPM2_Quote` asked to be signed along.
    pub extra_data: &'a [u8],
    /// Clock and counters.
    pub clock: Clock,
    /// The vendor's number.
    pub firmware_version: u64,
    /// What was quoted, which is not always what was asked for.
    pub selection: Vec<BankSelection>,
    /// Digest, by the signature's algorithm, over the selected PCRs in order.
    pub pcr_digest: &'a [u8],
}

impl<'a> Attest<'a> {
    /// Read a quote, which must fill `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut outer = Reader::new(WHAT, bytes)?;
        if bytes.starts_with(&TPM_GENERATED.to_be_bytes()) {
            return Self::read(outer);
        }
        if bytes.get(2..6) == Some(TPM_GENERATED.to_be_bytes().as_slice()) {
            let inner = outer.inner("TPM2B_ATTEST")?;
            outer.finish()?;
            return Self::read(inner);
        }
        Err(outer.fault(0, format!("does not begin with TPM_GENERATED ({TPM_GENERATED:08x})")))
    }

    fn read(mut reader: Reader<'a>) -> Result<Self> {
        let signed = reader.rest();
        reader.u32("magic")?;
        let start = reader.offset();
        let kind = reader.u16("type")?;
        if kind != QUOTE {
            return Err(reader.fault(start, format!("type {kind:#06x} is no quote ({QUOTE:#06x})")));
        }
        let attest = Self {
            signed,
            qualified_signer: reader.sized(MAX_NAME, "qualifiedSigner")?,
            extra_data: reader.sized(MAX_NAME, "extraData")?,
            clock: read_clock(&mut reader)?,
            firmware_version: reader.u64("firmwareVersion")?,
            selection: selection::read(&mut reader)?,
            pcr_digest: reader.sized(MAX_DIGEST, "pcrDigest")?,
        };
        reader.finish()?;
        Ok(attest)
    }
}

fn read_clock(reader: &mut Reader<'_>) -> Result<Clock> {
    let clock = reader.u64("clock")?;
    let reset_count = reader.u32("resetCount")?;
    let restart_count = reader.u32("restartCount")?;
    let start = reader.offset();
    let safe = match reader.u8("safe")? {
        0 => false,
        1 => true,
        other => return Err(reader.fault(start, format!("safe is {other}, neither 0 nor 1"))),
    };
    Ok(Clock { clock, reset_count, restart_count, safe })
}
