//! Tests of the strict reader against small oracles of their own; no other JSON library takes part.

mod properties;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::error::Error;

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn file(&self, content: &[u8]) -> PathBuf {
        let path = self.directory.path().join("input");
        fs::write(&path, content).unwrap();
        path
    }

    fn spool(&self) -> PathBuf {
        let path = self.directory.path().join("spool");
        let _ = fs::remove_file(&path);
        path
    }

    fn members(&self, text: &[u8], pointer: &[Name]) -> Result<Vec<Member>, Error> {
        members(&self.file(text), pointer, 0, None, Limits::default())
    }
}

fn offset(error: &Error) -> u64 {
    match error {
        Error::JsonFormat { offset, .. } => *offset,
        other => panic!("{other} is no format error"),
    }
}

fn reason(text: &[u8]) -> (u64, String) {
    match validate(text, Limits::default()).unwrap_err() {
        Error::JsonFormat { offset, reason } => (offset, reason),
        other => panic!("{other} is no format error"),
    }
}

fn key(name: &str) -> Name {
    Name::Key(name.to_owned())
}

#[test]
fn refusals_say_where() {
    for (text, at, why) in [
        (&b"{\"a\":1,\"a\":2}"[..], 7, "duplicate"),
        (b"{\"a\":1,\"\\u0061\":2}", 7, "duplicate"),
        (b"[{\"x\":{\"b\":0,\"c\":1,\"b\":2}}]", 19, "duplicate"),
        (b"[\"\\ud800\"]", 2, "lone surrogate"),
        (b"[\"\\udc00\"]", 2, "lone surrogate"),
        (b"[\"\\ud800\\u0041\"]", 2, "lone surrogate"),
        (b"[\"\xff\"]", 2, "UTF-8"),
        (b"[\"\xed\xa0\x80\"]", 2, "UTF-8"),
        (b"[\"\xc0\xaf\"]", 2, "UTF-8"),
        (b"[NaN]", 1, "value"),
        (b"[Infinity]", 1, "value"),
        (b"[-Infinity]", 1, "number"),
        (b"[01]", 1, "number"),
        (b"[1,]", 2, "trailing comma"),
        (b"[1 2]", 3, "comma missing"),
        (b"[] x", 3, "after the end"),
        (b"[]]", 2, "after the end"),
        (b"", 0, "too early"),
        (b"[", 1, "too early"),
        (b"\"abc", 4, "too early"),
        (b"[\"\n\"]", 2, "control"),
        (b"// c\n[]", 0, "value"),
        (b"\xef\xbb\xbf[]", 0, "value"),
        (b"[1e100]", 1, "exponent"),
    ] {
        let (offset, reason) = reason(text);
        assert_eq!(offset, at, "{}: {reason}", String::from_utf8_lossy(text));
        assert!(reason.contains(why), "{}: {reason}", String::from_utf8_lossy(text));
    }
}

#[test]
fn every_member_of_wide_objects_is_checked() {
    let wide: Vec<String> = (0..5000).map(|index| format!("\"{index}\":0")).collect();
    validate(format!("{{{}}}", wide.join(",")).as_bytes(), Limits::default()).unwrap();
    for repeated in [0, 15, 16, 4999] {
        let text = format!("{{{},\"{repeated}\":1}}", wide.join(","));
        assert!(reason(text.as_bytes()).1.contains("duplicate"));
    }
}

#[test]
fn names_of_every_length_are_told_apart() {
    let names: Vec<String> =
        (0..40).flat_map(|length| ["a", "b"].map(|letter| letter.repeat(length))).collect();
    let rows: Vec<String> = names[1..].iter().map(|name| format!("\"{name}\":0")).collect();
    validate(format!("{{{}}}", rows.join(",")).as_bytes(), Limits::default()).unwrap();
    for row in &rows {
        let text = format!("{{{},{row}}}", rows.join(","));
        assert!(reason(text.as_bytes()).1.contains("duplicate"), "{row}");
    }
}

#[test]
fn siblings_may_share_names() {
    validate(b"[{\"a\":{\"a\":1}},{\"a\":[{\"a\":2},{\"a\":3}]}]", Limits::default()).unwrap();
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    validate(&nested(64), Limits::default()).unwrap();
    assert_eq!(reason(&nested(65)).0, 64);
    assert_eq!(reason(&b"[".repeat(1 << 20)).0, 64);
}

