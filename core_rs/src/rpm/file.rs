//! A package file: lead, signature header, padding, header; the payload behind them is not read.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::header::{self, Header, Limits};
use super::package::{self, Companions, Package};
use super::{Fault, signature, tags};
use crate::error::{Error, Result};

const LEAD: usize = 96;
const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// Read the package in a file.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::RpmFormat`] where it is no package, is cut or damaged.
pub fn read_package(path: &Path) -> Result<Package> {
    let opened = File::options()
        .read(true)
        // A fifo must not hold us.
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(|error| Error::io("open", path, error))?;
    parse_package(BufReader::new(opened), path)
}

/// Read the package that begins at the start of `source`; `path` names it in errors.
pub fn parse_package(source: impl Read, path: &Path) -> Result<Package> {
    let mut reader = Reader { source, path, offset: 0 };
    let lead = reader.take(LEAD, "lead")?;
    if lead[..4] != LEAD_MAGIC {
        return Err(reader.fault(0, "this is no rpm package"));
    }
    let (signatures, start) = reader.header("signature header", header::SIGNATURE)?;
    let padding = signatures.len().next_multiple_of(8) - signatures.len();
    reader.take(padding, "padding behind the signature header")?;
    let signatures = Header::parse(&signatures, header::SIGNATURE, tags::HEADER_SIGNATURES)
        .map_err(|fault| fault.at(reader.place(), start))?;
    let (bytes, start) = reader.header("header", header::MAIN)?;
    let main = Header::parse(&bytes, header::MAIN, tags::HEADER_IMMUTABLE);
    main.and_then(|main| package::read(&main, &companions(&signatures)))
        .map_err(|fault| fault.at(reader.place(), start))
}

fn companions<'a>(signatures: &Header<'a>) -> Companions<'a> {
    let texts = |tag| {
        let strings = signatures.anywhere(tag).filter_map(|entry| signatures.entry_strings(entry));
        strings.flatten().collect()
    };
    Companions {
        issuer: signature::in_signature_header(signatures),
        sha256: texts(tags::signature::SHA256_HEADER),
        sha1: texts(tags::signature::SHA1_HEADER),
    }
}

struct Reader<'p, R> {
    source: R,
    path: &'p Path,
    offset: u64,
}

impl<R: Read> Reader<'_, R> {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn fault(&self, offset: u64, reason: &str) -> Error {
        Fault::new(0, reason).at(self.place(), offset)
    }

    /// Read exactly `length` bytes; memory grows with what is there, not with what a header claims.
    fn take(&mut self, length: usize, what: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = (&mut self.source).take(length as u64).read_to_end(&mut bytes);
        read.map_err(|error| Error::io("read", self.path, error))?;
        self.offset += bytes.len() as u64;
        if bytes.len() < length {
            return Err(self.fault(self.offset, &format!("the file ends inside its {what}")));
        }
        Ok(bytes)
    }

    /// Read a header; returns it without magic, and the offset of its first byte behind the magic.
    fn header(&mut self, what: &str, limits: Limits) -> Result<(Vec<u8>, u64)> {
        let magic = self.take(header::MAGIC.len(), what)?;
        let start = self.offset;
        if magic != header::MAGIC {
            return Err(self.fault(start - 8, &format!("here a {what} should begin, and none does")));
        }
        let mut bytes = self.take(header::INTRO, what)?;
        let (entries, data) =
            header::lengths(&bytes, limits).map_err(|fault| fault.at(self.place(), start))?;
        bytes.extend(self.take(entries * header::ENTRY + data, what)?);
        Ok((bytes, start))
    }
}
