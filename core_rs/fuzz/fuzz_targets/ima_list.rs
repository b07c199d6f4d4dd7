//! Any bytes as a binary measurement list: refused, or read; what is read survives every conversion.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::ima::bank::Bank;
use xrattest_core::ima::binary::ListReader;
use xrattest_core::ima::compact::{Options, Profile, compact, expand};
use xrattest_core::ima::filter::Filter;
use xrattest_core::ima::json_events::{Layout, rebuild, write_events};
use xrattest_core::ima::replay::{Plan, Replay};

const MAX_SIZE: u64 = 64 << 20;

fuzz_target!(|input: &[u8]| {
    let list = || ListReader::new(input, MAX_SIZE);
    if Replay::of(&mut list(), Plan::of(&Bank::ALL)).is_err() {
        return;
    }
    for profile in [Profile::Xr, Profile::Minimal] {
        let (mut blocks, mut again) = (Vec::new(), Vec::new());
        compact(&mut list(), &mut blocks, &Options::new(profile))
            .expect("a list that replays can be compacted");
        expand(&blocks[..], &mut again, MAX_SIZE).expect("what was compacted expands");
        assert_eq!(again, input);
    }
    let (mut json, mut again) = (Vec::new(), Vec::new());
    write_events(&mut list(), &mut json, Layout::Array, &Filter::default()).expect("a list that replays can be written as JSON");
    rebuild(&json[..], 0, &mut again, MAX_SIZE).expect("what was written is read");
    assert_eq!(again, input);
});