#[test]
fn sizes_are_bounded() {
    let limits = Limits { size: 10, depth: 4, members: 3, name: 4, string: 8 };
    let limit = |text: &[u8], limits| matches!(validate(text, limits), Err(Error::Limit { .. }));
    let refused = |text: &[u8], limits| matches!(validate(text, limits), Err(Error::JsonFormat { .. }));
    assert!(limit(b"[1,2,3,4,5]", limits));
    let limits = Limits { size: 1 << 20, ..limits };
    validate(b"[1,2,3,4,5]", limits).unwrap();
    assert!(limit(b"{\"a\":{\"b\":{\"c\":{\"d\":1}}}}", limits), "names of open objects count together");
    assert!(limit(b"{\"a\":0,\"b\":0,\"c\":0,\"d\":0}", limits));
    validate(b"[{\"a\":0,\"b\":0,\"c\":0},{\"a\":0,\"b\":0,\"c\":0}]", limits).unwrap();
    validate(b"{\"abcd\":0}", limits).unwrap();
    assert!(refused(b"{\"abcde\":0}", limits));
    validate(b"[\"123456\"]", limits).unwrap();
    assert!(refused(b"[\"1234567\"]", limits));
}

#[test]
fn long_names_and_numbers_are_not_collected() {
    let name = [&b"{\""[..], &b"k".repeat(1 << 20), b"\":1}"].concat();
    assert!(reason(&name).0 < 16 << 10, "stopped early");
    let escaped = format!("{{\"{}\":1}}", "\\u0061".repeat(1024));
    validate(escaped.as_bytes(), Limits::default()).unwrap();
    let number = b"1".repeat(1 << 20);
    assert_eq!(reason(&number).0, 0);
    validate(&b"1".repeat(100), Limits::default()).unwrap();
}

