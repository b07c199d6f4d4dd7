//! The leaves of one event object, and the entry that they stand for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ima::bank::Bank;
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::template::{Endian, Fields, Readable, is_algorithm_name};

/// Leaves as they were read; each at most once.
#[derive(Debug, Default)]
pub struct Leaves {
    number: Option<u64>,
    template: Option<String>,
    filename_hint: Option<String>,
    filename_bytes: Option<Vec<u8>>,
    digest: Option<Vec<u8>>,
    algorithm: Option<String>,
    hash_algorithm: Option<Bank>,
    template_hash: Option<Vec<u8>>,
    pcr: Option<u32>,
    signature: Option<Vec<u8>>,
    template_data: Option<Vec<u8>>,
    big_endian: Option<bool>,
}

type Outcome<T> = Result<T, String>;

impl Leaves {
    /// Take a leaf whose value is a JSON string.
    pub fn text(&mut self, name: &str, value: String) -> Outcome<()> {
        match name {
            "event-number" => set(&mut self.number, canonical_number(&value)?),
            "ima-template" => set(&mut self.template, value),
            "filename-hint" => set(&mut self.filename_hint, value),
            "filename-hint-bytes" => set(&mut self.filename_bytes, binary(&value)?),
            "filedata-hash" => set(&mut self.digest, binary(&value)?),
            "filedata-hash-algorithm" => set(&mut self.algorithm, value),
            "template-hash-algorithm" => set(&mut self.hash_algorithm, bank(&value)?),
            "template-hash" => set(&mut self.template_hash, binary(&value)?),
            "signature" => set(&mut self.signature, binary(&value)?),
            "template-data" => set(&mut self.template_data, binary(&value)?),
            "pcr-index" | "big-endian" => Err("it is a string".into()),
            _ => Err("no event has such a leaf".into()),
        }
        .map_err(|reason: String| format!("{name:?}: {reason}"))
    }

    /// Take `pcr-index`.
    pub fn pcr_index(&mut self, value: u32) -> Outcome<()> {
        set(&mut self.pcr, value).map_err(|reason| format!("\"pcr-index\": {reason}"))
    }

    /// Take `big-endian`.
    pub fn big_endian(&mut self, value: bool) -> Outcome<()> {
        set(&mut self.big_endian, value).map_err(|reason| format!("\"big-endian\": {reason}"))
    }

    /// Number, format and entry; `data` is scratch space that the entry borrows.
    pub fn entry<'a>(&'a self, data: &'a mut Vec<u8>) -> Outcome<(Entry<'a>, Format)> {
        let endian = if self.big_endian == Some(true) { Endian::Big } else { Endian::Little };
        let format = Format { endian, hash: needed(self.hash_algorithm, "template-hash-algorithm")? };
        let template = needed(self.template.as_deref(), "ima-template")?;
        let data = if let Some(whole) = &self.template_data {
            self.check_readable(template, whole, endian)?;
            whole.as_slice()
        } else {
            data.clear();
            self.whole()?.encode(template, endian, data)?;
            data.as_slice()
        };
        let entry = Entry {
            number: needed(self.number, "event-number")?,
            offset: 0,
            pcr: needed(self.pcr, "pcr-index")?,
            template_hash: needed(self.template_hash.as_deref(), "template-hash")?,
            template,
            data,
        };
        Ok((entry, format))
    }

    /// The leaves that stand for template data, all that it takes.
    fn whole(&self) -> Outcome<Readable<'_>> {
        needed(self.filename_hint.as_deref(), "filename-hint")?;
        needed(self.digest.as_deref(), "filedata-hash")?;
        if self.algorithm.as_deref().is_some_and(|name| !is_algorithm_name(name.as_bytes())) {
            return Err("\"filedata-hash-algorithm\" is no name".into());
        }
        self.readable()
    }

    fn readable(&self) -> Outcome<Readable<'_>> {
        Ok(Readable {
            algorithm: self.algorithm.as_deref(),
            digest: self.digest.as_deref(),
            name: self.name()?,
            signature: self.signature.as_deref(),
        })
    }

    /// Refuse leaves that are not those of the template data beside them: readers may look at either.
    fn check_readable(&self, template: &str, data: &[u8], endian: Endian) -> Outcome<()> {
        let said = self.readable()?;
        if said == Readable::default() {
            return Ok(());
        }
        let fields = Fields::decode(template, data, endian);
        let meant = fields.map(|fields| Readable::of(template, &fields).0).unwrap_or_default();
        if said == meant { Ok(()) } else { Err("\"template-data\" is not what the other leaves say".into()) }
    }

    fn name(&self) -> Outcome<Option<&[u8]>> {
        let raw = match (self.filename_hint.as_deref(), self.filename_bytes.as_deref()) {
            (hint, None) => return Ok(hint.map(str::as_bytes)),
            (Some(hint), Some(raw)) => Some(raw)
                .filter(|raw| std::str::from_utf8(raw).is_err() && String::from_utf8_lossy(raw) == hint),
            (None, Some(_)) => None,
        };
        raw.map(Some).ok_or_else(|| "\"filename-hint-bytes\" are UTF-8, or not those of the name".into())
    }
}

fn set<T>(leaf: &mut Option<T>, value: T) -> Outcome<()> {
    match leaf.replace(value) {
        None => Ok(()),
        Some(_) => Err("it stands twice".into()),
    }
}

fn needed<T>(leaf: Option<T>, name: &str) -> Outcome<T> {
    leaf.ok_or_else(|| format!("{name:?} is missing"))
}

fn bank(name: &str) -> Outcome<Bank> {
    Bank::from_name(name).ok_or_else(|| format!("{name:?} is no algorithm of a template hash"))
}

/// Decode base64 in its one canonical spelling: padded, no stray bits, no blanks.
pub fn binary(text: &str) -> Outcome<Vec<u8>> {
    STANDARD.decode(text).map_err(|error| format!("not canonical base64: {error}"))
}

fn canonical_number(text: &str) -> Outcome<u64> {
    let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
    number.ok_or_else(|| "not a decimal number in a string".into())
}
