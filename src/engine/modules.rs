//! Imports: which files a script reaches, in the order in which they are compiled.
//!
//! Owns: the walk over all imports (`units`), the rules of LANGUAGE 12.3 for files on disk (`Files`), and the door for
//! hosts that keep modules elsewhere (`Modules`).
//! Invariant: one key is one module, whatever names lead to it; a unit comes after everything it imports; an import that
//! would close a circle fails instead.
//! Does not: compile. `Files` is the one place of the engine that reads files.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::Error;
use crate::compiler::{Import, Incorrect, Unit, imports};
use crate::source::Source;
use crate::syntax::{self, ast};

/// Where the modules of a script are.
///
/// ```
/// use ruff::engine::{Engine, FoundModule, Modules, NotFound, Options};
/// use ruff::source::Source;
///
/// /// Texts in memory: `import a.b` means the one called "a.b".
/// struct Texts(&'static [(&'static str, &'static str)]);
///
/// impl Modules for Texts {
///     fn find(&self, _importer: &str, path: &[&str]) -> Result<FoundModule, NotFound> {
///         let name = path.join(".");
///         match self.0.iter().any(|(known, _)| *known == name) {
///             true => Ok(FoundModule { key: name.clone(), name }),
///             false => Err(NotFound { message: None, help: None }),
///         }
///     }
///
///     fn read(&self, module: &FoundModule) -> Result<Vec<u8>, String> {
///         let text = self.0.iter().find(|(known, _)| *known == module.key);
///         text.map(|(_, text)| text.as_bytes().to_vec()).ok_or("it is gone".to_owned())
///     }
/// }
///
/// let modules = Texts(&[("shapes", "export func area(w, h) { return w * h }")]);
/// let engine = Engine::new(Options::default());
/// let script = engine.compile_with(Source::new("main", "import shapes\nprint(area(6, 7))"), &modules);
/// assert!(script.is_ok());
/// ```
pub trait Modules {
    /// What tells the script from all modules: the key under which it would be imported.
    fn script(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The module that `path` names in an import of the file called `importer`.
    fn find(&self, importer: &str, path: &[&str]) -> Result<FoundModule, NotFound>;

    /// Its bytes, or why they cannot be read. Asked once for each key.
    fn read(&self, module: &FoundModule) -> Result<Vec<u8>, String>;
}

/// A module that was found.
#[derive(Clone, Debug)]
pub struct FoundModule {
    /// One key is one module.
    pub key: String,
    /// The name that messages show.
    pub name: String,
}

/// Why there is no module.
#[derive(Debug)]
pub struct NotFound {
    /// The message of the ImportError; `None`: `Module not found: a.b`.
    pub message: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

/// A module that is there but cannot be read. Nothing runs then.
#[derive(Clone, Debug)]
pub struct UnreadableModule {
    /// The name of its file.
    pub file: String,
    /// Why.
    pub reason: String,
    /// Where it is imported: file, line and column.
    pub imported_at: String,
}

impl std::fmt::Display for UnreadableModule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Cannot read module '{}': {}", self.file, self.reason)
    }
}

/// For hosts without modules: every import fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoModules;

impl Modules for NoModules {
    fn find(&self, _: &str, _: &[&str]) -> Result<FoundModule, NotFound> {
        let help = Some("this host offers no modules".to_owned());
        Err(NotFound { message: None, help })
    }

    fn read(&self, _: &FoundModule) -> Result<Vec<u8>, String> {
        Err("this host offers no modules".to_owned())
    }
}

/// How many files a program may have.
const MOST_FILES: usize = 65_000;

/// One byte more than a source file may have.
const LARGEST: u64 = (16 << 20) + 1;

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
        let linked = link_target(importer);
        let linked = linked.as_deref().and_then(Path::parent);
        let marked = package_root(&own).or_else(|| package_root(linked?));
        let root = marked.unwrap_or_else(|| linked.map_or_else(|| self.start.clone(), Path::to_path_buf));
        let mut all = vec![own];
        all.extend(linked.map(Path::to_path_buf));
        all.extend([root.clone(), root.join("src"), root.join("modules")]);
        all.extend(self.shared.iter().cloned());
        all
    }
}

impl Modules for Files {
    fn script(&self, name: &str) -> String {
        let path = Path::new(name);
        path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
    }

