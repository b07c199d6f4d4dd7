//! Any bytes as a header of a database, as a package file, and as an `OpenPGP` signature: answered or refused.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use xrattest_core::rpm::header::{self, Header};
use xrattest_core::rpm::package::{self, Companions};
use xrattest_core::rpm::{caps::FileCaps, file, signature, tags};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = Header::parse(bytes, header::MAIN, tags::HEADER_IMMUTABLE) {
        let issuer = signature::in_database(&header);
        let beside = Companions { issuer, sha256: Vec::new(), sha1: Vec::new() };
        if let Ok(package) = package::read(&header, &beside) {
            let known = package.header_sha256.is_some();
            assert!(known || package.fingerprint == "0", "a value without signed bytes");
            assert!(package.fingerprint != "0" || package.reason.is_some(), "no value and no reason");
        }
    }
    let _ = file::parse_package(bytes, Path::new("fuzz.rpm"));
    let _ = signature::issuer_of(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = FileCaps::parse(text);
    }
});
