//! Event types (PFP 1.06, section 10.4.1; UEFI types from section 10.4.2 on).

/// Informational, never extended.
pub const NO_ACTION: u32 = 3;
/// End of one phase of the boot in a PCR.
pub const SEPARATOR: u32 = 4;
/// Text of what the firmware did.
pub const ACTION: u32 = 5;
/// A number, a size and data of whoever logged it.
pub const EVENT_TAG: u32 = 6;
/// Version of the code that measures first.
pub const S_CRTM_VERSION: u32 = 8;
/// Text of a boot loader.
pub const IPL: u32 = 0xd;
/// Data of a boot loader.
pub const IPL_PARTITION_DATA: u32 = 0xe;
/// Text that says that boot attempts are not logged.
pub const OMIT_BOOT_DEVICE_EVENTS: u32 = 0x12;
/// Name or place of code of the platform.
pub const POST_CODE: u32 = 1;
/// The same with a description.
pub const POST_CODE2: u32 = 0x13;
/// A variable that decides about what may run.
pub const EFI_VARIABLE_DRIVER_CONFIG: u32 = 0x8000_0001;
/// A variable of the boot menu; its data alone is hashed.
pub const EFI_VARIABLE_BOOT: u32 = 0x8000_0002;
/// A boot loader or another application.
pub const EFI_BOOT_SERVICES_APPLICATION: u32 = 0x8000_0003;
/// A driver for the time of boot.
pub const EFI_BOOT_SERVICES_DRIVER: u32 = 0x8000_0004;
/// A driver that stays.
pub const EFI_RUNTIME_SERVICES_DRIVER: u32 = 0x8000_0005;
/// The partition table that was booted from.
pub const EFI_GPT_EVENT: u32 = 0x8000_0006;
/// Text of what the firmware did.
pub const EFI_ACTION: u32 = 0x8000_0007;
/// Place of a firmware volume.
pub const EFI_PLATFORM_FIRMWARE_BLOB: u32 = 0x8000_0008;
/// Places of configuration tables.
pub const EFI_HANDOFF_TABLES: u32 = 0x8000_0009;
/// Place of a firmware volume, with a description.
pub const EFI_PLATFORM_FIRMWARE_BLOB2: u32 = 0x8000_000a;
/// Places of configuration tables, with a description.
pub const EFI_HANDOFF_TABLES2: u32 = 0x8000_000b;
/// A variable of the boot menu, hashed whole.
pub const EFI_VARIABLE_BOOT2: u32 = 0x8000_000c;
/// The partition table without the disk's own identifiers.
pub const EFI_GPT_EVENT2: u32 = 0x8000_000d;
/// The key that vouched for an image.
pub const EFI_VARIABLE_AUTHORITY: u32 = 0x8000_00e0;

const NAMES: [(u32, &str); 41] = [
    (0, "EV_PREBOOT_CERT"),
    (POST_CODE, "EV_POST_CODE"),
    (2, "EV_UNUSED"),
    (NO_ACTION, "EV_NO_ACTION"),
    (SEPARATOR, "EV_SEPARATOR"),
    (ACTION, "EV_ACTION"),
    (EVENT_TAG, "EV_EVENT_TAG"),
    (7, "EV_S_CRTM_CONTENTS"),
    (S_CRTM_VERSION, "EV_S_CRTM_VERSION"),
    (9, "EV_CPU_MICROCODE"),
    (0xa, "EV_PLATFORM_CONFIG_FLAGS"),
    (0xb, "EV_TABLE_OF_DEVICES"),
    (0xc, "EV_COMPACT_HASH"),
    (IPL, "EV_IPL"),
    (IPL_PARTITION_DATA, "EV_IPL_PARTITION_DATA"),
    (0xf, "EV_NONHOST_CODE"),
    (0x10, "EV_NONHOST_CONFIG"),
    (0x11, "EV_NONHOST_INFO"),
    (OMIT_BOOT_DEVICE_EVENTS, "EV_OMIT_BOOT_DEVICE_EVENTS"),
    (POST_CODE2, "EV_POST_CODE2"),
    (0x8000_0000, "EV_EFI_EVENT_BASE"),
    (EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG"),
    (EFI_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT"),
    (EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION"),
    (EFI_BOOT_SERVICES_DRIVER, "EV_EFI_BOOT_SERVICES_DRIVER"),
    (EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER"),
    (EFI_GPT_EVENT, "EV_EFI_GPT_EVENT"),
    (EFI_ACTION, "EV_EFI_ACTION"),
    (EFI_PLATFORM_FIRMWARE_BLOB, "EV_EFI_PLATFORM_FIRMWARE_BLOB"),
    (EFI_HANDOFF_TABLES, "EV_EFI_HANDOFF_TABLES"),
    (EFI_PLATFORM_FIRMWARE_BLOB2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"),
    (EFI_HANDOFF_TABLES2, "EV_EFI_HANDOFF_TABLES2"),
    (EFI_VARIABLE_BOOT2, "EV_EFI_VARIABLE_BOOT2"),
    (EFI_GPT_EVENT2, "EV_EFI_GPT_EVENT2"),
    (0x8000_0010, "EV_EFI_HCRTM_EVENT"),
    (EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY"),
    (0x8000_00e1, "EV_EFI_SPDM_FIRMWARE_BLOB"),
    (0x8000_00e2, "EV_EFI_SPDM_FIRMWARE_CONFIG"),
    (0x8000_00e3, "EV_EFI_SPDM_DEVICE_POLICY"),
    (0x8000_00e4, "EV_EFI_SPDM_DEVICE_AUTHORITY"),
    (0x8000_00e5, "EV_EFI_SPDM_DEVICE_BLOB"),
];

/// Name of an event type, such as `EV_SEPARATOR`; None for one of a vendor or of a later specification.
#[must_use]
pub fn name(kind: u32) -> Option<&'static str> {
    NAMES.iter().find(|(number, _)| *number == kind).map(|(_, name)| *name)
}
