//! The part of the library that is written in Ruff: everything that takes callbacks, so that callbacks may wait.
//!
//! Owns: the texts. Functions and natives whose names start with `__` are visible to these files only. Conventions:
//! functions that only collect results call `f(x)` and keep a promise as the item; functions that need the result to
//! go on write `await f(x)` (LANGUAGE C.2). A `func*` here gives an iterator; `__lazy_NAME` is what the machine
//! calls instead of the native NAME when a sequence it is given is a generator. An index is passed only to script functions that require it (STDLIB R2).

/// The source files of the prelude: name and text. Each sees the functions of all others.
pub const SOURCES: &[(&str, &str)] = &[
    ("prelude/core.ruff", include_str!("core.ruff")),
    ("prelude/string.ruff", include_str!("string.ruff")),
    ("prelude/regex.ruff", include_str!("regex.ruff")),
    ("prelude/array.ruff", include_str!("array.ruff")),
    ("prelude/iterator.ruff", include_str!("iterator.ruff")),
    ("prelude/search.ruff", include_str!("search.ruff")),
    ("prelude/order.ruff", include_str!("order.ruff")),
    ("prelude/dict.ruff", include_str!("dict.ruff")),
    ("prelude/concurrency.ruff", include_str!("concurrency.ruff")),
    ("prelude/assertion.ruff", include_str!("assertion.ruff")),
    ("prelude/environment.ruff", include_str!("environment.ruff")),
    ("prelude/command_line.ruff", include_str!("command_line.ruff")),
    ("prelude/file.ruff", include_str!("file.ruff")),
    ("prelude/process.ruff", include_str!("process.ruff")),
    ("prelude/http.ruff", include_str!("http.ruff")),
    ("prelude/database.ruff", include_str!("database.ruff")),
    ("prelude/time.ruff", include_str!("time.ruff")),
    ("prelude/random.ruff", include_str!("random.ruff")),
    ("prelude/hash.ruff", include_str!("hash.ruff")),
    ("prelude/template.ruff", include_str!("template.ruff")),
    ("prelude/ssg.ruff", include_str!("ssg.ruff")),
    ("prelude/terminal.ruff", include_str!("terminal.ruff")),
    ("prelude/log.ruff", include_str!("log.ruff")),
    ("prelude/own.ruff", include_str!("own.ruff")),
];

/// The prelude functions that, called by dot on a place, store their result there (STDLIB 1.2, ✎).
pub const EDITING: &[&str] = &["shuffle", "sort", "sort_by", "update_at"];
