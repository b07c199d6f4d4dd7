//! Any text as an ascii measurement list: refused, or turned into a binary list that says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::ima::binary::ListReader;
use xrattest_core::ima::list::ListWriter;
use xrattest_core::ima::replay::{Plan, Replay};
use xrattest_core::ima::source::read_list;

const MAX_SIZE: u64 = 16 << 20;

fuzz_target!(|input: &[u8]| {
    let Ok((mut list, Some(reading))) = read_list(input, MAX_SIZE) else { return };
    let Ok(format) = list.format() else { return };
    let mut binary = Vec::new();
    let mut writer = ListWriter::new(&mut binary, MAX_SIZE);
    let mut entries = 0;
    loop {
        match list.next_entry() {
            Ok(Some(entry)) => match writer.push(&entry, format) {
                Ok(Ok(())) => entries += 1,
                // A template hash that looks like a template name, or a name longer than any kernel's.
                _ => return,
            },
            Ok(None) => break,
            Err(_) => return,
        }
    }
    writer.finish().expect("memory");
    let said = reading.now();
    assert_eq!(said.entries, entries);
    assert!(said.lines >= said.entries && said.violations + said.unproven <= said.entries);
    let mut again = ListReader::in_format(&binary[..], MAX_SIZE, format);
    let replay = Replay::of(&mut again, Plan::default()).expect("what was written is a list");
    assert_eq!((replay.entries, replay.violations), (entries, said.violations));
    // Proven is what replays with the recorded template hash, and nothing else.
    assert_eq!(replay.mismatch_count, said.unproven);
});
