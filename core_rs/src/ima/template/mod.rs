//! Template data: every field that the kernel can write, and the bytes that a template hash covers.
//!
//! Follows the kernel's `security/integrity/ima/ima_template.c` (descriptors), `ima_template_lib.c` (fields), `ima_fs.c`
//! (layout in the list) and `ima_crypto.c` (what is hashed). Each field is `u32 length ‖ content` in the byte order of
//! the list, and is hashed as it stands. Only the template whose *name* is `ima` differs: 20 bytes of digest, then `u32
//! length ‖ name`, hashed as digest and the name padded with zeros to 256 bytes. The same fields under the format string
//! `d|n` are laid out like all others: a list shows the name of a descriptor, and the format only where there is none.

mod algorithm;
mod endian;
mod field;
mod fields;
mod readable;

pub use algorithm::{Hashed, digest_size, is_algorithm_name, name_of, number_of};
pub use endian::Endian;
pub use field::{Field, Layout, MAX_FIELDS};
pub use fields::Fields;
pub use readable::{Readable, Template, put_field};

/// Longest name of a template; the kernel's format strings are far shorter.
pub const MAX_TEMPLATE_NAME: usize = 255;
/// Longest template data of one entry in bytes: a measured buffer or a long signature, with much to spare.
pub const MAX_TEMPLATE_DATA: usize = 16 << 20;
/// Name of the template that is laid out and hashed in a way of its own.
pub const LEGACY_NAME: &str = "ima";
/// Longest file name in template `ima` (`IMA_EVENT_NAME_LEN_MAX`).
pub const MAX_LEGACY_NAME: usize = 255;
/// Bytes of the digest in template `ima`.
pub const LEGACY_DIGEST: usize = 20;

const LEGACY_PADDING: [u8; MAX_LEGACY_NAME + 1] = [0; MAX_LEGACY_NAME + 1];

/// The three slices whose concatenation a template hash covers.
#[must_use]
pub fn hashed_parts<'a>(template: &str, data: &'a [u8]) -> [&'a [u8]; 3] {
    if template != LEGACY_NAME || data.len() < LEGACY_DIGEST + 4 {
        return [data, &[], &[]];
    }
    let name = &data[LEGACY_DIGEST + 4..];
    [&data[..LEGACY_DIGEST], name, LEGACY_PADDING.get(name.len()..).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_the_name_of_template_ima() {
        let mut data = vec![7; LEGACY_DIGEST];
        data.extend_from_slice(b"\x03\0\0\0/bi");
        let hashed = hashed_parts("ima", &data).concat();
        assert_eq!(hashed.len(), 20 + 256);
        assert_eq!(&hashed[18..26], b"\x07\x07/bi\0\0\0");
        assert_eq!(hashed_parts("d|n", &data).concat(), data);
    }
}
