//! Hash algorithms of file digests: the kernel's names, numbers and sizes.

/// Longest name before a digest; those in the kernel's `hash_info.c`, with the digest's type, have half of it at most.
const MAX_NAME: usize = 64;

/// Name and digest size by number in `enum hash_algo` (`include/uapi/linux/hash_info.h`, `crypto/hash_info.c`).
const KERNEL: [(&str, usize); 23] = [
    ("md4", 16),
    ("md5", 16),
    ("sha1", 20),
    ("rmd160", 20),
    ("sha256", 32),
    ("sha384", 48),
    ("sha512", 64),
    ("sha224", 28),
    ("rmd128", 16),
    ("rmd256", 32),
    ("rmd320", 40),
    ("wp256", 32),
    ("wp384", 48),
    ("wp512", 64),
    ("tgr128", 16),
    ("tgr160", 20),
    ("tgr192", 24),
    ("sm3", 32),
    ("streebog256", 32),
    ("streebog512", 64),
    ("sha3-256", 32),
    ("sha3-384", 48),
    ("sha3-512", 64),
];

/// What older kernels call `sm3`.
const OLD_SM3: &str = "sm3-256";

/// Whether `name` may stand before a digest: 1 to 64 printable characters.
#[must_use]
pub fn is_algorithm_name(name: &[u8]) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.iter().all(u8::is_ascii_graphic)
}

/// The number in `enum hash_algo` of the algorithm that any kernel calls `name`; None for others.
#[must_use]
pub fn number_of(name: &str) -> Option<i32> {
    let name = if name == OLD_SM3 { "sm3" } else { name };
    let at = KERNEL.iter().position(|(known, _)| *known == name)?;
    i32::try_from(at).ok()
}

/// The name that today's kernel has for `number` in `enum hash_algo`.
#[must_use]
pub fn name_of(number: i32) -> Option<&'static str> {
    KERNEL.get(usize::try_from(number).ok()?).map(|(name, _)| *name)
}

/// Bytes of a digest; None where the algorithm is not one of the kernel's.
#[must_use]
pub fn digest_size(name: &str) -> Option<usize> {
    KERNEL.get(usize::try_from(number_of(name)?).ok()?).map(|(_, size)| *size)
}

/// A digest field taken apart: `type:algorithm:\0digest`, `algorithm:\0digest` or a bare digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed<'a> {
    /// What was hashed: `ima` (the file) or `verity` (its fs-verity descriptor); only field `d-ngv2` says it.
    pub digest_type: Option<&'a str>,
    /// Algorithm as the list names it, without its colon.
    pub algorithm: Option<&'a str>,
    /// The digest, of whatever size it has in the list.
    pub digest: &'a [u8],
}

impl<'a> Hashed<'a> {
    /// A digest without a prefix.
    #[must_use]
    pub const fn bare(digest: &'a [u8]) -> Self {
        Self { digest_type: None, algorithm: None, digest }
    }

    /// Take `content` apart; `typed` where the field is `d-ngv2`. What is no prefix belongs to the digest.
    #[must_use]
    pub fn split(content: &'a [u8], typed: bool) -> Self {
        let head = &content[..content.len().min(MAX_NAME + 2)];
        let prefix = memchr::memchr(0, head).and_then(|nul| head[..nul].strip_suffix(b":"));
        let name = prefix.filter(|name| is_algorithm_name(name));
        let Some(name) = name.and_then(|name| std::str::from_utf8(name).ok()) else {
            return Self::bare(content);
        };
        let digest = &content[name.len() + 2..];
        match name.split_once(':').filter(|(kind, rest)| typed && !kind.is_empty() && !rest.is_empty()) {
            Some((kind, rest)) => Self { digest_type: Some(kind), algorithm: Some(rest), digest },
            None => Self { digest_type: None, algorithm: Some(name), digest },
        }
    }

    /// Whether the digest has the size of its algorithm; None where that is not known.
    #[must_use]
    pub fn fits(&self) -> Option<bool> {
        Some(digest_size(self.algorithm?)? == self.digest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_inverse() {
        for number in 0..23 {
            assert_eq!(name_of(number).and_then(number_of), Some(number));
        }
        assert_eq!((number_of("sm3-256"), name_of(17)), (Some(17), Some("sm3")));
        assert_eq!((number_of("sha256"), digest_size("sha384")), (Some(4), Some(48)));
        assert_eq!((number_of("sha257"), name_of(23), name_of(-1)), (None, None, None));
    }

    #[test]
    fn splits_prefixes() {
        let split = |content, typed| {
            let Hashed { digest_type, algorithm, digest } = Hashed::split(content, typed);
            (digest_type, algorithm, digest)
        };
        assert_eq!(split(b"sha1:\0ab", false), (None, Some("sha1"), &b"ab"[..]));
        assert_eq!(split(b"sha1:\0ab", true), (None, Some("sha1"), &b"ab"[..]));
        assert_eq!(split(b"verity:sha512:\0ab", true), (Some("verity"), Some("sha512"), &b"ab"[..]));
        assert_eq!(split(b"ima:sha1:\0", false), (None, Some("ima:sha1"), &b""[..]));
        assert_eq!(split(b":sha1:\0a", true), (None, Some(":sha1"), &b"a"[..]));
        for bare in [&b""[..], b"ab", b"\0\0\0", b":\0ab", b"\x01:\0ab", b"a:b", &[b'a'; 200]] {
            assert_eq!(split(bare, true), (None, None, bare));
        }
    }

    #[test]
    fn a_digest_of_another_size_is_told() {
        assert_eq!(Hashed::split(b"sha1:\0ab", false).fits(), Some(false));
        assert_eq!(Hashed::split(&[b"md5:\0".as_slice(), &[0; 16]].concat(), false).fits(), Some(true));
        assert_eq!(Hashed::split(b"blake9:\0ab", false).fits(), None);
        assert_eq!(Hashed::split(b"ab", false).fits(), None);
    }
}
