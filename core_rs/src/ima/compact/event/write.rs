//! Entry to event.

use crate::ima::compact::event::number::{
    ALGORITHM, DIGEST, EVENT_NUMBER, NAME, PCR_INDEX, SIGNATURE, TEMPLATE, TEMPLATE_DATA, TEMPLATE_HASH,
    TEMPLATE_NAME,
};
use crate::ima::compact::event::{Parts, template_number};
use crate::ima::compact::protobuf::{put_bytes, put_number};
use crate::ima::compact::{DEFAULT_PCR, Profile};
use crate::ima::format::Format;
use crate::ima::list::Entry;
use crate::ima::scheme::Hashes;
use crate::ima::template::Readable;
use crate::ima::wire::Template;

/// Longest parts that are written beside the template data that holds them too; no event is much longer than its data.
const MAX_BESIDE: usize = 64 << 10;

/// Appends events to a block.
pub struct EventWriter {
    profile: Profile,
    format: Format,
    hashes: Hashes,
    event: Vec<u8>,
}

impl EventWriter {
    /// Write events of a list of `format` in `profile`.
    pub fn new(profile: Profile, format: Format) -> Self {
        Self { profile, format, hashes: Hashes::new([format.hash]), event: Vec::new() }
    }

    /// Append `entry` to `events`, as field `number` of a log.
    pub fn put(&mut self, entry: &Entry<'_>, number: u32, events: &mut Vec<u8>) {
        let (parts, whole) = self.parts(entry);
        self.event.clear();
        match self.profile {
            Profile::Xr => self.put_xr(entry, &parts, whole),
            Profile::Minimal => self.put_minimal(entry, &parts, whole),
        }
        put_bytes(events, number, &self.event);
    }

    /// Fields 4 to 7 as far as the template has them, and whether they rebuild its data.
    fn parts<'a>(&self, entry: &Entry<'a>) -> (Parts<'a>, bool) {
        let Some(fields) = entry.fields(self.format.endian) else { return (Parts::default(), false) };
        let (readable, rebuilds) = Readable::of(entry.template, &fields);
        let (parts, says_all) = Parts::of(&readable);
        let whole = rebuilds && says_all;
        if whole || readable.size() <= MAX_BESIDE { (parts, whole) } else { (Parts::default(), false) }
    }

    /// All that there is, in the order of the fields' numbers.
    fn put_xr(&mut self, entry: &Entry<'_>, parts: &Parts<'_>, whole: bool) {
        let out = &mut self.event;
        put_number(out, EVENT_NUMBER, entry.number);
        put_number(out, PCR_INDEX, u64::from(entry.pcr));
        put_bytes(out, TEMPLATE_HASH, entry.template_hash);
        if let Some(algorithm) = parts.algorithm {
            put_number(out, ALGORITHM, u64::from(algorithm.unsigned_abs()));
        }
        put_unless_empty(out, DIGEST, parts.digest);
        put_unless_empty(out, NAME, parts.name);
        put_unless_empty(out, SIGNATURE, parts.signature);
        self.put_template(entry, whole);
    }

    /// What cannot be recomputed. The name comes first and the digest last: what most events share then stands together
    /// between two digests, which makes the compressed block 2 to 4 % smaller on real lists.
    fn put_minimal(&mut self, entry: &Entry<'_>, parts: &Parts<'_>, whole: bool) {
        if whole {
            put_unless_empty(&mut self.event, NAME, parts.name);
            if let Some(algorithm) = parts.algorithm {
                put_number(&mut self.event, ALGORITHM, u64::from(algorithm.unsigned_abs()));
            }
        }
        self.put_template(entry, whole);
        let out = &mut self.event;
        if whole {
            put_unless_empty(out, SIGNATURE, parts.signature);
            put_unless_empty(out, DIGEST, parts.digest);
        }
        if entry.pcr != DEFAULT_PCR {
            put_number(out, PCR_INDEX, u64::from(entry.pcr));
        }
        self.hashes.take(entry);
        if self.hashes.of(self.format.hash).as_slice() != entry.template_hash {
            put_bytes(out, TEMPLATE_HASH, entry.template_hash);
        }
    }

    fn put_template(&mut self, entry: &Entry<'_>, whole: bool) {
        let template = template_number(entry.template);
        put_number(&mut self.event, TEMPLATE, u64::from((template as i32).unsigned_abs()));
        if whole {
            return;
        }
        put_unless_empty(&mut self.event, TEMPLATE_DATA, entry.data);
        // Of both one at least is there, else a reader would take the entry for one that the other fields rebuild.
        if template == Template::Other || entry.data.is_empty() {
            put_bytes(&mut self.event, TEMPLATE_NAME, entry.template.as_bytes());
        }
    }
}

fn put_unless_empty(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    if !content.is_empty() {
        put_bytes(out, number, content);
    }
}
