//! SHA-1 and SHA-256 of messages of known length, straight from the compression functions.
//!
//! A measurement list is millions of messages of one or two blocks. The buffers of a streaming hasher cost as much as
//! the compression of those; here a message is padded once (FIPS 180-4, section 5.1.1: the same for both) and each PCR
//! extend is blocks of fixed form.

use sha1::block_api::compress as compress_sha1;
use sha2::block_api::compress256 as compress_sha256;

const BLOCK: usize = 64;
/// Initial state of SHA-1 (FIPS 180-4, section 5.3.1).
const SHA1: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
/// Initial state of SHA-256 (FIPS 180-4, section 5.3.3).
const SHA256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// What follows a message of one block.
const PADDING_AFTER_BLOCK: [u8; BLOCK] = {
    let mut block = [0; BLOCK];
    block[0] = 0x80;
    block[BLOCK - 2] = 2; // 512 bits
    block
};
/// A block of SHA-1's extend, with room for two digests in front.
const SHA1_EXTEND: [u8; BLOCK] = {
    let mut block = [0; BLOCK];
    block[40] = 0x80;
    block[BLOCK - 2] = 1; // 320 bits
    block[BLOCK - 1] = 0x40;
    block
};

/// A message in blocks.
pub(super) struct Padded<'a> {
    whole: &'a [[u8; BLOCK]],
    tail: [[u8; BLOCK]; 2],
    tails: usize,
}

impl<'a> Padded<'a> {
    /// Pad `message`.
    pub(super) fn new(message: &'a [u8]) -> Self {
        let (whole, rest) = message.as_chunks::<BLOCK>();
        let mut tail = [[0; BLOCK]; 2];
        let flat = tail.as_flattened_mut();
        flat[..rest.len()].copy_from_slice(rest);
        flat[rest.len()] = 0x80;
        let tails = if rest.len() < BLOCK - 8 { 1 } else { 2 };
        let bits = message.len() as u64 * 8;
        flat[tails * BLOCK - 8..tails * BLOCK].copy_from_slice(&bits.to_be_bytes());
        Self { whole, tail, tails }
    }

    /// Its SHA-1 and SHA-256. Block by block in turn: neither needs the other, so a processor works on both at once.
    pub(super) fn both(&self) -> ([u8; 20], [u8; 32]) {
        let (mut sha1, mut sha256) = (SHA1, SHA256);
        for block in self.whole.iter().chain(&self.tail[..self.tails]) {
            compress_sha1(&mut sha1, std::slice::from_ref(block));
            compress_sha256(&mut sha256, std::slice::from_ref(block));
        }
        (sha1_bytes(sha1), sha256_bytes(sha256))
    }

    /// Its SHA-1.
    pub(super) fn sha1(&self) -> [u8; 20] {
        let mut state = SHA1;
        compress_sha1(&mut state, self.whole);
        compress_sha1(&mut state, &self.tail[..self.tails]);
        sha1_bytes(state)
    }

    /// Its SHA-256.
    pub(super) fn sha256(&self) -> [u8; 32] {
        let mut state = SHA256;
        compress_sha256(&mut state, self.whole);
        compress_sha256(&mut state, &self.tail[..self.tails]);
        sha256_bytes(state)
    }
}

/// SHA-1 of `old` and `new`, the value of a PCR after an extend.
pub(super) fn extend_sha1(old: &[u8; 20], new: &[u8; 20]) -> [u8; 20] {
    let mut block = SHA1_EXTEND;
    block[..20].copy_from_slice(old);
    block[20..40].copy_from_slice(new);
    let mut state = SHA1;
    compress_sha1(&mut state, &[block]);
    sha1_bytes(state)
}

/// SHA-256 of `old` and `new`, the value of a PCR after an extend.
pub(super) fn extend_sha256(old: &[u8; 32], new: &[u8; 32]) -> [u8; 32] {
    let mut blocks = [[0; BLOCK], PADDING_AFTER_BLOCK];
    blocks[0][..32].copy_from_slice(old);
    blocks[0][32..].copy_from_slice(new);
    let mut state = SHA256;
    compress_sha256(&mut state, &blocks);
    sha256_bytes(state)
}

fn sha1_bytes(state: [u32; 5]) -> [u8; 20] {
    let mut bytes = [0; 20];
    for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *chunk = word.to_be_bytes();
    }
    bytes
}

fn sha256_bytes(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *chunk = word.to_be_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha1::{Digest, Sha1};
    use sha2::Sha256;

    #[test]
    fn every_length_of_the_tail() {
        let message: Vec<u8> = (0..=255).collect();
        for length in 0..message.len() {
            let padded = Padded::new(&message[..length]);
            assert_eq!(padded.sha1()[..], Sha1::digest(&message[..length])[..], "{length}");
            assert_eq!(padded.sha256()[..], Sha256::digest(&message[..length])[..], "{length}");
        }
    }

    proptest! {
        #[test]
        fn extends_are_hashes_of_both(old: [u8; 32], new: [u8; 32]) {
            prop_assert_eq!(&extend_sha256(&old, &new)[..], &Sha256::digest([old, new].concat())[..]);
            let (old, new) = (old.first_chunk::<20>().unwrap(), new.first_chunk::<20>().unwrap());
            prop_assert_eq!(&extend_sha1(old, new)[..], &Sha1::digest([*old, *new].concat())[..]);
        }
    }
}
