//! Where the lines of earlier sessions are kept.

use std::env::var_os;
use std::path::PathBuf;

/// The file of the history: what `RUFF_HISTORY` names, else a file in the place that the platform has for such things.
/// `None` if there is no place, or if the variable is empty.
pub(super) fn path() -> Option<PathBuf> {
    if let Some(own) = var_os("RUFF_HISTORY") {
        return (!own.is_empty()).then(|| own.into());
    }
    Some(directory()?.join("ruff").join("history"))
}

fn directory() -> Option<PathBuf> {
    let absolute = |name: &str| var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return absolute("LOCALAPPDATA");
    }
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local").join("state")))
}