#[test]
fn members_have_byte_ranges() {
    let place = Place::new();
    let text = br#" {"a" : [1, "x", {"b":null}] ,"c":true}"#;
    let slices = |rows: Vec<Member>| -> Vec<(Name, String, &str)> {
        let range = |row: &Member| usize::try_from(row.start).unwrap()..usize::try_from(row.end).unwrap();
        rows.iter()
            .map(|row| {
                let value = String::from_utf8(text[range(row)].to_vec()).unwrap();
                (row.name.clone(), value, row.kind.name())
            })
            .collect()
    };
    assert_eq!(
        slices(place.members(text, &[]).unwrap()),
        [(key("a"), r#"[1, "x", {"b":null}]"#.to_owned(), "array"), (key("c"), "true".to_owned(), "boolean")]
    );
    assert_eq!(
        slices(place.members(text, &[key("a")]).unwrap()),
        [
            (Name::Index(0), "1".to_owned(), "number"),
            (Name::Index(1), r#""x""#.to_owned(), "string"),
            (Name::Index(2), r#"{"b":null}"#.to_owned(), "object")
        ]
    );
    assert_eq!(
        slices(place.members(text, &[key("a"), Name::Index(2)]).unwrap()),
        [(key("b"), "null".to_owned(), "null")]
    );
}

#[test]
fn members_validates_what_lies_outside_the_pointer() {
    let place = Place::new();
    for text in [&b"{\"a\":[1],\"b\":{\"c\":1,\"c\":2}}"[..], b"{\"a\":[1]} x", b"{\"z\":[1,],\"a\":[1]}"] {
        assert!(place.members(text, &[key("a")]).is_err());
    }
    // Malformed text outranks a pointer to nothing.
    assert_eq!(offset(&place.members(b"{\"b\":1} x", &[key("a")]).unwrap_err()), 8);
}

#[test]
fn pointers_to_nothing_say_where_they_end() {
    let place = Place::new();
    let text = b"{\"a\":{\"b\":[0]}}";
    for (pointer, at) in [
        (vec![key("x")], 0),
        (vec![key("a"), key("x")], 5),
        (vec![key("a"), key("b"), Name::Index(1)], 10),
        (vec![key("a"), key("b"), key("0")], 10),
        (vec![key("a"), key("b"), Name::Index(0)], 11),
        (vec![key("a"), Name::Index(0)], 5),
    ] {
        assert_eq!(offset(&place.members(text, &pointer).unwrap_err()), at, "{pointer:?}");
    }
}

#[test]
fn ranges_of_a_file_are_texts_of_their_own() {
    let place = Place::new();
    let path = place.file(b"{\"a\":{\"b\":1},\"c\":[01]}");
    let inside = members(&path, &[], 5, Some(12), Limits::default()).unwrap();
    assert_eq!((inside[0].start, inside[0].end), (10, 11));
    assert_eq!(offset(&members(&path, &[], 17, Some(21), Limits::default()).unwrap_err()), 18);
    assert!(members(&path, &[], 5, Some(99), Limits::default()).is_err());
    assert!(members(&path, &[], 9, Some(5), Limits::default()).is_err());
}

#[test]
fn split_takes_an_envelope_apart() {
    let place = Place::new();
    let text = b"Mon Nov 23 20:00:00 UTC\n {\"cli-output\":\"a\\u00e9\\n\\ud83d\\ude00\",\"signature-envelop\": {\"nonce\":\"1580\"} }\n";
    let spool = place.spool();
    let parts = split_envelope(&place.file(text), &spool, Limits::default()).unwrap();
    assert_eq!(fs::read(&spool).unwrap(), "aé\n😀".as_bytes());
    assert_eq!(parts.start, 25);
    assert_eq!(parts.payload, Some(8));
    assert_eq!(parts.signature.as_deref(), Some(&b"{\"nonce\":\"1580\"}"[..]));
    assert!(parts.problems.is_empty());
    let again = split_envelope(&place.file(text), &spool, Limits::default());
    assert!(matches!(again, Err(Error::Io { .. })), "a spool that exists is never written into");
}

#[test]
fn split_lists_defects() {
    let place = Place::new();
    let split = |text: &[u8]| split_envelope(&place.file(text), &place.spool(), Limits::default()).unwrap();
    for (text, defect) in [
        (&b"{\"cli-output\":\"a\\u0000b\",\"signature-envelop\":{}}"[..], "U+0000 at byte 1 "),
        (b"{\"cli-output\":\"\",\"signature-envelop\":{},\"x\":[{}]}", "unknown member \"x\""),
        (
            b"{\"cli-output\":\"a\",\"cli-output\":\"b\",\"signature-envelop\":{}}",
            "second cli-output at byte 18",
        ),
        (
            b"{\"cli-output\":\"a\",\"signature-envelop\":{},\"signature-envelop\":{}}",
            "second signature-envelop",
        ),
        (b"{\"cli-output\":[1],\"signature-envelop\":{}}", "cli-output at byte 14 is an array"),
        (b"{\"cli-output\":\"a\",\"signature-envelop\":\"\"}", "signature-envelop at byte 38 is a string"),
        (b"{\"cli-output\":\"a\",\"signature-envelop\":{}} {}", "after the end of the text, at byte 42"),
    ] {
        let parts = split(text);
        assert_eq!(parts.problems.len(), 1, "{:?}", parts.problems);
        assert!(parts.problems[0].contains(defect), "{:?}", parts.problems);
    }
    let many = (0..1000).map(|index| format!("\"u{index}\":0")).collect::<Vec<_>>().join(",") + ",";
    let parts = split(format!("{{{many}\"cli-output\":\"\"}}").as_bytes());
    assert_eq!(parts.problems.len(), 17);
    assert!(!parts.has_signature);
}

#[test]
fn split_refuses_what_is_no_envelope() {
    let place = Place::new();
    for text in [
        &b""[..],
        b"[]",
        b"hello",
        b"{",
        b"{\"cli-output\":\"\\ud800\"}",
        b"{\"cli-output\":\"a",
        b"{\"cli-output\":\"\xff\"}",
    ] {
        let outcome = split_envelope(&place.file(text), &place.spool(), Limits::default());
        assert!(matches!(outcome, Err(Error::JsonFormat { .. })), "{outcome:?}");
    }
    let small = Limits { size: 8, ..Limits::default() };
    let outcome = split_envelope(&place.file(b"{\"cli-output\":1}"), &place.spool(), small);
    assert!(matches!(outcome, Err(Error::Limit { .. })));
}

#[test]
fn unescape_member_takes_strings_only() {
    let place = Place::new();
    let path = place.file(b"[\"a\\tb\",{}]");
    let spool = place.spool();
    assert_eq!(unescape_member(&path, 1, 7, &spool, Limits::default()).unwrap(), 3);
    assert_eq!(fs::read(&spool).unwrap(), b"a\tb");
    assert!(unescape_member(&path, 8, 10, &place.spool(), Limits::default()).is_err());
    assert!(unescape_member(&path, 1, 6, &place.spool(), Limits::default()).is_err());
}

#[test]
fn text_is_checked_across_chunks() {
    let place = Place::new();
    let chunk = 256 << 10;
    for lead in [0, chunk - 3, chunk - 2, chunk - 1, chunk, 2 * chunk - 1] {
        let plain = "x".repeat(lead);
        let good = place.file(format!("{plain}€😀").as_bytes());
        assert_eq!(check_text(&good).unwrap(), lead as u64 + 7);
        let cut = place.file(&[plain.as_bytes(), b"\xe2\x82"].concat());
        assert_eq!(offset(&check_text(&cut).unwrap_err()), lead as u64);
        let zero = place.file(&[plain.as_bytes(), b"\0"].concat());
        assert_eq!(offset(&check_text(&zero).unwrap_err()), lead as u64);
    }
}

#[test]
fn digests_follow_fips_180_4() {
    let place = Place::new();
    let path = place.file(b"bc");
    for (algorithm, expected) in [
        (DigestAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (DigestAlgorithm::Sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"),
        (DigestAlgorithm::Sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"),
    ] {
        let digest = hex::encode(digest_with_prefix(b"a", &path, algorithm).unwrap());
        assert!(digest.starts_with(expected), "{algorithm:?}");
    }
}
