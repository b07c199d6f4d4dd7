//! Any quote that can be written is read back; anything else is refused, never a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Quote, sized};
use crate::error::Error;
use crate::tpm::algorithm::HashAlgorithm;
use crate::tpm::attest::Attest;
use crate::tpm::public::Public;
use crate::tpm::signature::{Signature, Value};
use crate::tpm::{MAX_INPUT, pcr_file};

fn quote() -> impl Strategy<Value = Quote> {
    let bank = (select(HashAlgorithm::ALL.to_vec()), any::<[u8; 3]>());
    (
        vec(any::<u8>(), 0..=66),
        vec(any::<u8>(), 0..=66),
        any::<(u64, u32, u32, bool)>(),
        any::<u64>(),
        vec(bank, 0..=16),
        vec(any::<u8>(), 0..=64),
    )
        .prop_map(|(signer, extra, clock, firmware, banks, digest)| Quote {
            signer,
            extra,
            clock,
            firmware,
            banks,
            digest,
        })
}

proptest! {
    #[test]
    fn a_quote_is_read_back(quote in quote(), wrapped in any::<bool>()) {
        let inner = quote.encode();
        let bytes = if wrapped { sized(&inner) } else { inner.clone() };
        let read = Attest::parse(&bytes).unwrap();
        prop_assert_eq!(read.signed, &inner[..]);
        prop_assert_eq!(read.qualified_signer, &quote.signer[..]);
        prop_assert_eq!(read.extra_data, &quote.extra[..]);
        let clock = (read.clock.clock, read.clock.reset_count, read.clock.restart_count, read.clock.safe);
        prop_assert_eq!(clock, quote.clock);
        prop_assert_eq!(read.firmware_version, quote.firmware);
        prop_assert_eq!(read.pcr_digest, &quote.digest[..]);
        prop_assert_eq!(read.selection.len(), quote.banks.len());
        for (chosen, (bank, bitmap)) in read.selection.iter().zip(&quote.banks) {
            prop_assert_eq!(chosen.bank, *bank);
            let mut again = [0u8; 3];
            for index in &chosen.pcrs {
                again[usize::from(index / 8)] |= 1 << (index % 8);
            }
            prop_assert_eq!(&again, bitmap);
        }
    }

    #[test]
    fn every_shortened_or_lengthened_quote_is_refused(quote in quote(), cut in any::<prop::sample::Index>(), more in vec(any::<u8>(), 1..4)) {
        let bytes = quote.encode();
        let shorter = &bytes[..cut.index(bytes.len())];
        let refused = matches!(Attest::parse(shorter), Err(Error::TpmFormat { offset, .. }) if offset <= shorter.len() as u64);
        prop_assert!(refused);
        let longer = [bytes.clone(), more].concat();
        let refused = matches!(Attest::parse(&longer), Err(Error::TpmFormat { offset, .. }) if offset == bytes.len() as u64);
        prop_assert!(refused);
        prop_assert!(Attest::parse(&sized(shorter)).is_err());
    }

    #[test]
    fn an_ecdsa_signature_is_read_back(r in vec(any::<u8>(), 1..=66), s in vec(any::<u8>(), 1..=66)) {
        let bytes = [vec![0, 0x18, 0, 0x0b], sized(&r), sized(&s)].concat();
        let read = Signature::parse(&bytes).unwrap();
        prop_assert_eq!(read.value, Value::EcDsa { r: &r, s: &s });
        for end in 0..bytes.len() {
            prop_assert!(Signature::parse(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn arbitrary_bytes_are_answered_or_refused(bytes in vec(any::<u8>(), 0..600)) {
        let _ = (Attest::parse(&bytes), Signature::parse(&bytes), Public::parse(&bytes), pcr_file::parse(&bytes));
    }
}

#[test]
fn no_reader_takes_more_than_the_limit() {
    let bytes = vec![0; MAX_INPUT + 1];
    assert!(matches!(Attest::parse(&bytes), Err(Error::Limit { .. })));
    assert!(matches!(Signature::parse(&bytes), Err(Error::Limit { .. })));
    assert!(matches!(Public::parse(&bytes), Err(Error::Limit { .. })));
    assert!(matches!(pcr_file::parse(&bytes), Err(Error::Limit { .. })));
}
