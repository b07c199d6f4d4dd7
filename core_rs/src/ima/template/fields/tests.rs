use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::ima::template::{Readable, put_field};

const NG: &[u8] = b"\x0a\0\0\0sha1:\0abcd\x05\0\0\0/x y\0";

fn data(endian: Endian, contents: &[&[u8]]) -> Vec<u8> {
    let mut data = Vec::new();
    for content in contents {
        put_field(&mut data, endian, &[content]);
    }
    data
}

#[test]
fn decodes_ng() {
    let fields = Fields::decode("ima-ng", NG, Endian::Little).unwrap();
    assert_eq!(
        (fields.algorithm(), fields.digest(), fields.name()),
        (Some("sha1"), Some(&b"abcd"[..]), Some(&b"/x y"[..]))
    );
    assert_eq!((fields.signature(), fields.digest_type(), fields.uid()), (None, None, None));
    assert_eq!(fields.get("n-ng"), Some(&b"/x y\0"[..]));
    assert_eq!(fields.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["d-ng", "n-ng"]);
}

#[test]
fn refuses_what_is_not_of_the_form() {
    for end in 0..NG.len() {
        assert!(Fields::decode("ima-ng", &NG[..end], Endian::Little).is_none(), "{end}");
    }
    assert!(Fields::decode("ima-sig", NG, Endian::Little).is_none());
    assert!(Fields::decode("ima-ng", NG, Endian::Big).is_none());
    assert!(Fields::decode("a-name-of-nothing", NG, Endian::Little).is_none());
}

#[test]
fn only_the_name_ima_is_laid_out_in_the_old_way() {
    let mut old = vec![7; LEGACY_DIGEST];
    put_field(&mut old, Endian::Little, &[b"/bin\0"]);
    let fields = Fields::decode("ima", &old, Endian::Little).unwrap();
    assert_eq!((fields.digest(), fields.name()), (Some(&old[..20]), Some(&b"/bin\0"[..])));
    assert!(Fields::decode("d|n", &old, Endian::Little).is_none());
    let new = data(Endian::Little, &[&[7; 16], b"/bin\0"]);
    let fields = Fields::decode("d|n", &new, Endian::Little).unwrap();
    assert_eq!((fields.digest(), fields.name()), (Some(&[7; 16][..]), Some(&b"/bin"[..])));
}

#[test]
fn typed_digests() {
    for (template, content, kind, algorithm) in [
        ("ima-ngv2", &b"verity:sha256:\0ab"[..], Some("verity"), Some("sha256")),
        ("ima-ngv2", b"sha256:\0ab", None, Some("sha256")),
        ("ima-ng", b"ima:sha256:\0ab", None, Some("ima:sha256")),
        ("ima-ng", b"ab", None, None),
    ] {
        let built = data(Endian::Big, &[content, b"/a\0"]);
        let fields = Fields::decode(template, &built, Endian::Big).unwrap();
        assert_eq!((fields.digest_type(), fields.algorithm()), (kind, algorithm));
        assert_eq!(fields.digest(), Some(&b"ab"[..]));
    }
}

#[test]
fn formats_without_a_digest_or_a_name() {
    let built = data(Endian::Little, &[b"/a\0"]);
    let fields = Fields::decode("n-ng", &built, Endian::Little).unwrap();
    assert_eq!((fields.digest(), fields.name(), fields.get("d-ng")), (None, Some(&b"/a"[..]), None));
    let built = data(Endian::Little, &[b"sha1:\0ab", b"??", b"cms"]);
    let fields = Fields::decode("d-modsig|mystery|modsig", &built, Endian::Little).unwrap();
    assert_eq!((fields.digest(), fields.name(), fields.signature()), (None, None, None));
    assert_eq!((fields.get("mystery"), fields.get("modsig")), (Some(&b"??"[..]), Some(&b"cms"[..])));
}

#[test]
fn numbers_follow_the_byte_order_of_the_list() {
    for (endian, uid, mode) in
        [(Endian::Little, b"\xe8\x03\0\0", b"\xa4\x81"), (Endian::Big, b"\0\0\x03\xe8", b"\x81\xa4")]
    {
        let built = data(endian, &[uid, b"", mode]);
        let fields = Fields::decode("iuid|igid|imode", &built, endian).unwrap();
        assert_eq!((fields.uid(), fields.gid(), fields.mode()), (Some(1000), None, Some(0o100_644)));
    }
}

