//! Which part of its data, if any, an event's digests are of.
//!
//! For some types the specification says that the digest is that of the event data, so a difference means that what is
//! shown is not what was extended. For others (images, firmware, files of a boot loader) the digest is of something
//! outside of the log, and nothing in the log can tell.

use super::decode::{tagged, variable};
use super::log::{Digest, Event};
use super::{algorithm, kind};

/// Bytes after a variable that may not have been hashed: shim before 15.3 logged one more than it measured.
const MAX_TRAILING: usize = 2;
/// What an error of the firmware extends in place of a separator (PFP 1.06, section 10.4.1).
const ERROR_SEPARATOR: &[u8] = &[1, 0, 0, 0];
/// Prefixes by which GRUB marks text whose digest is that of what follows them.
const GRUB_TEXT: [&[u8]; 3] = [b"grub_cmd: ", b"kernel_cmdline: ", b"module_cmdline: "];

/// How an event's digests relate to its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every digest is that of this part of the data.
    Of(&'static str),
    /// They should be of the data and are not, or one is and another is not.
    Mismatch,
    /// They are of something that is not in the log, or of an algorithm that is not implemented here.
    Unknown,
}

/// Compare every digest of a known algorithm with the parts of the data that it may be of.
#[must_use]
pub fn check(event: &Event<'_>) -> Outcome {
    if event.kind == kind::NO_ACTION {
        return Outcome::Unknown;
    }
    let known: Vec<&Digest<'_>> =
        event.digests.iter().filter(|digest| algorithm::bank(digest.algorithm).is_some()).collect();
    if known.is_empty() {
        return Outcome::Unknown;
    }
    let (parts, expected) = parts(event.kind, event.data);
    let mut some = false;
    for (name, part) in parts {
        let equal = known.iter().filter(|digest| is_of(digest, part)).count();
        if equal == known.len() {
            return Outcome::Of(name);
        }
        some |= equal > 0;
    }
    if some || expected { Outcome::Mismatch } else { Outcome::Unknown }
}

fn is_of(digest: &Digest<'_>, part: &[u8]) -> bool {
    algorithm::bank(digest.algorithm).is_some_and(|bank| bank.hash(&[part]).as_slice() == digest.value)
}

type Part<'a> = (&'static str, &'a [u8]);

/// The parts that digests of this type may be of, and whether they must be of one of them.
fn parts(kind: u32, data: &[u8]) -> (Vec<Part<'_>>, bool) {
    let mut parts = vec![("event data", data)];
    let expected = match kind {
        kind::SEPARATOR => {
            parts.push(("the error separator", ERROR_SEPARATOR));
            true
        }
        kind::ACTION | kind::EFI_ACTION | kind::OMIT_BOOT_DEVICE_EVENTS => {
            parts.push(("event data without its final NUL", without_nul(data)));
            true
        }
        kind::S_CRTM_VERSION | kind::EFI_GPT_EVENT | kind::EFI_GPT_EVENT2 => true,
        kind::EFI_VARIABLE_DRIVER_CONFIG | kind::EFI_VARIABLE_AUTHORITY | kind::EFI_VARIABLE_BOOT2 => {
            variable_parts(data, &mut parts);
            true
        }
        kind::EFI_VARIABLE_BOOT => {
            let value =
                variable::Variable::parse(data).map(|variable| ("value of the variable", variable.value));
            parts.extend(value);
            variable_parts(data, &mut parts);
            true
        }
        kind::IPL => boot_loader_text(data, &mut parts),
        kind::EVENT_TAG => {
            parts.extend(tagged::payload(data).map(|(_, payload)| ("data behind the tag", payload)));
            false
        }
        _ => false,
    };
    (parts, expected)
}

fn variable_parts<'a>(data: &'a [u8], parts: &mut Vec<Part<'a>>) {
    let Some(variable) = variable::Variable::parse(data) else { return };
    let least = variable.size.max(data.len().saturating_sub(MAX_TRAILING));
    parts.extend((least..data.len()).map(|end| ("event data without trailing bytes", &data[..end])));
}

/// Text of GRUB must be of what follows its prefix; text of others may be of itself.
fn boot_loader_text<'a>(data: &'a [u8], parts: &mut Vec<Part<'a>>) -> bool {
    let text = data.split(|byte| *byte == 0).next().unwrap_or(data);
    parts.push(("text without its final NUL", text));
    let Some(command) = GRUB_TEXT.iter().find_map(|prefix| text.strip_prefix(*prefix)) else { return false };
    parts.push(("text after its prefix", command));
    true
}

fn without_nul(data: &[u8]) -> &[u8] {
    data.strip_suffix(b"\0").unwrap_or(data)
}
