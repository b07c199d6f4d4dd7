//! `EV_NO_ACTION`: told apart by a signature of 16 bytes (PFP 1.06, section 10.4.5).

use super::{Explained, Value};
use crate::bootlog::algorithm;
use crate::bootlog::cursor::Cursor;
use crate::bootlog::text;

pub(super) fn explain(data: &[u8]) -> Option<Explained> {
    let mut cursor = Cursor::new(data);
    let signature = cursor.take(16)?;
    match signature {
        b"Spec ID Event00\0" | b"Spec ID Event02\0" | b"Spec ID Event03\0" => spec_id(signature, cursor),
        b"StartupLocality\0" => {
            let locality = u64::from(cursor.u8()?);
            let how = match locality {
                3 => ": started from locality 3",
                4 => ": preceded by a hardware root of trust (H-CRTM)",
                _ => "",
            };
            let description = format!("PCR 0 starts as {locality}{how}");
            Some(Explained::new(description, vec![("startup-locality", locality.into())]))
        }
        _ => {
            let signature = text::of(signature)?;
            let parts = vec![
                ("signature", Value::Text(signature.clone())),
                ("data", Value::Bytes(cursor.rest().to_vec())),
            ];
            Some(Explained::new(signature, parts))
        }
    }
}

/// The log's header (section 10.4.5.1); of `Spec ID Event00` and `02` (TPM 1.2) only the version is read.
fn spec_id(signature: &[u8], mut cursor: Cursor<'_>) -> Option<Explained> {
    let signature = text::of(signature)?;
    let class = cursor.u32()?;
    let (minor, major, errata) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
    let version = format!("{major}.{minor}");
    let platform = match class {
        0 => "client",
        1 => "server",
        _ => "other",
    };
    let mut parts = vec![
        ("signature", signature.as_str().into()),
        ("platform-class", platform.into()),
        ("version", version.as_str().into()),
        ("errata", u32::from(errata).into()),
    ];
    let mut described = format!("log header, specification {version} errata {errata}");
    if signature == "Spec ID Event03" {
        cursor.u8()?;
        let mut names = Vec::new();
        for _ in 0..cursor.u32()?.min(16) {
            let (number, size) = (cursor.u16()?, cursor.u16()?);
            names
                .push(algorithm::name(number).map_or_else(|| format!("{number:#06x}:{size}"), str::to_owned));
        }
        described = format!("{described}: {}", names.join(", "));
        parts.push(("algorithms", Value::List(names.into_iter().map(Value::Text).collect())));
    }
    Some(Explained::new(described, parts))
}
