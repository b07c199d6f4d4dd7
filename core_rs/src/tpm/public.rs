//! `TPM2B_PUBLIC` and `TPMT_PUBLIC` of RSA and ECC keys (Part 2, sections 12.2.4 and 12.2.5), and their names.

use super::algorithm::{HashAlgorithm, NULL};
use super::reader::Reader;
use super::signature::{MAX_ECC, MAX_RSA};
use crate::error::Result;

/// `TPM_ALG_RSA`.
const RSA: u16 = 0x0001;
/// `TPM_ALG_ECC`.
const ECC: u16 = 0x0023;
/// `TPM_ALG_RSAES`: the one asymmetric scheme without a hash.
const RSAES: u16 = 0x0015;
/// `TPM_ALG_ECDAA`: the one with a counter after its hash.
const ECDAA: u16 = 0x001a;
/// RSASSA, RSAPSS, OAEP.
const RSA_HASHED: [u16; 3] = [0x0014, 0x0016, 0x0017];
/// ECDSA, ECDH, SM2, ECSCHNORR, ECMQV.
const ECC_HASHED: [u16; 5] = [0x0018, 0x0019, 0x001b, 0x001c, 0x001d];
/// MGF1, `KDF1_SP800_56A`, KDF2, `KDF1_SP800_108`.
const KDFS: [u16; 4] = [0x0007, 0x0020, 0x0021, 0x0022];
/// AES, SM4, CAMELLIA, TDES.
const BLOCK_CIPHERS: [u16; 4] = [0x0006, 0x0013, 0x0026, 0x0003];
/// The exponent that a zero stands for (Part 2, section 12.2.3.5).
const DEFAULT_EXPONENT: u32 = 65537;
const MAX_POLICY: usize = 64;
const WHAT: &str = "TPMT_PUBLIC";

/// The public numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// RSA.
    Rsa {
        /// Big-endian, of the stated key size.
        modulus: &'a [u8],
        /// Public exponent.
        exponent: u32,
    },
    /// A point of a curve.
    Ecc {
        /// Name such as `P-256`.
        curve: &'static str,
        /// Coordinate, big-endian.
        x: &'a [u8],
        /// Coordinate, big-endian.
        y: &'a [u8],
    },
}

/// The scheme that a key is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    /// `TPM_ALG_ID` of the scheme.
    pub id: u16,
    /// Its hash algorithm; None for RSAES.
    pub hash: Option<HashAlgorithm>,
}

/// A public area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public<'a> {
    /// The `TPMT_PUBLIC` itself, which the name is a digest of.
    pub area: &'a [u8],
    /// Algorithm of the name.
    pub name_algorithm: HashAlgorithm,
    /// `TPMA_OBJECT`.
    pub attributes: u32,
    /// Digest of the policy that uses of the key must satisfy; empty for none.
    pub auth_policy: &'a [u8],
    /// None where the user of the key chooses.
    pub scheme: Option<Scheme>,
    /// The numbers.
    pub key: Key<'a>,
}

impl<'a> Public<'a> {
    /// Read a `TPM2B_PUBLIC` or a bare `TPMT_PUBLIC`, which must fill `bytes`.
    ///
    /// The two cannot be mixed up: a bare one begins with `TPM_ALG_RSA` or `TPM_ALG_ECC`, and no public area is that short.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut outer = Reader::new(WHAT, bytes)?;
        let first = outer.clone().u16("size or type")?;
        if matches!(first, RSA | ECC) {
            return Self::read(outer);
        }
        let inner = outer.inner("TPM2B_PUBLIC")?;
        outer.finish()?;
        Self::read(inner)
    }

    fn read(mut reader: Reader<'a>) -> Result<Self> {
        let area = reader.rest();
        let start = reader.offset();
        let kind = reader.u16("type")?;
        if !matches!(kind, RSA | ECC) {
            return Err(reader.fault(start, format!("type {kind:#06x} is neither RSA nor ECC")));
        }
        let name_algorithm = HashAlgorithm::read(&mut reader, "nameAlg")?;
        let attributes = reader.u32("objectAttributes")?;
        let auth_policy = reader.sized(MAX_POLICY, "authPolicy")?;
        skip_symmetric(&mut reader)?;
        let (scheme, key) = if kind == RSA { read_rsa(&mut reader)? } else { read_ecc(&mut reader)? };
        reader.finish()?;
        Ok(Self { area, name_algorithm, attributes, auth_policy, scheme, key })
    }

    /// The key's name: its algorithm, then the digest of the area (Part 1, section 16); None where that is not computed.
    #[must_use]
    pub fn name(&self) -> Option<Vec<u8>> {
        let digest = self.name_algorithm.digest(self.area)?;
        Some([&self.name_algorithm.id().to_be_bytes(), digest.as_slice()].concat())
    }
}

