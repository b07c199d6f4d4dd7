//! Any bytes as compact blocks and as JSON: refused, or expanded to a list that the reader takes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::ima::binary::ListReader;
use xrattest_core::ima::compact::expand;
use xrattest_core::ima::json_events::rebuild;
use xrattest_core::ima::replay::{Plan, Replay};

const MAX_SIZE: u64 = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let mut list = Vec::new();
    if let Ok(summary) = expand(input, &mut list, MAX_SIZE) {
        check(&list, summary.entries);
    }
    list.clear();
    if let Ok(summary) = rebuild(input, 0, &mut list, MAX_SIZE) {
        check(&list, summary.entries);
    }
});

fn check(list: &[u8], entries: u64) {
    let replay = Replay::of(&mut ListReader::new(list, MAX_SIZE), Plan::default())
        .expect("what was expanded is a list");
    assert_eq!(replay.entries, entries);
}
