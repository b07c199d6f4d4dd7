//! `EV_EVENT_TAG`: a number of the program that logs, a size, and its data (PFP 1.06, section 10.4.2.1).

use super::{Explained, Value};
use crate::bootlog::cursor::Cursor;
use crate::bootlog::text;

// Linux drivers/firmware/efi/libstub/efistub.h; systemd src/fundamental/tpm2-pcr.h.
const NAMES: [(u32, &str); 7] = [
    (0x8f3b_22ec, "Linux initrd"),
    (0x8f3b_22ed, "Linux load options"),
    (0xf5bc_582a, "systemd-boot loader.conf"),
    (0x6c46_f751, "systemd-stub devicetree addon"),
    (0x49df_fe0f, "systemd-stub initrd addon"),
    (0xdac0_8e1a, "systemd-stub microcode addon"),
    (0x13ae_d6db, "systemd-stub UKI profile"),
];

/// Number and data of a tagged event, where the data has the size that it says.
pub(crate) fn payload(data: &[u8]) -> Option<(u32, &[u8])> {
    let mut cursor = Cursor::new(data);
    let id = cursor.u32()?;
    let size = cursor.u32()?;
    Some((id, cursor.take_long(size.into())?))
}

pub(super) fn explain(data: &[u8]) -> Option<Explained> {
    let (id, payload) = payload(data)?;
    let name = NAMES.iter().find(|(number, _)| *number == id).map(|(_, name)| *name);
    let said = text::of(payload);
    let mut parts = vec![("tag", format!("{id:#010x}").into())];
    parts.extend(name.map(|name| ("tag-name", name.into())));
    let description = match (&said, name) {
        (Some(said), Some(name)) if said != name => format!("{name}: {said}"),
        (Some(said), _) => said.clone(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => format!("tag {id:#010x}, {} bytes", payload.len()),
    };
    parts.push(match said {
        Some(said) => ("text", said.into()),
        None => ("data", Value::Bytes(payload.to_vec())),
    });
    Some(Explained::new(description, parts))
}
