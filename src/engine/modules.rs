//! Imports: which files a script reaches, in the order in which they are compiled.
//!
//! Owns: the walk over all imports (`units`), the rules of LANGUAGE 12.3 for files on disk (`Files`), and the door for
//! hosts that keep modules elsewhere (`Modules`).
//! Invariant: one key is one module, whatever names lead to it; a unit comes after everything it imports; an import that
//! would close a circle fails instead.
//! Does not: compile. `Files` is the one place of the engine that reads files.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::compiler::{Import, Incorrect, Unit, imports};
use crate::source::Source;
use crate::syntax::{self, ast};

/// Where the modules of a script are.
pub trait Modules {
    /// What tells the script from all modules: the key under which it would be imported.
    fn script(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The module that `path` names in an import of the file called `importer`.
    fn find(&self, importer: &str, path: &[&str]) -> Result<FoundModule, NotFound>;
}

/// A module that was found.
#[derive(Debug)]
pub struct FoundModule {
    /// One key is one module.
    pub key: String,
    /// Its text, under the name that messages show.
    pub source: Source,
}

/// Why there is no module.
#[derive(Debug)]
pub struct NotFound {
    /// The message of the ImportError; `None`: `Module not found: a.b`.
    pub message: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// For hosts without modules: every import fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoModules;

impl Modules for NoModules {
    fn find(&self, _: &str, _: &[&str]) -> Result<FoundModule, NotFound> {
        let help = Some("this host offers no modules".to_owned());
        Err(NotFound { message: None, help })
    }
}

/// Files on disk, found as LANGUAGE 12.3 says.
#[derive(Clone, Debug)]
pub struct Files {
    /// The directory of the started script.
    start: PathBuf,
    /// The directories of `RUFF_PATH`.
    shared: Vec<PathBuf>,
}

impl Files {
    /// Modules of the script at this path; `shared` are the directories to search last (`RUFF_PATH`).
    pub fn new(script: &str, shared: Vec<PathBuf>) -> Files {
        Files { start: directory_of(script), shared }
    }

    /// The directories to be searched for a file, first things first.
    fn directories(&self, importer: &str) -> Vec<PathBuf> {
        let own = directory_of(importer);
        let root = package_root(&own).unwrap_or_else(|| self.start.clone());
        let mut all = vec![own, root.clone(), root.join("src"), root.join("modules")];
        all.extend(self.shared.iter().cloned());
        all
    }
}

impl Modules for Files {
    fn script(&self, name: &str) -> String {
        key_of(Path::new(name))
    }

    fn find(&self, importer: &str, path: &[&str]) -> Result<FoundModule, NotFound> {
        let relative = path.iter().collect::<PathBuf>().with_extension("ruff");
        let refuse =
            |message: String, help: &str| NotFound { message: Some(message), help: Some(help.to_owned()) };
        for directory in self.directories(importer) {
            let file = directory.join(&relative);
            if !file.is_file() {
                continue;
            }
            let name = file.display().to_string();
            if !is_inside(&file, &directory) {
                let message = format!("Module {} leads out of {}", path.join("."), directory.display());
                return Err(refuse(message, "links to files elsewhere are not followed"));
            }
            let unreadable = |reason: String| {
                let message = format!("Cannot read module {}: {reason}", path.join("."));
                refuse(message, &format!("it was found at {name}"))
            };
            let bytes = std::fs::read(&file).map_err(|error| unreadable(error.to_string()))?;
            let source = Source::from_bytes(&name, &bytes).map_err(|error| unreadable(error.to_string()))?;
            return Ok(FoundModule { key: key_of(&file), source });
        }
        Err(NotFound { message: None, help: Some(format!("no file {} was found", relative.display())) })
    }
}

fn directory_of(file: &str) -> PathBuf {
    Path::new(file).parent().map(Path::to_owned).unwrap_or_default()
}

/// The nearest directory upward that holds a `ruff.toml`.
fn package_root(directory: &Path) -> Option<PathBuf> {
    let absolute =
        std::path::absolute(if directory.as_os_str().is_empty() { Path::new(".") } else { directory });
    let absolute = absolute.ok()?;
    let depth = absolute.ancestors().position(|above| above.join("ruff.toml").is_file())?;
    // As it was given, so that messages stay short, as long as the way up stays within it.
    let given = directory.ancestors().nth(depth).filter(|given| !given.as_os_str().is_empty() || depth == 0);
    given.map(Path::to_owned).or_else(|| absolute.ancestors().nth(depth).map(Path::to_owned))
}

fn is_inside(file: &Path, directory: &Path) -> bool {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    match (file.canonicalize(), directory.canonicalize()) {
        (Ok(file), Ok(directory)) => file.starts_with(directory),
        _ => false,
    }
}

fn key_of(file: &Path) -> String {
    file.canonicalize().unwrap_or_else(|_| file.to_owned()).display().to_string()
}

/// A file whose imports are being followed.
struct Open {
    key: String,
    name: Box<str>,
    source: Source,
    script: ast::Script,
    /// The imports still to be followed, last first: their statements and paths.
    left: Vec<(u32, Vec<Box<str>>)>,
    imports: FxHashMap<u32, Import>,
}

impl Open {
    fn new(key: String, name: &str, source: Source) -> Result<Open, Incorrect> {
        let parsed = syntax::parse(&source);
        if !parsed.diagnostics.is_empty() {
            return Err(Incorrect { source, diagnostics: parsed.diagnostics });
        }
        let words = |path: &[ast::Name]| path.iter().map(|name| name.text.clone()).collect();
        let mut left: Vec<_> =
            imports(&parsed.script).into_iter().map(|(statement, path)| (statement, words(path))).collect();
        left.reverse();
        Ok(Open {
            key,
            name: name.into(),
            source,
            script: parsed.script,
            left,
            imports: FxHashMap::default(),
        })
    }

