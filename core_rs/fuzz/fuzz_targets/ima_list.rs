//! Any bytes as a binary measurement list: refused, or read; what is read is taken apart and survives every conversion.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::ima::bank::Bank;
use xrattest_core::ima::binary::ListReader;
use xrattest_core::ima::compact::{Options, Profile, compact, expand};
use xrattest_core::ima::filter::Filter;
use xrattest_core::ima::json_events::{Layout, rebuild, write_events};
use xrattest_core::ima::replay::{Plan, Replay};
use xrattest_core::ima::template::{LEGACY_NAME, put_field};

const MAX_SIZE: u64 = 64 << 20;

fuzz_target!(|input: &[u8]| {
    let list = || ListReader::new(input, MAX_SIZE);
    if Replay::of(&mut list(), Plan::of(&Bank::ALL)).is_err() {
        return;
    }
    take_apart(list());
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

/// The fields of every entry, joined again, are its template data.
fn take_apart(mut list: ListReader<&[u8]>) {
    let endian = list.format().expect("it was found before").endian;
    while let Some(entry) = list.next_entry().expect("it was read before") {
        let Some(fields) = entry.fields(endian) else { continue };
        let mut again = Vec::new();
        for (index, (id, value)) in fields.iter().enumerate() {
            assert!(fields.get(id).is_some());
            if entry.template == LEGACY_NAME && index == 0 {
                again.extend_from_slice(value);
            } else {
                put_field(&mut again, endian, &[value]);
            }
        }
        assert_eq!(again, entry.data);
        let _ = (fields.hashed().map(|hashed| hashed.fits()), fields.name(), fields.signature());
        let _ = (fields.uid(), fields.gid(), fields.mode(), fields.xattrs());
    }
}
