//! Places of firmware and of its tables: `UEFI_PLATFORM_FIRMWARE_BLOB`, `UEFI_HANDOFF_TABLE_POINTERS` and the forms of
//! both that begin with a description (PFP 1.06, sections 10.2.5 and 10.2.6).

use super::value::address;
use super::{Explained, MAX_ITEMS, Value, plain_text};
use crate::bootlog::cursor::Cursor;
use crate::bootlog::{guid, kind, text};

/// The description of the newer forms: a length byte and ASCII.
fn described(cursor: &mut Cursor<'_>) -> Option<String> {
    let size = cursor.u8()?;
    let description = cursor.take(size.into())?;
    Some(text::of(description).unwrap_or_else(|| hex::encode(description)))
}

pub(super) fn blob(data: &[u8], kind: u32) -> Option<Explained> {
    let mut cursor = Cursor::new(data);
    let with_text = matches!(kind, kind::EFI_PLATFORM_FIRMWARE_BLOB2 | kind::POST_CODE2);
    let description = if with_text { Some(described(&mut cursor)?) } else { None };
    let (base, length) = (cursor.u64()?, cursor.u64()?);
    let place = format!("{length:#x} bytes of firmware at {base:#x}");
    let line = description.as_ref().map_or_else(|| place.clone(), |text| format!("{text}: {place}"));
    let mut parts = vec![("base", address(base)), ("length", address(length))];
    parts.extend(description.map(|text| ("text", Value::Text(text))));
    Some(Explained::new(line, parts))
}

/// A name such as `ACPI DATA`, or a place (PFP 1.06, section 3.3.4.1).
pub(super) fn post_code(data: &[u8], kind: u32) -> Option<Explained> {
    if kind == kind::POST_CODE
        && let Some(explained) = plain_text(data)
    {
        return Some(explained);
    }
    blob(data, kind)
}

pub(super) fn tables(data: &[u8], kind: u32) -> Option<Explained> {
    let mut cursor = Cursor::new(data);
    let description = if kind == kind::EFI_HANDOFF_TABLES2 { Some(described(&mut cursor)?) } else { None };
    let count = cursor.u64()?;
    let (mut names, mut tables) = (Vec::new(), Vec::new());
    for _ in 0..count.min(MAX_ITEMS as u64) {
        let guid = guid::text(cursor.guid()?);
        let name = guid::name(&guid);
        names.push(name.map_or_else(|| guid.clone(), str::to_owned));
        let mut table = vec![("guid", Value::Text(guid))];
        table.extend(name.map(|name| ("name", name.into())));
        table.push(("address", address(cursor.u64()?)));
        tables.push(Value::Object(table));
    }
    let head = description.as_deref().unwrap_or("configuration tables");
    let line = format!("{head}: {}", names.join(", "));
    let mut parts = vec![("count", count.into()), ("tables", Value::List(tables))];
    parts.extend(description.clone().map(|text| ("text", Value::Text(text))));
    Some(Explained::new(line, parts))
}
