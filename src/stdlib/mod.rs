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
];

/// The table of all natives.
pub fn table() -> NativeTable {
    NativeTable::new(FAMILIES)
}
