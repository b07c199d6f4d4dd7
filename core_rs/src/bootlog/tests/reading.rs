use proptest::collection::vec;
use proptest::prelude::*;

use super::made::{ALGORITHMS, MadeEvent, agile, event, header, legacy};
use crate::bootlog::decode::explain;
use crate::bootlog::log::{self, Event, Events, Layout};
use crate::bootlog::replay::Replay;
use crate::bootlog::{kind, verify};
use crate::error::{Error, Result};

fn all(bytes: &[u8]) -> Result<Vec<Event<'_>>> {
    let mut events = Events::new(bytes)?;
    let mut read = Vec::new();
    while let Some(event) = events.next_event()? {
        read.push(event);
    }
    Ok(read)
}

/// Reason and place of the error, and whether the log just ended.
fn fault(bytes: &[u8]) -> (u64, u64, String, bool) {
    match all(bytes) {
        Err(Error::BootLogFormat { index, offset, reason, truncated }) => (index, offset, reason, truncated),
        other => panic!("no format error: {other:?}"),
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(made in vec(event(), 0..8)) {
        let bytes = agile(&ALGORITHMS, &made);
        let read = all(&bytes).unwrap();
        prop_assert_eq!(read.len(), made.len() + 1);
        for (event, made) in read[1..].iter().zip(&made) {
            prop_assert_eq!((event.pcr, event.kind, event.data), (made.pcr, made.kind, &made.data[..]));
            let digests: Vec<_> = event.digests.iter().map(|digest| (digest.algorithm, digest.value.to_vec())).collect();
            prop_assert_eq!(&digests, &made.digests);
        }
    }

    #[test]
    fn a_cut_log_says_so(made in vec(event(), 1..6), place in any::<prop::sample::Index>()) {
        let whole = agile(&ALGORITHMS, &made);
        let cut = &whole[..place.index(whole.len())];
        let boundaries: Vec<_> = all(&whole).unwrap().iter().map(|event| event.offset).collect();
        match all(cut) {
            Ok(read) => prop_assert!(cut.is_empty() || read.len() < boundaries.len()),
            Err(Error::BootLogFormat { offset, truncated, .. }) => {
                prop_assert!(truncated && boundaries.contains(&offset));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..400), kind in any::<u32>()) {
        let _ = Replay::of(&bytes);
        let behind_a_header = [&legacy(0, kind::NO_ACTION, &[0; 20], &header(&ALGORITHMS))[..], &bytes].concat();
        let _ = Replay::of(&behind_a_header);
        for kind in [kind, kind % 0x14, 0x8000_0000 | (kind % 0x12), kind::EFI_VARIABLE_AUTHORITY] {
            let event = Event { number: 0, offset: 0, pcr: 0, kind, digests: Vec::new(), data: &bytes };
            let _ = (explain(&event), verify::check(&event));
        }
    }
}

#[test]
fn layouts_are_told_apart() {
    let old = legacy(4, kind::ACTION, &[7; 20], b"Calling INT 19h");
    assert_eq!(Events::new(&old).unwrap().layout(), Layout::Legacy);
    let named = [legacy(0, kind::NO_ACTION, &[0; 20], b"Spec ID Event00\0rest"), old.clone(), old].concat();
    let mut events = Events::new(&named).unwrap();
    assert_eq!((events.layout(), events.algorithms()), (Layout::Legacy, &[(4, 20)][..]));
    assert_eq!(all(&named).unwrap().len(), 3);
    assert!(events.next_event().unwrap().is_some());
    assert_eq!(Events::new(&agile(&ALGORITHMS, &[])).unwrap().layout(), Layout::Agile);
    assert_eq!(all(b"").unwrap(), Vec::new());
}

#[test]
fn zeros_after_the_last_event_are_padding() {
    let mut bytes = agile(&ALGORITHMS, &[MadeEvent::hashed(0, kind::SEPARATOR, &[0; 4], &[0; 4])]);
    let size = bytes.len();
    bytes.resize(size + 100, 0);
    let replay = Replay::of(&bytes).unwrap();
    assert_eq!((replay.events, replay.padding), (2, 100));
    bytes.push(1);
    let (index, offset, reason, truncated) = fault(&bytes);
    assert_eq!((index, offset, truncated), (2, size as u64, false));
    assert!(reason.contains("event of zeros"), "{reason}");
}

#[test]
fn headers_that_lie_are_refused() {
    let reason = |algorithms: &[(u16, u16)]| fault(&agile(algorithms, &[])).2;
    assert!(reason(&[]).contains("declares 0 algorithms"));
    assert!(reason(&[(4, 20); 17]).contains("declares 17 algorithms"));
    assert!(reason(&[(11, 20)]).contains("algorithm 0x000b digests of 20 bytes"));
    assert!(reason(&[(0x7777, 0)]).contains("digests of 0 bytes"));
    assert!(reason(&[(4, 20), (4, 20)]).contains("0x0004 twice"));
    let cut = legacy(0, kind::NO_ACTION, &[0; 20], &header(&ALGORITHMS)[..34]);
    assert!(fault(&cut).2.contains("header ends inside"));
}

#[test]
fn events_that_lie_are_refused() {
    let with = |digests: Vec<(u16, Vec<u8>)>, pcr| {
        fault(&agile(&[(4, 20), (11, 32)], &[MadeEvent { pcr, kind: kind::ACTION, digests, data: vec![1] }]))
    };
    let one = |number, size| (number, vec![0; size]);
    let (index, _, reason, truncated) = with(vec![one(12, 48)], 0);
    assert!(reason.contains("algorithm 0x000c, which the log's first event does not declare"), "{reason}");
    assert_eq!((index, truncated), (1, false));
    assert!(with(vec![one(4, 20), one(4, 20)], 0).2.contains("two digests of algorithm 0x0004"));
    assert!(
        with(vec![one(4, 20), one(11, 32), one(4, 20)], 0).2.contains("3 digests, and the log declares 2")
    );
    assert!(with(vec![one(4, 20)], 24).2.contains("PCR 24 is over 23"));
}

#[test]
fn an_event_that_extends_nothing_may_have_any_pcr() {
    let event = MadeEvent { pcr: u32::MAX, kind: kind::NO_ACTION, digests: Vec::new(), data: b"x".to_vec() };
    assert_eq!(all(&agile(&ALGORITHMS, &[event])).unwrap()[1].pcr, u32::MAX);
}

#[test]
fn a_length_that_lies_costs_nothing() {
    let mut bytes = legacy(0, kind::ACTION, &[0; 20], b"");
    let size = bytes.len();
    bytes[size - 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    let (_, offset, reason, truncated) = fault(&bytes);
    assert!(truncated && offset == 0 && reason.contains("ends inside its data, 32 bytes"), "{reason}");
}

#[test]
fn a_log_over_the_limit_is_refused() {
    assert_eq!(log::read(&[1, 2, 3][..], 3).unwrap(), [1, 2, 3]);
    assert!(matches!(log::read(&[1, 2, 3][..], 2), Err(Error::Limit { limit: 2, .. })));
}

#[test]
fn an_error_ends_the_log() {
    let mut bytes = agile(&ALGORITHMS, &[]);
    bytes.extend([1, 0, 0]);
    let mut events = Events::new(&bytes).unwrap();
    assert!(events.next_event().unwrap().is_some());
    assert!(events.next_event().is_err());
    assert!(events.next_event().unwrap().is_none());
}
