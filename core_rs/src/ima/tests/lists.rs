//! Lists of every template, generated.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::ima::DEFAULT_MAX_SIZE;
use crate::ima::bank::Bank;
use crate::ima::format::Format;
use crate::ima::list::{Entry, ListWriter};
use crate::ima::template::{Endian, Layout, put_field};

#[derive(Clone, Debug)]
pub struct Made {
    pub pcr: u32,
    pub hash: Hash,
    pub template: &'static str,
    pub data: Data,
}

#[derive(Clone, Copy, Debug)]
pub enum Hash {
    Right,
    Violation,
    Wrong,
}

#[derive(Clone, Debug)]
pub enum Data {
    /// A digest field, a name, and something for each field after them.
    Fields {
        hashed: Vec<u8>,
        name: Vec<u8>,
        rest: Vec<u8>,
    },
    Raw(Vec<u8>),
}

impl Made {
    fn data(&self, endian: Endian) -> Vec<u8> {
        let mut data = Vec::new();
        let (hashed, name, rest) = match &self.data {
            Data::Fields { hashed, name, rest } => (hashed, name, rest),
            Data::Raw(raw) if self.template != "ima" => return raw.clone(),
            Data::Raw(raw) => (raw, raw, raw),
        };
        let mut legacy = hashed.clone();
        legacy.resize(20, 0);
        if self.template == "ima" {
            data.extend_from_slice(&legacy);
            put_field(&mut data, endian, &[name]);
            return data;
        }
        for id in (0..).map_while(|index| Layout::of(self.template).and_then(|layout| layout.id(index))) {
            match id {
                "d" | "d-ng" | "d-ngv2" => put_field(&mut data, endian, &[hashed]),
                "n" | "n-ng" => put_field(&mut data, endian, &[name, b"\0"]),
                _ => put_field(&mut data, endian, &[rest]),
            }
        }
        data
    }
}

/// All that the kernel knows, formats of an administrator, and names that no kernel has.
const TEMPLATES: [&str; 15] = [
    "ima",
    "ima-ng",
    "ima-sig",
    "ima-ngv2",
    "ima-sigv2",
    "ima-buf",
    "ima-modsig",
    "evm-sig",
    "d-ng|n-ng|sig|iuid|igid|imode",
    "n-ng",
    "d|n",
    "d-ng|n-ng",
    "buf|d-ngv2|mystery",
    "some-other",
    "no-format-of-any-kernel",
];

/// Any entry.
pub fn made() -> impl Strategy<Value = Made> {
    let prefixes = vec![
        "sha256:\0",
        "sha1:\0",
        "sm3:\0",
        "sm3-256:\0",
        "blake9:\0",
        "ima:sha256:\0",
        "verity:sha512:\0",
        ":\0",
        "",
    ];
    let hashed = (proptest::sample::select(prefixes), vec(any::<u8>(), 0..40))
        .prop_map(|(prefix, digest)| [prefix.as_bytes(), &digest].concat());
    let name =
        prop_oneof![vec(any::<u8>(), 0..40), "[ -~\\n\u{e4}\u{1f600}]{0,20}".prop_map(String::into_bytes)];
    let fields = (hashed, name, vec(any::<u8>(), 0..20)).prop_map(|(hashed, name, rest)| Data::Fields {
        hashed,
        name,
        rest,
    });
    let data = prop_oneof![6 => fields, 1 => vec(any::<u8>(), 0..60).prop_map(Data::Raw)];
    let hash = prop_oneof![4 => Just(Hash::Right), 1 => Just(Hash::Violation), 1 => Just(Hash::Wrong)];
    (prop_oneof![3 => Just(10), 1 => 0..64_u32], hash, proptest::sample::select(TEMPLATES.to_vec()), data)
        .prop_map(|(pcr, hash, template, data)| Made { pcr, hash, template, data })
}

/// Any byte order and hash.
pub fn formats() -> impl Strategy<Value = Format> {
    let endian = prop_oneof![3 => Just(Endian::Little), 1 => Just(Endian::Big)];
    (endian, proptest::sample::select(Bank::ALL.to_vec())).prop_map(|(endian, hash)| Format { endian, hash })
}

/// The binary list of `entries`.
pub fn build(entries: &[Made], format: Format) -> Vec<u8> {
    let mut list = Vec::new();
    let mut writer = ListWriter::new(&mut list, DEFAULT_MAX_SIZE);
    for (number, made) in (0..).zip(entries) {
        let data = made.data(format.endian);
        let mut entry = Entry {
            number,
            offset: 0,
            pcr: made.pcr,
            template_hash: &[],
            template: made.template,
            data: &data,
        };
        let right = entry.compute_hash(format.hash);
        let (zero, wrong) = (vec![0; format.hash.size()], vec![0x5a; format.hash.size()]);
        entry.template_hash = match made.hash {
            Hash::Right => right.as_slice(),
            Hash::Violation => &zero,
            Hash::Wrong => &wrong,
        };
        writer.push(&entry, format).unwrap().unwrap();
    }
    writer.finish().unwrap();
    list
}
