//! The folder in which a command writes for a while, gone when the command ends.
//!
//! Invariant: every run gets a fresh folder, and all are removed together at the end: creating files right after many
//! were removed is several times dearer on some file systems, and would be measured.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of one command.
pub(super) struct Workspace {
    root: PathBuf,
    runs: usize,
}

impl Workspace {
    /// A fresh folder below `parent`, or below the system's folder for temporary files.
    pub(super) fn new(name: &str, parent: Option<&Path>) -> Result<Workspace, String> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_path_buf);
        let root = parent.join(format!("{name}-{}", std::process::id()));
        let make = || -> io::Result<PathBuf> {
            fs::create_dir_all(&parent)?;
            fs::create_dir(&root)?;
            // A script may change its working directory.
            fs::canonicalize(&root)
        };
        match make() {
            Ok(root) => Ok(Workspace { root, runs: 0 }),
            Err(error) => Err(format!("Cannot create directory '{}': {error}", root.display())),
        }
    }

    /// A file with this content.
    pub(super) fn file(&self, name: &str, content: &str) -> Result<PathBuf, String> {
        let path = self.root.join(name);
        match fs::write(&path, content) {
            Ok(()) => Ok(path),
            Err(error) => Err(format!("Cannot write file '{}': {error}", path.display())),
        }
    }

    /// The folder of the next run.
    pub(super) fn next_run(&mut self) -> Result<PathBuf, String> {
        self.runs += 1;
        let path = self.root.join(format!("run-{}", self.runs));
        match fs::create_dir(&path) {
            Ok(()) => Ok(path),
            Err(error) => Err(format!("Cannot create directory '{}': {error}", path.display())),
        }
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What cannot be removed is no reason to fail: the figures are printed already.
        let _ = fs::remove_dir_all(&self.root);
    }
}
