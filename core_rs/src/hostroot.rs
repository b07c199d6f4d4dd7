//! hostroot
