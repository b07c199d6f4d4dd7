//! GUIDs as UEFI writes them, and the names of those that appear in event logs.

// Variable namespaces (UEFI 2.10, sections 3.3 and 32.6; shim's SHIM_LOCK), signature types (UEFI 2.10, section 32.4.1),
// configuration tables (section 4.6), partition types (section 5.3.3; UAPI Discoverable Partitions).
const NAMES: [(&str, &str); 27] = [
    ("8be4df61-93ca-11d2-aa0d-00e098032b8c", "EFI global variable"),
    ("d719b2cb-3d3a-4596-a3bc-dad00e67656f", "image security database"),
    ("605dab50-e046-4300-abb6-3dd810dd8b23", "shim"),
    ("77fa9abd-0359-4d32-bd60-28f4e78f784b", "Microsoft"),
    ("4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", "systemd-boot"),
    (X509, "x509"),
    (SHA256, "sha256"),
    ("3c5766e8-269c-4e34-aa14-ed776e85b3b6", "rsa2048"),
    ("826ca512-cf10-4ac9-b187-be01496631bd", "sha1"),
    ("ff3e5307-9fd0-48c9-85f1-8ad56c701e01", "sha384"),
    ("093e0fae-a6c4-4f50-9f1b-d41e2b89c19a", "sha512"),
    ("3bd2a492-96c0-4079-b420-fcf98ef103ed", "x509-sha256"),
    ("7076876e-80c2-4ee6-aad2-28b349a6865b", "x509-sha384"),
    ("446dbf63-2502-4cda-bcfa-2465d2b0fe9d", "x509-sha512"),
    ("eb9d2d31-2d88-11d3-9a16-0090273fc14d", "SMBIOS"),
    ("f2fd1544-9794-4a2c-992e-e5bbcf20e394", "SMBIOS 3"),
    ("8868e871-e4f1-11d3-bc22-0080c73c8881", "ACPI 2.0"),
    ("eb9d2d30-2d88-11d3-9a16-0090273fc14d", "ACPI 1.0"),
    ("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system partition"),
    ("21686148-6449-6e6f-744e-656564454649", "BIOS boot partition"),
    ("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "Microsoft basic data"),
    ("e3c9e316-0b5c-4db8-817d-f92df00215ae", "Microsoft reserved"),
    ("de94bba4-06d1-4d40-a16a-bfd50179d6ac", "Windows recovery"),
    ("0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux filesystem"),
    ("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap"),
    ("e6d6d379-f507-44c2-a23c-238f2a3df928", "Linux LVM"),
    ("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "Linux root (x86-64)"),
];

/// Type of a signature list that holds certificates.
pub(super) const X509: &str = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072";
/// Type of a signature list that holds SHA-256 digests of images.
pub(super) const SHA256: &str = "c1c41626-504c-4092-aca9-41f936934328";

/// Lower-case text of a GUID; its first three fields are little-endian (UEFI 2.10, appendix A).
pub(super) fn text(guid: [u8; 16]) -> String {
    let mut bytes = guid;
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    let digits = hex::encode(bytes);
    let (head, tail) = digits.split_at(16);
    format!("{}-{}-{}-{}-{}", &head[..8], &head[8..12], &head[12..], &tail[..4], &tail[4..])
}

/// What the GUID in this text stands for.
pub(super) fn name(text: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == text).map(|(_, name)| *name)
}
