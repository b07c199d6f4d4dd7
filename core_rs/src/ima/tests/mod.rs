//! Lists out of thin air: every form gives every byte back, and damage is an error, never a panic.

mod lists;
mod tails;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::error::Error;
use crate::ima::DEFAULT_MAX_SIZE;
use crate::ima::bank::Bank;
use crate::ima::binary::ListReader;
use crate::ima::compact::{self, Options, Profile};
use crate::ima::filter::Filter;
use crate::ima::format::Format;
use crate::ima::json_events::{self, Layout};
use crate::ima::list::{Entry, ListWriter};
use crate::ima::replay::{Plan, Replay};
use lists::{Data, Hash, Made, build, formats, made};

fn reader(list: &[u8]) -> ListReader<&[u8]> {
    ListReader::new(list, DEFAULT_MAX_SIZE)
}

fn compacted(list: &[u8], profile: Profile, block_target: usize) -> Vec<u8> {
    let mut blocks = Vec::new();
    let options = Options { block_target, ..Options::new(profile) };
    compact::compact(&mut reader(list), &mut blocks, &options).unwrap();
    blocks
}

fn expanded(blocks: &[u8]) -> crate::error::Result<Vec<u8>> {
    let mut list = Vec::new();
    compact::expand(blocks, &mut list, DEFAULT_MAX_SIZE).map(|_| list)
}

fn rebuilt(json: &[u8]) -> crate::error::Result<Vec<u8>> {
    let mut list = Vec::new();
    json_events::rebuild(json, 0, &mut list, DEFAULT_MAX_SIZE).map(|_| list)
}

fn count(list: &[u8]) -> crate::error::Result<u64> {
    Replay::of(&mut reader(list), Plan::of(&[Bank::Sha1])).map(|replay| replay.entries)
}

fn small_list() -> Vec<u8> {
    let entry = |template, name: &[u8]| Made {
        pcr: 10,
        hash: Hash::Right,
        template,
        data: Data::Fields {
            hashed: [b"sha1:\0".as_slice(), &[7; 20]].concat(),
            name: name.to_vec(),
            rest: vec![3, 2],
        },
    };
    build(&[entry("ima-sig", b"/a"), entry("ima", b"/b"), entry("ima-ng", b"/\xff")], Format::default())
}

proptest! {
    #[test]
    fn every_form_gives_the_list_back(entries in vec(made(), 0..12), format in formats(), target in 1..2000_usize) {
        let list = build(&entries, format);
        prop_assert_eq!(count(&list).unwrap(), entries.len() as u64);
        for profile in [Profile::Xr, Profile::Minimal] {
            prop_assert_eq!(&expanded(&compacted(&list, profile, target)).unwrap(), &list);
            let options = Options { block_target: target, ..Options::new(profile) };
            let mut json = Vec::new();
            json_events::write_blocks(&mut reader(&list), &mut json, &options).unwrap();
            prop_assert_eq!(&rebuilt(&json).unwrap(), &list);
        }
        let mut json = Vec::new();
        json_events::write_events(&mut reader(&list), &mut json, Layout::Array, &Filter::default()).unwrap();
        prop_assert_eq!(&rebuilt(&json).unwrap(), &list);
    }

    #[test]
    fn noise_is_refused_or_read(noise in vec(any::<u8>(), 0..300)) {
        let _ = count(&noise);
        let _ = expanded(&noise);
        let _ = rebuilt(&noise);
    }

    #[test]
    fn flipped_bits_never_panic(at in any::<prop::sample::Index>(), bit in 0..8_u32, minimal: bool) {
        let list = small_list();
        let profile = if minimal { Profile::Minimal } else { Profile::Xr };
        let flip = |bytes: &[u8]| {
            let mut flipped = bytes.to_vec();
            flipped[at.index(bytes.len())] ^= 1 << bit;
            flipped
        };
        let _ = count(&flip(&list));
        if let Ok(other) = expanded(&flip(&compacted(&list, profile, 100))) {
            prop_assert!(count(&other).is_ok());
        }
        let mut json = Vec::new();
        json_events::write_events(&mut reader(&list), &mut json, Layout::Array, &Filter::default()).unwrap();
        if let Ok(other) = rebuilt(&flip(&json)) {
            prop_assert!(count(&other).is_ok());
        }
    }
}

