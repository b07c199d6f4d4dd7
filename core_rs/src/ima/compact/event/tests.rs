use prost::Message;

use super::*;
use crate::ima::compact::Profile;
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::template::{Endian, put_field};
use crate::ima::wire::{HashAlgorithm, ImaEvent, ImaEventLog};

const ALGORITHMS: [(&str, HashAlgorithm); 23] = [
    ("md4", HashAlgorithm::Md4),
    ("md5", HashAlgorithm::Md5),
    ("sha1", HashAlgorithm::Sha1),
    ("rmd160", HashAlgorithm::Ripemd160),
    ("sha256", HashAlgorithm::Sha256),
    ("sha384", HashAlgorithm::Sha384),
    ("sha512", HashAlgorithm::Sha512),
    ("sha224", HashAlgorithm::Sha224),
    ("rmd128", HashAlgorithm::Rmd128),
    ("rmd256", HashAlgorithm::Rmd256),
    ("rmd320", HashAlgorithm::Rmd320),
    ("wp256", HashAlgorithm::Wp256),
    ("wp384", HashAlgorithm::Wp384),
    ("wp512", HashAlgorithm::Wp512),
    ("tgr128", HashAlgorithm::Tgr128),
    ("tgr160", HashAlgorithm::Tgr160),
    ("tgr192", HashAlgorithm::Tgr192),
    ("sm3", HashAlgorithm::Sm3256),
    ("streebog256", HashAlgorithm::Streebog256),
    ("streebog512", HashAlgorithm::Streebog512),
    ("sha3-256", HashAlgorithm::Sha3256),
    ("sha3-384", HashAlgorithm::Sha3384),
    ("sha3-512", HashAlgorithm::Sha3512),
];

/// What another protobuf implementation reads of an entry with these fields.
fn written(template: &str, fields: &[&[u8]], profile: Profile) -> ImaEvent {
    let mut data = Vec::new();
    for field in fields {
        put_field(&mut data, Endian::Little, &[field]);
    }
    let entry = Entry { number: 7, offset: 0, pcr: 10, template_hash: &[9; 20], template, data: &data };
    let mut events = Vec::new();
    EventWriter::new(profile, Format::default()).put(&entry, 4, &mut events);
    let ImaEventLog { events, .. } = ImaEventLog::decode(events.as_slice()).unwrap();
    let encoded = events[0].encode_to_vec();
    let (mut scratch, mut hash) = (Vec::new(), None);
    let read = Event::read(&encoded).unwrap().entry(7, Format::default(), &mut scratch, &mut hash).unwrap();
    assert_eq!(read, entry);
    events[0].clone()
}

fn tried(event: &ImaEvent) -> Result<String, String> {
    let encoded = event.encode_to_vec();
    let (mut scratch, mut hash) = (Vec::new(), None);
    let entry = Event::read(&encoded)?.entry(0, Format::default(), &mut scratch, &mut hash)?;
    Ok(entry.template.to_owned())
}

#[test]
fn algorithms_are_numbered_as_in_the_kernel() {
    for (name, algorithm) in ALGORITHMS {
        assert_eq!((number_of(name), name_of(algorithm as i32)), (Some(algorithm as i32), Some(name)));
    }
}

