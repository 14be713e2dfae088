//! The library: natives in Rust, one file per family, and `prelude/` in Ruff itself.
//!
//! Owns: what each library function does (docs/STDLIB.md). A native answers or asks (`Request`); it knows no thread.
//! Invariant: no native calls back into a script; what takes callbacks is written in Ruff.

mod declare;
mod answer;
mod arguments;
mod sequence;
mod console;
mod core;
mod kinds;
mod convert;
mod decimal;
mod number;
mod math;
mod bits;
mod string;
mod array;
mod dict;
mod set;
mod bytes;
mod prelude;

pub use number::CONSTANTS;
pub use prelude::{EDITING, SOURCES};

use crate::vm::{Native, NativeTable};

/// The natives of every family.
const FAMILIES: &[&[Native]] = &[
    console::NATIVES,
    core::NATIVES,
    kinds::NATIVES,
    convert::NATIVES,
    number::NATIVES,
    math::NATIVES,
    bits::NATIVES,
    string::case::NATIVES,
    string::trim::NATIVES,
    string::search::NATIVES,
    string::cut::NATIVES,
    string::split::NATIVES,
    string::compose::NATIVES,
    string::classes::NATIVES,
    string::format::NATIVES,
    array::change::NATIVES,
    array::pick::NATIVES,
    array::regroup::NATIVES,
    array::order::NATIVES,
    dict::entries::NATIVES,
    dict::whole::NATIVES,
    set::NATIVES,
    bytes::NATIVES,
];

/// Names whose native depends on the receiver's type: name, type, hidden native. All other types keep the native that
/// has the name. One name can be ✎ for arrays and ✂ for dicts; the machine asks here for plain calls and dot calls.
pub const BY_RECEIVER: &[(&str, &str, &str)] =
    &[("remove", "dict", "__remove_key"), ("reverse", "string", "__reverse_text")];

/// The table of all natives.
pub fn table() -> NativeTable {
    NativeTable::new(FAMILIES)
}
