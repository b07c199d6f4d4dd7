//! What a TPM and tpm2-tools wrote, and each field of it changed to something that no TPM writes.

use super::Quote;
use crate::error::Error;
use crate::tpm::algorithm::{HashAlgorithm, SignatureScheme};
use crate::tpm::attest::Attest;
use crate::tpm::pcr_file;
use crate::tpm::public::{Key, Public};
use crate::tpm::signature::{Signature, Value};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/tpm/", $name))
    };
}

/// The offset and reason of a refusal.
fn refusal<T: std::fmt::Debug>(result: crate::error::Result<T>) -> (u64, String) {
    match result.unwrap_err() {
        Error::TpmFormat { offset, reason, .. } => (offset, reason),
        other => panic!("{other}"),
    }
}

fn changed(bytes: &[u8], at: usize, value: u8) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    copy[at] = value;
    copy
}

#[test]
fn a_real_quote_is_read() {
    let quote = Attest::parse(vector!("rsa/quote.msg")).unwrap();
    assert_eq!((quote.clock.clock, quote.clock.reset_count, quote.clock.restart_count), (86241, 3, 0));
    assert!(quote.clock.safe);
    assert_eq!(hex::encode(quote.extra_data), "613765237aa2c038a1d1d6f4545741b8dcb87fe0");
    let banks: Vec<_> = quote.selection.iter().map(|bank| (bank.bank, bank.pcrs.len())).collect();
    assert_eq!(banks, [(HashAlgorithm::Sha1, 11), (HashAlgorithm::Sha256, 11)]);
}

#[test]
fn what_no_tpm_writes_is_refused_where_it_stands() {
    let bytes = vector!("rsa/quote.msg");
    assert_eq!(refusal(Attest::parse(&changed(bytes, 0, 0xfe))).0, 0);
    let (offset, reason) = refusal(Attest::parse(&changed(bytes, 5, 0x17)));
    assert_eq!((offset, reason.as_str()), (4, "type 0x8017 is no quote (0x8018)"));
    assert_eq!(refusal(Attest::parse(&changed(bytes, 7, 67))).0, 6);
    assert_eq!(refusal(Attest::parse(&changed(bytes, 0x50, 2))), (0x50, "safe is 2, neither 0 nor 1".into()));
    assert_eq!(refusal(Attest::parse(&changed(bytes, 0x5c, 17))).0, 0x59);
    let (offset, reason) = refusal(Attest::parse(&changed(bytes, 0x5e, 5)));
    assert_eq!((offset, reason.as_str()), (0x5d, "PCR bank: unknown hash algorithm 0x0005"));
    assert_eq!(refusal(Attest::parse(&changed(bytes, 0x5f, 5))).0, 0x5f);
    assert_eq!(refusal(Attest::parse(&changed(bytes, 0x5f, 0))).0, 0x5f);
}

#[test]
fn a_quote_of_nothing_is_read_as_that() {
    let quote = Quote {
        signer: Vec::new(),
        extra: Vec::new(),
        clock: (0, 0, 0, false),
        firmware: 0,
        banks: vec![(HashAlgorithm::Sha1, [0; 3])],
        digest: vec![0; 32],
    };
    let bytes = quote.encode();
    let read = Attest::parse(&bytes).unwrap();
    assert_eq!(read.selection.len(), 1);
    assert!(read.selection[0].pcrs.is_empty());
}

#[test]
fn real_signatures_are_read() {
    let rsa = Signature::parse(vector!("rsa/quote.sig")).unwrap();
    assert_eq!((rsa.scheme, rsa.hash), (SignatureScheme::RsaSsa, HashAlgorithm::Sha256));
    assert!(matches!(rsa.value, Value::Rsa(number) if number.len() == 256));
    let ecc = Signature::parse(vector!("ecc/quote.sig")).unwrap();
    assert_eq!(ecc.scheme, SignatureScheme::EcDsa);
    assert!(matches!(ecc.value, Value::EcDsa { r, s } if r.len() == 32 && s.len() == 32));
    let bytes = vector!("ecc/quote.sig");
    assert_eq!(refusal(Signature::parse(&changed(bytes, 1, 0x1a))).0, 0);
    assert_eq!(
        refusal(Signature::parse(&changed(bytes, 3, 0x12))).1,
        "signatures over sm3_256 are not verified"
    );
    assert_eq!(refusal(Signature::parse(&changed(bytes, 5, 67))).0, 4);
    assert_eq!(refusal(Signature::parse(&[0, 0x14, 0, 0x0b, 0, 0])), (4, "sig is empty".into()));
}

