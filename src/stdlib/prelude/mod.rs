//! The part of the library that is written in Ruff: everything that takes callbacks, so that callbacks may wait.

/// The source files of the prelude: name and text.
pub const SOURCES: &[(&str, &str)] = &[];

/// The prelude functions that, called by dot on a place, store their result there (STDLIB 1.2, ✎).
pub const EDITING: &[&str] = &["sort", "sort_by"];
