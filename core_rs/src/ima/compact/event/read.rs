//! Event to entry.

use crate::ima::bank::Digest;
use crate::ima::compact::DEFAULT_PCR;
use crate::ima::compact::event::{Parts, TEMPLATES, number};
use crate::ima::compact::protobuf::{Value, Walk};
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::template::{Fields, Readable, name_of};
use crate::ima::wire::Template;

/// An `ImaEvent`, borrowed from its block. As protobuf has it, the last of several fields of one number counts, and a
/// number that is unknown is passed over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Event<'a> {
    number: Option<u64>,
    pcr: Option<u32>,
    template_hash: &'a [u8],
    parts: Parts<'a>,
    template: Option<i32>,
    template_data: &'a [u8],
    template_name: &'a str,
}

impl<'a> Event<'a> {
    /// Read the message in `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut event = Self::default();
        for field in Walk::new(bytes) {
            let (number, value) = field.ok_or("it breaks off or is no protobuf message")?;
            event.take(number, value).ok_or_else(|| format!("field {number} is not of its type"))?;
        }
        Ok(event)
    }

    fn take(&mut self, number: u32, value: Value<'a>) -> Option<()> {
        match (number, value) {
            (number::EVENT_NUMBER, Value::Varint(number)) => self.number = Some(number),
            (number::PCR_INDEX, Value::Varint(pcr)) => self.pcr = Some(u32::try_from(pcr).ok()?),
            (number::TEMPLATE_HASH, Value::Bytes(hash)) => self.template_hash = hash,
            (number::ALGORITHM, Value::Varint(number)) => {
                self.parts.algorithm = Some(i32::try_from(number).ok()?);
            }
            (number::DIGEST, Value::Bytes(digest)) => self.parts.digest = digest,
            (number::NAME, Value::Bytes(name)) => self.parts.name = name,
            (number::SIGNATURE, Value::Bytes(signature)) => self.parts.signature = signature,
            (number::TEMPLATE, Value::Varint(number)) => self.template = Some(i32::try_from(number).ok()?),
            (number::TEMPLATE_DATA, Value::Bytes(data)) => self.template_data = data,
            (number::TEMPLATE_NAME, Value::Bytes(name)) => {
                self.template_name = std::str::from_utf8(name).ok()?;
            }
            (1..=10, _) => return None,
            _ => {}
        }
        Some(())
    }

    /// The number that it says it has.
    pub fn number(&self) -> Option<u64> {
        self.number
    }

    /// Rebuild the entry that it stands for; `data` and `hash` are scratch space that the entry borrows.
    pub fn entry(
        &self,
        number: u64,
        format: Format,
        data: &'a mut Vec<u8>,
        hash: &'a mut Option<Digest>,
    ) -> Result<Entry<'a>, String> {
        let template = self.template()?;
        let data = if self.template_data.is_empty() && self.template_name.is_empty() {
            data.clear();
            self.readable()?.encode(template, format.endian, data)?;
            data.as_slice()
        } else {
            self.check_parts(template, format)?;
            self.template_data
        };
        let pcr = self.pcr.unwrap_or(DEFAULT_PCR);
        let mut entry = Entry { number, offset: 0, pcr, template_hash: self.template_hash, template, data };
        if self.template_hash.is_empty() {
            entry.template_hash = hash.insert(entry.compute_hash(format.hash)).as_slice();
        }
        Ok(entry)
    }

    /// Name of the template, from either of the fields that say it.
    fn template(&self) -> Result<&'a str, String> {
        let number = self.template.ok_or("it names no template")?;
        let known = TEMPLATES.iter().find(|(_, known)| *known as i32 == number).map(|(name, _)| *name);
        match (known, self.template_name) {
            (Some(name), "") => Ok(name),
            (Some(name), said) if said == name => Ok(name),
            (Some(name), said) => Err(format!("it says template {name} and {said:?}")),
            (None, said) if number == Template::Other as i32 && !said.is_empty() => Ok(said),
            (None, _) => Err(format!("template number {number} is not known")),
        }
    }

    /// What fields 4 to 7 say.
    fn readable(&self) -> Result<Readable<'a>, String> {
        let name = |number| name_of(number).ok_or_else(|| format!("hash algorithm {number} is not known"));
        let signature = self.parts.signature;
        Ok(Readable {
            algorithm: self.parts.algorithm.map(name).transpose()?,
            digest: Some(self.parts.digest),
            name: Some(self.parts.name),
            signature: (!signature.is_empty()).then_some(signature),
        })
    }

    /// Refuse fields 4 to 7 that are not those of the template data beside them: readers may look at either.
    fn check_parts(&self, template: &str, format: Format) -> Result<(), String> {
        if self.parts.is_empty() {
            return Ok(());
        }
        let fields = Fields::decode(template, self.template_data, format.endian);
        let readable = fields.map(|fields| Readable::of(template, &fields).0).unwrap_or_default();
        if Parts::of(&readable).0 == self.parts {
            return Ok(());
        }
        Err("its template data is not what its other fields say".into())
    }
}
