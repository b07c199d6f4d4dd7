//! Rows as JSON: names of Cisco-IOS-XR-filesysinv-show-oper, 64-bit numbers as strings (RFC 7951, section 6.1), and ours.

use std::os::unix::ffi::OsStrExt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::StatxTimestamp;

use super::{Summary, device, has_btime, special_device};
use crate::walk::{Entry, RootReport, Xattr, decode_capabilities};

const ACLS: [(&[u8], &str); 2] =
    [(b"system.posix_acl_access", "acl-access"), (b"system.posix_acl_default", "acl-default")];

/// A JSON text that grows member by member.
struct Text(Vec<u8>);

impl Text {
    /// The comma before whatever is not first in its container, then the key.
    fn key(&mut self, key: &str) {
        self.comma();
        self.0.extend([b"\"", key.as_bytes(), b"\":"].concat());
    }

    fn comma(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }

    fn open(&mut self, bracket: u8) {
        self.comma();
        self.0.push(bracket);
    }

    fn close(&mut self, bracket: u8) {
        self.0.push(bracket);
    }

    fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        self.0.extend(value.to_string().into_bytes());
    }

    fn wide(&mut self, key: &str, value: impl std::fmt::Display) {
        self.key(key);
        self.0.extend(format!("\"{value}\"").into_bytes());
    }

    fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.0.extend(if value { b"true".as_slice() } else { b"false" });
    }

    fn base64(&mut self, key: &str, value: &[u8]) {
        self.wide(key, STANDARD.encode(value));
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.0.push(b'"');
        for character in value.chars() {
            match character {
                '"' => self.0.extend(b"\\\""),
                '\\' => self.0.extend(b"\\\\"),
                '\n' => self.0.extend(b"\\n"),
                '\t' => self.0.extend(b"\\t"),
                character if u32::from(character) < 0x20 => {
                    self.0.extend(format!("\\u{:04x}", u32::from(character)).into_bytes());
                }
                character => self.0.extend(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.0.push(b'"');
    }

    /// Text without loss: what is not UTF-8 is shown with U+FFFD and carried in base64 beside it.
    fn bytes(&mut self, key: &str, value: &[u8]) {
        self.text(key, &String::from_utf8_lossy(value));
        if std::str::from_utf8(value).is_err() {
            self.base64(&format!("{key}-bytes"), value);
        }
    }
}

/// A row of a full snapshot.
pub(super) fn row(entry: &Entry) -> Vec<u8> {
    let mut text = Text(Vec::with_capacity(768));
    text.open(b'{');
    text.bytes("name", entry.path.as_os_str().as_bytes());
    meta(&mut text, entry);
    if let Some(target) = &entry.link_target {
        text.bytes("link-target", target.as_bytes());
    }
    digests(&mut text, entry);
    if let Some(missing) = entry.missing {
        text.text("digest-missing", missing.word());
    }
    if let Some(skipped) = entry.skipped {
        text.text("not-entered", skipped.word());
    }
    if let Some(flags) = entry.inode_flags {
        text.number("inode-flags", flags.into());
    }
    match entry.xattrs.as_deref() {
        Some([]) => {}
        Some(xattrs) => attributes(&mut text, xattrs),
        None => text.text("xattrs-missing", "denied"),
    }
    text.close(b'}');
    text.0
}

fn meta(text: &mut Text, entry: &Entry) {
    let stat = &entry.stat;
    text.key("meta");
    text.open(b'{');
    text.number("uid", stat.stx_uid.into());
    text.number("gid", stat.stx_gid.into());
    text.wide("devid", device(stat));
    text.wide("inode", stat.stx_ino);
    text.wide("blocks", stat.stx_blocks);
    text.wide("size", stat.stx_size);
    time(text, "atime", stat.stx_atime);
    time(text, "mtime", stat.stx_mtime);
    time(text, "ctime", stat.stx_ctime);
    text.number("mode", stat.stx_mode.into());
    if has_btime(stat) {
        time(text, "btime", stat.stx_btime);
    }
    text.number("nlink", stat.stx_nlink.into());
    if special_device(stat) != 0 {
        text.wide("rdev", special_device(stat));
    }
    text.close(b'}');
}

fn time(text: &mut Text, key: &str, time: StatxTimestamp) {
    text.wide(key, time.tv_sec);
    text.number(&format!("{key}-nsec"), time.tv_nsec.into());
}

fn digests(text: &mut Text, entry: &Entry) {
    let Some(digests) = entry.digests else { return };
    text.key("digest");
    text.open(b'[');
    for (algorithm, digest) in [("sha256", digests.sha256), ("blake3", digests.blake3)] {
        if let Some(digest) = digest {
            text.open(b'{');
            text.text("algorithm", algorithm);
            text.base64("digest-value", &digest);
            text.close(b'}');
        }
    }
    text.close(b']');
}

/// Raw values, and beside them what the well-known ones say. POSIX ACLs are raw under names of their own.
fn attributes(text: &mut Text, xattrs: &[Xattr]) {
    let acl = |name: &[u8]| ACLS.iter().find(|(acl, _)| *acl == name).map(|(_, key)| *key);
    text.key("xattrs");
    text.open(b'[');
    for xattr in xattrs.iter().filter(|xattr| acl(xattr.name.as_bytes()).is_none()) {
        text.open(b'{');
        text.bytes("name", xattr.name.as_bytes());
        text.base64("value", &xattr.value);
        text.close(b'}');
    }
    text.close(b']');
    for Xattr { name, value } in xattrs {
        match name.as_bytes() {
            b"security.capability" => capabilities(text, value),
            b"security.selinux" => text.bytes("selinux-label", value.strip_suffix(b"\0").unwrap_or(value)),
            name => {
                if let Some(key) = acl(name) {
                    text.base64(key, value);
                }
            }
        }
    }
}

fn capabilities(text: &mut Text, value: &[u8]) {
    let Some(found) = decode_capabilities(value) else { return };
    text.key("capabilities");
    text.open(b'{');
    text.number("revision", found.revision.into());
    text.flag("effective", found.effective);
    text.wide("permitted", format_args!("{:016x}", found.permitted));
    text.wide("inheritable", format_args!("{:016x}", found.inheritable));
    if let Some(root) = found.root_id {
        text.number("root-id", root.into());
    }
    text.close(b'}');
}

/// What follows the rows, the closing brace included.
pub(super) fn tail(summary: &Summary) -> Vec<u8> {
    let mut text = Text(b"\n]".to_vec());
    text.key("roots");
    text.open(b'[');
    for RootReport { path, resolved, state } in &summary.walked.roots {
        text.open(b'{');
        text.bytes("path", path.as_os_str().as_bytes());
        if let Some(resolved) = resolved.as_ref().filter(|resolved| *resolved != path) {
            text.bytes("resolved", resolved.as_os_str().as_bytes());
        }
        text.text("state", state.word());
        text.close(b'}');
    }
    text.close(b']');
    text.wide("vanished", summary.walked.vanished);
    text.wide("block-digest", hex::encode(summary.block_digest));
    text.close(b'}');
    text.0
}
