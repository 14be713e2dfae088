//! Files and directories that go with the program.
//!
//! Invariant: only the user who runs the program may read them, and their names cannot be guessed.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::file::path_value;
use crate::runtime::failure::io_fault;
use crate::sync::Mutex;
use crate::value::{Fault, Value};

/// How many names are tried before it is an error that all of them are taken.
const ATTEMPTS: usize = 16;

/// What was created and is to be removed.
#[derive(Debug, Default)]
pub(super) struct Temporary {
    paths: Mutex<Vec<PathBuf>>,
}

impl Temporary {
    /// Creates a file or directory; its path.
    pub(super) fn create(
        &self,
        directory: bool,
        prefix: &str,
        suffix: &str,
        parent: Option<&str>,
        keep: bool,
    ) -> Result<Value, Fault> {
        let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
        let create = if directory { new_directory } else { new_file };
        let fault = |path: &Path, error: &io::Error| {
            let op = if directory { "create directory" } else { "create file" };
            io_fault(op, &path.to_string_lossy(), error)
        };
        for attempt in 1.. {
            let path =
                parent.join(format!("{prefix}{}{suffix}", random_name().map_err(|e| fault(&parent, &e))?));
            match create(&path) {
                Ok(()) => {
                    if !keep {
                        self.paths.lock().push(path.clone());
                    }
                    return Ok(path_value(&path));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {}
                Err(error) => return Err(fault(&path, &error)),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Removes all of them, as far as the system lets us.
    pub(super) fn remove(&self) {
        let paths = std::mem::take(&mut *self.paths.lock());
        for path in paths {
            // A link that was put there is removed itself.
            let is_directory = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
            let _ = if is_directory { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

fn random_name() -> io::Result<String> {
    let number = getrandom::u64().map_err(io::Error::other)?;
    Ok(format!("{number:016x}"))
}

#[cfg(unix)]
fn new_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn new_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().create(path)
}

#[cfg(unix)]
fn new_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn new_file(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path).map(drop)
}
