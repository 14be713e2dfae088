//! The generator of sites: the scripts and the theme that ship inside the program.
//!
//! Owns: the list of these files, and how a script finds them as modules. Does not: know what they do.

use crate::engine::{FoundModule, Modules, NotFound};

/// A file inside the program: its path below the generator's folder, and its text.
type Inside = (&'static str, &'static str);

macro_rules! inside {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("generator/", $path)))),*] };
}

/// The script that is started.
pub(super) const MAIN: &str = "site.ruff";

/// The scripts. `theme.ruff` is the one that an ejected generator has; inside the program its place takes `theme_module`.
pub(super) const SCRIPTS: &[Inside] = inside![
    "site.ruff",
    "build.ruff",
    "plan.ruff",
    "record.ruff",
    "config.ruff",
    "sources.ruff",
    "content.ruff",
    "facts.ruff",
    "page.ruff",
    "templates.ruff",
    "lists.ruff",
    "feeds.ruff",
    "output.ruff",
    "links.ruff",
    "places.ruff",
    "serve.ruff",
    "theme.ruff",
];

/// The theme: templates by their names below `theme/templates/`, assets below `theme/assets/`.
pub(super) const THEME: &[Inside] = inside![
    "theme/templates/base.html",
    "theme/templates/page.html",
    "theme/templates/home.html",
    "theme/templates/list.html",
    "theme/templates/entries.html",
    "theme/templates/terms.html",
    "theme/templates/404.html",
    "theme/templates/alias.html",
    "theme/templates/serve.html",
    "theme/templates/shortcodes/note.html",
    "theme/templates/shortcodes/figure.html",
    "theme/assets/style.css",
    "theme/assets/search.js",
];

/// The text of the script that is started.
pub(super) fn main_script() -> &'static str {
    text_of(MAIN).unwrap_or_default()
}

fn text_of(path: &str) -> Option<&'static str> {
    SCRIPTS.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// The generator's modules, found inside the program.
pub(super) struct Embedded;

impl Modules for Embedded {
    fn find(&self, _importer: &str, path: &[&str]) -> Result<FoundModule, NotFound> {
        let file = format!("{}.ruff", path.join("/"));
        match text_of(&file) {
            Some(_) => Ok(FoundModule { key: file.clone(), name: file }),
            None => Err(NotFound { message: None, help: None }),
        }
    }

    fn read(&self, module: &FoundModule) -> Result<Vec<u8>, String> {
        match module.key.as_str() {
            "theme.ruff" => Ok(theme_module().into_bytes()),
            key => text_of(key).map(|text| text.as_bytes().to_vec()).ok_or_else(|| "it is gone".to_owned()),
        }
    }
}

/// A module with the theme as text: what `theme.ruff` reads from files.
fn theme_module() -> String {
    let below = |folder: &str| {
        let files = THEME.iter().filter_map(|(path, text)| Some((path.strip_prefix(folder)?, text)));
        files
            .map(|(name, text)| format!("{}: {}", literal(name), literal(text)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!(
        "export func theme_files() {{ return {{templates: {{{}}}, assets: {{{}}}, generator: {}}} }}\n",
        below("theme/templates/"),
        below("theme/assets/"),
        literal(&scripts_hash())
    )
}

/// What the generator does differs only if this does: what one wrote is unknown to another.
fn scripts_hash() -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, text) in SCRIPTS {
        hasher.update(path.as_bytes()).update(text.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// A string literal of the language.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' | '$' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{SCRIPTS, THEME};
    use std::path::Path;

    /// A file that is forgotten in the lists would be missing only in some sites.
    #[test]
    fn every_file_of_the_folder_is_listed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/site/generator");
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                let path = entry.path();
                let name =
                    path.strip_prefix(&root).expect("it is below").to_string_lossy().replace('\\', "/");
                let listed = SCRIPTS.iter().chain(THEME).any(|(known, _)| *known == name);
                assert!(listed, "{name} is not listed");
            }
        }
    }
}
