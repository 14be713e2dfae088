//! The files that `ruff site new` and `ruff site eject` write.
//!
//! Invariant: nothing that is there already is overwritten.

use std::fs;
use std::io;
use std::path::Path;

use super::generator::{SCRIPTS, THEME};

/// What a new site starts with.
const STARTER: &[(&str, &str)] = &[
    ("site.toml", include_str!("starter/site.toml")),
    ("content/about.md", include_str!("starter/content/about.md")),
    ("content/posts/_index.md", include_str!("starter/content/posts/_index.md")),
    (
        "content/posts/2026-01-12-first-post.md",
        include_str!("starter/content/posts/2026-01-12-first-post.md"),
    ),
    ("content/posts/a-bundle/index.md", include_str!("starter/content/posts/a-bundle/index.md")),
    ("content/posts/a-bundle/picture.svg", include_str!("starter/content/posts/a-bundle/picture.svg")),
    (".gitignore", "/public/\n/.ruff-site.json*\n"),
];

/// What the settings of a site may be called, as in the generator's `config.ruff`.
const SETTINGS: [&str; 4] = ["site.toml", "site.yaml", "site.yml", "site.json"];

/// Why a folder was not written.
pub(super) enum Refused {
    /// Something is there already.
    Taken(String),
    /// The operating system says no.
    Failed(String),
}

/// Makes a new site; the folder must be empty or not there.
pub(super) fn create(folder: &Path) -> Result<(), Refused> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => {
            return Err(Refused::Failed(format!("Cannot create directory '{}': {error}", folder.display())));
        }
    };
    if occupied {
        return Err(Refused::Taken(format!("{} is not empty", folder.display())));
    }
    write_all(folder, STARTER.iter())
}

/// Whether a folder has settings of a site.
pub(super) fn is_site(folder: &Path) -> bool {
    SETTINGS.iter().any(|name| folder.join(name).is_file())
}

/// Copies the generator into the folder `generator` of a site.
pub(super) fn eject(folder: &Path) -> Result<(), Refused> {
    if folder.exists() {
        return Err(Refused::Taken(format!("{} is there already", folder.display())));
    }
    write_all(folder, SCRIPTS.iter().chain(THEME))
}

fn write_all<'a>(
    folder: &Path,
    mut files: impl Iterator<Item = &'a (&'static str, &'static str)>,
) -> Result<(), Refused> {
    files.try_for_each(|(name, text)| {
        let path = folder.join(name);
        let write = || -> io::Result<()> {
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(&path, text)
        };
        write().map_err(|error| Refused::Failed(format!("Cannot write file '{}': {error}", path.display())))
    })
}