/// Template, which digest field, the fields after the name, and the signature that a reader is to find.
type Case = (&'static str, usize, &'static [&'static [u8]], &'static [u8]);

#[test]
fn a_reader_finds_path_digest_and_signature_in_every_template() {
    let hashed: [&[u8]; 2] = [b"sha256:\0dd", b"verity:sha256:\0dd"];
    let cases: [Case; 8] = [
        ("ima-ng", 0, &[], b""),
        ("ima-sig", 0, &[b"\x03\x02"], b"\x03\x02"),
        ("ima-ngv2", 1, &[], b""),
        ("ima-sigv2", 1, &[b"\x03\x02"], b"\x03\x02"),
        ("ima-buf", 0, &[b"bb"], b""),
        ("ima-modsig", 0, &[b"\x03\x02", b"", b""], b"\x03\x02"),
        ("evm-sig", 0, &[b"\x05\x02", b"", b"", b"", b"", b"", b""], b"\x05\x02"),
        ("d-ng|n-ng|sig|iuid", 0, &[b"\x03\x02", b""], b"\x03\x02"),
    ];
    for (template, first, rest, signature) in cases {
        let fields = [&[hashed[first], b"/a\0"], rest].concat();
        let event = written(template, &fields, Profile::Xr);
        assert_eq!((event.filedata_hash_algorithm, &event.filedata_hash[..]), (Some(4), &b"dd"[..]));
        assert_eq!((&event.filename_hint[..], &event.signature[..]), (&b"/a"[..], signature), "{template}");
        let plain = matches!(template, "ima-ng" | "ima-sig");
        assert_eq!(event.template_data.is_empty(), plain, "{template}");
        assert_eq!(event.template_name.is_empty(), event.template != Some(15), "{template}");
        let lean = written(template, &fields, Profile::Minimal);
        assert_eq!(lean.filename_hint.is_empty(), !plain, "{template}");
        assert_eq!((lean.event_number, lean.pcr_index), (None, None));
    }
}

#[test]
fn what_the_fields_can_say_needs_no_template_data() {
    for (template, hashed, needs) in [
        ("ima-ngv2", &b"ima:sha256:\0dd"[..], false),
        ("ima-ngv2", b"dd", false),
        ("ima-ngv2", b"sha256:\0dd", true),
        ("ima-ngv2", b"ima:blake9:\0dd", true),
        ("ima-ng", b"sm3:\0dd", false),
        ("ima-ng", b"sm3-256:\0dd", true),
        ("ima-ng", b"blake9:\0dd", true),
        ("ima-ng", b"", false),
    ] {
        for profile in [Profile::Xr, Profile::Minimal] {
            let event = written(template, &[hashed, b"/a\0"], profile);
            assert_eq!(!event.template_data.is_empty(), needs, "{template} {hashed:?}");
        }
    }
    let old_name = written("ima-ng", &[b"sm3-256:\0dd", b"/a\0"], Profile::Xr);
    assert_eq!(old_name.filedata_hash_algorithm, Some(HashAlgorithm::Sm3256 as i32));
}

#[test]
fn long_parts_stand_only_in_the_template_data() {
    let signature = vec![3; 70_000];
    let fields = [&b"sha1:\0dd"[..], b"/a\0", &signature];
    assert!(written("ima-sig", &fields, Profile::Xr).template_data.is_empty());
    let event = written("d-ng|n-ng|sig", &fields, Profile::Xr);
    assert!(event.filename_hint.is_empty() && event.signature.is_empty());
}

#[test]
fn refuses_events_that_contradict_themselves() {
    let sound = ImaEvent {
        template: Some(Template::ImaNg as i32),
        filedata_hash: vec![1; 20],
        filedata_hash_algorithm: Some(2),
        ..ImaEvent::default()
    };
    assert_eq!(tried(&sound).unwrap(), "ima-ng");
    let broken = [
        ImaEvent { template: None, ..sound.clone() },
        ImaEvent { template: Some(0), ..sound.clone() },
        ImaEvent { template: Some(6), ..sound.clone() },
        ImaEvent { template: Some(3), ..sound.clone() },
        ImaEvent { template: Some(15), ..sound.clone() },
        ImaEvent { template_data: vec![1], ..sound.clone() },
        ImaEvent { template_name: "ima-ng".into(), ..sound.clone() },
        ImaEvent { template_name: "ima-sig".into(), ..sound.clone() },
        ImaEvent { signature: vec![3], ..sound.clone() },
        ImaEvent { filedata_hash_algorithm: Some(99), ..sound.clone() },
    ];
    for event in broken {
        assert!(tried(&event).is_err(), "{event:?}");
    }
}

#[test]
fn template_data_and_fields_must_agree() {
    let fields: [&[u8]; 4] = [b"sm3-256:\0dd", b"/a\0", b"\x03\x02", b"\xe8\x03\0\0"];
    let sound = written("d-ng|n-ng|sig|iuid", &fields, Profile::Xr);
    tried(&sound).unwrap();
    let bare = ImaEvent {
        filedata_hash_algorithm: None,
        filedata_hash: Vec::new(),
        filename_hint: Vec::new(),
        signature: Vec::new(),
        ..sound.clone()
    };
    tried(&bare).unwrap();
    let contradictions = [
        ImaEvent { filedata_hash_algorithm: Some(4), ..sound.clone() },
        ImaEvent { filedata_hash_algorithm: None, ..sound.clone() },
        ImaEvent { filedata_hash: b"de".to_vec(), ..sound.clone() },
        ImaEvent { filename_hint: b"/b".to_vec(), ..sound.clone() },
        ImaEvent { filename_hint: Vec::new(), ..sound.clone() },
        ImaEvent { signature: b"\x03".to_vec(), ..sound.clone() },
        ImaEvent { signature: Vec::new(), ..sound.clone() },
        ImaEvent { template_name: "d-ng|n-ng|iuid|sig".into(), ..sound.clone() },
        ImaEvent { template_name: "another".into(), ..sound.clone() },
        ImaEvent { template_data: b"noise".to_vec(), ..sound.clone() },
    ];
    for event in contradictions {
        let reason = tried(&event).unwrap_err();
        assert!(reason.contains("not what its other fields say"), "{event:?}: {reason}");
    }
}

#[test]
fn fields_of_another_type_are_refused() {
    for (bytes, number) in
        [(&b"\x0a\x01x"[..], 1), (b"\x2d1234", 5), (b"\x52\x01\xff", 10), (b"\x10\xff\xff\xff\xff\x7f", 2)]
    {
        assert!(Event::read(bytes).unwrap_err().contains(&format!("field {number} ")), "{bytes:?}");
    }
    assert_eq!(Event::read(b"\x58\x01\x08\x07").unwrap().number(), Some(7));
}
