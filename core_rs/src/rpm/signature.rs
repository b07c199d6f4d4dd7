//! Who signed a package, as its `OpenPGP` signature claims (RFC 4880, RFC 9580). Nothing is verified here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::header::{Entry, Header};
use super::tags::signature as tag;

const SIGNATURE_PACKET: u8 = 2;
const ISSUER: u8 = 16;
const ISSUER_FINGERPRINT: u8 = 33;

/// What the signature tags of a package say about its signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    /// There is no signature.
    Unsigned,
    /// Key id, 8 bytes.
    KeyId([u8; 8]),
    /// There is a signature, and it does not say whose it is.
    Unreadable,
}

/// The issuer that a database's header names: signatures lie beside the region that they sign.
#[must_use]
pub fn in_database(header: &Header<'_>) -> Issuer {
    let tags = [tag::RSA_HEADER, tag::DSA_HEADER, tag::OPENPGP, tag::SIGPGP, tag::SIGGPG];
    first(header, tags.iter().flat_map(|tag| header.appended(*tag).map(move |entry| (*tag, entry))))
}

/// The issuer that a package file's signature header names.
#[must_use]
pub fn in_signature_header(header: &Header<'_>) -> Issuer {
    let tags = [tag::RSA_HEADER, tag::DSA_HEADER, tag::OPENPGP, tag::FILE_PGP, tag::FILE_GPG];
    first(header, tags.iter().flat_map(|tag| header.anywhere(*tag).map(move |entry| (*tag, entry))))
}

fn first<'e>(header: &Header<'_>, found: impl Iterator<Item = (u32, &'e Entry)>) -> Issuer {
    let mut answer = Issuer::Unsigned;
    for (number, entry) in found {
        let key_id = if number == tag::OPENPGP {
            header
                .entry_strings(entry)
                .and_then(|mut texts| texts.find_map(|text| issuer_of(&STANDARD.decode(text).ok()?)))
        } else {
            issuer_of(header.raw(entry))
        };
        match key_id {
            Some(key_id) => return Issuer::KeyId(key_id),
            None => answer = Issuer::Unreadable,
        }
    }
    answer
}

/// The key id that the first signature packet naming one gives.
#[must_use]
pub fn issuer_of(mut packets: &[u8]) -> Option<[u8; 8]> {
    while !packets.is_empty() {
        let (kind, body, rest) = packet(packets)?;
        if kind == SIGNATURE_PACKET
            && let Some(key_id) = signature_issuer(body)
        {
            return Some(key_id);
        }
        packets = rest;
    }
    None
}

/// Split off one packet: its type, its body, what follows (RFC 9580 §4.2). Partial lengths are not for signatures.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let (kind, length, rest) = if first & 0x40 != 0 {
        let (length, rest) = variable_length(rest)?;
        (first & 0x3f, length, rest)
    } else {
        let size = match first & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => return Some((first >> 2 & 0xf, rest, &[])),
        };
        let (length, rest) = rest.split_at_checked(size)?;
        (first >> 2 & 0xf, big_endian(length), rest)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((kind, body, rest))
}

/// A length of one, two or five octets, of a new packet or of a subpacket; 224 to 254 begins a partial length.
fn variable_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..192 => Some((usize::from(first), rest)),
        192..224 => {
            let (&second, rest) = rest.split_first()?;
            Some((((usize::from(first) - 192) << 8) + usize::from(second) + 192, rest))
        }
        255 => {
            let (length, rest) = rest.split_at_checked(4)?;
            Some((big_endian(length), rest))
        }
        _ => None,
    }
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

fn signature_issuer(body: &[u8]) -> Option<[u8; 8]> {
    match *body.first()? {
        2 | 3 => body.get(7..15)?.try_into().ok(),
        version @ (4..=6) => {
            let width = if version == 6 { 4 } else { 2 };
            let (hashed, rest) = area(body.get(4..)?, width)?;
            // What the signature covers speaks first: anyone can change the other area.
            area_issuer(hashed).or_else(|| area_issuer(area(rest, width)?.0))
        }
        _ => None,
    }
}

fn area(bytes: &[u8], width: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(width)?;
    rest.split_at_checked(big_endian(length))
}