#[test]
fn attributes_that_fit_together() {
    let template = "xattrnames|xattrlengths|xattrvalues";
    let built = data(Endian::Big, &[b"security.ima|security.evm\0", b"\0\0\0\x02\0\0\0\0", b"ab"]);
    let fields = Fields::decode(template, &built, Endian::Big).unwrap();
    assert_eq!(
        fields.xattrs().unwrap(),
        [(&b"security.ima"[..], &b"ab"[..]), (&b"security.evm"[..], &b""[..])]
    );
    let none = data(Endian::Big, &[b"", b"", b""]);
    assert_eq!(Fields::decode(template, &none, Endian::Big).unwrap().xattrs(), Some(Vec::new()));
    for broken in [
        data(Endian::Big, &[b"a|b\0", b"\0\0\0\x02", b"ab"]),
        data(Endian::Big, &[b"a\0", b"\0\0\0\x02", b"abc"]),
        data(Endian::Big, &[b"a\0", b"\0\0\0\x04", b"abc"]),
        data(Endian::Big, &[b"a\0", b"\0\0\0\x02\0", b"ab"]),
        data(Endian::Big, &[b"a\0", b"\0\0\0\x01\0\0\0\x01", b"ab"]),
    ] {
        assert_eq!(Fields::decode(template, &broken, Endian::Big).unwrap().xattrs(), None);
    }
}

fn templates() -> impl Strategy<Value = &'static str> {
    let all = [
        "ima",
        "ima-ng",
        "ima-sig",
        "ima-ngv2",
        "ima-sigv2",
        "ima-buf",
        "ima-modsig",
        "evm-sig",
        "n-ng",
        "d|n",
        "d-ng|n-ng|sig|iuid|igid|imode",
        "sig|mystery|d-ngv2",
    ];
    proptest::sample::select(all.to_vec())
}

proptest! {
    /// Fields joined again are the data that they were taken from.
    #[test]
    fn fields_are_all_of_the_data(template in templates(), big: bool, noise in vec(any::<u8>(), 0..80),
                                  contents in vec(vec(any::<u8>(), 0..30), MAX_FIELDS)) {
        let endian = if big { Endian::Big } else { Endian::Little };
        let mut built = if template == "ima" { vec![1; 20] } else { Vec::new() };
        let count = Layout::of(template).unwrap().count();
        for content in &contents[..if template == "ima" { 1 } else { count }] {
            put_field(&mut built, endian, &[content]);
        }
        prop_assert!(Fields::decode(template, &built, endian).is_some());
        for bytes in [&noise, &built] {
            let Some(fields) = Fields::decode(template, bytes, endian) else { continue };
            let mut again = Vec::new();
            for (index, (_, value)) in fields.iter().enumerate() {
                if template == "ima" && index == 0 {
                    again.extend_from_slice(value);
                } else {
                    put_field(&mut again, endian, &[value]);
                }
            }
            prop_assert_eq!(&again, bytes);
        }
    }

    /// What is said to rebuild an entry does.
    #[test]
    fn readable_parts_rebuild(template in templates(), big: bool, kind in "(ima:|verity:|:|)", name in vec(any::<u8>(), 0..30),
                              algorithm in "(sha256:\0|sm3:\0|b:\0|:\0|)", end in "\0{0,2}", rest in vec(any::<u8>(), 0..30)) {
        let endian = if big { Endian::Big } else { Endian::Little };
        let hashed = [kind.as_bytes(), algorithm.as_bytes(), &rest].concat();
        let name = [&name[..], end.as_bytes()].concat();
        let mut built = if template == "ima" { vec![1; 20] } else { data(endian, &[&hashed]) };
        put_field(&mut built, endian, &[&name]);
        for _ in 2..Layout::of(template).unwrap().count() {
            put_field(&mut built, endian, &[&rest]);
        }
        let Some(fields) = Fields::decode(template, &built, endian) else { return Ok(()) };
        let (readable, whole) = Readable::of(template, &fields);
        let mut again = Vec::new();
        let encoded = readable.encode(template, endian, &mut again);
        if whole {
            prop_assert!(encoded.is_ok());
            prop_assert_eq!(again, built);
        } else {
            prop_assert!(again != built);
        }
    }
}
