use crate::bootlog::decode::{Value, explain};
use crate::bootlog::kind;
use crate::bootlog::log::Event;

fn said(kind: u32, data: &[u8]) -> (String, Option<Value>) {
    let explained = explain(&Event { number: 1, offset: 0, pcr: 0, kind, digests: Vec::new(), data });
    (explained.description, explained.decoded)
}

fn line(kind: u32, data: &[u8]) -> String {
    said(kind, data).0
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A member of a decoded object.
fn member<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    let Some(Value::Object(members)) = value else { return None };
    members.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn variable(guid: &str, name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = hex::decode(guid.replace('-', "")).unwrap();
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    let name = utf16(name);
    bytes.extend((name.len() as u64 / 2).to_le_bytes());
    bytes.extend((value.len() as u64).to_le_bytes());
    [bytes, name, value.to_vec()].concat()
}

const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

fn signature_list(kind: &str, signatures: &[&[u8]]) -> Vec<u8> {
    let guid = &variable(kind, "", b"")[..16];
    let each = 16 + signatures.first().map_or(0, |signature| signature.len());
    let size = 28 + each * signatures.len();
    let mut list = guid.to_vec();
    list.extend([size, 0, each].iter().flat_map(|number| u32::try_from(*number).unwrap().to_le_bytes()));
    for signature in signatures {
        list.extend([7; 16]);
        list.extend(*signature);
    }
    list
}

#[test]
fn undecodable_data_says_so_and_stays_hex() {
    assert_eq!(said(kind::EFI_GPT_EVENT, b"\x01\x02"), ("2 bytes, not decoded: 0102".into(), None));
    assert_eq!(
        line(kind::EFI_HANDOFF_TABLES, &[9; 40]),
        format!("40 bytes, not decoded: {}…", "09".repeat(32))
    );
    assert_eq!(line(0xc, b""), "no data");
}

#[test]
fn text_in_both_encodings() {
    assert_eq!(line(kind::IPL, b"grub_cmd: boot\0"), "grub_cmd: boot");
    assert_eq!(line(kind::IPL, b"MokList\0j"), "MokList");
    assert_eq!(line(kind::IPL, &utf16("quiet \u{e9}\0")), "quiet é");
    assert_eq!(line(kind::IPL, b"a\0b\x01"), "4 bytes, not decoded: 61006201");
    assert!(line(kind::IPL, &[0x42; 19]).starts_with("BBBB"));
    assert!(line(kind::IPL, &[0x9a; 20]).contains("not decoded"));
    assert_eq!(line(kind::S_CRTM_VERSION, &utf16("N24ET56W \0")), "N24ET56W ");
    assert_eq!(line(kind::S_CRTM_VERSION, &[0, 0]), "no version");
}

#[test]
fn variables_of_secure_boot() {
    assert_eq!(
        line(kind::EFI_VARIABLE_DRIVER_CONFIG, &variable(GLOBAL, "SecureBoot", &[1])),
        "SecureBoot: on"
    );
    assert_eq!(line(kind::EFI_VARIABLE_DRIVER_CONFIG, &variable(GLOBAL, "PK", &[])), "PK: not set");
    let x509 = signature_list("a5c059a1-94e4-4aa7-87b5-ab155c2bf072", &[b"one", b"two"]);
    let sha256 = signature_list("c1c41626-504c-4092-aca9-41f936934328", &[&[1; 32]]);
    let data = variable(GLOBAL, "db", &[x509, sha256].concat());
    let (described, decoded) = said(kind::EFI_VARIABLE_DRIVER_CONFIG, &data);
    assert_eq!(described, "db: 2 x509, 1 sha256");
    let Some(Value::List(certificates)) = member(decoded.as_ref(), "certificates") else {
        panic!("{decoded:?}")
    };
    assert_eq!(member(Some(&certificates[1]), "certificate"), Some(&Value::Bytes(b"two".to_vec())));
    let damaged = variable(GLOBAL, "db", &[1; 30]);
    assert_eq!(line(kind::EFI_VARIABLE_DRIVER_CONFIG, &damaged), "db: 30 bytes");
}

#[test]
fn variables_of_the_boot_menu() {
    assert_eq!(
        line(kind::EFI_VARIABLE_BOOT, &variable(GLOBAL, "BootOrder", &[1, 0, 0x1a, 0])),
        "BootOrder: 0001, 001A"
    );
    let path = [&[4, 4, 14, 0][..], &utf16(r"\EFI\"), &[0x7f, 0xff, 4, 0]].concat();
    let option = [
        &1_u32.to_le_bytes()[..],
        &u16::try_from(path.len()).unwrap().to_le_bytes(),
        &utf16("Linux\0"),
        &path,
    ]
    .concat();
    let data = variable(GLOBAL, "Boot0001", &option);
    assert_eq!(line(kind::EFI_VARIABLE_BOOT, &data), r#"Boot0001: "Linux" \EFI\"#);
    let mut inactive = option.clone();
    inactive[0] = 0;
    inactive.extend(utf16("splash\0"));
    let (described, decoded) = said(kind::EFI_VARIABLE_BOOT, &variable(GLOBAL, "Boot0001", &inactive));
    assert_eq!(described, r#"Boot0001: "Linux" \EFI\ (inactive)"#);
    assert_eq!(member(decoded.as_ref(), "optional-text"), Some(&Value::Text("splash".into())));
}

#[test]
fn device_paths() {
    let path = hex::decode(concat!(
        "02010c00d041030a00000000", // PciRoot(0x0)
        "01010600021f",             // Pci(0x1f,0x2)
        "03120a00010002000300",     // Sata
        "04012a00010000000008000000000000000010000000000003bb234daf1f1145bfce9bf24745107b0202",
        "7f010400", // another instance
        "7e0106000102",
        "7fff0400",
    ));
    let path = path.unwrap();
    let data = [&[0; 24][..], &(path.len() as u64).to_le_bytes(), &path].concat();
    assert_eq!(
        line(kind::EFI_BOOT_SERVICES_APPLICATION, &data),
        "PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x1,0x2,0x3)/HD(1,GPT,4d23bb03-1faf-4511-bfce-9bf24745107b,0x800,0x100000),\
         Path(126,1,0102)"
    );
    // A node that is shorter than its own head.
    let short = [&[0; 24][..], &4_u64.to_le_bytes(), &[1, 1, 3, 0]].concat();
    assert!(line(kind::EFI_BOOT_SERVICES_APPLICATION, &short).contains("not decoded"));
}

#[test]
fn partition_tables() {
    let mut header = b"EFI PART".to_vec();
    header.resize(92, 0);
    header[84] = 128;
    let mut entry = variable("0fc63daf-8483-4772-8e79-3d69d8477de4", "", b"")[..16].to_vec();
    entry.extend([5; 16]);
    entry.extend([2048_u64, 4095, 0].iter().flat_map(|number| number.to_le_bytes()));
    entry.extend(utf16("root"));
    entry.resize(128, 0);
    let data = [&header[..], &1_u64.to_le_bytes(), &entry].concat();
    let (described, decoded) = said(kind::EFI_GPT_EVENT, &data);
    assert_eq!(described, "disk 00000000-0000-0000-0000-000000000000, 1 partitions");
    let Some(Value::List(partitions)) = member(decoded.as_ref(), "partitions") else { panic!("{decoded:?}") };
    let partition = Some(&partitions[0]);
    assert_eq!(member(partition, "name"), Some(&Value::Text("root".into())));
    assert_eq!(member(partition, "type-name"), Some(&Value::Text("Linux filesystem".into())));
    assert_eq!(member(partition, "bytes-of-512-byte-blocks"), Some(&Value::Number(1 << 20)));
}

#[test]
fn firmware_and_its_tables() {
    let place = [0x82_0000_u64.to_le_bytes(), 0xe_0000_u64.to_le_bytes()].concat();
    assert_eq!(line(kind::EFI_PLATFORM_FIRMWARE_BLOB, &place), "0xe0000 bytes of firmware at 0x820000");
    let named = [&b"\x03FV0"[..], &place].concat();
    assert_eq!(line(kind::EFI_PLATFORM_FIRMWARE_BLOB2, &named), "FV0: 0xe0000 bytes of firmware at 0x820000");
    assert_eq!(line(kind::POST_CODE, b"ACPI DATA"), "ACPI DATA");
    assert_eq!(line(kind::POST_CODE, &place), "0xe0000 bytes of firmware at 0x820000");
    let guid = &variable("f2fd1544-9794-4a2c-992e-e5bbcf20e394", "", b"")[..16];
    let tables = [&1_u64.to_le_bytes()[..], guid, &0x7f00_u64.to_le_bytes()].concat();
    assert_eq!(line(kind::EFI_HANDOFF_TABLES, &tables), "configuration tables: SMBIOS 3");
}

#[test]
fn events_that_extend_nothing() {
    assert_eq!(line(kind::NO_ACTION, b"StartupLocality\0\x03"), "PCR 0 starts as 3: started from locality 3");
    assert_eq!(line(kind::NO_ACTION, b"SP800-155 Event\0rest"), "SP800-155 Event");
}

#[test]
fn tags_of_linux() {
    let tagged = |id: u32, data: &[u8]| {
        let size = u32::try_from(data.len()).unwrap();
        line(kind::EVENT_TAG, &[&id.to_le_bytes()[..], &size.to_le_bytes(), data].concat())
    };
    assert_eq!(
        tagged(0x8f3b_22ed, b"LOADED_IMAGE::LoadOptions\0"),
        "Linux load options: LOADED_IMAGE::LoadOptions"
    );
    assert_eq!(tagged(0x8f3b_22ec, b"Linux initrd\0"), "Linux initrd");
    assert_eq!(tagged(7, &[0, 1]), "tag 0x00000007, 2 bytes");
}

#[test]
fn a_key_that_vouched_for_an_image() {
    const DATABASE: &str = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
    let certificate = [&[0x30, 0x82, 0, 3][..], b"abc"].concat();
    let owned = [&[7; 16][..], &certificate].concat();
    for value in [&certificate, &owned] {
        let (described, decoded) = said(kind::EFI_VARIABLE_AUTHORITY, &variable(DATABASE, "db", value));
        assert_eq!(described, "db: a certificate");
        assert!(member(decoded.as_ref(), "certificates").is_some());
    }
    let digest = variable(DATABASE, "db", &[3; 48]);
    assert!(line(kind::EFI_VARIABLE_AUTHORITY, &digest).contains(&"03".repeat(32)));
}