    /// How a circle names it.
    fn title(&self) -> String {
        let stem = Path::new(self.source.name()).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if self.name.is_empty() { stem.unwrap_or_default() } else { self.name.to_string() }
    }
}

/// The script and all files that it reaches, each after those that it imports. The error holds the lexical and syntax
/// errors of all of them.
pub(super) fn units(script: Source, modules: &dyn Modules) -> Result<Vec<Unit>, Vec<Incorrect>> {
    let mut done: FxHashMap<String, Option<usize>> = FxHashMap::default();
    let (mut units, mut incorrect) = (Vec::new(), Vec::new());
    let key = modules.script(script.name());
    let mut open = vec![Open::new(key, "", script).map_err(|wrong| vec![wrong])?];
    while let Some(file) = open.last_mut() {
        let Some((statement, path)) = file.left.pop() else {
            let Open { key, name, source, script, imports, .. } = open.pop().expect("it was just looked at");
            done.insert(key, Some(units.len()));
            units.push(Unit { name, source, script, imports });
            continue;
        };
        let words: Vec<&str> = path.iter().map(|word| &**word).collect();
        let name = words.last().copied().unwrap_or_default();
        let import = match modules.find(file.source.name(), &words) {
            Err(NotFound { message, help }) => {
                let message = message.unwrap_or_else(|| format!("Module not found: {}", words.join(".")));
                Import::Failed { message, help }
            }
            Ok(found) => match done.get(&found.key) {
                Some(Some(unit)) => Import::Unit(*unit),
                // It has errors of its own, which are reported; this program will not run.
                Some(None) => continue,
                None => match open.iter().position(|file| file.key == found.key) {
                    Some(first) => circle(&open[first..]),
                    None => {
                        match Open::new(found.key.clone(), name, found.source) {
                            Ok(module) => {
                                // The statement is looked at again when the module is done.
                                open.last_mut().expect("a file is open").left.push((statement, path));
                                open.push(module);
                            }
                            Err(wrong) => {
                                incorrect.push(wrong);
                                done.insert(found.key, None);
                            }
                        }
                        continue;
                    }
                },
            },
        };
        open.last_mut().expect("a file is open").imports.insert(statement, import);
    }
    if incorrect.is_empty() { Ok(units) } else { Err(incorrect) }
}

fn circle(files: &[Open]) -> Import {
    let mut titles: Vec<String> = files.iter().map(Open::title).collect();
    titles.push(titles[0].clone());
    let message = format!("Circular import detected: {}", titles.join(" -> "));
    Import::Failed { message, help: Some("move what both need into a module of its own".to_owned()) }
}
