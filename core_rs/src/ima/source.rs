//! Opening what a list or its compact form comes in: plain, gzip or zstd, told apart by their magic; binary or ascii.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use crate::error::{Error, Result};
use crate::ima::ascii::{AsciiList, SharedReading, opens_ascii};
use crate::ima::binary::ListReader;

const PEEK: usize = 10;

/// A stream of plain bytes that may cross threads.
pub type Stream<'a> = Box<dyn Read + Send + 'a>;

/// Open the file at `path`, decompressing what needs it.
pub fn open(path: &Path) -> Result<Stream<'static>> {
    let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    decompress(file).map_err(|error| Error::io("read", path, error))
}

/// Wrap `input` so that it reads as plain bytes. Readers bound what they take, so a bomb ends at their limit.
pub fn decompress<'a>(input: impl Read + Send + 'a) -> io::Result<Stream<'a>> {
    let (head, whole) = peek(input)?;
    let (gzip, zstd) = (is_gzip(&head), head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    Ok(match (gzip, zstd) {
        (true, _) => Box::new(flate2::read::MultiGzDecoder::new(whole)),
        (_, true) => Box::new(zstd::stream::read::Decoder::new(whole)?),
        _ => Box::new(whole),
    })
}

/// Read `input`, plain bytes, as a measurement list: the kernel's binary form, or its ascii form and what is known of it.
pub fn read_list<'a>(
    input: impl Read + Send + 'a,
    max_size: u64,
) -> Result<(ListReader<Stream<'a>>, Option<SharedReading>)> {
    let (head, whole) = peek(input).map_err(|error| Error::io("read", "IMA list", error))?;
    if !opens_ascii(&head) {
        return Ok((ListReader::new(Box::new(whole), max_size), None));
    }
    let list = AsciiList::new(whole)?;
    let (format, reading) = (list.format(), list.reading());
    Ok((ListReader::in_format(Box::new(list), max_size, format), Some(reading)))
}

/// An input whose first bytes were looked at.
type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

fn peek<R: Read>(mut input: R) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::with_capacity(PEEK);
    input.by_ref().take(PEEK as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

/// Whether `head` opens a gzip member (RFC 1952). Looks beyond the magic, which can also be the length of a compact
/// block; no block goes on with these flags and operating-system numbers.
fn is_gzip(head: &[u8]) -> bool {
    match head {
        [0x1f, 0x8b, 8, flags, _, _, _, _, extra, system, ..] => {
            flags & 0xe0 == 0 && matches!(extra, 0 | 2 | 4) && matches!(system, 0..=13 | 255)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        decompress(bytes)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn reads_all_three() {
        for plain in [&b""[..], b"x", b"a list, not a short one"] {
            assert_eq!(read(plain).unwrap(), plain);
            assert_eq!(read(&gzip(plain)).unwrap(), plain);
            assert_eq!(read(&zstd::encode_all(plain, 3).unwrap()).unwrap(), plain);
        }
    }

    #[test]
    fn says_when_compressed_input_is_cut() {
        let packed = gzip(b"a list that is long enough to be cut somewhere");
        assert!(read(&packed[..packed.len() - 9]).is_err());
        let packed = zstd::encode_all(&b"a list that is long enough"[..], 3).unwrap();
        assert!(read(&packed[..packed.len() - 3]).is_err());
    }

    #[test]
    fn a_block_length_is_no_gzip_magic() {
        let block = b"\x1f\x8b\x08\x00\x08\x01\x10\x00\x1a\x0c";
        assert_eq!(read(block).unwrap(), block);
    }
}
