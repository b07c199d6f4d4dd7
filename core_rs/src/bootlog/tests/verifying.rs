use super::made::MadeEvent;
use crate::bootlog::kind;
use crate::bootlog::log::{Digest, Event};
use crate::bootlog::verify::{Outcome, check};

fn outcome(made: &MadeEvent) -> Outcome {
    let digests = made.digests.iter().map(|(algorithm, value)| Digest { algorithm: *algorithm, value });
    check(&Event {
        number: 1,
        offset: 0,
        pcr: made.pcr,
        kind: made.kind,
        digests: digests.collect(),
        data: &made.data,
    })
}

fn hashed(kind: u32, data: &[u8], hashed: &[u8]) -> Outcome {
    outcome(&MadeEvent::hashed(0, kind, data, hashed))
}

fn variable(name: &str, value: &[u8]) -> Vec<u8> {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let lengths = [(name.len() as u64 / 2).to_le_bytes(), (value.len() as u64).to_le_bytes()].concat();
    [&[1; 16][..], &lengths, &name, value].concat()
}

#[test]
fn data_that_must_be_hashed() {
    for kind in [kind::SEPARATOR, kind::ACTION, kind::EFI_ACTION, kind::S_CRTM_VERSION, kind::EFI_GPT_EVENT] {
        assert_eq!(hashed(kind, b"data", b"data"), Outcome::Of("event data"));
        assert_eq!(hashed(kind, b"data", b"other"), Outcome::Mismatch);
    }
    assert_eq!(hashed(kind::EFI_ACTION, b"text\0", b"text"), Outcome::Of("event data without its final NUL"));
    assert_eq!(hashed(kind::SEPARATOR, b"\x05\0\0\0", b"\x01\0\0\0"), Outcome::Of("the error separator"));
}

#[test]
fn variables() {
    let data = variable("db", b"value");
    for kind in [kind::EFI_VARIABLE_DRIVER_CONFIG, kind::EFI_VARIABLE_AUTHORITY, kind::EFI_VARIABLE_BOOT2] {
        assert_eq!(hashed(kind, &data, &data), Outcome::Of("event data"));
        assert_eq!(hashed(kind, &data, b"value"), Outcome::Mismatch);
        let longer = [&data[..], b"j"].concat();
        assert_eq!(hashed(kind, &longer, &data), Outcome::Of("event data without trailing bytes"));
        assert_eq!(hashed(kind, &data, &data[..data.len() - 1]), Outcome::Mismatch);
    }
    assert_eq!(hashed(kind::EFI_VARIABLE_BOOT, &data, b"value"), Outcome::Of("value of the variable"));
    assert_eq!(hashed(kind::EFI_VARIABLE_BOOT, &data, b"valuE"), Outcome::Mismatch);
}

#[test]
fn text_of_a_boot_loader() {
    assert_eq!(hashed(kind::IPL, b"grub_cmd: boot\0", b"boot"), Outcome::Of("text after its prefix"));
    assert_eq!(hashed(kind::IPL, b"grub_cmd: boot\0", b"linux /evil"), Outcome::Mismatch);
    assert_eq!(hashed(kind::IPL, b"kernel_cmdline: a\0", b"a\0b"), Outcome::Mismatch);
    assert_eq!(hashed(kind::IPL, b"/boot/vmlinuz\0", b"content of the file"), Outcome::Unknown);
    assert_eq!(hashed(kind::IPL, b"q\0u\0i\0e\0t\0\0\0", b"q\0u\0i\0e\0t\0\0\0"), Outcome::Of("event data"));
}

#[test]
fn what_the_log_cannot_tell() {
    assert_eq!(hashed(kind::EFI_BOOT_SERVICES_APPLICATION, b"path", b"image"), Outcome::Unknown);
    assert_eq!(hashed(kind::EVENT_TAG, b"\x01\0\0\0\x02\0\0\0ab", b"ab"), Outcome::Of("data behind the tag"));
    assert_eq!(hashed(kind::EVENT_TAG, b"\x01\0\0\0\x02\0\0\0ab", b"initrd"), Outcome::Unknown);
    assert_eq!(hashed(kind::NO_ACTION, b"data", b"data"), Outcome::Unknown);
    let strange = MadeEvent { pcr: 0, kind: kind::ACTION, digests: vec![(0x7777, vec![1; 7])], data: vec![] };
    assert_eq!(outcome(&strange), Outcome::Unknown);
}

#[test]
fn banks_that_disagree_are_a_mismatch() {
    let mut made = MadeEvent::hashed(4, kind::EFI_BOOT_SERVICES_APPLICATION, b"x", b"x");
    made.digests[1].1[0] ^= 1;
    assert_eq!(outcome(&made), Outcome::Mismatch);
}
