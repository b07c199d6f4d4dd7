//! Any bytes as an event log, and as the data of every kind of event: answered or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::bootlog::decode::explain;
use xrattest_core::bootlog::log::{Event, Events};
use xrattest_core::bootlog::replay::Replay;
use xrattest_core::bootlog::{kind, verify};

fuzz_target!(|input: &[u8]| {
    let replay = Replay::of(input);
    if let Ok(mut events) = Events::new(input) {
        let (mut read, mut end) = (0, 0);
        while let Ok(Some(event)) = events.next_event() {
            assert_eq!(event.number, read, "events are numbered in order");
            assert!(event.offset >= end, "events do not overlap");
            end = event.offset + event.data.len() as u64;
            read += 1;
            let _ = (explain(&event), verify::check(&event));
        }
        assert!(matches!(events.next_event(), Ok(None)), "an end is for good");
        assert!(replay.is_err() || replay.is_ok_and(|replay| replay.events == read));
    }
    if let Some((chosen, data)) = input.split_first() {
        let number = u32::from(*chosen & 0x1f);
        for kind in [number, 0x8000_0000 | number, kind::EFI_VARIABLE_AUTHORITY] {
            let _ = explain(&Event { number: 0, offset: 0, pcr: 0, kind, digests: Vec::new(), data });
        }
    }
});
