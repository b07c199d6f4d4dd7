//! The partition table: `UEFI_GPT_DATA` (PFP 1.06, section 10.2.4; UEFI 2.10, sections 5.3.2 and 5.3.3).

use super::{Explained, MAX_ITEMS, Value};
use crate::bootlog::cursor::Cursor;
use crate::bootlog::{guid, text};

const HEADER: usize = 92;
const ENTRY: usize = 128;
const SECTOR: u64 = 512;

pub(super) fn explain(data: &[u8]) -> Option<Explained> {
    let mut cursor = Cursor::new(data);
    let mut header = Cursor::new(cursor.take(HEADER)?);
    if header.take(8)? != b"EFI PART" {
        return None;
    }
    // Revision, sizes, checksums and the places of the tables: 48 bytes of no interest to a reader.
    header.take(48)?;
    let disk = guid::text(header.guid()?);
    header.take(12)?;
    let entry_size = header.u32()? as usize;
    if !(ENTRY..=1 << 16).contains(&entry_size) {
        return None;
    }
    let count = cursor.u64()?;
    let mut partitions = Vec::new();
    for _ in 0..count.min(MAX_ITEMS as u64) {
        partitions.push(partition(cursor.take(entry_size)?)?);
    }
    let line = format!("disk {disk}, {count} partitions");
    let parts = vec![
        ("disk-guid", disk.into()),
        ("partition-count", count.into()),
        ("partitions", Value::List(partitions)),
    ];
    Some(Explained::new(line, parts))
}

fn partition(entry: &[u8]) -> Option<Value> {
    let mut cursor = Cursor::new(entry);
    let kind = guid::text(cursor.guid()?);
    let unique = guid::text(cursor.guid()?);
    let (first, last) = (cursor.u64()?, cursor.u64()?);
    cursor.u64()?;
    let name = text::lossy(cursor.take(72)?);
    let known = guid::name(&kind);
    let mut parts = vec![("name", name.into()), ("guid", unique.into()), ("type", kind.into())];
    parts.extend(known.map(|known| ("type-name", known.into())));
    parts.push(("first-lba", first.into()));
    parts.push(("last-lba", last.into()));
    // Blocks of 512 bytes, as nearly all disks present; the event does not say.
    let blocks = last.checked_sub(first).and_then(|blocks| blocks.checked_add(1));
    parts.extend(
        blocks.and_then(|n| n.checked_mul(SECTOR)).map(|size| ("bytes-of-512-byte-blocks", size.into())),
    );
    Some(Value::Object(parts))
}