    fn find(&self, importer: &str, path: &[&str]) -> Result<FoundModule, NotFound> {
        let relative = path.iter().collect::<PathBuf>().with_extension("ruff");
        let directories = self.directories(importer);
        for directory in &directories {
            let file = directory.join(&relative);
            match file.canonicalize() {
                Ok(real) if is_inside(&real, directory) => return Ok(found(&real, &file)),
                Ok(_) => {
                    let message = format!("Module {} leads out of {}", path.join("."), shown(directory));
                    let help = Some("links to files elsewhere are not followed".to_owned());
                    return Err(NotFound { message: Some(message), help });
                }
                Err(error) if is_absence(error.kind()) => {}
                // It is there; reading it will say what is wrong.
                Err(_) => return Ok(found(&file, &file)),
            }
        }
        Err(NotFound { message: None, help: Some(missing(&relative, &directories)) })
    }

    fn read(&self, module: &FoundModule) -> Result<Vec<u8>, String> {
        read_file(Path::new(&module.key)).map_err(|error| error.to_string())
    }
}

fn missing(relative: &Path, directories: &[PathBuf]) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in directories.iter().map(|directory| shown(directory)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    format!("there is no {} in any of these folders: {}", relative.display(), names.join(", "))
}

/// The help for a module that is not there, with what the library has under its name: many languages import theirs.
fn with_library(help: String, path: &[&str]) -> String {
    let [word] = path else { return help };
    let reference = super::reference();
    let is_part = |name: &&str| name.split('_').any(|part| part == *word);
    match reference.names().filter(is_part).min() {
        Some(name) => format!("{help}; the library needs no import: `{name}`"),
        None => help,
    }
}

