//! Package fingerprint XRA-RPMFP version 1, install-time value: what a package's signed header says it installs.
//!
//! Its publisher derives the same value from the `.rpm` alone. All integers are big-endian, `lp(x)` is the length of x
//! in 32 bits and then x; the whole layout is in `docs/reference/rpm-fingerprint.md`.

use sha2::{Digest, Sha256};

use super::caps::FileCaps;
use super::files::{FileEntry, FileList};
use super::header::Header;
use super::{Fault, Parsed, tags};

const DOMAIN: &[u8] = b"xrattest.rpmfp\0";
const VERSION: u8 = 1;
/// MD5, which a header without the tag means.
const DEFAULT_ALGORITHM: u32 = 1;

const DIRECTORY: u16 = 4;
const REGULAR: u16 = 8;
const SYMLINK: u16 = 10;

/// How much of a package a value covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Content of %config files, and of files whose verify flags leave the digest out, is not covered.
    Standard = 0,
    /// Content of every file in the payload is.
    Strict = 1,
}

/// The two values of a package, lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// [`Profile::Standard`]
    pub standard: String,
    /// [`Profile::Strict`]
    pub strict: String,
}

/// Who the package says it is.
#[derive(Debug)]
pub struct Identity<'a> {
    pub name: &'a [u8],
    pub epoch: Option<u32>,
    pub version: &'a [u8],
    pub release: &'a [u8],
    pub arch: &'a [u8],
}

/// Number of the header's file digest algorithm (RFC 9580 §9.5).
pub fn digest_algorithm(header: &Header<'_>) -> Parsed<u32> {
    Ok(header.number(tags::FILE_DIGEST_ALGO)?.unwrap_or(DEFAULT_ALGORITHM))
}

/// Size of a digest, and whether the algorithm stands against collisions; None for a number that we do not know.
#[must_use]
pub fn algorithm_facts(algorithm: u32) -> Option<(usize, bool)> {
    match algorithm {
        1 => Some((16, false)),
        2 => Some((20, false)),
        8 | 12 => Some((32, true)),
        9 => Some((48, true)),
        10 | 14 => Some((64, true)),
        11 => Some((28, true)),
        _ => None,
    }
}

