//! Which files are tested.

use std::path::Path;

use walkdir::WalkDir;

use crate::cli::load::{Unreadable, unreadable};

/// The files named, and those below the folders named, each folder's in the order of their names.
pub(super) fn files(paths: &[String]) -> Result<Vec<String>, Unreadable> {
    let mut found: Vec<String> = Vec::new();
    for path in paths {
        if Path::new(path).is_dir() {
            below(path, &mut found)?;
        } else {
            std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
            found.push(path.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

fn below(folder: &str, found: &mut Vec<String>) -> Result<(), Unreadable> {
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| unreadable(folder, &error.into()))?;
        let is_script = entry.path().extension().is_some_and(|extension| extension == "ruff");
        if is_script && entry.file_type().is_file() {
            found.push(entry.path().to_string_lossy().into_owned());
        }
    }
    Ok(())
}
