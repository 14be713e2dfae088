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
mod wrapper;
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
    wrapper::NATIVES,
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{BY_RECEIVER, EDITING, FAMILIES, SOURCES};

    fn native_names() -> Vec<&'static str> {
        let natives = FAMILIES.iter().flat_map(|family| family.iter());
        let names =
            natives.map(|native| native.signature.split_once('(').expect("a signature has parameters").0);
        names.flat_map(str::split_whitespace).collect()
    }

    fn prelude_names() -> Vec<&'static str> {
        let lines = SOURCES.iter().flat_map(|(_, text)| text.lines());
        let heads = lines.filter_map(|line| line.strip_prefix("func ")?.split_once('('));
        heads.map(|(name, _)| name).collect()
    }

    #[test]
    fn every_name_is_declared_once() {
        let mut seen = HashSet::new();
        for name in native_names().into_iter().chain(prelude_names()) {
            assert!(seen.insert(name), "{name} is declared twice");
        }
    }

    #[test]
    fn every_signature_names_its_result() {
        for native in FAMILIES.iter().flat_map(|family| family.iter()) {
            assert!(native.signature.contains(") -> "), "{}", native.signature);
            assert!(native.summary.ends_with('.'), "{}", native.signature);
        }
    }

    #[test]
    fn tables_name_what_exists() {
        let (natives, prelude) = (native_names(), prelude_names());
        for (name, _, hidden) in BY_RECEIVER {
            assert!(natives.contains(name) && natives.contains(hidden), "{name}, {hidden}");
        }
        for name in EDITING {
            assert!(prelude.contains(name), "{name}");
        }
    }
}