#[test]
fn a_cut_list_names_entry_and_offset() {
    let list = small_list();
    let mut bounds = vec![0];
    let mut whole = reader(&list);
    while whole.next_entry().unwrap().is_some() {
        bounds.push(whole.offset());
    }
    for end in 0..list.len() {
        match count(&list[..end]) {
            Ok(entries) => assert_eq!(
                bounds.iter().position(|bound| *bound == end as u64),
                usize::try_from(entries).ok()
            ),
            Err(Error::ImaFormat { index, offset, .. }) => {
                let entry = bounds.iter().rposition(|bound| *bound < end as u64).unwrap();
                assert_eq!((index, offset), (entry as u64, bounds[entry]), "cut at {end}");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_cut_compact_log_is_an_error_or_whole_blocks() {
    let list = small_list();
    for (profile, target) in [(Profile::Xr, 1), (Profile::Xr, 10_000), (Profile::Minimal, 10_000)] {
        let blocks = compacted(&list, profile, target);
        for end in 1..blocks.len() {
            if let Ok(part) = expanded(&blocks[..end]) {
                assert!(
                    target == 1 && list.starts_with(&part),
                    "{profile:?} cut at {end} of {}",
                    blocks.len()
                );
            }
        }
    }
}

#[test]
fn blocks_out_of_order_are_refused() {
    let list = small_list();
    let one = compacted(&list, Profile::Xr, 1);
    let first = 4 + one[0] as usize;
    let swapped = [&one[first..], &one[..first]].concat();
    assert!(expanded(&swapped).unwrap_err().to_string().contains("where 3 is next"));
    let gap = [&one[..first], &one[first + 4 + one[first] as usize..]].concat();
    assert!(expanded(&gap).unwrap_err().to_string().contains("begins with event 2 where 1 is next"));
}

#[test]
fn limits_hold() {
    let list = small_list();
    let limit =
        |result: crate::error::Result<u64>| assert!(matches!(result, Err(Error::Limit { .. })), "{result:?}");
    let size = list.len() as u64;
    assert_eq!(Replay::of(&mut ListReader::new(&list[..], size), Plan::default()).unwrap().entries, 3);
    limit(
        Replay::of(&mut ListReader::new(&list[..], size - 1), Plan::default()).map(|replay| replay.entries),
    );
    let blocks = compacted(&list, Profile::Minimal, 10_000);
    limit(compact::expand(&blocks[..], Vec::new(), size - 1).map(|summary| summary.entries));
}

#[test]
fn a_length_that_lies_costs_nothing() {
    let mut list = small_list();
    let at = 4 + 20 + 4 + 7;
    list[at..at + 4].copy_from_slice(&(16_u32 << 20).to_le_bytes());
    assert!(count(&list).unwrap_err().to_string().contains("ends inside its template data"));
    list[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(count(&list).unwrap_err().to_string().contains("over the limit"));
}

#[test]
fn a_first_entry_of_two_readings_is_refused() {
    let mut hash = [0x41; 32];
    hash[20..24].copy_from_slice(&4_u32.to_le_bytes());
    let entry = Entry { number: 0, offset: 0, pcr: 10, template_hash: &hash, template: "ima-ng", data: b"x" };
    let format = Format { hash: Bank::Sha256, ..Format::default() };
    let mut writer = ListWriter::new(Vec::new(), DEFAULT_MAX_SIZE);
    assert!(writer.push(&entry, format).unwrap().unwrap_err().contains("another kind"));
    let sound = [0x41; 32];
    writer.push(&Entry { template_hash: &sound, ..entry }, format).unwrap().unwrap();
    writer.push(&entry, format).unwrap().unwrap();
}

#[test]
fn what_is_no_list_is_named() {
    let error = count(b"{\"cli-output\": \"\"}").unwrap_err();
    assert!(
        error.to_string().contains("neither the kernel's binary measurement list nor its ascii one"),
        "{error}"
    );
}

#[test]
fn replay_reports_what_is_wrong() {
    let mut list = small_list();
    list[40] ^= 1;
    let replay = Replay::of(&mut reader(&list), Plan::of(&[Bank::Sha256])).unwrap();
    assert_eq!((replay.mismatch_count, replay.mismatches[0].number, replay.violations), (1, 0, 0));
    assert_eq!(replay.banks[0].held().map(|(index, _)| index).collect::<Vec<_>>(), [10]);
}

#[test]
fn bombs_stop_at_their_limit() {
    use crate::ima::compact::MAX_BLOCK;
    use crate::ima::wire::ImaEventLog;
    use prost::Message;
    let packed_events = zstd::bulk::compress(&vec![0x22; MAX_BLOCK + 2], 1).unwrap();
    let message = ImaEventLog { version: Some(1), packed_events, ..ImaEventLog::default() }.encode_to_vec();
    let block = [&u32::try_from(message.len()).unwrap().to_le_bytes()[..], &message].concat();
    assert!(expanded(&block).unwrap_err().to_string().contains("over the limit"));
}

#[test]
fn json_is_read_strictly() {
    let mut json = Vec::new();
    json_events::write_events(&mut reader(&small_list()), &mut json, Layout::Array, &Filter::default())
        .unwrap();
    let text = String::from_utf8(json).unwrap();
    assert!(rebuilt(text.as_bytes()).is_ok());
    let broken = [
        ("\"pcr-index\":10", "\"pcr-index\":10,\"pcr-index\":10"),
        ("\"pcr-index\":10", "\"pcr-index\":10,\"extra\":\"x\""),
        ("\"pcr-index\":10", "\"pcr-index\":\"10\""),
        ("\"pcr-index\":10", "\"pcr-index\":1e1"),
        ("\"pcr-index\":10", "\"pcr-index\":99"),
        ("\"event-number\":\"1\"", "\"event-number\":\"2\""),
        ("\"event-number\":\"1\"", "\"event-number\":1"),
        ("\"event-number\":\"0\"", "\"event-number\":\"00\""),
        ("\"signature\":\"AwI=\"", "\"signature\":\"AwJ=\""),
        ("\"signature\":\"AwI=\"", "\"signature\":\"AwI\""),
        ("\"signature\":\"AwI=\"", "\"signature\":\"AwI=\",\"template-data\":\"AwI=\""),
        ("\"filename-hint-bytes\":\"L/8=\"", "\"filename-hint-bytes\":\"L2E=\""),
        ("\"ima-template\":\"ima-ng\"", "\"ima-template\":\"ima-buf\""),
        ("\"filedata-hash-algorithm\":\"sha1\"", "\"filedata-hash-algorithm\":\"sha 1\""),
        ("\"template-hash-algorithm\":\"sha1\"", "\"template-hash-algorithm\":\"sha256\""),
        ("}]", "}]x"),
        ("}]", "}"),
    ];
    for (from, to) in broken {
        assert!(text.contains(from), "{from} not in {text}");
        let error = rebuilt(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(matches!(error, Error::JsonFormat { .. }), "{to}: {error}");
    }
}
