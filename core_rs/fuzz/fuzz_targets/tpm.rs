//! Any bytes as a quote, a signature, a public area and a PCR file: answered or refused, and what is read is consistent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::tpm::attest::Attest;
use xrattest_core::tpm::pcr_file;
use xrattest_core::tpm::public::Public;
use xrattest_core::tpm::signature::Signature;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(quote) = Attest::parse(bytes) {
        assert_eq!(Attest::parse(quote.signed).ok().as_ref(), Some(&quote), "what is signed is not the quote that was read");
    }
    if let Ok(public) = Public::parse(bytes) {
        assert_eq!(Public::parse(public.area).ok().as_ref(), Some(&public), "what is named is not the key that was read");
        let _ = public.name();
    }
    let _ = Signature::parse(bytes);
    if let Ok(banks) = pcr_file::parse(bytes) {
        for bank in banks {
            assert!(bank.values.iter().all(|(_, value)| value.len() == bank.bank.size()), "a value of another size");
            assert!(bank.values.is_sorted_by_key(|(index, _)| *index), "values out of order");
        }
    }
});
