//! Structures put together by hand and real ones: read back, and refused with the offset once damaged.

mod properties;
mod real;

use super::algorithm::HashAlgorithm;

/// A TPM2B.
fn sized(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

#[derive(Debug, Clone)]
struct Quote {
    signer: Vec<u8>,
    extra: Vec<u8>,
    clock: (u64, u32, u32, bool),
    firmware: u64,
    banks: Vec<(HashAlgorithm, [u8; 3])>,
    digest: Vec<u8>,
}

impl Quote {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0xff, 0x54, 0x43, 0x47, 0x80, 0x18];
        bytes.extend(sized(&self.signer));
        bytes.extend(sized(&self.extra));
        bytes.extend(self.clock.0.to_be_bytes());
        bytes.extend(self.clock.1.to_be_bytes());
        bytes.extend(self.clock.2.to_be_bytes());
        bytes.push(u8::from(self.clock.3));
        bytes.extend(self.firmware.to_be_bytes());
        bytes.extend(u32::try_from(self.banks.len()).unwrap().to_be_bytes());
        for (bank, bitmap) in &self.banks {
            bytes.extend(bank.id().to_be_bytes());
            bytes.push(3);
            bytes.extend(bitmap);
        }
        bytes.extend(sized(&self.digest));
        bytes
    }
}
