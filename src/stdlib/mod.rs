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
mod integer;
mod statistics;
mod bits;
mod string;
mod array;
mod dict;
mod set;
mod deque;
mod bytes;
mod options;
mod parse_fault;
mod slug;
mod path;
mod file;
mod file_node;
mod open_file;
mod env_file;
mod time;
mod date;
mod random;
mod environment;
mod command_line;
mod process;
mod net;
mod http;
mod database;
mod json;
mod yaml;
mod toml;
mod ini;
mod csv;
mod front_matter;
mod encoding;
mod url;
mod prose;
mod feed;
mod ssg;
mod minify;
mod sanitize;
mod hash;
mod regex;
mod highlight;
mod markdown;
mod template;
mod assertion;
mod terminal;
mod table;
mod promise;
mod channel;
mod shared;
mod gate;
mod keep;
mod own;
mod right;
mod prelude;
mod reference;
#[cfg(test)]
mod dice;

pub use number::CONSTANTS;
pub use prelude::{EDITING, SOURCES};
pub use promise::GROUPS;
pub use reference::{Chapter, Entry, Help, Reference};

use crate::vm::{Native, NativeTable};

/// The natives of every family. Several may share a name if their first parameters differ in type: `remove` edits an
/// array and cuts a dict.
const FAMILIES: &[&[Native]] = &[
    console::NATIVES,
    core::NATIVES,
    wrapper::NATIVES,
    kinds::NATIVES,
    convert::NATIVES,
    number::NATIVES,
    math::NATIVES,
    integer::NATIVES,
    statistics::NATIVES,
    bits::NATIVES,
    string::case::NATIVES,
    string::trim::NATIVES,
    string::search::NATIVES,
    string::cut::NATIVES,
    string::split::NATIVES,
    string::compose::NATIVES,
    string::classes::NATIVES,
    string::format::NATIVES,
    string::shape::NATIVES,
    array::change::NATIVES,
    array::pick::NATIVES,
    array::regroup::NATIVES,
    array::order::NATIVES,
    array::table::NATIVES,
    dict::entries::NATIVES,
    dict::whole::NATIVES,
    dict::nested::NATIVES,
    set::NATIVES,
    deque::NATIVES,
    bytes::NATIVES,
    path::NATIVES,
    file::NATIVES,
    file_node::NATIVES,
    open_file::NATIVES,
    env_file::NATIVES,
    time::NATIVES,
    date::NATIVES,
    random::NATIVES,
    random::SECRETS,
    environment::NATIVES,
    command_line::NATIVES,
    process::NATIVES,
    net::NATIVES,
    http::CLIENT,
    http::ASKING,
    http::RESPONSES,
    http::SERVER,
    database::NATIVES,
    json::NATIVES,
    yaml::NATIVES,
    toml::NATIVES,
    ini::NATIVES,
    csv::NATIVES,
    front_matter::NATIVES,
    encoding::NATIVES,
    url::NATIVES,
    prose::NATIVES,
    feed::NATIVES,
    ssg::NATIVES,
    minify::NATIVES,
    sanitize::NATIVES,
    hash::NATIVES,
    hash::CIPHERS,
    hash::PASSWORDS,
    hash::TOKENS,
    regex::NATIVES,
    highlight::NATIVES,
    markdown::NATIVES,
    template::NATIVES,
    assertion::NATIVES,
    terminal::NATIVES,
    table::NATIVES,
    promise::NATIVES,
    channel::NATIVES,
    shared::NATIVES,
    gate::NATIVES,
    keep::NATIVES,
    options::NATIVES,
    own::NATIVES,
    right::NATIVES,
];

/// The table of all natives.
pub fn table() -> NativeTable {
    NativeTable::new(FAMILIES)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{EDITING, FAMILIES, SOURCES};

    /// Each name with each type that its first parameter accepts.
    fn native_names() -> Vec<(&'static str, &'static str)> {
        let mut names = Vec::new();
        for native in FAMILIES.iter().flat_map(|family| family.iter()) {
            let (heads, params) = native.signature.split_once('(').expect("a signature has parameters");
            let first = params.split([',', ')', '=']).next().unwrap_or_default();
            let types = first.split_once(':').map_or("", |(_, types)| types.trim());
            for name in heads.split_whitespace() {
                names.extend(types.split('|').map(|one| (name, one)));
            }
        }
        names
    }

    fn prelude_names() -> Vec<&'static str> {
        let lines = SOURCES.iter().flat_map(|(_, text)| text.lines());
        let heads = lines.filter_map(|line| line.strip_prefix("func ")?.split_once('('));
        heads.map(|(name, _)| name).collect()
    }

    #[test]
    fn every_name_is_declared_once_for_a_type() {
        let (natives, mut seen) = (native_names(), HashSet::new());
        for entry in &natives {
            assert!(seen.insert(entry), "{entry:?} is declared twice");
        }
        let mut seen: HashSet<&str> = natives.iter().map(|(name, _)| *name).collect();
        for name in prelude_names() {
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
    fn editing_names_prelude_functions() {
        let prelude = prelude_names();
        assert!(EDITING.iter().all(|name| prelude.contains(name)));
    }
}
