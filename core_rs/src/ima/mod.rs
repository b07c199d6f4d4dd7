//! ima
