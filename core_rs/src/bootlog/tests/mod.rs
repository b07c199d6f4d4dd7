//! Logs out of thin air: what was written is read, damage is an error with its place, never a panic.

mod decoding;
mod made;
mod reading;
mod replaying;
mod verifying;
