//! Lists in both forms: the ascii one gives the binary one, or an error, or a count of what it could not prove.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;

use super::Reading;
use super::fields::{Kind, layout};
use crate::error::{Error, Result};
use crate::ima::bank::Bank;
use crate::ima::format::Format;
use crate::ima::list::{Entry, ListWriter};
use crate::ima::source::read_list;
use crate::ima::template::Endian;

const SIZE: u64 = 1 << 20;

/// Read `text`; return the binary list and what is known of the text.
fn read(text: &[u8]) -> Result<(Vec<u8>, Reading)> {
    let (mut list, reading) = read_list(text, SIZE)?;
    let format = list.format()?;
    let mut out = Vec::new();
    let mut writer = ListWriter::new(&mut out, SIZE);
    while let Some(entry) = list.next_entry()? {
        writer.push(&entry, format)?.expect("what is read can be written");
    }
    writer.finish()?;
    Ok((out, reading.expect("an ascii list").now()))
}

fn fault(text: &[u8]) -> (u64, u64, String) {
    match read(text) {
        Err(Error::ImaFormat { index, offset, reason }) => (index, offset, reason),
        other => panic!("{other:?}"),
    }
}

/// Both forms of entries.
#[derive(Default)]
struct Forms {
    binary: Vec<u8>,
    ascii: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Made {
    pcr: u32,
    template: &'static str,
    contents: Vec<Vec<u8>>,
    violation: bool,
}

impl Forms {
    fn of(list: &[Made], format: Format) -> Self {
        let mut forms = Self::default();
        for made in list {
            forms.push(made, format);
        }
        forms
    }

