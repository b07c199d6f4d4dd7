//! The leaves of one event object, and the entry that they stand for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ima::bank::Bank;
use crate::ima::list::{Entry, Format};
use crate::ima::template::{Endian, Fields, LEGACY_DIGEST, Template, is_algorithm_name};

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
        let data = match &self.template_data {
            Some(_) if self.has_fields() => {
                return Err("it has both template-data and leaves that stand for it".into());
            }
            Some(whole) => whole.as_slice(),
            None => {
                data.clear();
                self.fields(template)?.encode(endian, data);
                data.as_slice()
            }
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

    fn has_fields(&self) -> bool {
        let names = self.filename_hint.is_some() || self.filename_bytes.is_some();
        names || self.digest.is_some() || self.algorithm.is_some() || self.signature.is_some()
    }

    fn fields(&self, name: &str) -> Outcome<Fields<'_>> {
        let template =
            Template::from_name(name).ok_or_else(|| format!("template {name:?} needs template-data"))?;
        let digest = needed(self.digest.as_deref(), "filedata-hash")?;
        let algorithm = self.algorithm.as_deref();
        if template == Template::Ima && (digest.len() != LEGACY_DIGEST || algorithm.is_some()) {
            return Err("template ima has a bare digest of 20 bytes".into());
        }
        if algorithm.is_some_and(|name| !is_algorithm_name(name.as_bytes())) {
            return Err("\"filedata-hash-algorithm\" is no name".into());
        }
        let signature = match (template, self.signature.as_deref()) {
            (Template::ImaSig, signature) => Some(signature.unwrap_or_default()),
            (_, None) => None,
            (_, Some(_)) => return Err(format!("template {name} has no signature")),
        };
        Ok(Fields { template, algorithm, digest, name: self.name()?, signature })
    }

    fn name(&self) -> Outcome<&[u8]> {
        let hint = needed(self.filename_hint.as_deref(), "filename-hint")?;
        match self.filename_bytes.as_deref() {
            None => Ok(hint.as_bytes()),
            Some(raw) if std::str::from_utf8(raw).is_err() && String::from_utf8_lossy(raw) == hint => Ok(raw),
            Some(_) => Err("\"filename-hint-bytes\" are UTF-8, or not those of the name".into()),
        }
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
