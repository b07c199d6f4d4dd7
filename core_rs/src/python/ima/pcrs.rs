//! PCR banks and values as Python gives and takes them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::ima::bank::Bank;
use crate::ima::format::PCR_COUNT;
use crate::ima::pcrs::Pcrs;
use crate::ima::scheme::{Scheme, Variant};

/// A bank's name, and its PCRs by index.
pub(super) type StateIn = (String, Vec<(u32, Vec<u8>)>);
pub(super) type StateOut<'py> = (String, Vec<(usize, Bound<'py, PyBytes>)>);

pub(super) fn bank(name: &str) -> PyResult<Bank> {
    Bank::from_name(name).ok_or_else(|| no_bank(name))
}

pub(super) fn variant(name: &str) -> PyResult<Variant> {
    Variant::from_name(name).ok_or_else(|| no_bank(name))
}

fn no_bank(name: &str) -> PyErr {
    let known: Vec<_> = Bank::ALL.iter().map(|bank| bank.name()).collect();
    let suffixes: Vec<_> = Scheme::ALL[1..].iter().map(|scheme| scheme.suffix()).collect();
    let (known, suffixes) = (known.join(", "), suffixes.join(" or "));
    PyValueError::new_err(format!("{name:?} is no bank: {known}, all but sha1 also with {suffixes}"))
}

pub(super) fn pcr(index: u32) -> PyResult<u32> {
    if index < PCR_COUNT {
        Ok(index)
    } else {
        Err(PyValueError::new_err(format!("no PCR has the number {index}")))
    }
}

/// Banks with values in them.
pub(super) fn states(rows: Vec<StateIn>) -> PyResult<Vec<Pcrs>> {
    rows.into_iter().map(|(name, values)| state(variant(&name)?, &values)).collect()
}

fn state(variant: Variant, values: &[(u32, Vec<u8>)]) -> PyResult<Pcrs> {
    let mut state = Pcrs::new(variant);
    for (index, value) in values {
        if !state.set(pcr(*index)?, value) {
            let (size, name) = (value.len(), variant.name());
            return Err(PyValueError::new_err(format!(
                "a value of {size} bytes for PCR {index} of bank {name}"
            )));
        }
    }
    Ok(state)
}

pub(super) fn rows<'py>(py: Python<'py>, states: &[Pcrs]) -> Vec<StateOut<'py>> {
    let values = |state: &Pcrs| {
        state.held().map(|(index, value)| (index, PyBytes::new(py, value.as_slice()))).collect()
    };
    states.iter().map(|state| (state.variant.name(), values(state))).collect()
}
