use super::made::{MadeEvent, STRANGE, agile, legacy};
use crate::bootlog::kind;
use crate::bootlog::replay::Replay;
use crate::ima::bank::Bank;

const BOTH: [(u16, u16); 2] = [(4, 20), (11, 32)];

fn pcr(replay: &Replay, bank: Bank, index: usize) -> Option<Vec<u8>> {
    let state = replay.banks.iter().find(|state| state.bank == bank)?;
    state.extended().find(|(number, _)| *number == index).map(|(_, value)| value.to_vec())
}

fn extend(bank: Bank, start: &[u8], digest: &[u8]) -> Vec<u8> {
    bank.hash(&[start, digest]).as_slice().to_vec()
}

fn locality(pcr: u32, number: u8) -> MadeEvent {
    let data = [&b"StartupLocality\0"[..], &[number]].concat();
    MadeEvent { pcr, kind: kind::NO_ACTION, digests: vec![(4, vec![0; 20]), (11, vec![0; 32])], data }
}

#[test]
fn a_legacy_log_replays_sha1_alone() {
    let replay = Replay::of(&legacy(5, kind::ACTION, &[9; 20], b"x")).unwrap();
    assert_eq!(replay.banks.len(), 1);
    assert_eq!(pcr(&replay, Bank::Sha1, 5).unwrap(), extend(Bank::Sha1, &[0; 20], &[9; 20]));
    assert_eq!(pcr(&replay, Bank::Sha1, 4), None);
}

#[test]
fn the_locality_is_where_pcr_0_starts() {
    let action = |pcr| MadeEvent::hashed(pcr, kind::ACTION, b"x", b"x");
    let replay = Replay::of(&agile(&BOTH, &[locality(0, 3), action(0), action(1)])).unwrap();
    let digest = Bank::Sha256.hash(&[b"x"]);
    let mut start = [0; 32];
    assert_eq!(pcr(&replay, Bank::Sha256, 1).unwrap(), extend(Bank::Sha256, &start, digest.as_slice()));
    start[31] = 3;
    assert_eq!(pcr(&replay, Bank::Sha256, 0).unwrap(), extend(Bank::Sha256, &start, digest.as_slice()));
    assert_eq!((replay.locality, replay.oddities.len(), replay.events), (Some(3), 0, 4));
}

#[test]
fn a_locality_that_comes_late_or_twice_is_odd() {
    let action = MadeEvent::hashed(0, kind::ACTION, b"x", b"x");
    let odd = |events: &[MadeEvent]| Replay::of(&agile(&BOTH, events)).unwrap();
    let late = odd(&[action.clone(), locality(0, 3)]);
    assert_eq!((late.locality, late.oddities[0].0), (None, 2));
    let twice = odd(&[locality(0, 0), locality(0, 3), action.clone()]);
    assert_eq!((twice.locality, twice.oddities.len()), (Some(0), 1));
    assert_eq!(odd(&[locality(0, 9), action]).locality, None);
}

#[test]
fn a_missing_digest_is_counted() {
    let mut event = MadeEvent::hashed(1, kind::ACTION, b"x", b"x");
    event.digests.pop();
    let replay = Replay::of(&agile(&BOTH, &[event])).unwrap();
    let missing: Vec<_> = replay.banks.iter().map(|state| (state.bank, state.missing)).collect();
    assert_eq!(missing, [(Bank::Sha1, 0), (Bank::Sha256, 1)]);
}

#[test]
fn an_unknown_algorithm_is_carried_and_said() {
    let event =
        MadeEvent { pcr: 1, kind: kind::ACTION, digests: vec![(STRANGE.0, vec![1; 7])], data: vec![] };
    let replay = Replay::of(&agile(&[STRANGE], &[event])).unwrap();
    assert_eq!((replay.banks.len(), replay.unreplayed, replay.events), (0, vec![STRANGE.0], 2));
}
