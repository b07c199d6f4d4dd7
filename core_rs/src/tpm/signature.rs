//! `TPMT_SIGNATURE` (Part 2, section 11.3.4): RSASSA, RSAPSS and ECDSA.

use super::algorithm::{HashAlgorithm, SignatureScheme};
use super::reader::Reader;
use crate::error::Result;

/// Longest RSA signature, bytes.
pub const MAX_RSA: usize = 512;
/// Longest coordinate of a curve: P-521.
pub const MAX_ECC: usize = 66;

/// The numbers of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// As PKCS#1 writes it.
    Rsa(&'a [u8]),
    /// r and s, unsigned, without padding to the curve's size.
    EcDsa {
        /// The x-coordinate's residue.
        r: &'a [u8],
        /// The other half.
        s: &'a [u8],
    },
}

/// A signature with its scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature<'a> {
    /// How it was made.
    pub scheme: SignatureScheme,
    /// What it was made over, and what digests the PCRs of a quote.
    pub hash: HashAlgorithm,
    /// The numbers.
    pub value: Value<'a>,
}

impl<'a> Signature<'a> {
    /// Read a signature, which must fill `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new("TPMT_SIGNATURE", bytes)?;
        let id = reader.u16("sigAlg")?;
        let Some(scheme) = SignatureScheme::from_id(id) else {
            return Err(reader.fault(0, format!("sigAlg {id:#06x} is none of RSASSA, RSAPSS, ECDSA")));
        };
        let hash = read_hash(&mut reader)?;
        let value = match scheme {
            SignatureScheme::RsaSsa | SignatureScheme::RsaPss => {
                Value::Rsa(number(&mut reader, MAX_RSA, "sig")?)
            }
            SignatureScheme::EcDsa => Value::EcDsa {
                r: number(&mut reader, MAX_ECC, "signatureR")?,
                s: number(&mut reader, MAX_ECC, "signatureS")?,
            },
        };
        reader.finish()?;
        Ok(Self { scheme, hash, value })
    }
}

/// Only what a verifier can compute.
fn read_hash(reader: &mut Reader<'_>) -> Result<HashAlgorithm> {
    let start = reader.offset();
    let hash = HashAlgorithm::read(reader, "hash")?;
    match hash.digest(&[]) {
        Some(_) => Ok(hash),
        None => Err(reader.fault(start, format!("signatures over {} are not verified", hash.name()))),
    }
}

fn number<'a>(reader: &mut Reader<'a>, limit: usize, what: &str) -> Result<&'a [u8]> {
    let start = reader.offset();
    match reader.sized(limit, what)? {
        [] => Err(reader.fault(start, format!("{what} is empty"))),
        bytes => Ok(bytes),
    }
}
