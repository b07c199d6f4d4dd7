//! The compact form: protobuf blocks (`proto/xrattest/ima/v1`), from which the list can be written again byte for byte.
//!
//! A block on the wire is `u32 little-endian length ‖ ImaEventLog`. Blocks are of bounded size and each can be decoded
//! without the others, so neither direction holds more than one.

mod decode;
mod encode;
mod event;
mod frame;
mod pack;
mod protobuf;

pub use decode::{Expander, expand};
pub use encode::{Options, Profile, compact, for_each_block};

use crate::ima::template::MAX_TEMPLATE_DATA;

/// The version that blocks of this writer carry.
pub const VERSION: u32 = 1;
/// Encoded events after which a block is closed.
pub const BLOCK_TARGET: usize = 512 << 10;
/// Longest message, and longest content of `packed_events`: a block that was full but for the largest entry there is.
pub const MAX_BLOCK: usize = BLOCK_TARGET + MAX_TEMPLATE_DATA + (1 << 20);

const DEFAULT_PCR: u32 = 10;
/// Number of `ImaEventLog.events`.
const EVENTS: u32 = 4;
/// Number of `ImaEventLog.packed_events`.
const PACKED_EVENTS: u32 = 18;
