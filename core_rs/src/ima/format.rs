//! What all entries of a list share: byte order and hash, and how they are found from the first one.

use crate::ima::bank::Bank;
use crate::ima::template::{Endian, MAX_TEMPLATE_NAME};

/// One hash of each size that a template hash may have.
const LIST_HASHES: [Bank; 4] = [Bank::Sha1, Bank::Sha256, Bank::Sha384, Bank::Sha512];

/// Number of PCRs that an IMA policy can name (`pcr=`).
pub const PCR_COUNT: u32 = 64;

/// What all entries of a list share and none of them says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Byte order.
    pub endian: Endian,
    /// Algorithm of the template hashes: SHA-1 but for per-bank lists (`binary_runtime_measurements_sha256`).
    pub hash: Bank,
}

impl Default for Format {
    fn default() -> Self {
        Self { endian: Endian::Little, hash: Bank::Sha1 }
    }
}

/// Whether `name` is one that a kernel writes: 1 to 255 printable ASCII characters without blanks.
#[must_use]
pub fn is_template_name(name: &[u8]) -> bool {
    (1..=MAX_TEMPLATE_NAME).contains(&name.len()) && name.iter().all(u8::is_ascii_graphic)
}

/// Find byte order and hash size from the first bytes of a list; SHA-256 stands for SM3 too.
pub(super) fn detect(head: &[u8]) -> std::result::Result<Format, String> {
    if head.is_empty() {
        return Ok(Format::default());
    }
    [Endian::Little, Endian::Big]
        .into_iter()
        .flat_map(|endian| LIST_HASHES.map(|hash| Format { endian, hash }))
        .find(|format| opens_list(head, *format))
        .ok_or_else(|| refusal(head))
}

fn opens_list(head: &[u8], format: Format) -> bool {
    let at = 4 + format.hash.size();
    let pcr = format.endian.u32_at(head, 0);
    let Some(length) = format.endian.u32_at(head, at) else { return false };
    // A list cut inside its first name still is a list; the reader then says that it is cut.
    let name = &head[at + 4..head.len().min(at + 4 + (length as usize).min(MAX_TEMPLATE_NAME))];
    pcr < Some(PCR_COUNT)
        && length as usize <= MAX_TEMPLATE_NAME
        && (name.is_empty() || is_template_name(name))
        && length > 0
}

fn refusal(head: &[u8]) -> String {
    let smallest = 4 + Bank::Sha1.size() + 4;
    let plausible =
        Endian::Little.u32_at(head, 0).is_none_or(|pcr| pcr < PCR_COUNT || pcr.swap_bytes() < PCR_COUNT);
    if head.len() < smallest && plausible {
        return format!("the list ends inside its first entry, after {} bytes", head.len());
    }
    "this is neither the kernel's binary measurement list nor its ascii one".into()
}
