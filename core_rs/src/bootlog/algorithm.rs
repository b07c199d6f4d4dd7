//! Hash algorithms by their TPM number (TCG Algorithm Registry, table 3).

use crate::ima::bank::Bank;

/// The one algorithm of a TPM 1.2 log.
pub const SHA1: u16 = 0x0004;

// Number, name as the kernel writes it, bytes of a digest.
const KNOWN: [(u16, &str, usize); 8] = [
    (SHA1, "sha1", 20),
    (0x000b, "sha256", 32),
    (0x000c, "sha384", 48),
    (0x000d, "sha512", 64),
    (0x0012, "sm3_256", 32),
    (0x0027, "sha3_256", 32),
    (0x0028, "sha3_384", 48),
    (0x0029, "sha3_512", 64),
];

/// Name of the algorithm, None for one that the registry had not when this was written.
#[must_use]
pub fn name(algorithm: u16) -> Option<&'static str> {
    KNOWN.iter().find(|(number, ..)| *number == algorithm).map(|(_, name, _)| *name)
}

/// Bytes of its digests, where that is known without the log's header.
#[must_use]
pub fn size(algorithm: u16) -> Option<usize> {
    KNOWN.iter().find(|(number, ..)| *number == algorithm).map(|(.., size)| *size)
}

/// The bank that can be replayed, None where the algorithm is not implemented here.
#[must_use]
pub fn bank(algorithm: u16) -> Option<Bank> {
    Bank::from_name(name(algorithm)?)
}
