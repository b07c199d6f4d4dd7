//! One entry as Python sees it: bytes of its own, taken apart when asked.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::ima::format::Format;
use crate::ima::list;
use crate::ima::template::{Endian, Fields};

type OptionalBytes<'py> = Option<Bound<'py, PyBytes>>;
type Xattrs<'py> = Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>;

/// One entry of a list, as it stands there; its parts are decoded when they are asked for.
///
/// What a template does not have is None. So are all parts of an entry whose template data is not of the form that its
/// template's name says, and of one whose template is neither the kernel's nor a format string: such an entry has no
/// `fields`, and only `template_data` says what was measured.
#[pyclass(frozen, module = "xrattest._core.ima")]
pub(super) struct Entry {
    number: u64,
    offset: u64,
    pcr: u32,
    endian: Endian,
    /// Lengths in `bytes`: template hash, then the template's name, then its data.
    hash: usize,
    template: usize,
    bytes: Box<[u8]>,
}

impl Entry {
    pub(super) fn of(entry: &list::Entry<'_>, format: Format) -> Self {
        let (hash, template) = (entry.template_hash, entry.template.as_bytes());
        Self {
            number: entry.number,
            offset: entry.offset,
            pcr: entry.pcr,
            endian: format.endian,
            hash: hash.len(),
            template: template.len(),
            bytes: [hash, template, entry.data].concat().into_boxed_slice(),
        }
    }

    fn hash_bytes(&self) -> &[u8] {
        &self.bytes[..self.hash]
    }

    fn template_name(&self) -> &str {
        // It was text when the entry was made.
        std::str::from_utf8(&self.bytes[self.hash..self.hash + self.template]).unwrap_or_default()
    }

    fn data(&self) -> &[u8] {
        &self.bytes[self.hash + self.template..]
    }

    fn decoded(&self) -> Option<Fields<'_>> {
        Fields::decode(self.template_name(), self.data(), self.endian)
    }
}

#[pymethods]
impl Entry {
    /// 0-based position since boot.
    #[getter]
    fn number(&self) -> u64 {
        self.number
    }

    /// Byte offset in the list.
    #[getter]
    fn offset(&self) -> u64 {
        self.offset
    }

    /// PCR that the entry extended.
    #[getter]
    fn pcr(&self) -> u32 {
        self.pcr
    }

    /// Template hash as recorded, not recomputed; all zeros for a violation.
    #[getter]
    fn template_hash<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.hash_bytes())
    }

    /// Name of the template, or the format string where it has no name.
    #[getter]
    fn template<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        shared(py, self.template_name())
    }

    /// Algorithm of `digest` as the kernel names it; None where the list names none (template `ima`).
    #[getter]
    fn algorithm<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        Some(shared(py, self.decoded()?.algorithm()?))
    }

    /// Digest of what was measured (fields `d`, `d-ng`, `d-ngv2`), of whatever size it has in the list.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> OptionalBytes<'py> {
        Some(PyBytes::new(py, self.decoded()?.digest()?))
    }

    /// What `digest` is of, where the list says it (field `d-ngv2`): `ima`, the file, or `verity`, its fs-verity descriptor.
    #[getter]
    fn digest_type<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        Some(shared(py, self.decoded()?.digest_type()?))
    }

    /// Whether `digest` has the size of `algorithm`; None where that is not an algorithm of the kernel's.
    #[getter]
    fn digest_fits(&self) -> Option<bool> {
        self.decoded()?.hashed()?.fits()
    }

    /// Path as the kernel logged it: any bytes, blanks replaced by `_`. Not a path for `boot_aggregate` and measured buffers.
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> OptionalBytes<'py> {
        Some(PyBytes::new(py, self.decoded()?.name()?))
    }

    /// Signature of the file: field `sig`, else `evmsig`; empty where the file has none. Its first byte tells them apart:
    /// 3 for one of `security.ima`, 5 for a portable one of `security.evm`.
    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> OptionalBytes<'py> {
        Some(PyBytes::new(py, self.decoded()?.signature()?))
    }

    /// Owner of the file (field `iuid`).
    #[getter]
    fn uid(&self) -> Option<u64> {
        self.decoded()?.uid()
    }

    /// Group of the file (field `igid`).
    #[getter]
    fn gid(&self) -> Option<u64> {
        self.decoded()?.gid()
    }

    /// Mode of the file with its type, as in `st_mode` (field `imode`).
    #[getter]
    fn mode(&self) -> Option<u64> {
        self.decoded()?.mode()
    }

    /// Name and value of each extended attribute (fields `xattrnames`, `xattrlengths`, `xattrvalues`); None also where these
    /// do not fit together.
    #[getter]
    fn xattrs<'py>(&self, py: Python<'py>) -> Option<Xattrs<'py>> {
        let found = self.decoded()?.xattrs()?;
        let pair = |(name, value)| (PyBytes::new(py, name), PyBytes::new(py, value));
        Some(found.into_iter().map(pair).collect())
    }

    /// Values as they stand in the list, by the kernel's identifiers (`d-ng`, `n-ng`, `sig`, ...) in the list's order; empty
    /// where the template data could not be taken apart. Of a field that stands twice, the first.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fields = PyDict::new(py);
        for (id, value) in self.decoded().iter().flat_map(Fields::iter) {
            if !fields.contains(id)? {
                fields.set_item(id, PyBytes::new(py, value))?;
            }
        }
        Ok(fields)
    }

    /// Template data as it stands in the list.
    #[getter]
    fn template_data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.data())
    }

    /// Whether the kernel recorded a violation (time-of-measure, time-of-use or open writers), not a measurement.
    #[getter]
    fn is_violation(&self) -> bool {
        self.hash_bytes().iter().all(|byte| *byte == 0)
    }

    fn __repr__(&self) -> String {
        let name = self.decoded().and_then(|fields| fields.name().map(<[u8]>::escape_ascii));
        let name = name.map_or_else(|| "None".into(), |name| format!("b\"{name}\""));
        format!(
            "Entry(number={}, pcr={}, template={:?}, name={name})",
            self.number,
            self.pcr,
            self.template_name()
        )
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.key().hash(&mut hasher);
        hasher.finish()
    }
}

impl Entry {
    /// All that two equal entries have in common.
    fn key(&self) -> (u64, u64, u32, bool, usize, usize, &[u8]) {
        let big = self.endian == Endian::Big;
        (self.number, self.offset, self.pcr, big, self.hash, self.template, &self.bytes)
    }
}

/// The string `text`, one object for each of those that most entries have.
fn shared<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyString> {
    let known = match text {
        "sha256" => pyo3::intern!(py, "sha256"),
        "sha1" => pyo3::intern!(py, "sha1"),
        "ima-ng" => pyo3::intern!(py, "ima-ng"),
        "ima-sig" => pyo3::intern!(py, "ima-sig"),
        _ => return PyString::new(py, text),
    };
    known.clone()
}