/// `TPMT_SYM_DEF_OBJECT`: what protects children of a storage key, so none for a signing key.
fn skip_symmetric(reader: &mut Reader<'_>) -> Result<()> {
    let start = reader.offset();
    match reader.u16("symmetric")? {
        NULL => Ok(()),
        id if BLOCK_CIPHERS.contains(&id) => reader.take(4, "symmetric key size and mode").map(|_| ()),
        id => Err(reader.fault(start, format!("symmetric: unknown algorithm {id:#06x}"))),
    }
}

fn read_rsa<'a>(reader: &mut Reader<'a>) -> Result<(Option<Scheme>, Key<'a>)> {
    let start = reader.offset();
    let scheme = match reader.u16("scheme")? {
        NULL => None,
        RSAES => Some(Scheme { id: RSAES, hash: None }),
        id if RSA_HASHED.contains(&id) => Some(hashed(id, reader)?),
        id => return Err(reader.fault(start, format!("scheme {id:#06x} is none of RSA"))),
    };
    let bits = usize::from(reader.u16("keyBits")?);
    let exponent = match reader.u32("exponent")? {
        0 => DEFAULT_EXPONENT,
        other => other,
    };
    let start = reader.offset();
    let modulus = reader.sized(MAX_RSA, "modulus")?;
    if modulus.is_empty() || modulus.len() * 8 != bits || modulus[0] >> 7 == 0 {
        let reason = format!("the modulus of {} bytes is not one of {bits} bits", modulus.len());
        return Err(reader.fault(start, reason));
    }
    Ok((scheme, Key::Rsa { modulus, exponent }))
}

fn read_ecc<'a>(reader: &mut Reader<'a>) -> Result<(Option<Scheme>, Key<'a>)> {
    let start = reader.offset();
    let scheme = match reader.u16("scheme")? {
        NULL => None,
        id if ECC_HASHED.contains(&id) => Some(hashed(id, reader)?),
        ECDAA => {
            let scheme = hashed(ECDAA, reader)?;
            reader.u16("count")?;
            Some(scheme)
        }
        id => return Err(reader.fault(start, format!("scheme {id:#06x} is none of ECC"))),
    };
    let start = reader.offset();
    let id = reader.u16("curveID")?;
    let Some(curve) = curve_name(id) else {
        return Err(reader.fault(start, format!("unknown curve {id:#06x}")));
    };
    skip_kdf(reader)?;
    let x = reader.sized(MAX_ECC, "x")?;
    let y = reader.sized(MAX_ECC, "y")?;
    Ok((scheme, Key::Ecc { curve, x, y }))
}

fn hashed(id: u16, reader: &mut Reader<'_>) -> Result<Scheme> {
    Ok(Scheme { id, hash: Some(HashAlgorithm::read(reader, "hash of the scheme")?) })
}

fn skip_kdf(reader: &mut Reader<'_>) -> Result<()> {
    let start = reader.offset();
    match reader.u16("kdf")? {
        NULL => Ok(()),
        id if KDFS.contains(&id) => HashAlgorithm::read(reader, "hash of the kdf").map(|_| ()),
        id => Err(reader.fault(start, format!("kdf: unknown algorithm {id:#06x}"))),
    }
}

/// `TPM_ECC_CURVE` (Part 2, section 6.4); those that are verified bear the names that `cryptography` and FIPS 186 give them.
const fn curve_name(id: u16) -> Option<&'static str> {
    match id {
        0x0001 => Some("P-192"),
        0x0002 => Some("P-224"),
        0x0003 => Some("P-256"),
        0x0004 => Some("P-384"),
        0x0005 => Some("P-521"),
        0x0010 => Some("BN-P256"),
        0x0011 => Some("BN-P638"),
        0x0020 => Some("SM2-P256"),
        _ => None,
    }
}