/// Compute both values; the inner error is the reason why this header has none.
///
/// # Errors
/// A [`Fault`] for a header that contradicts itself: a duplicate path, a digest that is no hex of its algorithm.
pub fn compute(
    header: &Header<'_>,
    identity: &Identity<'_>,
    files: &FileList<'_>,
) -> Parsed<Result<Values, String>> {
    let Some(header_digest) = header.sha256() else {
        return Ok(Err(
            "the header has no immutable region, so nothing says which of its bytes are signed".into()
        ));
    };
    let algorithm = digest_algorithm(header)?;
    let mut records =
        files.iter().filter(|file| !matches!(file, Ok(file) if file.ghost)).collect::<Parsed<Vec<_>>>()?;
    records.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    if let Some(twice) = records.windows(2).find(|pair| pair[0].path == pair[1].path) {
        let path = String::from_utf8_lossy(&twice[0].path).into_owned();
        return Err(header.wrong(tags::BASENAMES, &format!("names {path:?} twice")));
    }
    let preamble = |profile| preamble(profile, &header_digest, identity, algorithm, records.len() as u64);
    let (mut standard, mut strict) = (preamble(Profile::Standard), preamble(Profile::Strict));
    for file in &records {
        let covered = match record(file, 0, algorithm)
            .map_err(|fault| header.wrong(tags::FILE_DIGESTS, &fault.reason))?
        {
            Ok(record) => leaf(&record),
            Err(reason) => return Ok(Err(reason)),
        };
        strict.update(covered);
        if !(file.config || file.content_unverified) {
            standard.update(covered);
            continue;
        }
        match record(file, 1, algorithm)? {
            Ok(record) => standard.update(leaf(&record)),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    Ok(Ok(Values { standard: hex::encode(standard.finalize()), strict: hex::encode(strict.finalize()) }))
}

fn preamble(
    profile: Profile,
    header: &[u8; 32],
    identity: &Identity<'_>,
    algorithm: u32,
    records: u64,
) -> Sha256 {
    let mut bytes = DOMAIN.to_vec();
    bytes.extend([VERSION, profile as u8]);
    bytes.extend(header);
    put(&mut bytes, identity.name);
    bytes.push(u8::from(identity.epoch.is_some()));
    bytes.extend(identity.epoch.unwrap_or(0).to_be_bytes());
    put(&mut bytes, identity.version);
    put(&mut bytes, identity.release);
    put(&mut bytes, identity.arch);
    bytes.extend(algorithm.to_be_bytes());
    bytes.extend(records.to_be_bytes());
    Sha256::new_with_prefix(bytes)
}

fn leaf(record: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix([0]).chain_update(record).finalize().into()
}

/// lp(bytes); no string of a header reaches 4 GiB.
fn put(record: &mut Vec<u8>, bytes: &[u8]) {
    record.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    record.extend(bytes);
}

/// The record of a file in `class` 0 (everything) or 1 (no content); the inner error says what the header leaves out.
fn record(file: &FileEntry<'_>, class: u8, algorithm: u32) -> Parsed<Result<Vec<u8>, String>> {
    let kind = file.mode >> 12;
    let (Some(user), Some(group)) = (file.user, file.group) else {
        return Ok(Err("the header names no owners of its files".into()));
    };
    let mut record = Vec::with_capacity(file.path.len() + 96);
    put(&mut record, &file.path);
    record.push(class);
    // Four bits are left of the sixteen.
    record.extend(kind.to_be_bytes().last());
    let permissions = if kind == SYMLINK { 0 } else { file.mode & 0o7777 };
    record.extend(permissions.to_be_bytes());
    put(&mut record, user);
    put(&mut record, group);
    // The header knows no access control lists.
    put(&mut record, &[]);
    Ok(body(&mut record, file, kind, class, algorithm)?.map(|()| record))
}

fn body(
    record: &mut Vec<u8>,
    file: &FileEntry<'_>,
    kind: u16,
    class: u8,
    algorithm: u32,
) -> Parsed<Result<(), String>> {
    let unknown = |what: &str| Ok(Err(format!("{}: {what}", String::from_utf8_lossy(&file.path))));
    match kind {
        REGULAR => {
            if class == 0 {
                let (Some(size), Some(digest)) = (file.size, file.digest.filter(|digest| !digest.is_empty()))
                else {
                    return unknown("the header has no size or no digest of it");
                };
                record.extend(size.to_be_bytes());
                put(record, &decode_digest(file, digest, algorithm)?);
            }
            match decode_caps(file.caps) {
                Ok(caps) => put(record, &caps),
                Err(reason) => return unknown(&reason),
            }
        }
        SYMLINK if class == 0 => match file.target {
            Some(target) => put(record, target),
            None => return unknown("the header has no target of this link"),
        },
        // character and block device
        2 | 6 => match file.rdev {
            Some(rdev) => record.extend(u32::from(rdev).to_be_bytes()),
            None => return unknown("the header has no device number of it"),
        },
        // fifo, socket
        SYMLINK | DIRECTORY | 1 | 12 => (),
        _ => return unknown(&format!("mode {:o} is no type of file", file.mode)),
    }
    Ok(Ok(()))
}

fn decode_digest(file: &FileEntry<'_>, digest: &[u8], algorithm: u32) -> Parsed<Vec<u8>> {
    let wrong = |what: String| Fault::new(0, format!("{}: {what}", String::from_utf8_lossy(&file.path)));
    let bytes = hex::decode(digest).map_err(|error| wrong(format!("the digest is no hex: {error}")))?;
    match algorithm_facts(algorithm) {
        Some((length, _)) if length != bytes.len() => {
            Err(wrong(format!("the digest has {} bytes, algorithm {algorithm} has {length}", bytes.len())))
        }
        _ => Ok(bytes),
    }
}

fn decode_caps(text: &[u8]) -> Result<Vec<u8>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let text = std::str::from_utf8(text).map_err(|_| "capabilities that are no text".to_owned())?;
    Ok(FileCaps::parse(text)?.encode().to_vec())
}
