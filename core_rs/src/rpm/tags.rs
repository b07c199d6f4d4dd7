//! Numbers of the header tags that are read (rpm, `include/rpm/rpmtag.h`).

/// Marks the part of a signature header that was written whole.
pub const HEADER_SIGNATURES: u32 = 62;
/// Marks the part of a header that signatures cover.
pub const HEADER_IMMUTABLE: u32 = 63;

/// Tags that live in a signature header, and beside the immutable region in a database.
pub mod signature {
    /// `OpenPGP` signature of header and payload, RSA, as a database names it.
    pub const SIGPGP: u32 = 259;
    /// The same made with DSA.
    pub const SIGGPG: u32 = 262;
    /// `OpenPGP` signature of the header, DSA or `EdDSA`.
    pub const DSA_HEADER: u32 = 267;
    /// `OpenPGP` signature of the header, RSA.
    pub const RSA_HEADER: u32 = 268;
    /// SHA-1 of the header, hex.
    pub const SHA1_HEADER: u32 = 269;
    /// SHA-256 of the header, hex.
    pub const SHA256_HEADER: u32 = 273;
    /// `OpenPGP` signatures of the header, base64, any number of them (rpm 6).
    pub const OPENPGP: u32 = 278;
    /// [`SIGPGP`] as a package file names it.
    pub const FILE_PGP: u32 = 1002;
    /// [`SIGGPG`] as a package file names it.
    pub const FILE_GPG: u32 = 1005;
}

pub const NAME: u32 = 1000;
pub const VERSION: u32 = 1001;
pub const RELEASE: u32 = 1002;
pub const EPOCH: u32 = 1003;
pub const SIZE: u32 = 1009;
pub const ARCH: u32 = 1022;
pub const OLD_FILENAMES: u32 = 1027;
pub const FILE_SIZES: u32 = 1028;
pub const FILE_MODES: u32 = 1030;
pub const FILE_RDEVS: u32 = 1033;
pub const FILE_DIGESTS: u32 = 1035;
pub const FILE_LINKTOS: u32 = 1036;
pub const FILE_FLAGS: u32 = 1037;
pub const FILE_USERNAME: u32 = 1039;
pub const FILE_GROUPNAME: u32 = 1040;
pub const SOURCE_RPM: u32 = 1044;
pub const FILE_VERIFY_FLAGS: u32 = 1045;
pub const DIR_INDEXES: u32 = 1116;
pub const BASENAMES: u32 = 1117;
pub const DIRNAMES: u32 = 1118;
pub const LONG_FILE_SIZES: u32 = 5008;
pub const LONG_SIZE: u32 = 5009;
pub const FILE_CAPS: u32 = 5010;
pub const FILE_DIGEST_ALGO: u32 = 5011;
