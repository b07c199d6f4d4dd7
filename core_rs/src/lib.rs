//! The core of xrattest: everything that must be fast or must survive hostile bytes.
//!
//! Nothing here knows Python except [`python`], which the feature of the same name turns on.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod bootlog;
pub mod error;
pub mod hash;
pub mod hostroot;
pub mod ima;
pub mod json;
pub mod patterns;
#[cfg(feature = "python")]
mod python;
pub mod rpm;
pub mod snapshot;
pub mod tpm;
pub mod walk;
