//! Images that the firmware loads: `UEFI_IMAGE_LOAD_EVENT` (PFP 1.06, section 10.2.3).

use super::value::address;
use super::{Explained, device_path};
use crate::bootlog::cursor::Cursor;

pub(super) fn explain(data: &[u8]) -> Option<Explained> {
    let mut cursor = Cursor::new(data);
    let (place, length, linked) = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
    let size = cursor.u64()?;
    let path = device_path::text(cursor.take_long(size)?)?;
    let line = if path.is_empty() { "an image without a device path".into() } else { path.clone() };
    let parts = vec![
        ("device-path", path.into()),
        ("memory-location", address(place)),
        ("memory-length", length.into()),
        ("link-time-address", address(linked)),
    ];
    Some(Explained::new(line, parts))
}
