//! Keys of secure boot: lists of signatures (UEFI 2.10, section 32.4.1, `EFI_SIGNATURE_LIST`), and the single signature
//! that vouched for an image (`EFI_SIGNATURE_DATA`, with or without its owner).

use super::{MAX_ITEMS, Value};
use crate::bootlog::cursor::Cursor;
use crate::bootlog::guid;

/// The lists in a variable such as `db`: how many signatures of which type, and every certificate.
///
/// None where the data is no sequence of lists.
pub(super) fn lists(data: &[u8]) -> Option<(String, Vec<(&'static str, Value)>)> {
    let mut cursor = Cursor::new(data);
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut certificates = Vec::new();
    while !cursor.rest().is_empty() {
        let (kind, signatures) = list(&mut cursor)?;
        let (size, bytes) = signatures;
        let count = bytes.len() / size;
        for signature in bytes.chunks_exact(size).take(MAX_ITEMS) {
            if kind == guid::X509 && certificates.len() < MAX_ITEMS {
                certificates.push(certificate(signature)?);
            }
        }
        let name = guid::name(&kind).map_or(kind.clone(), str::to_owned);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, total)) => *total += count,
            None => counts.push((name, count)),
        }
    }
    let line = match &counts[..] {
        [] => "empty".to_owned(),
        counts => counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", "),
    };
    let counts = counts
        .into_iter()
        .map(|(name, count)| Value::Object(vec![("type", name.into()), ("count", count.into())]));
    let mut parts = vec![("signatures", Value::List(counts.collect()))];
    if !certificates.is_empty() {
        parts.push(("certificates", Value::List(certificates)));
    }
    Some((line, parts))
}

type Signatures<'a> = (usize, &'a [u8]);

/// Type of the next list, the size of each of its signatures, and all of them.
fn list<'a>(cursor: &mut Cursor<'a>) -> Option<(String, Signatures<'a>)> {
    const HEAD: u32 = 28;
    let kind = guid::text(cursor.guid()?);
    let (size, header, each) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
    let signatures = size.checked_sub(HEAD)?.checked_sub(header)?;
    cursor.take_long(header.into())?;
    let bytes = cursor.take_long(signatures.into())?;
    // At least the owner; a list that does not divide evenly is damaged.
    (each >= 16 && signatures.is_multiple_of(each)).then_some((kind, (each as usize, bytes)))
}

/// `EFI_SIGNATURE_DATA` that holds a certificate.
fn certificate(signature: &[u8]) -> Option<Value> {
    let mut cursor = Cursor::new(signature);
    let owner = guid::text(cursor.guid()?);
    let mut parts = Vec::new();
    parts.extend(guid::name(&owner).map(|name| ("owner-name", name.into())));
    parts.push(("owner", owner.into()));
    parts.push(("certificate", Value::Bytes(cursor.rest().to_vec())));
    Some(Value::Object(parts))
}

/// The key that vouched for an image: a certificate behind its owner or, as shim logged it, alone; or a SHA-256 digest.
pub(super) fn authority(data: &[u8]) -> Option<(String, Vec<(&'static str, Value)>)> {
    let one = |value| vec![("certificates", Value::List(vec![value]))];
    if is_der(data) {
        return Some((
            "a certificate".into(),
            one(Value::Object(vec![("certificate", Value::Bytes(data.to_vec()))])),
        ));
    }
    if is_der(data.get(16..)?) {
        return Some(("a certificate".into(), one(certificate(data)?)));
    }
    let digest = data.get(16..).filter(|digest| digest.len() == 32)?;
    let line = format!("the SHA-256 digest {} of the image", hex::encode(digest));
    Some((line, vec![("sha256", hex::encode(digest).into())]))
}

/// Whether `data` begins as a certificate does: a SEQUENCE of a length in two bytes that is all there is, or nearly.
fn is_der(data: &[u8]) -> bool {
    matches!(data, [0x30, 0x82, high, low, rest @ ..] if usize::from(u16::from_be_bytes([*high, *low])) <= rest.len())
}
