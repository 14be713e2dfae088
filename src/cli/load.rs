//! Reading the script file.

use std::io::ErrorKind;
use std::path::Path;

use super::{Exit, paint};
use crate::engine::{Engine, Error, Files, Script};
use crate::source::Source;

/// A script that cannot be read: what is wrong, and what to do about it.
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) help: String,
}

impl Unreadable {
    /// Tells the user.
    pub(super) fn report(&self) -> Exit {
        paint::cli_error(&self.message, &self.help);
        Exit::File
    }
}

/// The bytes of the script at `path`.
pub(super) fn read(path: &str) -> Result<Vec<u8>, Unreadable> {
    if Path::new(path).is_dir() {
        let message = format!("Cannot read file '{path}': it is a directory");
        return Err(Unreadable { message, help: directory_help(path) });
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

/// What the operating system says about a path.
pub(super) fn unreadable(path: &str, error: &std::io::Error) -> Unreadable {
    Unreadable {
        message: format!("Cannot read file '{path}': {error}"),
        help: missing_help(path, error.kind()),
    }
}

/// Where the modules of the script at `path` are; the variable `RUFF_PATH` lists further directories.
pub(super) fn modules(path: &str) -> Files {
    let shared = std::env::var_os("RUFF_PATH").unwrap_or_default();
    let shared = std::env::split_paths(&shared).filter(|directory| !directory.as_os_str().is_empty());
    Files::new(path, shared.collect())
}

/// Compiles the script at `path` and all that it imports.
pub(super) fn compile(engine: &Engine, path: &str, bytes: &[u8]) -> Result<Script, Error> {
    engine.compile_with(Source::from_bytes(path, bytes).map_err(Error::Source)?, &modules(path))
}

fn directory_help(path: &str) -> String {
    let main = Path::new(path).join("main.ruff");
    match main.is_file() {
        true => format!("name the script in it: {}", main.display()),
        false => "name a script file, which ends in .ruff".to_owned(),
    }
}

fn missing_help(path: &str, kind: ErrorKind) -> String {
    if kind != ErrorKind::NotFound {
        return "check the permissions of the file".to_owned();
    }
    if path == "-" && cfg!(unix) {
        return "a script that comes on standard input is named /dev/stdin".to_owned();
    }
    let with_extension = format!("{path}.ruff");
    if Path::new(&with_extension).is_file() {
        return format!("did you mean {with_extension}?");
    }
    match std::env::current_dir() {
        Ok(here) => format!("paths are relative to the current directory, {}", here.display()),
        Err(_) => "check the path".to_owned(),
    }
}
