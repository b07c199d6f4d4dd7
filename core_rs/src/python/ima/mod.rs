//! `xrattest._core.ima`.

mod aggregate;
mod convert;
mod describe;
mod entries;
mod entry;
mod filter;
mod follow;
mod join;
mod pcrs;
mod prefix;
mod reading;
mod replay;
pub(super) mod source;

use pyo3::prelude::*;

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("DEFAULT_MAX_SIZE", crate::ima::DEFAULT_MAX_SIZE)?;
    module.add("BLOCK_TARGET", crate::ima::compact::BLOCK_TARGET)?;
    module.add_class::<entries::EntryReader>()?;
    module.add_class::<replay::Replayed>()?;
    module.add_function(wrap_pyfunction!(prefix::find_prefix, module)?)?;
    module.add_function(wrap_pyfunction!(aggregate::boot_aggregates, module)?)?;
    module.add_function(wrap_pyfunction!(aggregate::bank_hash, module)?)?;
    module.add_function(wrap_pyfunction!(describe::describe, module)?)?;
    module.add_function(wrap_pyfunction!(join::join, module)?)?;
    module.add_class::<entry::Entry>()?;
    module.add_class::<filter::Filter>()?;
    module.add_class::<follow::Follower>()?;
    module.add_function(wrap_pyfunction!(replay::replay, module)?)?;
    module.add_function(wrap_pyfunction!(convert::compact, module)?)?;
    module.add_function(wrap_pyfunction!(convert::write_blocks, module)?)?;
    module.add_function(wrap_pyfunction!(convert::expand, module)?)?;
    module.add_function(wrap_pyfunction!(convert::write_events, module)?)?;
    module.add_function(wrap_pyfunction!(convert::rebuild, module)?)
}
