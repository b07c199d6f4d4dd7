//! The only files that import pyo3: arguments in, GIL released, errors mapped.
//!
//! One submodule per area, `xrattest._core.<area>`; each is wrapped by a typed face in `xrattest/`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

mod bootlog;
mod errors;
mod hash;
mod hostroot;
mod ima;
mod json;
pub(crate) mod patterns;
mod rpm;
mod tpm;
mod walk;

type Register = fn(&Bound<'_, PyModule>) -> PyResult<()>;

const AREAS: [(&str, Register); 9] = [
    ("bootlog", bootlog::register),
    ("hash", hash::register),
    ("hostroot", hostroot::register),
    ("ima", ima::register),
    ("json", json::register),
    ("patterns", patterns::register),
    ("rpm", rpm::register),
    ("tpm", tpm::register),
    ("walk", walk::register),
];

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let loaded = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?;
    for (name, register) in AREAS {
        let full_name = format!("xrattest._core.{name}");
        let area = PyModule::new(py, &full_name)?;
        register(&area)?;
        module.add(name, &area)?;
        // `from xrattest._core.hash import …` looks the name up here.
        loaded.set_item(full_name, area)?;
    }
    Ok(())
}
