//! Snapshots of a file system: canonical rows, the digest that chains blocks, and the JSON that carries both.
//!
//! # Canonical rows, version 1
//!
//! Integers are big-endian; `lp(x)` is the length of x as u32, then x. A row is, without padding:
//!
//! ```text
//! version u8 = 1 ‖ change u8 ‖ lp(path) ‖ mode u32 ‖ uid u32 ‖ gid u32 ‖ devid u64 ‖ inode u64 ‖ nlink u32 ‖ rdev u64
//! ‖ size u64 ‖ blocks u64 ‖ time(atime) ‖ time(mtime) ‖ time(ctime) ‖ optional(time(btime)) ‖ lp(link target)
//! ‖ digest count u8 ‖ (algorithm u8 ‖ digest 32 bytes)… ‖ missing u8 ‖ skipped u8 ‖ optional(inode flags u32)
//! ‖ optional(xattr count u32 ‖ (lp(name) ‖ size of value u32 ‖ SHA-256(value))…)
//!
//! time(t)     = seconds i64 ‖ nanoseconds u32
//! optional(x) = 01 ‖ x, or 00 where there is none
//! change      = 0 in a full snapshot, else change-kind of the YANG model (created 1, contents-modified 2, deleted 3,
//!               meta-data-modified 4)
//! mode        = st_mode of stat(2); devid and rdev as makedev(3) packs them
//! link target = empty for what is no symbolic link
//! algorithm   = 3 SHA-256 (as in the YANG model), 128 BLAKE3, in this order
//! missing     = 0, or too-big 1, denied 2, changed-while-read 3, timeout 4, special 5
//! skipped     = 0, or mount-point 1, pseudo-filesystem 2 (a directory that was not entered)
//! xattrs      = in the order of the bytes of their names, POSIX ACLs among them; none (00) where they could not be read
//! ```
//!
//! Everything in it stands in the JSON row, so whoever has the JSON can compute the digest again.
//!
//! # Block digest
//!
//! `SHA-256(parent digest 32 bytes ‖ block u64 ‖ kind u8 ‖ time u64 ‖ boot-id 16 bytes ‖ digest of the rules 32 bytes ‖
//! lp(row)…)`, rows in the order of the bytes of their paths; parent digest and boot-id are zeros where there is none; kind
//! is 0 incremental, 1 full; time is in microseconds since the epoch; for the rules see [`Rules::digest`].

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rayon::ThreadPool;
use rayon::prelude::*;
use rustix::fs::{Statx, StatxFlags, StatxTimestamp, makedev};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::hostroot::Root;
use crate::walk::{Entry, Missing, Rules, Walked, walk};

mod json;

/// Number of BLAKE3 in canonical rows, beyond what the YANG model will ever count to.
const BLAKE3: u8 = 128;
/// Number of SHA-256 in the YANG model (`filesys-inv-digest-algorithm`).
const SHA256: u8 = 3;

/// Whether a block holds every file or only those that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Changes against the parent.
    Incremental = 0,
    /// Every file.
    Full = 1,
}

/// What a block digest covers besides the rows and the rules.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Block digest of the parent, zeros when there is none.
    pub parent: [u8; 32],
    /// Number of the block.
    pub block: u64,
    /// What it holds.
    pub kind: Kind,
    /// When it was taken, in microseconds since the epoch.
    pub time: u64,
    /// The kernel's boot id, zeros where the tree is not the running host.
    pub boot_id: [u8; 16],
}

impl Header {
    fn start(&self, rules: &Rules) -> Sha256 {
        Sha256::new()
            .chain_update(self.parent)
            .chain_update(self.block.to_be_bytes())
            .chain_update([self.kind as u8])
            .chain_update(self.time.to_be_bytes())
            .chain_update(self.boot_id)
            .chain_update(rules.digest())
    }
}

/// What was written.
#[derive(Debug, Default)]
pub struct Summary {
    /// Rows.
    pub rows: u64,
    /// Bytes that were hashed.
    pub bytes: u64,
    /// Files without a digest, by [`Missing`] in its order.
    pub missing: [u64; 5],
    /// Rows whose extended attributes could not be read.
    pub xattrs_unread: u64,
    /// The block digest.
    pub block_digest: [u8; 32],
    /// What else the walk tells.
    pub walked: Walked,
}

/// How far a snapshot is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'path> {
    /// Rows so far.
    pub rows: u64,
    /// Bytes hashed so far.
    pub bytes: u64,
    /// The last path.
    pub path: &'path Path,
}

