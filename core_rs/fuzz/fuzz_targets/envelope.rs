//! Any bytes: an envelope is taken apart, or refused; what is validated is JSON to the range reader too.
#![no_main]

use std::cell::RefCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use xrattest_core::json::{Kind, Limits, check_text, members, split_envelope, unescape_member, validate};

thread_local! {
    static PLACE: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    PLACE.with_borrow_mut(|place| {
        let place = place.get_or_insert_with(|| tempfile::tempdir_in(memory_directory()).expect("a directory"));
        let (input, spool) = (place.path().join("input"), place.path().join("spool"));
        fs::write(&input, bytes).expect("an input file");
        let limits = Limits { size: 1 << 20, ..Limits::default() };

        if let Ok(parts) = split_envelope(&input, &spool, limits) {
            let spooled = fs::read(&spool).expect("the spool");
            let text = std::str::from_utf8(&spooled).expect("unescaped text is UTF-8");
            assert_eq!(parts.payload.unwrap_or(0), spooled.len() as u64);
            if parts.problems.is_empty() {
                assert!(!text.contains('\0'));
                assert_eq!(check_text(&spool).expect("text"), spooled.len() as u64);
            }
        }
        let _ = fs::remove_file(&spool);

        let valid = validate(bytes, limits).is_ok();
        if let Ok(rows) = members(&input, &[], 0, None, limits) {
            assert!(valid);
            for row in rows.iter().take(8) {
                let container = matches!(row.kind, Kind::Object | Kind::Array);
                let inside = members(&input, &[], row.start, Some(row.end), limits);
                assert_eq!(inside.is_ok(), container);
                if row.kind == Kind::String {
                    unescape_member(&input, row.start, row.end, &spool, limits).expect("a valid string");
                    fs::remove_file(&spool).expect("the spool");
                }
            }
        }
    });
});

/// Memory where there is a file system for it: the fuzzer writes a file per run.
fn memory_directory() -> std::path::PathBuf {
    let shared = std::path::PathBuf::from("/dev/shm");
    if shared.is_dir() { shared } else { std::env::temp_dir() }
}
