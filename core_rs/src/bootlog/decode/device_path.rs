//! Device paths as text (UEFI 2.10, sections 10.3 and 10.6): `PciRoot(0x0)/Pci(0x1f,0x2)/…/\EFI\BOOT\BOOTX64.EFI`.
//!
//! The nodes of boot devices have their own form, every other one the general `Path(type,subtype,hex)`.

use crate::bootlog::cursor::Cursor;
use crate::bootlog::{guid, text};

/// Most nodes of a path.
const MAX_NODES: usize = 64;

/// The text of a device path, empty for one without nodes; None where the bytes are none.
pub(super) fn text(path: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(path);
    let mut written = String::new();
    let mut separator = "";
    for _ in 0..MAX_NODES {
        if cursor.rest().is_empty() {
            return Some(written);
        }
        let (kind, subtype) = (cursor.u8()?, cursor.u8()?);
        let size = cursor.u16()?.checked_sub(4)?;
        let body = cursor.take(size.into())?;
        match (kind, subtype) {
            (0x7f, 0xff) => return Some(written),
            // The end of one of several instances.
            (0x7f, _) => separator = ",",
            _ => {
                written.push_str(separator);
                let general = || format!("Path({kind},{subtype},{})", hex::encode(body));
                written.push_str(&node(kind, subtype, body).unwrap_or_else(general));
                separator = "/";
            }
        }
    }
    None
}

fn node(kind: u8, subtype: u8, body: &[u8]) -> Option<String> {
    let cursor = Cursor::new(body);
    match kind {
        1 => hardware(subtype, cursor),
        2 => acpi(subtype, cursor),
        3 => messaging(subtype, cursor),
        4 => media(subtype, cursor),
        5 if subtype == 1 => bios_boot(cursor),
        _ => None,
    }
}

fn hardware(subtype: u8, mut cursor: Cursor<'_>) -> Option<String> {
    Some(match subtype {
        1 => {
            let (function, device) = (cursor.u8()?, cursor.u8()?);
            format!("Pci({device:#x},{function:#x})")
        }
        3 => {
            let (kind, start, end) = (cursor.u32()?, cursor.u64()?, cursor.u64()?);
            format!("MemoryMapped({kind:#x},{start:#x},{end:#x})")
        }
        4 => vendor("VenHw", cursor)?,
        5 => format!("Ctrl({:#x})", cursor.u32()?),
        _ => return None,
    })
}

fn acpi(subtype: u8, mut cursor: Cursor<'_>) -> Option<String> {
    // PNP0A03 and PNP0A08 as compressed EISA numbers: the roots of PCI and PCI Express.
    const PCI_ROOTS: [(u32, &str); 2] = [(0x0a03_41d0, "PciRoot"), (0x0a08_41d0, "PcieRoot")];
    if subtype != 1 {
        return None;
    }
    let (hid, uid) = (cursor.u32()?, cursor.u32()?);
    let root = PCI_ROOTS.iter().find(|(number, _)| *number == hid);
    Some(root.map_or_else(|| format!("Acpi({hid:#010x},{uid:#x})"), |(_, name)| format!("{name}({uid:#x})")))
}

fn messaging(subtype: u8, mut cursor: Cursor<'_>) -> Option<String> {
    Some(match subtype {
        1 => {
            let (slave, secondary, lun) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
            format!("Ata({secondary:#x},{slave:#x},{lun:#x})")
        }
        2 => {
            let (target, lun) = (cursor.u16()?, cursor.u16()?);
            format!("Scsi({target:#x},{lun:#x})")
        }
        5 => {
            let (port, interface) = (cursor.u8()?, cursor.u8()?);
            format!("USB({port:#x},{interface:#x})")
        }
        10 => vendor("VenMsg", cursor)?,
        11 => {
            let address = cursor.take(32)?;
            let kind = cursor.u8()?;
            // Ethernet (0 and 1) has six bytes of the field's 32.
            let shown = if kind <= 1 { &address[..6] } else { address };
            format!("MAC({},{kind:#x})", hex::encode(shown))
        }
        12 => "IPv4".to_owned(),
        13 => "IPv6".to_owned(),
        17 => format!("Unit({:#x})", cursor.u8()?),
        18 => {
            let (port, multiplier, lun) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
            format!("Sata({port:#x},{multiplier:#x},{lun:#x})")
        }
        23 => {
            let namespace = cursor.u32()?;
            let mut identifier = cursor.take(8)?.to_vec();
            identifier.reverse();
            let octets: Vec<String> = identifier.iter().map(|byte| format!("{byte:02X}")).collect();
            format!("NVMe({namespace:#x},{})", octets.join("-"))
        }
        24 => format!("Uri({})", text::of(cursor.rest()).unwrap_or_default()),
        26 => format!("SD({:#x})", cursor.u8()?),
        29 => format!("eMMC({:#x})", cursor.u8()?),
        _ => return None,
    })
}

fn media(subtype: u8, mut cursor: Cursor<'_>) -> Option<String> {
    Some(match subtype {
        1 => hard_drive(cursor)?,
        2 => {
            let (entry, start, size) = (cursor.u32()?, cursor.u64()?, cursor.u64()?);
            format!("CDROM({entry:#x},{start:#x},{size:#x})")
        }
        3 => vendor("VenMedia", cursor)?,
        4 => text::lossy(cursor.rest()),
        6 => format!("FvFile({})", guid::text(cursor.guid()?)),
        7 => format!("Fv({})", guid::text(cursor.guid()?)),
        8 => {
            cursor.u32()?;
            let (start, end) = (cursor.u64()?, cursor.u64()?);
            format!("Offset({start:#x},{end:#x})")
        }
        _ => return None,
    })
}

fn hard_drive(mut cursor: Cursor<'_>) -> Option<String> {
    let (number, start, size) = (cursor.u32()?, cursor.u64()?, cursor.u64()?);
    let signature = cursor.guid()?;
    let (_, signature_kind) = (cursor.u8()?, cursor.u8()?);
    let partition = match signature_kind {
        1 => {
            let [a, b, c, d, ..] = signature;
            format!("MBR,{:#010x}", u32::from_le_bytes([a, b, c, d]))
        }
        2 => format!("GPT,{}", guid::text(signature)),
        _ => format!("{signature_kind},{}", hex::encode(signature)),
    };
    Some(format!("HD({number},{partition},{start:#x},{size:#x})"))
}

fn bios_boot(mut cursor: Cursor<'_>) -> Option<String> {
    let kind = cursor.u16()?;
    cursor.u16()?;
    let name = text::of(cursor.rest()).unwrap_or_default();
    let known = match kind {
        1 => "Floppy",
        2 => "HD",
        3 => "CDROM",
        4 => "PCMCIA",
        5 => "USB",
        6 => "Network",
        _ => return Some(format!("BBS({kind:#x},{name})")),
    };
    Some(format!("BBS({known},{name})"))
}

fn vendor(word: &str, mut cursor: Cursor<'_>) -> Option<String> {
    let guid = guid::text(cursor.guid()?);
    let data = cursor.rest();
    Some(if data.is_empty() {
        format!("{word}({guid})")
    } else {
        format!("{word}({guid},{})", hex::encode(data))
    })
}
