//! `xrattest._core.tpm`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::tpm::algorithm::SignatureScheme;
use crate::tpm::attest::{self, Attest};
use crate::tpm::pcr_file;
use crate::tpm::public::{Key, Public};
use crate::tpm::signature::{Signature, Value};

/// A quote: bare `TPMS_ATTEST` or `TPM2B_ATTEST`.
#[pyfunction]
fn parse_attest<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let quote = Attest::parse(data)?;
    let selection: Vec<(&str, Vec<u32>)> = quote
        .selection
        .iter()
        .map(|bank| (bank.bank.name(), bank.pcrs.iter().copied().map(u32::from).collect()))
        .collect();
    let row = PyDict::new(py);
    row.set_item("signed", PyBytes::new(py, quote.signed))?;
    row.set_item("qualified_signer", PyBytes::new(py, quote.qualified_signer))?;
    row.set_item("extra_data", PyBytes::new(py, quote.extra_data))?;
    row.set_item("clock", quote.clock.clock)?;
    row.set_item("reset_count", quote.clock.reset_count)?;
    row.set_item("restart_count", quote.clock.restart_count)?;
    row.set_item("safe", quote.clock.safe)?;
    row.set_item("firmware_version", quote.firmware_version)?;
    row.set_item("selection", selection)?;
    row.set_item("pcr_digest", PyBytes::new(py, quote.pcr_digest))?;
    Ok(row)
}

/// A signature: scheme, hash, and its one or two numbers.
#[pyfunction]
fn parse_signature<'py>(
    py: Python<'py>,
    data: &[u8],
) -> PyResult<(&'static str, &'static str, Vec<Bound<'py, PyBytes>>)> {
    let signature = Signature::parse(data)?;
    let numbers = match signature.value {
        Value::Rsa(number) => vec![number],
        Value::EcDsa { r, s } => vec![r, s],
    };
    let numbers = numbers.into_iter().map(|number| PyBytes::new(py, number)).collect();
    Ok((signature.scheme.name(), signature.hash.name(), numbers))
}

/// A public area: bare `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
#[pyfunction]
fn parse_public<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let public = Public::parse(data)?;
    let scheme = public.scheme.map(|scheme| {
        let name = SignatureScheme::from_id(scheme.id)
            .map_or_else(|| format!("{:#06x}", scheme.id), |id| id.name().into());
        (name, scheme.hash.map(super::super::tpm::algorithm::HashAlgorithm::name))
    });
    let (curve, exponent, numbers) = match public.key {
        Key::Rsa { modulus, exponent } => (None, Some(exponent), vec![modulus]),
        Key::Ecc { curve, x, y } => (Some(curve), None, vec![x, y]),
    };
    let row = PyDict::new(py);
    row.set_item("name", public.name().map(|name| PyBytes::new(py, &name)))?;
    row.set_item("name_algorithm", public.name_algorithm.name())?;
    row.set_item("attributes", public.attributes)?;
    row.set_item("auth_policy", PyBytes::new(py, public.auth_policy))?;
    row.set_item("scheme", scheme)?;
    row.set_item("curve", curve)?;
    row.set_item("exponent", exponent)?;
    row.set_item("numbers", numbers.into_iter().map(|number| PyBytes::new(py, number)).collect::<Vec<_>>())?;
    Ok(row)
}

type Bank<'py> = (&'static str, Vec<(u8, Bound<'py, PyBytes>)>);

/// The PCR values of a file of tpm2-tools, bank by bank.
#[pyfunction]
fn parse_pcr_file<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Vec<Bank<'py>>> {
    let banks = pcr_file::parse(data)?;
    let values = |bank: pcr_file::BankValues<'_>| {
        let values = bank.values.into_iter().map(|(index, value)| (index, PyBytes::new(py, value)));
        (bank.bank.name(), values.collect())
    };
    Ok(banks.into_iter().map(values).collect())
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("MAX_INPUT", crate::tpm::MAX_INPUT)?;
    module.add("MAX_EXTRA_DATA", attest::MAX_NAME)?;
    module.add_function(wrap_pyfunction!(parse_attest, module)?)?;
    module.add_function(wrap_pyfunction!(parse_signature, module)?)?;
    module.add_function(wrap_pyfunction!(parse_public, module)?)?;
    module.add_function(wrap_pyfunction!(parse_pcr_file, module)?)
}
