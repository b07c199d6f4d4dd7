//! Tails of a list: every form gives back their bytes and their first number, and a pass goes on where another ended.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::ima::bank::Bank;
use crate::ima::binary::ListReader;
use crate::ima::compact::{Options, Profile};
use crate::ima::filter::Filter;
use crate::ima::follow::Follower;
use crate::ima::json_events::{self, Layout};
use crate::ima::pcrs::Pcrs;
use crate::ima::replay::Plan;
use crate::ima::tests::lists::{build, formats, made};
use crate::ima::{DEFAULT_MAX_SIZE, Summary};

fn banks() -> Vec<Pcrs> {
    Plan::of(&[Bank::Sha1, Bank::Sha256]).banks
}

fn reader(list: &[u8]) -> ListReader<&[u8]> {
    ListReader::new(list, DEFAULT_MAX_SIZE)
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Events,
    Blocks(Profile, usize),
}

fn forms() -> impl Strategy<Value = Form> {
    let profile = prop_oneof![Just(Profile::Xr), Just(Profile::Minimal)];
    prop_oneof![
        Just(Form::Events),
        (profile, 1..300_usize).prop_map(|(profile, size)| Form::Blocks(profile, size))
    ]
}

fn written(from: &mut Follower<&[u8]>, form: Form) -> (Vec<u8>, Summary) {
    let mut json = Vec::new();
    let summary = match form {
        Form::Events => json_events::write_events(from, &mut json, Layout::Array, &Filter::default()),
        Form::Blocks(profile, block_target) => {
            let options = Options { block_target, ..Options::new(profile) };
            json_events::write_blocks(from, &mut json, &options)
        }
    };
    (json, summary.unwrap())
}

fn rebuilt(json: &[u8]) -> crate::error::Result<(Vec<u8>, Summary)> {
    let mut list = Vec::new();
    json_events::rebuild(json, 0, &mut list, DEFAULT_MAX_SIZE).map(|summary| (list, summary))
}

proptest! {
    #[test]
    fn a_tail_comes_back_with_its_first_number(
        entries in vec(made(), 1..20), format in formats(), cut in any::<prop::sample::Index>(), form in forms()
    ) {
        let list = build(&entries, format);
        let cut = cut.index(entries.len() + 1);
        let mut pass = Follower::new(reader(&list), banks()).unwrap();
        prop_assert!(pass.skip_to(cut as u64).unwrap());
        let start = pass.position();
        let (json, wrote) = written(&mut pass, form);
        let tail = &list[usize::try_from(start.offset).unwrap()..];
        match rebuilt(&json) {
            Ok((back, read)) => {
                prop_assert_eq!(&back, tail);
                prop_assert_eq!(read, wrote);
                prop_assert_eq!(read.first_event, (cut < entries.len()).then_some(cut as u64));
                prop_assert_eq!(read.entries, (entries.len() - cut) as u64);
            }
            // A tail can begin with an entry that a list cannot begin with, since readers would take it for another kind.
            Err(error) => prop_assert!(error.to_string().contains("of another kind"), "{}", error),
        }
    }

    #[test]
    fn a_pass_goes_on_where_another_ended(
        entries in vec(made(), 1..20), format in formats(), cut in any::<prop::sample::Index>()
    ) {
        let list = build(&entries, format);
        let cut = cut.index(entries.len() + 1) as u64;
        let mut first = Follower::new(reader(&list), banks()).unwrap();
        prop_assert!(first.skip_to(cut).unwrap());
        let reached = first.position();
        prop_assert_eq!(reached.last.is_none(), cut == 0);
        let rest = reader(&list[usize::try_from(reached.offset).unwrap()..]);
        let mut second = Follower::resume(rest, reached);
        for pass in [&mut first, &mut second] {
            prop_assert!(!pass.skip_to(entries.len() as u64 + 1).unwrap());
        }
        prop_assert_eq!(first.position(), second.position());
    }
}
