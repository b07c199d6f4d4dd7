//! UEFI variables: `UEFI_VARIABLE_DATA` (PFP 1.06, section 10.2.6), and what well-known ones hold.

use super::{Explained, Value, device_path, signatures};
use crate::bootlog::cursor::Cursor;
use crate::bootlog::{guid, kind, text};

/// A variable as it stands in event data.
pub(crate) struct Variable<'a> {
    guid: [u8; 16],
    name: &'a [u8],
    /// Its value.
    pub(crate) value: &'a [u8],
    /// Bytes of the whole structure; event data may be longer by mistake of whoever logged it.
    pub(crate) size: usize,
}

impl<'a> Variable<'a> {
    /// None where the event data is shorter than its lengths say.
    pub(crate) fn parse(data: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(data);
        let guid = cursor.guid()?;
        let (characters, size) = (cursor.u64()?, cursor.u64()?);
        let name = cursor.take_long(characters.checked_mul(2)?)?;
        let value = cursor.take_long(size)?;
        Some(Self { guid, name, value, size: cursor.position() })
    }
}

pub(super) fn explain(data: &[u8], kind: u32) -> Option<Explained> {
    let variable = Variable::parse(data)?;
    let guid = guid::text(variable.guid);
    let name = text::wide(variable.name).unwrap_or_else(|| text::lossy(variable.name));
    let mut parts = vec![("variable", Value::Text(name.clone())), ("guid", guid.as_str().into())];
    parts.extend(guid::name(&guid).map(|known| ("guid-name", known.into())));
    parts.push(("size", variable.value.len().into()));
    let line = if let Some((line, content)) = content(&name, variable.value, kind) {
        parts.extend(content);
        format!("{name}: {line}")
    } else {
        parts.push(("value", Value::Bytes(variable.value.to_vec())));
        format!("{name}: {} bytes", variable.value.len())
    };
    Some(Explained::new(line, parts))
}

type Content = (String, Vec<(&'static str, Value)>);

fn content(name: &str, value: &[u8], kind: u32) -> Option<Content> {
    if value.is_empty() {
        return Some(("not set".into(), Vec::new()));
    }
    match name {
        "SecureBoot" | "SetupMode" | "AuditMode" | "DeployedMode" | "MokListTrusted" | "MokSBState" => {
            flag(value)
        }
        "PK" | "KEK" | "db" | "dbx" | "dbt" | "dbr" if kind != kind::EFI_VARIABLE_AUTHORITY => {
            signatures::lists(value)
        }
        "BootOrder" | "DriverOrder" | "BootNext" | "BootCurrent" => order(value),
        "SbatLevel" => text::of(value).map(|text| (text.clone(), vec![("text", text.into())])),
        _ if is_load_option(name) => load_option(value),
        _ if kind == kind::EFI_VARIABLE_AUTHORITY => signatures::authority(value),
        _ => text::of(value).map(|text| (text.clone(), vec![("text", text.into())])),
    }
}

fn flag(value: &[u8]) -> Option<Content> {
    let on = match value {
        [0] => false,
        [1] => true,
        _ => return None,
    };
    Some((if on { "on" } else { "off" }.into(), vec![("enabled", Value::Flag(on))]))
}

fn order(value: &[u8]) -> Option<Content> {
    let (numbers, []) = value.as_chunks::<2>() else { return None };
    let numbers: Vec<String> =
        numbers.iter().map(|number| format!("{:04X}", u16::from_le_bytes(*number))).collect();
    let line = numbers.join(", ");
    Some((line, vec![("order", Value::List(numbers.into_iter().map(Value::Text).collect()))]))
}

/// `Boot0001` and its like (UEFI 2.10, section 3.1).
fn is_load_option(name: &str) -> bool {
    ["Boot", "Driver", "SysPrep", "PlatformRecovery"].iter().any(|prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|number| number.len() == 4 && number.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

/// `EFI_LOAD_OPTION` (UEFI 2.10, section 3.1.3).
fn load_option(value: &[u8]) -> Option<Content> {
    let mut cursor = Cursor::new(value);
    let attributes = cursor.u32()?;
    let path_size = cursor.u16()?;
    let (units, _) = cursor.rest().as_chunks::<2>();
    let length = units.iter().position(|unit| *unit == [0, 0])?;
    let description = text::lossy(cursor.take(length * 2)?);
    cursor.u16()?;
    let path = device_path::text(cursor.take(path_size.into())?)?;
    let active = attributes & 1 != 0;
    let optional = cursor.rest();
    let line = format!("{description:?} {path}{}", if active { "" } else { " (inactive)" });
    let mut parts = vec![
        ("active", Value::Flag(active)),
        ("description", description.into()),
        ("device-path", path.into()),
    ];
    if !optional.is_empty() {
        parts.push(match text::wide(optional) {
            Some(text) => ("optional-text", text.into()),
            None => ("optional-data", Value::Bytes(optional.to_vec())),
        });
    }
    Some((line, parts))
}
