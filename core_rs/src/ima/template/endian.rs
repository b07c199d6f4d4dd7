//! Byte order of a list.

/// Byte order of a list: that of the kernel that wrote it, unless booted with `ima_canonical_fmt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// Decode a u32.
    #[must_use]
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// Encode a u32.
    #[must_use]
    pub fn bytes(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    /// Decode the u32 at `at`, None when `bytes` ends before its end.
    #[must_use]
    pub fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(bytes.get(at..)?.first_chunk().copied()?))
    }

    /// Decode an unsigned integer of 1, 2, 4 or 8 bytes; None for any other width.
    #[must_use]
    pub fn number(self, bytes: &[u8]) -> Option<u64> {
        if !matches!(bytes.len(), 1 | 2 | 4 | 8) {
            return None;
        }
        let add = |number, byte: &u8| number << 8 | u64::from(*byte);
        Some(match self {
            Self::Little => bytes.iter().rev().fold(0, add),
            Self::Big => bytes.iter().fold(0, add),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_widths() {
        for (bytes, little, big) in [
            (&b"\x01"[..], 1, 1),
            (b"\x01\x02", 0x201, 0x102),
            (b"\x01\0\0\x02", 0x0200_0001, 0x0100_0002),
            (b"\xff\0\0\0\0\0\0\x01", 0x0100_0000_0000_00ff, 0xff00_0000_0000_0001),
        ] {
            assert_eq!(Endian::Little.number(bytes), Some(little));
            assert_eq!(Endian::Big.number(bytes), Some(big));
        }
        assert_eq!(Endian::Little.number(b""), None);
        assert_eq!(Endian::Big.number(b"123"), None);
    }
}
