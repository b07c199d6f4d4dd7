//! A writer of logs, the inverse of the reader.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::bootlog::kind;

/// An algorithm that no registry has, with digests of 7 bytes.
pub(super) const STRANGE: (u16, u16) = (0x7777, 7);
pub(super) const ALGORITHMS: [(u16, u16); 4] = [(4, 20), (11, 32), STRANGE, (12, 48)];

#[derive(Clone, Debug)]
pub(super) struct MadeEvent {
    pub(super) pcr: u32,
    pub(super) kind: u32,
    pub(super) digests: Vec<(u16, Vec<u8>)>,
    pub(super) data: Vec<u8>,
}

impl MadeEvent {
    /// An event with the digests that `parts` has in SHA-1 and SHA-256.
    pub(super) fn hashed(pcr: u32, kind: u32, data: &[u8], hashed: &[u8]) -> Self {
        use crate::ima::bank::Bank;
        let digest = |bank: Bank| bank.hash(&[hashed]).as_slice().to_vec();
        let digests = vec![(4, digest(Bank::Sha1)), (11, digest(Bank::Sha256))];
        Self { pcr, kind, digests, data: data.to_vec() }
    }
}

/// Data of a log's first event that declares `algorithms`.
pub(super) fn header(algorithms: &[(u16, u16)]) -> Vec<u8> {
    let mut data = b"Spec ID Event03\0".to_vec();
    data.extend([0, 0, 0, 0, 0, 2, 105, 2]);
    data.extend(u32::try_from(algorithms.len()).unwrap().to_le_bytes());
    for (number, size) in algorithms {
        data.extend(number.to_le_bytes());
        data.extend(size.to_le_bytes());
    }
    data.push(0);
    data
}

fn sized(data: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(data.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(data);
    bytes
}

pub(super) fn legacy(pcr: u32, kind: u32, digest: &[u8; 20], data: &[u8]) -> Vec<u8> {
    [&pcr.to_le_bytes()[..], &kind.to_le_bytes(), digest, &sized(data)].concat()
}

pub(super) fn agile(algorithms: &[(u16, u16)], events: &[MadeEvent]) -> Vec<u8> {
    let mut log = legacy(0, kind::NO_ACTION, &[0; 20], &header(algorithms));
    for event in events {
        log.extend(event.pcr.to_le_bytes());
        log.extend(event.kind.to_le_bytes());
        log.extend(u32::try_from(event.digests.len()).unwrap().to_le_bytes());
        for (number, value) in &event.digests {
            log.extend(number.to_le_bytes());
            log.extend(value);
        }
        log.extend(sized(&event.data));
    }
    log
}

pub(super) fn event() -> impl Strategy<Value = MadeEvent> {
    let kind = prop_oneof![
        0_u32..0x14,
        0x8000_0000_u32..0x8000_0012,
        Just(kind::EFI_VARIABLE_AUTHORITY),
        any::<u32>()
    ];
    let digests =
        subsequence(ALGORITHMS.to_vec(), 1..=ALGORITHMS.len()).prop_shuffle().prop_flat_map(|chosen| {
            chosen
                .into_iter()
                .map(|(number, size)| {
                    vec(any::<u8>(), usize::from(size)).prop_map(move |value| (number, value))
                })
                .collect::<Vec<_>>()
        });
    (0_u32..24, kind, digests, vec(any::<u8>(), 0..80)).prop_map(|(pcr, kind, digests, data)| MadeEvent {
        pcr,
        kind,
        digests,
        data,
    })
}
