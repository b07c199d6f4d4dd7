//! List to JSON.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use struson::writer::{JsonStreamWriter, JsonWriter};

use crate::error::Result;
use crate::ima::Summary;
use crate::ima::compact::{self, Options};
use crate::ima::entries::Entries;
use crate::ima::filter::Filter;
use crate::ima::format::Format;
use crate::ima::list::{Entry, output_error};
use crate::ima::template::{Endian, Readable};

/// How the events follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One JSON array.
    Array,
    /// One object per line, for line-wise tools.
    Lines,
}

/// Write every entry of `list` that `filter` takes as an object; the summary counts those alone.
pub fn write_events<W: Write>(
    list: &mut impl Entries,
    mut out: W,
    layout: Layout,
    filter: &Filter,
) -> Result<Summary> {
    let (format, start) = (list.format()?, list.offset());
    let mut summary = Summary::default();
    let mut scratch = String::new();
    if layout == Layout::Lines {
        while let Some(entry) = list.next_entry()? {
            if !filter.takes_entry(&entry, format) {
                continue;
            }
            write_line(&mut out, &entry, format, &mut scratch).map_err(output_error)?;
            summary.entries += 1;
            summary.first_event.get_or_insert(entry.number);
        }
    } else {
        let mut json = JsonStreamWriter::new(&mut out);
        json.begin_array().map_err(output_error)?;
        while let Some(entry) = list.next_entry()? {
            if !filter.takes_entry(&entry, format) {
                continue;
            }
            write_event(&mut json, &entry, format, &mut scratch).map_err(output_error)?;
            summary.entries += 1;
            summary.first_event.get_or_insert(entry.number);
        }
        json.end_array().map_err(output_error)?;
        json.finish_document().map_err(output_error)?;
    }
    out.flush().map_err(output_error)?;
    summary.list_bytes = list.offset() - start;
    Ok(summary)
}

/// Write `list` as a JSON array of base64 compact blocks, each with its length before it.
pub fn write_blocks<W: Write>(list: &mut impl Entries, mut out: W, options: &Options) -> Result<Summary> {
    let mut json = JsonStreamWriter::new(&mut out);
    json.begin_array().map_err(output_error)?;
    let summary = compact::for_each_block(list, options, |block| {
        json.string_value(&STANDARD.encode(block)).map_err(output_error)
    })?;
    json.end_array().map_err(output_error)?;
    json.finish_document().map_err(output_error)?;
    out.flush().map_err(output_error)?;
    Ok(summary)
}

fn write_line<W: Write>(
    out: &mut W,
    entry: &Entry<'_>,
    format: Format,
    scratch: &mut String,
) -> io::Result<()> {
    let mut json = JsonStreamWriter::new(&mut *out);
    write_event(&mut json, entry, format, scratch)?;
    json.finish_document_no_flush()?;
    out.write_all(b"\n")
}

fn write_event(
    json: &mut impl JsonWriter,
    entry: &Entry<'_>,
    format: Format,
    scratch: &mut String,
) -> io::Result<()> {
    json.begin_object()?;
    json.name("event-number")?;
    json.string_value(&entry.number.to_string())?;
    json.name("ima-template")?;
    json.string_value(entry.template)?;
    let fields = entry.fields(format.endian);
    let (readable, whole) =
        fields.map_or((Readable::default(), false), |fields| Readable::of(entry.template, &fields));
    write_readable(json, &readable, scratch)?;
    if !whole {
        write_binary(json, "template-data", entry.data, scratch)?;
    }
    json.name("template-hash-algorithm")?;
    json.string_value(format.hash.name())?;
    write_binary(json, "template-hash", entry.template_hash, scratch)?;
    json.name("pcr-index")?;
    json.number_value(entry.pcr)?;
    if format.endian == Endian::Big {
        json.name("big-endian")?;
        json.bool_value(true)?;
    }
    json.end_object()
}

/// Write the leaves that the model has, as far as the template has them.
fn write_readable(
    json: &mut impl JsonWriter,
    readable: &Readable<'_>,
    scratch: &mut String,
) -> io::Result<()> {
    if let Some(name) = readable.name {
        json.name("filename-hint")?;
        if let Ok(name) = std::str::from_utf8(name) {
            json.string_value(name)?;
        } else {
            json.string_value(&String::from_utf8_lossy(name))?;
            write_binary(json, "filename-hint-bytes", name, scratch)?;
        }
    }
    if let Some(digest) = readable.digest {
        write_binary(json, "filedata-hash", digest, scratch)?;
    }
    if let Some(algorithm) = readable.algorithm {
        json.name("filedata-hash-algorithm")?;
        json.string_value(algorithm)?;
    }
    match readable.signature {
        Some(signature) => write_binary(json, "signature", signature, scratch),
        None => Ok(()),
    }
}

fn write_binary(
    json: &mut impl JsonWriter,
    name: &str,
    bytes: &[u8],
    scratch: &mut String,
) -> io::Result<()> {
    scratch.clear();
    STANDARD.encode_string(bytes, scratch);
    json.name(name)?;
    json.string_value(scratch)
}