    fn push(&mut self, made: &Made, format: Format) {
        let kinds = layout(made.template).expect("a template");
        let mut data = Vec::new();
        for (kind, content) in kinds.iter().zip(&made.contents) {
            if *kind != Kind::LegacyDigest {
                data.extend(format.endian.bytes(u32::try_from(content.len()).expect("a length")));
            }
            data.extend(content);
        }
        let zeros = vec![0; format.hash.size()];
        let mut entry = Entry {
            number: 0,
            offset: 0,
            pcr: made.pcr,
            template_hash: &zeros,
            template: made.template,
            data: &data,
        };
        let hash = entry.compute_hash(format.hash);
        if !made.violation {
            entry.template_hash = hash.as_slice();
        }
        let mut writer = ListWriter::new(&mut self.binary, SIZE);
        writer.push(&entry, format).expect("an output").expect("an entry");
        let mut head = format!("{:2} {} {}", made.pcr, hex::encode(entry.template_hash), made.template);
        for (kind, content) in kinds.iter().zip(&made.contents) {
            head.push(' ');
            match (kind, content.is_empty()) {
                (_, true) => {}
                (Kind::Text | Kind::LegacyName, _) => {
                    self.ascii.extend(std::mem::take(&mut head).into_bytes());
                    self.ascii.extend(content.strip_suffix(b"\0").unwrap_or(content));
                }
                (Kind::Digest, _) => {
                    let split = content.windows(2).position(|pair| pair == b":\0").expect("an algorithm");
                    let prefix = std::str::from_utf8(&content[..split]).expect("text");
                    let colon = if prefix.is_empty() { "" } else { ":" };
                    let _ = write!(head, "{prefix}{colon}{}", hex::encode(&content[split + 2..]));
                }
                (Kind::Number | Kind::Mode, _) => {
                    let number = match (format.endian, content.len()) {
                        (Endian::Little, 2) => u32::from(u16::from_le_bytes([content[0], content[1]])),
                        (Endian::Big, 2) => u32::from(u16::from_be_bytes([content[0], content[1]])),
                        _ => format.endian.u32_at(content, 0).expect("a number"),
                    };
                    let _ = write!(head, "{number}");
                }
                _ => head.push_str(&hex::encode(content)),
            }
        }
        self.ascii.extend(head.into_bytes());
        self.ascii.push(b'\n');
    }
}

fn entry(template: &'static str, contents: &[&[u8]]) -> Made {
    Made {
        pcr: 10,
        template,
        contents: contents.iter().map(|content| content.to_vec()).collect(),
        violation: false,
    }
}

const LITTLE: Format = Format { endian: Endian::Little, hash: Bank::Sha1 };

#[test]
fn a_name_may_look_like_entries() {
    let inner = Forms::of(&[entry("ima-ng", &[b"sha1:\0inner", b"/x\0"])], LITTLE).ascii;
    let name = [b"/tmp/a\n", &inner[..], b"not an entry\n\0"].concat();
    let forms = Forms::of(
        &[entry("ima-sig", &[b"sha1:\0outer", &name, b"\x03\x02"]), entry("ima", &[&[7; 20], b"/n"])],
        LITTLE,
    );
    let (binary, reading) = read(&forms.ascii).expect("a list");
    assert_eq!(binary, forms.binary);
    assert_eq!((reading.entries, reading.lines, reading.joined, reading.unproven), (2, 5, 1, 0));
}

#[test]
fn blanks_in_names_and_lost_blanks_at_the_end() {
    let forms = Forms::of(
        &[entry("ima-sig", &[b"sha1:\0digest", b"/a b c\0", b""]), entry("ima", &[&[7; 20], b"/n m"])],
        LITTLE,
    );
    assert_eq!(read(&forms.ascii).expect("a list").0, forms.binary);
    let trimmed = String::from_utf8(forms.ascii).expect("text").replace(" \n", "\n");
    let (binary, reading) = read(trimmed.as_bytes()).expect("a list");
    assert_eq!((binary, reading.unproven), (forms.binary, 0));
}

#[test]
fn an_algorithm_may_be_missing() {
    let forms = Forms::of(&[entry("ima-ng", &[b":\0digest of unknown kind", b"/x\0"])], LITTLE);
    assert_eq!(read(&forms.ascii).expect("a list").0, forms.binary);
}

#[test]
fn what_no_hash_proves_is_counted() {
    let mut list = vec![entry("ima-ng", &[b"sha1:\0digest", b"/a\nb\0"]); 3];
    list[1].violation = true;
    let forms = Forms::of(&list, LITTLE);
    let (binary, reading) = read(&forms.ascii).expect("a list");
    assert_eq!(binary, forms.binary);
    assert_eq!((reading.entries, reading.violations, reading.unproven), (3, 1, 0));
    // One digit of the first template hash: no reading proves it, the plain one stands, the others are not disturbed.
    let mut wrong = forms.ascii;
    wrong[3] = if wrong[3] == b'0' { b'1' } else { b'0' };
    let (binary, reading) = read(&wrong).expect("a list");
    assert_eq!(binary.len(), forms.binary.len());
    assert_eq!(binary[44..], forms.binary[44..]);
    assert_eq!((reading.unproven, reading.first_unproven, reading.joined), (1, Some((0, 1)), 3));
}

#[test]
fn malformed_lines_are_refused_with_their_number() {
    let good = Forms::of(&[entry("ima-ng", &[b"sha1:\0digest", b"/a\0"])], LITTLE).ascii;
    let hash = "00112233445566778899aabbccddeeff00112233";
    for (line, reason) in [
        (String::new(), "a line that does not begin with the number of a PCR begins no entry"),
        ("letters".into(), "a line that does not begin with the number of a PCR begins no entry"),
        (format!("64 {hash} ima-ng sha1:00 /a"), "no PCR has the number 64"),
        (format!("10 {hash}00 ima-ng sha1:00 /a"), "a template hash of 42 hexadecimal digits"),
        (format!("10 {hash}"), "no template after the template hash"),
        (format!("10 {hash}{hash}00112233445566778899aabb ima-ng sha1:00 /a"), "a template hash of 104 hex"),
        (
            format!("10 {hash}00112233445566778899aabb ima-ng sha1:00 /a"),
            "a template hash of 32 bytes in a list of 20",
        ),
        (format!("10 {hash} ima-ng"), "no fields after template ima-ng"),
        (format!("10 {hash} ima-nh sha1:00 /a"), "template ima-nh is not known"),
        (format!("10 {hash}  sha1:00 /a"), "the template name is not printable"),
        (format!("10 {hash} ima-ng sha1:00"), "template ima-ng: 1 fields, where the template has 2"),
        (format!("10 {hash} ima-ng sha1:0g /a"), "template ima-ng: a field that is not hexadecimal"),
        (format!("10 {hash} ima-ng sha1:000 /a"), "template ima-ng: a field of 3 hexadecimal digits"),
        (format!("10 {hash} ima-ng sh\u{7}a1:00 /a"), "template ima-ng: a digest algorithm that is no name"),
        (format!("10 {hash} ima 0011 /a"), "template ima: a digest of 2 bytes, where 20"),
        (format!("10 {hash} n|iuid /a 77777777777"), "an owner, group or mode that is no number"),
    ] {
        let text = [&good[..], line.as_bytes(), b"\n"].concat();
        let (index, offset, said) = fault(&text);
        assert_eq!((index, offset), (1, good.len() as u64), "{line}");
        assert!(said.starts_with("line 2: ") && said.contains(reason), "{line}: {said}");
    }
}

#[test]
fn a_cut_list_is_refused_unless_its_last_entry_is_whole() {
    let forms = Forms::of(&[entry("ima-ng", &[b"sha1:\0digest", b"/some/name\0"])], LITTLE);
    let whole = forms.ascii.len() - 1;
    assert_eq!(read(&forms.ascii[..whole]).expect("a list").0, forms.binary);
    for end in 3..whole {
        let (index, offset, reason) = fault(&forms.ascii[..end]);
        assert_eq!((index, offset), (0, 0), "{end}: {reason}");
    }
}

#[test]
fn wrong_hashes_cost_no_more_than_their_length_says() {
    // Every line could go on for 4 KiB of further lines: without a limit this is gigabytes of hashing.
    let line = b"10 00112233445566778899aabbccddeeff00112233 ima-ng sha1:00 /\n";
    let text = [&line[..], &b"\n".repeat(4000)].concat().repeat(40);
    let (_, reading) = read(&text).expect("a list");
    assert_eq!((reading.entries, reading.unproven), (40, 40));
}

fn made() -> impl Strategy<Value = Made> {
    let templates = prop_oneof![
        Just("ima"),
        Just("ima-ng"),
        Just("ima-ngv2"),
        Just("ima-sig"),
        Just("ima-sigv2"),
        Just("ima-buf"),
        Just("ima-modsig"),
        Just("evm-sig"),
        Just("d-ng|n-ng|sig|iuid|igid|imode"),
        Just("n|d"),
        Just("buf|n-ng|xattrnames"),
    ];
    let piece = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\n10 00112233445566778899aabbccddeeff00112233 ima-ng sha1:00 /x\n".to_vec()),
        vec((1..=255_u8).prop_filter("the kernel replaces it", |byte| *byte != b' '), 0..12),
    ];
    (templates, vec(piece, 0..4), vec(any::<u8>(), 20..33), any::<[u8; 4]>(), any::<bool>(), 0..64_u32)
        .prop_map(|(template, pieces, noise, numbers, empty, pcr)| {
            let name = pieces
                .concat()
                .iter()
                .map(|byte| if *byte == b' ' { b'_' } else { *byte })
                .collect::<Vec<_>>();
            let kinds = layout(template).expect("a template");
            let first = kinds.iter().position(|kind| kind.is_text());
            let contents = kinds.iter().enumerate().map(|(at, kind)| match kind {
                Kind::LegacyDigest => noise[..20].to_vec(),
                Kind::LegacyName => name.clone(),
                _ if empty && Some(at) > first => Vec::new(),
                Kind::Text if Some(at) == first => [&name[..], b"\0"].concat(),
                Kind::Text => b"security.ima|security.selinux\0".to_vec(),
                Kind::Digest => [b"ima:sha256:\0", &noise[..]].concat(),
                Kind::Hex => noise.clone(),
                Kind::Number => numbers.to_vec(),
                Kind::Mode => numbers[..2].to_vec(),
            });
            Made { pcr, template, contents: contents.collect(), violation: false }
        })
}

proptest! {
    #[test]
    fn ascii_gives_the_binary_list(list in vec(made(), 1..6), big: bool, bank in 0..4_usize) {
        let format = Format { endian: if big { Endian::Big } else { Endian::Little }, hash: Bank::ALL[bank] };
        // Byte order is told by the template hashes, which those of template ima do not cover.
        prop_assume!(!big || list.iter().any(|made| made.template != "ima"));
        let forms = Forms::of(&list, format);
        let (binary, reading) = read(&forms.ascii).expect("a list");
        prop_assert_eq!(binary, forms.binary);
        prop_assert_eq!((reading.unproven, reading.violations), (0, 0));
    }

    #[test]
    fn any_text_is_read_or_refused(text in vec(prop_oneof![Just(b' '), Just(b'\n'), Just(b':'), Just(b'0'), Just(b'a'), any::<u8>()], 0..200)) {
        let head = b"10 00112233445566778899aabbccddeeff00112233 ima-sig ";
        let _ = read(&[&head[..], &text].concat());
    }
}
