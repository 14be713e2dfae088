//! The library: natives in Rust, one file per family, and `prelude/` in Ruff itself.
//!
//! Owns: what each library function does (docs/STDLIB.md). A native answers or asks (`Request`); it knows no thread.
//! Invariant: no native calls back into a script; what takes callbacks is written in Ruff.

mod declare;
mod answer;
mod arguments;
mod prelude;

pub use prelude::{EDITING, SOURCES};

use crate::vm::{Native, NativeTable};

/// The natives of every family.
const FAMILIES: &[&[Native]] = &[
    // one line each
];

/// The table of all natives.
pub fn table() -> NativeTable {
    NativeTable::new(FAMILIES)
}