/// The issuer's key id, else what its fingerprint makes of it.
fn area_issuer(area: &[u8]) -> Option<[u8; 8]> {
    find(area, ISSUER).and_then(|id| id.try_into().ok()).or_else(|| {
        let (&version, fingerprint) = find(area, ISSUER_FINGERPRINT)?.split_first()?;
        match version {
            // RFC 9580 §5.5.4: the low 64 bits of a version 4 fingerprint, the high ones of a later one.
            4 => fingerprint.last_chunk().filter(|_| fingerprint.len() == 20).copied(),
            5 | 6 => fingerprint.first_chunk().filter(|_| fingerprint.len() == 32).copied(),
            _ => None,
        }
    })
}

fn find(mut area: &[u8], kind: u8) -> Option<&[u8]> {
    while !area.is_empty() {
        let (length, rest) = variable_subpacket_length(area)?;
        let (subpacket, rest) = rest.split_at_checked(length)?;
        let (&found, body) = subpacket.split_first()?;
        // The high bit says that a reader must understand the subpacket.
        if found & 0x7f == kind {
            return Some(body);
        }
        area = rest;
    }
    None
}

/// Like [`variable_length`], but 224 to 254 are two-octet lengths here (RFC 9580 §5.2.3.7).
fn variable_subpacket_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [first @ 192..=254, second, rest @ ..] => {
            Some((((usize::from(*first) - 192) << 8) + usize::from(*second) + 192, rest))
        }
        _ => variable_length(bytes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 8] = [0xdd, 0xce, 0xad, 0x3d, 0xcb, 0x38, 0x04, 0x8d];

    fn v4(hashed: &[u8], unhashed: &[u8]) -> Vec<u8> {
        let mut body = vec![4, 0, 1, 8, 0, u8::try_from(hashed.len()).unwrap()];
        body.extend(hashed);
        body.extend([0, u8::try_from(unhashed.len()).unwrap()]);
        body.extend(unhashed);
        body.extend([0xab, 0xcd, 0, 8, 0xff]);
        let mut packet = vec![0x88, u8::try_from(body.len()).unwrap()];
        packet.extend(body);
        packet
    }

    fn issuer(key: &[u8]) -> Vec<u8> {
        [&[9, ISSUER], key].concat()
    }

    fn fingerprint(version: u8, key: &[u8]) -> Vec<u8> {
        [&[u8::try_from(key.len()).unwrap() + 2, ISSUER_FINGERPRINT, version], key].concat()
    }

    #[test]
    fn issuer_subpackets_name_the_key() {
        assert_eq!(issuer_of(&v4(&[], &issuer(&KEY))), Some(KEY));
        assert_eq!(issuer_of(&v4(&[5, 2, 0, 0, 0, 0], &issuer(&KEY))), Some(KEY));
        let long = [&[7; 12][..], &KEY].concat();
        assert_eq!(issuer_of(&v4(&fingerprint(4, &long), &[])), Some(KEY));
        let later = [&KEY, &[7; 24][..]].concat();
        assert_eq!(issuer_of(&v4(&fingerprint(6, &later), &[])), Some(KEY));
    }

    #[test]
    fn what_is_signed_outranks_what_is_not() {
        assert_eq!(issuer_of(&v4(&issuer(&KEY), &issuer(&[0; 8]))), Some(KEY));
    }

    #[test]
    fn version_3_has_a_fixed_place() {
        let body = [&[3, 5, 0, 0, 0, 0, 0][..], &KEY, &[1, 2, 0, 0]].concat();
        let old = [&[0x89, 0, u8::try_from(body.len()).unwrap()][..], &body].concat();
        let new = [&[0xc2, u8::try_from(body.len()).unwrap()][..], &body].concat();
        assert_eq!(issuer_of(&old), Some(KEY));
        assert_eq!(issuer_of(&new), Some(KEY));
    }

    #[test]
    fn a_packet_that_is_cut_names_nobody() {
        let whole = v4(&[], &issuer(&KEY));
        for end in 0..whole.len() {
            assert_eq!(issuer_of(&whole[..end]), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = issuer_of(&bytes);
            let _ = issuer_of(&v4(&bytes[..bytes.len().min(100)], &[]));
        }
    }
}
