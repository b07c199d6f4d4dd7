//! What holds for any value, any text and any bytes.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File};

use proptest::prelude::*;

use super::super::*;
use super::Place;
use crate::error::Error;

/// A JSON value to be written in odd but valid ways.
#[derive(Debug, Clone)]
enum Value {
    Scalar(&'static str),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    fn write(&self, into: &mut String) {
        match self {
            Self::Scalar(text) => into.push_str(text),
            Self::Text(text) => write_string(text, into),
            Self::List(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index > 0 { " ,\n" } else { "" });
                    item.write(into);
                }
                into.push(']');
            }
            Self::Map(rows) => {
                into.push('{');
                for (index, (name, value)) in rows.iter().enumerate() {
                    into.push_str(if index > 0 { "," } else { "\t" });
                    write_string(name, into);
                    into.push_str(": ");
                    value.write(into);
                }
                into.push('}');
            }
        }
    }

    fn repeats_a_name(&self) -> bool {
        match self {
            Self::Scalar(_) | Self::Text(_) => false,
            Self::List(items) => items.iter().any(Self::repeats_a_name),
            Self::Map(rows) => {
                let names: HashSet<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
                names.len() < rows.len() || rows.iter().any(|(_, value)| value.repeats_a_name())
            }
        }
    }
}

/// Every second character as a \u escape, surrogate pairs included.
fn write_string(text: &str, into: &mut String) {
    into.push('"');
    for (index, character) in text.chars().enumerate() {
        if index % 2 == 0 || character < ' ' || matches!(character, '"' | '\\') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(into, "\\u{unit:04X}").unwrap();
            }
        } else {
            into.push(character);
        }
    }
    into.push('"');
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["0", "-1.5e+9", "true", "false", "null", "12345678901234567890"])
            .prop_map(Value::Scalar),
        any::<String>().prop_map(Value::Text),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec(("[a-f]{1,2}|.{0,3}", inner), 0..6).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn valid_text_is_refused_for_repeated_names_alone(value in value()) {
        let mut text = String::new();
        value.write(&mut text);
        match validate(text.as_bytes(), Limits::default()) {
            Ok(()) => prop_assert!(!value.repeats_a_name()),
            Err(Error::JsonFormat { reason, .. }) => {
                prop_assert!(reason.contains("duplicate"), "{}", reason);
                prop_assert!(value.repeats_a_name());
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn ranges_of_members_are_values(value in value()) {
        let mut text = String::new();
        value.write(&mut text);
        let place = Place::new();
        if let Ok(rows) = place.members(text.as_bytes(), &[]) {
            let bytes = text.as_bytes();
            for row in rows {
                let range = usize::try_from(row.start).unwrap()..usize::try_from(row.end).unwrap();
                prop_assert!(validate(&bytes[range], Limits::default()).is_ok());
            }
        }
    }

    #[test]
    fn escaping_and_unescaping_are_inverse(text in "[^\\x00]{0,200}") {
        let place = Place::new();
        let (source, escaped) = (place.file(text.as_bytes()), place.directory.path().join("escaped"));
        let written = escape_file(&source, File::create(&escaped).unwrap()).unwrap();
        let body = fs::read(&escaped).unwrap();
        prop_assert_eq!(written, body.len() as u64);
        let quoted = place.file(&[b"\"", &body[..], b"\""].concat());
        let spool = place.spool();
        unescape_member(&quoted, 0, body.len() as u64 + 2, &spool, Limits::default()).unwrap();
        prop_assert_eq!(fs::read(&spool).unwrap(), text.into_bytes());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let place = Place::new();
        let _ = validate(&bytes, Limits::default());
        let _ = split_envelope(&place.file(&bytes), &place.spool(), Limits::default());
    }

    #[test]
    fn damaged_envelopes_are_read_or_refused(at in 0_usize..80, byte: u8, cut in 0_usize..90) {
        let mut text = b"x {\"cli-output\":\"a\\u00e9\\ud83d\\ude00\\n\",\"signature-envelop\":{\"nonce\":\"15\",\"b\":[1,2]}}".to_vec();
        text[at] = byte;
        text.truncate(cut);
        let place = Place::new();
        let _ = split_envelope(&place.file(&text), &place.spool(), Limits::default());
        let _ = validate(&text, Limits::default());
    }
}
