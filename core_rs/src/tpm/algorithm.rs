//! `TPM_ALG_ID` (Part 2, section 6.3; numbers from the TCG Algorithm Registry).

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::reader::Reader;
use crate::error::Result;

/// "No algorithm", where a structure allows for none.
pub const NULL: u16 = 0x0010;

/// A hash algorithm that PCR banks, names and signatures are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-1: banks and names of old devices.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SM3, 256 bits: carried, never computed here.
    Sm3,
    /// SHA3-256: carried, never computed here.
    Sha3Of256,
    /// SHA3-384: carried, never computed here.
    Sha3Of384,
    /// SHA3-512: carried, never computed here.
    Sha3Of512,
}

impl HashAlgorithm {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Sha1,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sm3,
        Self::Sha3Of256,
        Self::Sha3Of384,
        Self::Sha3Of512,
    ];

    /// Its `TPM_ALG_ID`.
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::Sha1 => 0x0004,
            Self::Sha256 => 0x000b,
            Self::Sha384 => 0x000c,
            Self::Sha512 => 0x000d,
            Self::Sm3 => 0x0012,
            Self::Sha3Of256 => 0x0027,
            Self::Sha3Of384 => 0x0028,
            Self::Sha3Of512 => 0x0029,
        }
    }

    /// The algorithm of that `TPM_ALG_ID`.
    #[must_use]
    pub fn from_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.id() == id)
    }

    /// Its name as a PCR bank.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sm3 => "sm3_256",
            Self::Sha3Of256 => "sha3_256",
            Self::Sha3Of384 => "sha3_384",
            Self::Sha3Of512 => "sha3_512",
        }
    }

    /// Length of its digests, bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sm3 | Self::Sha3Of256 => 32,
            Self::Sha384 | Self::Sha3Of384 => 48,
            Self::Sha512 | Self::Sha3Of512 => 64,
        }
    }

    /// The digest of `bytes`; None for an algorithm that is only carried.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Sha1 => Some(Sha1::digest(bytes).to_vec()),
            Self::Sha256 => Some(Sha256::digest(bytes).to_vec()),
            Self::Sha384 => Some(Sha384::digest(bytes).to_vec()),
            Self::Sha512 => Some(Sha512::digest(bytes).to_vec()),
            _ => None,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, what: &str) -> Result<Self> {
        let start = reader.offset();
        let id = reader.u16(what)?;
        Self::from_id(id)
            .ok_or_else(|| reader.fault(start, format!("{what}: unknown hash algorithm {id:#06x}")))
    }
}

/// A signature scheme that is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// PKCS#1 v1.5.
    RsaSsa,
    /// RSASSA-PSS.
    RsaPss,
    /// ECDSA over a NIST curve.
    EcDsa,
}

impl SignatureScheme {
    /// The scheme of that `TPM_ALG_ID`.
    #[must_use]
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0014 => Some(Self::RsaSsa),
            0x0016 => Some(Self::RsaPss),
            0x0018 => Some(Self::EcDsa),
            _ => None,
        }
    }

    /// Its name as in the specification, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaSsa => "rsassa",
            Self::RsaPss => "rsapss",
            Self::EcDsa => "ecdsa",
        }
    }
}