#[test]
fn real_public_areas_are_read() {
    let rsa = Public::parse(vector!("rsa/ak.pub")).unwrap();
    assert_eq!(rsa.attributes, 0x0005_0072);
    assert!(matches!(rsa.key, Key::Rsa { modulus, exponent: 65537 } if modulus.len() == 256));
    let bytes = vector!("ecc/ak.pub");
    let ecc = Public::parse(bytes).unwrap();
    assert!(matches!(ecc.key, Key::Ecc { curve: "P-256", x, y } if x.len() == 32 && y.len() == 32));
    let name = "000bc9863db51cebbc8d1d3a7a2bd4b4330f2893ffde84ce7dfb87b35617ecee8be7";
    assert_eq!(hex::encode(ecc.name().unwrap()), name);
    // A bare TPMT_PUBLIC is the same key.
    assert_eq!(Public::parse(&bytes[2..]).unwrap(), ecc);
}

#[test]
fn public_areas_of_no_key_are_refused() {
    let bytes = vector!("ecc/ak.pub");
    assert_eq!(
        refusal(Public::parse(&changed(bytes, 3, 8))),
        (2, "type 0x0008 is neither RSA nor ECC".into())
    );
    assert_eq!(refusal(Public::parse(&changed(bytes, 0x13, 0x77))).1, "unknown curve 0x0077");
    assert_eq!(refusal(Public::parse(&changed(bytes, 0x0d, 0x11))).1, "symmetric: unknown algorithm 0x0011");
    assert_eq!(refusal(Public::parse(&bytes[..bytes.len() - 1])).0, 2);
    let rsa = vector!("rsa/ak.pub");
    assert!(refusal(Public::parse(&changed(rsa, 0x12, 4))).1.contains("not one of 1024 bits"));
}

#[test]
fn a_storage_key_is_read_too() {
    // TPMT_PUBLIC of an RSA key that protects children with AES-128 in CFB mode.
    let mut area =
        vec![0, 1, 0, 0x0b, 0, 3, 0, 0x72, 0, 0, 0, 6, 0, 0x80, 0, 0x43, 0, 0x10, 4, 0, 0, 0, 0, 0, 0, 0x80];
    area.extend([0x80; 128]);
    let key = Public::parse(&area).unwrap();
    assert_eq!((key.scheme, key.attributes), (None, 0x0003_0072));
}

#[test]
fn a_real_pcr_file_is_read() {
    let banks = pcr_file::parse(vector!("rsa/quote.pcrs")).unwrap();
    let shape: Vec<_> = banks.iter().map(|bank| (bank.bank.name(), bank.values.len())).collect();
    assert_eq!(shape, [("sha1", 11), ("sha256", 11)]);
    let (index, value) = banks[0].values[0];
    assert_eq!((index, hex::encode(value)), (0, "9672f6662bccf526f11e8442382262cb796eb11a".into()));
    assert!(banks[1].values.iter().all(|(_, value)| value.len() == 32));
}

#[test]
fn a_pcr_file_that_contradicts_itself_is_refused() {
    let bytes = vector!("rsa/quote.pcrs");
    for end in [0, 3, 0x84, 0x88, bytes.len() - 1] {
        assert!(refusal(pcr_file::parse(&bytes[..end])).1.contains("are left"), "{end}");
    }
    assert_eq!(refusal(pcr_file::parse(&[&bytes[..], &[0]].concat())).0, bytes.len() as u64);
    assert_eq!(refusal(pcr_file::parse(&changed(bytes, 0, 17))).0, 0);
    assert_eq!(refusal(pcr_file::parse(&changed(bytes, 6, 5))).0, 6);
    assert_eq!(refusal(pcr_file::parse(&changed(bytes, 0x88, 9))).0, 0x88);
    assert_eq!(refusal(pcr_file::parse(&changed(bytes, 0x8c, 65))).0, 0x8c);
    assert_eq!(refusal(pcr_file::parse(&changed(bytes, 0x8c, 19))), (0x8c, "sha1 PCR 0 has 19 bytes".into()));
    assert!(refusal(pcr_file::parse(&changed(bytes, 7, 0xfe))).1.contains("has"));
    // One PCR more or fewer is selected than there are values.
    assert!(refusal(pcr_file::parse(&changed(bytes, 0x10, 0x0f))).1.contains("has no value"));
    assert!(refusal(pcr_file::parse(&changed(bytes, 0x10, 0x03))).1.contains("more values"));
}
