//! What decoders return: a tree that every caller can turn into its own values.

/// A decoded part.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Bytes whose own format is left to the caller.
    Bytes(Vec<u8>),
    /// Values of one kind.
    List(Vec<Value>),
    /// Named values, in the order of the format.
    Object(Vec<(&'static str, Value)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

/// An address or a size as firmware people read it.
pub(super) fn address(number: u64) -> Value {
    Value::Text(format!("{number:#x}"))
}
