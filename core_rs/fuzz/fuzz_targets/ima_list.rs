//! Any bytes as a binary measurement list: refused, or read; what is read is taken apart and survives every conversion.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xrattest_core::ima::bank::Bank;
use xrattest_core::ima::binary::ListReader;
use xrattest_core::ima::compact::{Options, Profile, compact, expand};
use xrattest_core::ima::filter::Filter;
use xrattest_core::ima::json_events::{Layout, rebuild, write_events};
use xrattest_core::ima::pcrs::Pcrs;
use xrattest_core::ima::prefix::{Quoted, Search, extended_pcrs, selected_pcrs};
use xrattest_core::ima::replay::{Plan, Replay};
use xrattest_core::ima::scheme::Variant;
use xrattest_core::ima::template::{LEGACY_NAME, put_field};

const MAX_SIZE: u64 = 64 << 20;

/// What a TPM quotes of PCR 10 in the SHA-256 bank after the list.
fn quote(whole: &Replay) -> Vec<u8> {
    let own = Variant::own(Bank::Sha256);
    let bank = whole.banks.iter().find(|bank| bank.variant == own).expect("all banks are replayed");
    Bank::Sha256.hash(&[bank.get(10).as_slice()]).as_slice().to_vec()
}

fuzz_target!(|input: &[u8]| {
    let list = || ListReader::new(input, MAX_SIZE);
    let variants = || Bank::ALL.into_iter().flat_map(Variant::of).map(Pcrs::new).collect::<Vec<_>>();
    let plan = |banks, until| Plan { banks, until, ..Plan::default() };
    let Ok(whole) = Replay::of(&mut list(), plan(variants(), None)) else {
        let lenient = Plan { lenient: true, ..Plan::default() };
        // As far as it goes, or not at all; never a panic.
        let _ = Replay::of(&mut list(), lenient);
        return;
    };
    let half =
        Replay::of(&mut list(), plan(variants(), Some(whole.entries / 2))).expect("a part of what replays");
    let mut rest = Replay::new(plan(half.banks, None), whole.format);
    let mut reader = list();
    while let Some(entry) = reader.next_entry().expect("what was read once is read again") {
        if entry.number >= whole.entries / 2 {
            rest.push(&entry).expect("an entry that replayed");
        }
    }
    assert_eq!(rest.banks, whole.banks);
    let quoted =
        Quoted { selections: vec![(Bank::Sha256, vec![10])], digest: quote(&whole), algorithm: Bank::Sha256 };
    let extended = extended_pcrs(&mut list(), selected_pcrs(&quoted)).expect("a list that replays");
    let found = Search::new(quoted, &[], &[], extended).run(&mut list()).expect("a list that replays");
    assert_eq!(found.map(|prefix| prefix.entries), (extended != 0).then_some(whole.entries));
    take_apart(list());
    for profile in [Profile::Xr, Profile::Minimal] {
        let (mut blocks, mut again) = (Vec::new(), Vec::new());
        compact(&mut list(), &mut blocks, &Options::new(profile))
            .expect("a list that replays can be compacted");
        expand(&blocks[..], &mut again, MAX_SIZE).expect("what was compacted expands");
        assert_eq!(again, input);
    }
    let (mut json, mut again) = (Vec::new(), Vec::new());
    write_events(&mut list(), &mut json, Layout::Array, &Filter::default())
        .expect("a list that replays can be written as JSON");
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
