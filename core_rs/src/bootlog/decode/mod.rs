//! Event data made readable: a line of description, and the parts by name.
//!
//! The data is what whoever logged it claims; only [`super::verify`] ties it to what was extended.

mod device_path;
mod firmware;
mod gpt;
mod images;
mod no_action;
mod signatures;
pub(super) mod tagged;
mod value;
pub(super) mod variable;

pub use value::Value;

use super::{kind, log::Event, text};

/// Bytes of undecoded data that a description quotes.
const QUOTED: usize = 32;
/// Most items of a list that are decoded one by one; the rest is counted.
const MAX_ITEMS: usize = 128;

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// One line, or several where the log's own text has several.
    pub description: String,
    /// The parts of the data by name; None where its format is not known or the data does not follow it.
    pub decoded: Option<Value>,
}

impl Explained {
    fn new(description: impl Into<String>, parts: Vec<(&'static str, Value)>) -> Self {
        Self { description: description.into(), decoded: Some(Value::Object(parts)) }
    }
}

/// Explain the data of an event; what cannot be decoded is said to be so and quoted in hex.
#[must_use]
pub fn explain(event: &Event<'_>) -> Explained {
    let (data, kind) = (event.data, event.kind);
    let decoded = match kind {
        kind::NO_ACTION => no_action::explain(data),
        kind::SEPARATOR => separator(data),
        kind::EVENT_TAG => tagged::explain(data),
        kind::EFI_VARIABLE_DRIVER_CONFIG
        | kind::EFI_VARIABLE_BOOT
        | kind::EFI_VARIABLE_BOOT2
        | kind::EFI_VARIABLE_AUTHORITY => variable::explain(data, kind),
        kind::EFI_GPT_EVENT | kind::EFI_GPT_EVENT2 => gpt::explain(data),
        kind::EFI_BOOT_SERVICES_APPLICATION
        | kind::EFI_BOOT_SERVICES_DRIVER
        | kind::EFI_RUNTIME_SERVICES_DRIVER => images::explain(data),
        kind::EFI_PLATFORM_FIRMWARE_BLOB | kind::EFI_PLATFORM_FIRMWARE_BLOB2 => firmware::blob(data, kind),
        kind::EFI_HANDOFF_TABLES | kind::EFI_HANDOFF_TABLES2 => firmware::tables(data, kind),
        kind::POST_CODE | kind::POST_CODE2 => firmware::post_code(data, kind),
        kind::S_CRTM_VERSION => version(data),
        _ => plain_text(data),
    };
    decoded.unwrap_or_else(|| undecoded(data))
}

fn separator(data: &[u8]) -> Option<Explained> {
    let value = u32::from_le_bytes(data.try_into().ok()?);
    // PFP 1.06, section 10.4.1, EV_SEPARATOR; 1 is what an error extends.
    let meaning = match value {
        0 | u32::MAX => "end of the firmware's own measurements",
        1 => "an error of the firmware",
        _ => return None,
    };
    Some(Explained::new(meaning, vec![("separator", Value::Number(value.into()))]))
}

/// Text, or the GUID that stands for a version.
fn version(data: &[u8]) -> Option<Explained> {
    if data.iter().all(|byte| *byte == 0) {
        return Some(Explained::new("no version", vec![("text", Value::Text(String::new()))]));
    }
    plain_text(data).or_else(|| {
        let guid = super::guid::text(data.try_into().ok()?);
        Some(Explained::new(guid.clone(), vec![("guid", Value::Text(guid))]))
    })
}

fn plain_text(data: &[u8]) -> Option<Explained> {
    let text = text::of(data)?;
    Some(Explained::new(text.clone(), vec![("text", Value::Text(text))]))
}

fn undecoded(data: &[u8]) -> Explained {
    if data.is_empty() {
        return Explained { description: "no data".into(), decoded: None };
    }
    let quoted = hex::encode(&data[..data.len().min(QUOTED)]);
    let more = if data.len() > QUOTED { "…" } else { "" };
    let description = format!("{} bytes, not decoded: {quoted}{more}", data.len());
    Explained { description, decoded: None }
}