fn found(real: &Path, file: &Path) -> FoundModule {
    FoundModule { key: real.display().to_string(), name: file.display().to_string() }
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The bytes of a regular file, of a too large one only so many that it is seen to be.
fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let kind = fs::metadata(path)?;
    if !kind.is_file() {
        let what = if kind.is_dir() { "it is a directory" } else { "it is no regular file" };
        return Err(std::io::Error::other(what));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn directory_of(file: &str) -> PathBuf {
    Path::new(file).parent().map(Path::to_owned).unwrap_or_default()
}

/// The file that a link leads to: a script may be started by a link to it, and its modules lie beside the file.
fn link_target(file: &str) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(file).is_ok_and(|kind| kind.is_symlink());
    if is_link { fs::canonicalize(file).ok() } else { None }
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

fn is_inside(real: &Path, directory: &Path) -> bool {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    directory.canonicalize().is_ok_and(|directory| real.starts_with(directory))
}

/// What a directory is called in messages.
fn shown(directory: &Path) -> String {
    if directory.as_os_str().is_empty() { ".".to_owned() } else { directory.display().to_string() }
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
    fn new(key: String, name: &str, source: Source, script: ast::Script) -> Open {
        let words = |path: &[ast::Name]| path.iter().map(|name| name.text.clone()).collect();
        let mut left: Vec<_> =
            imports(&script).into_iter().map(|(statement, path)| (statement, words(path))).collect();
        left.reverse();
        Open { key, name: name.into(), source, script, left, imports: FxHashMap::default() }
    }

    /// How a circle names it.
    fn title(&self) -> String {
        let stem = Path::new(self.source.name()).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if self.name.is_empty() { stem.unwrap_or_default() } else { self.name.to_string() }
    }
}

/// Where a file is on the walk.
#[derive(Clone, Copy)]
enum State {
    /// Its imports are being followed: its position among the open files.
    Open(usize),
    /// The unit that it is.
    Done(usize),
}

/// The script and all files that it reaches, each after those that it imports. The error holds the lexical and syntax
/// errors of all of them, or says which cannot be read.
pub(super) fn units(script: Source, modules: &dyn Modules) -> Result<Vec<Unit>, Error> {
    further_units(script, modules, &FxHashMap::default()).map(|(units, _)| units)
}

/// The same for a script that comes after others, which reached the files in `known`; and the keys of those that are new.
pub(super) fn further_units(
    script: Source,
    modules: &dyn Modules,
    known: &FxHashMap<String, usize>,
) -> Result<(Vec<Unit>, FxHashMap<String, usize>), Error> {
    let mut walk = Walk {
        modules,
        known,
        open: Vec::new(),
        states: FxHashMap::default(),
        units: Vec::new(),
        incorrect: Vec::new(),
    };
    let key = modules.script(script.name());
    walk.enter(key.clone(), "", script);
    while let Some(file) = walk.open.last_mut() {
        match file.left.pop() {
            Some((statement, path)) => walk.follow(statement, path)?,
            None => walk.leave(),
        }
    }
    if !walk.incorrect.is_empty() {
        return Err(Error::Diagnostics(walk.incorrect));
    }
    walk.states.remove(&key);
    let done = |(key, state)| match state {
        State::Done(unit) => Some((key, unit)),
        State::Open(_) => None,
    };
    Ok((walk.units, walk.states.into_iter().filter_map(done).collect()))
}

/// The walk along all imports, depth first, with a stack of its own.
struct Walk<'a> {
    modules: &'a dyn Modules,
    /// The units that earlier scripts reached, by key. They come before all others.
    known: &'a FxHashMap<String, usize>,
    /// The files on the way from the script.
    open: Vec<Open>,
    /// All files met so far, by key.
    states: FxHashMap<String, State>,
    units: Vec<Unit>,
    incorrect: Vec<Incorrect>,
}

impl Walk<'_> {
    /// Begins with a file. Errors in it do not keep its imports from being followed, so that all are reported.
    fn enter(&mut self, key: String, name: &str, source: Source) {
        let parsed = syntax::parse(&source);
        if !parsed.diagnostics.is_empty() {
            self.incorrect.push(Incorrect { source: source.clone(), diagnostics: parsed.diagnostics });
        }
        self.states.insert(key.clone(), State::Open(self.open.len()));
        self.open.push(Open::new(key, name, source, parsed.script));
    }

    /// Completes the innermost file.
    fn leave(&mut self) {
        let Some(Open { key, name, source, script, imports, .. }) = self.open.pop() else { return };
        self.states.insert(key, State::Done(self.known.len() + self.units.len()));
        self.units.push(Unit { name, source, script, imports });
    }

    /// Follows an import of the innermost file.
    fn follow(&mut self, statement: u32, path: Vec<Box<str>>) -> Result<(), Error> {
        let Some(file) = self.open.last_mut() else { return Ok(()) };
        let words: Vec<&str> = path.iter().map(|word| &**word).collect();
        let import = match self.modules.find(file.source.name(), &words) {
            Err(NotFound { message, help }) => {
                let help = help.map(|help| with_library(help, &words));
                let message = message.unwrap_or_else(|| format!("Module not found: {}", words.join(".")));
                Import::Failed { message, help }
            }
            Ok(found) => match state_of(&self.states, self.known, &found.key) {
                Some(State::Done(unit)) => Import::Unit(unit),
                Some(State::Open(first)) => circle(&self.open[first..]),
                None => {
                    let known = self.known.len() + self.states.len();
                    let source = read(self.modules, &found, known, file, statement)?;
                    let name = words.last().copied().unwrap_or_default().to_owned();
                    // The statement is looked at again when the module is done.
                    file.left.push((statement, path));
                    self.enter(found.key, &name, source);
                    return Ok(());
                }
            },
        };
        if let Some(file) = self.open.last_mut() {
            file.imports.insert(statement, import);
        }
        Ok(())
    }
}

fn state_of(own: &FxHashMap<String, State>, known: &FxHashMap<String, usize>, key: &str) -> Option<State> {
    own.get(key).copied().or_else(|| known.get(key).map(|unit| State::Done(*unit)))
}

/// The text of a module, which the statement at this byte of `importer` imports; so many files are `known`.
fn read(
    modules: &dyn Modules,
    found: &FoundModule,
    known: usize,
    importer: &Open,
    statement: u32,
) -> Result<Source, Error> {
    let bytes = match known < MOST_FILES {
        true => modules.read(found),
        false => Err(format!("a program has {MOST_FILES} files at most")),
    };
    let source =
        bytes.and_then(|bytes| Source::from_bytes(&found.name, &bytes).map_err(|error| error.to_string()));
    source.map_err(|reason| {
        let at = importer.source.position(statement);
        let imported_at = format!("{}:{}:{}", importer.source.name(), at.line, at.column);
        Error::Module(Box::new(UnreadableModule { file: found.name.clone(), reason, imported_at }))
    })
}

fn circle(files: &[Open]) -> Import {
    let titles: Vec<String> = files.iter().chain(files.first()).map(Open::title).collect();
    let message = format!("Circular import detected: {}", titles.join(" -> "));
    Import::Failed { message, help: Some("move what both need into a module of its own".to_owned()) }
}