/// Walk and write a full snapshot as one JSON object.
///
/// `head` is the text of its first members, from the opening brace on; `files` (one row per line), `roots` and
/// `block-digest` follow. `progress` is called after every batch of rows and stops the walk by an error.
pub fn write_full(
    root: &Root,
    rules: &Rules,
    pool: &ThreadPool,
    header: &Header,
    head: &[u8],
    out: &mut impl Write,
    mut progress: impl FnMut(Progress<'_>) -> Result<()>,
) -> Result<Summary> {
    let failed = |error: std::io::Error| Error::io("write", "snapshot", error);
    out.write_all(head).and_then(|()| out.write_all(b",\"files\":[")).map_err(failed)?;
    let mut digest = header.start(rules);
    let mut summary = Summary::default();
    let walked = walk(root, rules, pool, |entries| {
        let rows: Vec<_> = pool.install(|| entries.par_iter().map(encode).collect());
        for (entry, row) in entries.iter().zip(rows) {
            digest.update(u32_of(row.canonical.len()));
            digest.update(&row.canonical);
            let separator = if summary.rows == 0 { b"\n".as_slice() } else { b",\n" };
            out.write_all(separator).and_then(|()| out.write_all(&row.json)).map_err(failed)?;
            summary.count(entry);
        }
        let path = entries.last().map_or(Path::new("/"), |entry| &entry.path);
        progress(Progress { rows: summary.rows, bytes: summary.bytes, path })
    })?;
    summary.block_digest = digest.finalize().into();
    summary.walked = walked;
    out.write_all(&json::tail(&summary)).and_then(|()| out.flush()).map_err(failed)?;
    Ok(summary)
}

impl Summary {
    fn count(&mut self, entry: &Entry) {
        self.rows += 1;
        self.bytes += entry.digests.map_or(0, |digests| digests.size);
        self.xattrs_unread += u64::from(entry.xattrs.is_none());
        if let Some(index) = Missing::ALL.iter().position(|missing| Some(*missing) == entry.missing) {
            self.missing[index] += 1;
        }
    }
}

struct Encoded {
    canonical: Vec<u8>,
    json: Vec<u8>,
}

fn encode(entry: &Entry) -> Encoded {
    Encoded { canonical: canonical_row(entry), json: json::row(entry) }
}

fn u32_of(length: usize) -> [u8; 4] {
    // Paths, targets and attributes are bounded by the kernel far below this.
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn has_btime(stat: &Statx) -> bool {
    stat.stx_mask & StatxFlags::BTIME.bits() != 0
}

fn device(stat: &Statx) -> u64 {
    makedev(stat.stx_dev_major, stat.stx_dev_minor)
}

fn special_device(stat: &Statx) -> u64 {
    makedev(stat.stx_rdev_major, stat.stx_rdev_minor)
}

/// The canonical bytes of a row of a full snapshot; the module's documentation is their definition.
#[must_use]
pub fn canonical_row(entry: &Entry) -> Vec<u8> {
    let stat = &entry.stat;
    let mut row = Vec::with_capacity(256);
    row.extend([1, 0]);
    prefixed(&mut row, entry.path.as_os_str().as_bytes());
    for number in [u32::from(stat.stx_mode), stat.stx_uid, stat.stx_gid] {
        row.extend(number.to_be_bytes());
    }
    row.extend(device(stat).to_be_bytes());
    row.extend(stat.stx_ino.to_be_bytes());
    row.extend(stat.stx_nlink.to_be_bytes());
    row.extend(special_device(stat).to_be_bytes());
    row.extend(stat.stx_size.to_be_bytes());
    row.extend(stat.stx_blocks.to_be_bytes());
    for time in [stat.stx_atime, stat.stx_mtime, stat.stx_ctime] {
        row.extend(moment(time));
    }
    optional(&mut row, has_btime(stat).then(|| moment(stat.stx_btime)));
    content(&mut row, entry);
    row
}

fn content(row: &mut Vec<u8>, entry: &Entry) {
    prefixed(row, entry.link_target.as_deref().map_or(b"", OsStrExt::as_bytes));
    let digests = entry.digests.unwrap_or_default();
    row.push(u8::from(digests.sha256.is_some()) + u8::from(digests.blake3.is_some()));
    for (number, digest) in [(SHA256, digests.sha256), (BLAKE3, digests.blake3)] {
        if let Some(digest) = digest {
            row.push(number);
            row.extend(digest);
        }
    }
    row.push(entry.missing.map_or(0, |missing| missing as u8));
    row.push(entry.skipped.map_or(0, |skipped| skipped as u8));
    optional(row, entry.inode_flags.map(u32::to_be_bytes));
    optional(row, entry.xattrs.as_ref().map(|xattrs| u32_of(xattrs.len())));
    for xattr in entry.xattrs.iter().flatten() {
        prefixed(row, xattr.name.as_bytes());
        row.extend(u32_of(xattr.value.len()));
        row.extend(Sha256::digest(&xattr.value));
    }
}

fn prefixed(row: &mut Vec<u8>, bytes: &[u8]) {
    row.extend(u32_of(bytes.len()));
    row.extend(bytes);
}

fn optional<const N: usize>(row: &mut Vec<u8>, value: Option<[u8; N]>) {
    row.push(value.is_some().into());
    row.extend(value.iter().flatten());
}

fn moment(time: StatxTimestamp) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&time.tv_sec.to_be_bytes());
    bytes[8..].copy_from_slice(&time.tv_nsec.to_be_bytes());
    bytes
}
