//! What one header says of its package, gathered.

use super::files::FileList;
use super::fingerprint::{self, Identity};
use super::header::Header;
use super::signature::Issuer;
use super::{Parsed, tags};

/// Whether the digests that travel with a header are those of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderDigest {
    /// All that are there agree.
    Ok,
    /// One disagrees: the header, or the digest, was changed.
    Mismatch,
    /// There is none.
    Absent,
}

impl HeaderDigest {
    /// The name in a dossier.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Mismatch => "mismatch",
            Self::Absent => "absent",
        }
    }
}

/// A file whose content the standard fingerprint leaves out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unattested {
    /// Its path, raw bytes.
    pub path: Vec<u8>,
    /// `ghost`, `config` or `verify-flags`.
    pub reason: &'static str,
}

/// One package; names are raw bytes of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: Vec<u8>,
    pub epoch: Option<u32>,
    pub version: Vec<u8>,
    pub release: Vec<u8>,
    /// Empty where the header has none, as in the pseudo packages of keys.
    pub arch: Vec<u8>,
    /// A source package.
    pub source: bool,
    /// Lower-case hex of SHA-256 over the immutable region; None without one.
    pub header_sha256: Option<String>,
    pub header_digest: HeaderDigest,
    /// 16 lower-case hex digits, or `0`.
    pub gpg_key_id: String,
    /// Installed size in bytes as the header states it.
    pub size: u64,
    /// Number of files, %ghost ones included.
    pub files: u64,
    pub unattested: Vec<Unattested>,
    /// `OpenPGP` number of the file digests' algorithm.
    pub digest_algorithm: u32,
    /// `strong`, or `weak` for MD5, SHA-1 and anything not known to be better.
    pub digest_strength: &'static str,
    /// Lower-case hex, or `0` with a reason.
    pub fingerprint: String,
    pub fingerprint_strict: String,
    /// What could not be known, and why.
    pub reason: Option<String>,
}

/// What travels beside the signed bytes: in a database appended to them, in a package file in a header of its own.
#[derive(Debug)]
pub struct Companions<'a> {
    /// Who signed.
    pub issuer: Issuer,
    /// SHA-256 of the header as hex text, each one that is there.
    pub sha256: Vec<&'a [u8]>,
    /// SHA-1 likewise.
    pub sha1: Vec<&'a [u8]>,
}

/// Read a package.
///
/// # Errors
/// A [`super::Fault`] for a header without name, version or release, or one that contradicts itself.
pub fn read(header: &Header<'_>, beside: &Companions<'_>) -> Parsed<Package> {
    let identity = identity(header)?;
    let files = FileList::read(header)?;
    let values = fingerprint::compute(header, &identity, &files)?;
    let algorithm = fingerprint::digest_algorithm(header)?;
    let strong = fingerprint::algorithm_facts(algorithm).is_some_and(|(_, strong)| strong);
    let unknown_issuer = beside.issuer == Issuer::Unreadable;
    let reasons: Vec<&str> = values
        .as_ref()
        .err()
        .map(String::as_str)
        .into_iter()
        .chain(unknown_issuer.then_some("there is a signature, and its issuer cannot be read"))
        .collect();
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    let value = |pick: fn(&fingerprint::Values) -> &String| {
        values.as_ref().map_or("0".into(), |all| pick(all).clone())
    };
    Ok(Package {
        name: identity.name.to_vec(),
        epoch: identity.epoch,
        version: identity.version.to_vec(),
        release: identity.release.to_vec(),
        arch: identity.arch.to_vec(),
        // A binary package names the source package that it was made of.
        source: header.get(tags::SOURCE_RPM).is_none(),
        header_sha256: header.sha256().map(hex::encode),
        header_digest: compare(header, beside),
        gpg_key_id: match beside.issuer {
            Issuer::KeyId(key_id) => hex::encode(key_id),
            Issuer::Unsigned | Issuer::Unreadable => "0".into(),
        },
        size: installed_size(header)?,
        files: files.len() as u64,
        unattested: unattested(&files)?,
        digest_algorithm: algorithm,
        digest_strength: if strong { "strong" } else { "weak" },
        fingerprint: value(|values| &values.standard),
        fingerprint_strict: value(|values| &values.strict),
        reason,
    })
}

/// Whether this is the pseudo package that rpm keeps for a trusted key: it owns no file.
pub fn is_pseudo(header: &Header<'_>) -> Parsed<bool> {
    let owns_files = header.get(tags::BASENAMES).is_some() || header.get(tags::OLD_FILENAMES).is_some();
    Ok(header.string(tags::NAME)? == Some(b"gpg-pubkey") && !owns_files)
}

fn identity<'a>(header: &Header<'a>) -> Parsed<Identity<'a>> {
    let due = |tag, name: &str| {
        header
            .string(tag)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| header.wrong(tag, &format!("({name}) is missing")))
    };
    Ok(Identity {
        name: due(tags::NAME, "name")?,
        epoch: header.number(tags::EPOCH)?,
        version: due(tags::VERSION, "version")?,
        release: due(tags::RELEASE, "release")?,
        arch: header.string(tags::ARCH)?.unwrap_or_default(),
    })
}

fn installed_size(header: &Header<'_>) -> Parsed<u64> {
    if let Some(&[size, ..]) = header.numbers(tags::LONG_SIZE, u64::from_be_bytes)?.as_deref() {
        return Ok(size);
    }
    Ok(header.number(tags::SIZE)?.map_or(0, u64::from))
}

fn unattested(files: &FileList<'_>) -> Parsed<Vec<Unattested>> {
    let mut found = Vec::new();
    for file in files.iter() {
        let file = file?;
        let reason = match (file.ghost, file.config, file.content_unverified) {
            (true, ..) => "ghost",
            (_, true, _) => "config",
            (_, _, true) => "verify-flags",
            _ => continue,
        };
        found.push(Unattested { path: file.path, reason });
    }
    Ok(found)
}

fn compare(header: &Header<'_>, beside: &Companions<'_>) -> HeaderDigest {
    if beside.sha256.is_empty() && beside.sha1.is_empty() {
        return HeaderDigest::Absent;
    }
    let (sha256, sha1) = (header.sha256(), header.sha1());
    // A digest beside a header without a region is of another header.
    let agrees = |text: &[u8], digest: Option<&[u8]>| {
        hex::decode(text).is_ok_and(|stated| Some(&stated[..]) == digest)
    };
    let all_agree = beside.sha256.iter().all(|text| agrees(text, sha256.as_ref().map(|digest| &digest[..])))
        && beside.sha1.iter().all(|text| agrees(text, sha1.as_ref().map(|digest| &digest[..])));
    if all_agree { HeaderDigest::Ok } else { HeaderDigest::Mismatch }
}
