//! One entry to one `ImaEvent` and back.

use crate::ima::bank::Digest;
use crate::ima::compact::{DEFAULT_PCR, Profile};
use crate::ima::list::{Entry, Format};
use crate::ima::template::{self, Fields, LEGACY_DIGEST};
use crate::ima::wire::{HashAlgorithm, ImaEvent, Template};

/// Kernel names of `enum hash_algo` (`crypto/hash_info.c`), by number.
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

const TEMPLATES: [(&str, Template); 8] = [
    ("ima", Template::Ima),
    ("ima-ng", Template::ImaNg),
    ("ima-sig", Template::ImaSig),
    ("ima-ngv2", Template::ImaNgv2),
    ("ima-sigv2", Template::ImaSigv2),
    ("ima-buf", Template::ImaBuf),
    ("ima-modsig", Template::ImaModsig),
    ("evm-sig", Template::EvmSig),
];

/// Encode `entry`. Template data that the fields cannot rebuild goes in whole.
pub fn encode(entry: &Entry<'_>, format: Format, profile: Profile) -> ImaEvent {
    let mut event = ImaEvent::default();
    let minimal = profile == Profile::Minimal;
    if !minimal {
        event.event_number = Some(entry.number);
    }
    if !minimal || entry.pcr != DEFAULT_PCR {
        event.pcr_index = Some(entry.pcr);
    }
    if !minimal || entry.compute_hash(format.hash).as_slice() != entry.template_hash {
        event.template_hash = entry.template_hash.to_vec();
    }
    if !put_fields(entry, format, &mut event) {
        put_raw(entry, &mut event);
    }
    event
}

fn put_fields(entry: &Entry<'_>, format: Format, event: &mut ImaEvent) -> bool {
    let Some(fields) = entry.fields(format.endian) else { return false };
    if let Some(name) = fields.algorithm {
        let Some(algorithm) = algorithm_number(name) else { return false };
        event.filedata_hash_algorithm = Some(algorithm as i32);
    }
    event.filedata_hash = fields.digest.to_vec();
    event.filename_hint = fields.name.to_vec();
    event.signature = fields.signature.unwrap_or_default().to_vec();
    event.template = Some(template_number(entry.template) as i32);
    true
}

fn put_raw(entry: &Entry<'_>, event: &mut ImaEvent) {
    let template = template_number(entry.template);
    event.template = Some(template as i32);
    event.template_data = entry.data.to_vec();
    // Of both raw fields one at least is there, else a reader would take the entry for one of fields.
    if template == Template::Other || entry.data.is_empty() {
        entry.template.clone_into(&mut event.template_name);
    }
}

fn algorithm_number(name: &str) -> Option<HashAlgorithm> {
    ALGORITHMS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

fn template_number(name: &str) -> Template {
    TEMPLATES.iter().find(|(known, _)| *known == name).map_or(Template::Other, |(_, number)| *number)
}

/// Name of the template of `event`, from either of the fields that say it.
fn template_name(event: &ImaEvent) -> Result<&str, String> {
    let template = event.template.ok_or("it names no template")?;
    let known = TEMPLATES.iter().find(|(_, number)| *number as i32 == template).map(|(name, _)| *name);
    match (known, event.template_name.as_str()) {
        (Some(name), "") => Ok(name),
        (Some(name), said) if said == name => Ok(name),
        (Some(name), said) => Err(format!("it says template {name} and {said:?}")),
        (None, "") => Err(format!("template number {template} is not known")),
        (None, said) if template == Template::Other as i32 => Ok(said),
        (None, _) => Err(format!("template number {template} is not known")),
    }
}

/// Rebuild the entry that `event` stands for; `data` and `hash` are scratch space that the entry borrows.
pub fn decode<'a>(
    event: &'a ImaEvent,
    number: u64,
    format: Format,
    data: &'a mut Vec<u8>,
    hash: &'a mut Option<Digest>,
) -> Result<Entry<'a>, String> {
    let template = template_name(event)?;
    let data = if event.template_data.is_empty() && event.template_name.is_empty() {
        data.clear();
        fields(event, template)?.encode(format.endian, data);
        data.as_slice()
    } else if has_fields(event) {
        return Err("it has template data twice, whole and in fields".into());
    } else {
        event.template_data.as_slice()
    };
    let pcr = event.pcr_index.unwrap_or(DEFAULT_PCR);
    let mut entry = Entry { number, offset: 0, pcr, template_hash: &event.template_hash, template, data };
    if event.template_hash.is_empty() {
        entry.template_hash = hash.insert(entry.compute_hash(format.hash)).as_slice();
    }
    Ok(entry)
}

fn has_fields(event: &ImaEvent) -> bool {
    event.filedata_hash_algorithm.is_some()
        || !(event.filedata_hash.is_empty() && event.filename_hint.is_empty() && event.signature.is_empty())
}

fn fields<'a>(event: &'a ImaEvent, name: &str) -> Result<Fields<'a>, String> {
    let template = template::Template::from_name(name)
        .ok_or_else(|| format!("an entry of template {name} without its template data"))?;
    let algorithm = match event.filedata_hash_algorithm {
        None => None,
        Some(number) => {
            Some(algorithm_name(number).ok_or_else(|| format!("hash algorithm {number} is not known"))?)
        }
    };
    let legacy = template == template::Template::Ima;
    if legacy && (event.filedata_hash.len() != LEGACY_DIGEST || algorithm.is_some()) {
        return Err("template ima has a bare digest of 20 bytes".into());
    }
    let signed = template == template::Template::ImaSig;
    if !signed && !event.signature.is_empty() {
        return Err(format!("template {name} has no signature"));
    }
    Ok(Fields {
        template,
        algorithm,
        digest: &event.filedata_hash,
        name: &event.filename_hint,
        signature: signed.then_some(event.signature.as_slice()),
    })
}

fn algorithm_name(number: i32) -> Option<&'static str> {
    ALGORITHMS.iter().find(|(_, known)| *known as i32 == number).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_numbered_as_in_the_kernel() {
        for (number, (_, algorithm)) in ALGORITHMS.iter().enumerate() {
            assert_eq!(*algorithm as usize, number);
        }
    }

    #[test]
    fn refuses_events_that_contradict_themselves() {
        let sound = ImaEvent {
            template: Some(Template::ImaNg as i32),
            filedata_hash: vec![1; 20],
            filedata_hash_algorithm: Some(2),
            ..ImaEvent::default()
        };
        let try_it = |event: &ImaEvent| {
            decode(event, 0, Format::default(), &mut Vec::new(), &mut None)
                .map(|entry| entry.template.to_owned())
        };
        assert_eq!(try_it(&sound).unwrap(), "ima-ng");
        let broken = [
            ImaEvent { template: None, ..sound.clone() },
            ImaEvent { template: Some(0), ..sound.clone() },
            ImaEvent { template: Some(4), ..sound.clone() },
            ImaEvent { template: Some(3), ..sound.clone() },
            ImaEvent { template_data: vec![1], ..sound.clone() },
            ImaEvent { template_name: "ima-sig".into(), ..sound.clone() },
            ImaEvent { signature: vec![3], ..sound.clone() },
            ImaEvent { filedata_hash_algorithm: Some(99), ..sound.clone() },
        ];
        for event in broken {
            assert!(try_it(&event).is_err(), "{event:?}");
        }
    }
}
