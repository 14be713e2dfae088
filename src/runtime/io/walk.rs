//! Directories: listing, walking, matching names.
//!
//! Invariant: results are sorted by name and never depend on the order in which the system lists; links are not
//! followed unless asked.

use std::fs::{self, Metadata};
#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use globset::{Glob, GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use super::file::path_value;
use crate::runtime::failure::{io_fault, parse_fault};
use crate::value::{Dict, Fault, Value};

/// Which entries of a tree are wanted.
#[derive(Debug)]
pub(super) struct Choice {
    max_depth: usize,
    include: Option<GlobSet>,
    exclude: GlobSet,
    hidden: bool,
    follow_links: bool,
}

impl Choice {
    /// ParseError for a malformed pattern. Patterns are matched against paths relative to the root.
    pub(super) fn new(
        max_depth: Option<usize>,
        include: &[String],
        exclude: &[String],
        hidden: bool,
        follow_links: bool,
    ) -> Result<Choice, Fault> {
        Ok(Choice {
            max_depth: max_depth.unwrap_or(usize::MAX),
            include: if include.is_empty() { None } else { Some(set(include)?) },
            exclude: set(exclude)?,
            hidden,
            follow_links,
        })
    }

    /// Whether to look at an entry and, if it is a directory, into it.
    fn enters(&self, root: &Path, entry: &DirEntry) -> bool {
        entry.depth() == 0
            || !((!self.hidden && is_hidden(entry)) || self.exclude.is_match(relative(root, entry.path())))
    }

    /// The entries below `root`, directories before their content, sorted by name.
    pub(super) fn entries<'a>(
        &'a self,
        root: &'a Path,
        op: &'a str,
    ) -> impl Iterator<Item = Result<DirEntry, Fault>> + 'a {
        let walk = WalkDir::new(root).min_depth(1).max_depth(self.max_depth).follow_links(self.follow_links);
        let wanted = |entry: &DirEntry| {
            self.include.as_ref().is_none_or(|set| set.is_match(relative(root, entry.path())))
        };
        let entries =
            walk.sort_by_file_name().into_iter().filter_entry(move |entry| self.enters(root, entry));
        entries.filter_map(move |entry| match entry {
            Ok(entry) => wanted(&entry).then_some(Ok(entry)),
            // A loop of followed links: its directory has been seen.
            Err(error) if error.loop_ancestor().is_some() => None,
            Err(error) => Some(Err(walk_fault(op, root, &error))),
        })
    }
}

fn walk_fault(op: &str, root: &Path, error: &walkdir::Error) -> Fault {
    let path = error.path().unwrap_or(root).to_string_lossy().into_owned();
    let other = || std::io::Error::other(error.to_string());
    match error.io_error() {
        Some(error) => io_fault(op, &path, error),
        None => io_fault(op, &path, &other()),
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// A path below a root, relative to it.
pub(super) fn relative<'a>(root: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}

fn matcher(pattern: &str) -> Result<Glob, Fault> {
    let built = GlobBuilder::new(pattern).literal_separator(true).build();
    built.map_err(|error| {
        parse_fault(format!("Invalid glob pattern '{pattern}': {}", error.kind()), "glob", None)
    })
}

fn set(patterns: &[String]) -> Result<GlobSet, Fault> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(matcher(pattern)?);
    }
    set.build().map_err(|error| parse_fault(format!("Invalid glob pattern: {error}"), "glob", None))
}

/// The names in a directory, or their paths.
pub(super) fn list(path: &str, full: bool) -> Result<Value, Fault> {
    let names = || -> std::io::Result<Vec<std::ffi::OsString>> {
        fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let mut names = names().map_err(|error| io_fault("list directory", path, &error))?;
    names.sort_unstable();
    let root = Path::new(path);
    let item =
        |name: &std::ffi::OsString| path_value(&if full { root.join(name) } else { PathBuf::from(name) });
    Ok(Value::array(names.iter().map(item).collect()))
}

/// The entries of a tree.
pub(super) fn walk(path: &str, choice: &Choice) -> Result<Value, Fault> {
    let root = Path::new(path);
    let described = |entry: Result<DirEntry, Fault>| Ok(describe(root, &entry?));
    let items: Result<Vec<Value>, Fault> = choice.entries(root, "walk directory").map(described).collect();
    Ok(Value::array(items?))
}

/// For each file below a directory, or each of `names` there that is a file, a text that changes whenever the file does.
pub(super) fn stamps(path: &str, names: Option<Vec<String>>) -> Result<Value, Fault> {
    let root = Path::new(path);
    let found = match names {
        Some(names) => names,
        None => file_names(root)?,
    };
    let mut dict = Dict::with_capacity(found.len());
    for name in &found {
        if let Ok(metadata) = fs::symlink_metadata(root.join(name))
            && metadata.is_file()
        {
            dict.insert_text(name, Value::text(stamp_of(&metadata)));
        }
    }
    Ok(Value::dict(dict))
}

/// The files below a directory, sorted as a walk gives them; none if it is not there.
fn file_names(root: &Path) -> Result<Vec<String>, Fault> {
    if !root.exists() {
        return Ok(Vec::new());
    }
    let everything = Choice::new(None, &[], &[], true, false)?;
    let mut names = Vec::new();
    for entry in everything.entries(root, "list files below") {
        let entry = entry?;
        if entry.file_type().is_file() {
            names.push(relative(root, entry.path()).to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Size and times to the nanosecond. The time of the last change of its record is one that programs cannot set.
fn stamp_of(metadata: &Metadata) -> String {
    let since =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let modified = metadata.modified().map_or(0, since);
    #[cfg(unix)]
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    #[cfg(not(unix))]
    let changed = (metadata.created().map_or(0, since), 0);
    format!("{}-{modified}-{}.{}", metadata.len(), changed.0, changed.1)
}

fn describe(root: &Path, entry: &DirEntry) -> Value {
    let metadata = entry.metadata().ok();
    let size = metadata.as_ref().map_or(0, |metadata| metadata.len());
    let mut dict = Dict::with_capacity(9);
    dict.insert_text("path", path_value(entry.path()));
    dict.insert_text("rel", path_value(relative(root, entry.path())));
    dict.insert_text("name", Value::text(entry.file_name().to_string_lossy().into_owned()));
    dict.insert_text("depth", Value::Int(entry.depth() as i64));
    dict.insert_text("size", Value::Int(size as i64));
    dict.insert_text(
        "modified",
        metadata.map_or(Value::Null, |metadata| super::file::seconds(metadata.modified())),
    );
    dict.insert_text("is_file", Value::Bool(entry.file_type().is_file()));
    dict.insert_text("is_dir", Value::Bool(entry.file_type().is_dir()));
    dict.insert_text("is_symlink", Value::Bool(entry.path_is_symlink()));
    Value::dict(dict)
}

/// The paths that match a pattern, sorted. They begin with `cwd` unless that is empty or the pattern is absolute.
pub(super) fn glob(pattern: &str, cwd: &str, hidden: bool, files_only: bool) -> Result<Value, Fault> {
    let matcher = matcher(pattern)?.compile_matcher();
    let (fixed, depth) = fixed_part(pattern);
    let start = Path::new(cwd).join(&fixed);
    if fixed.as_os_str() == pattern {
        let found = start.exists() && !(files_only && start.is_dir());
        return Ok(Value::array(if found { vec![path_value(&start)] } else { Vec::new() }));
    }
    // A pattern that names a dot itself may match hidden names.
    let hidden = hidden || pattern.starts_with('.') || pattern.contains("/.");
    let choice = Choice::new(depth, &[], &[], hidden, false)?;
    let walked = if start.as_os_str().is_empty() { Path::new(".") } else { &start };
    if !walked.is_dir() {
        return Ok(Value::array(Vec::new()));
    }
    let mut paths = Vec::new();
    for entry in choice.entries(walked, "list directory") {
        let entry = entry?;
        let below = relative(walked, entry.path());
        if is_match(&matcher, &fixed.join(below)) && !(files_only && entry.file_type().is_dir()) {
            paths.push(start.join(below));
        }
    }
    paths.sort_unstable();
    Ok(Value::array(paths.iter().map(|path| path_value(path)).collect()))
}

fn is_match(matcher: &GlobMatcher, path: &Path) -> bool {
    matcher.is_match(path)
}

/// The directories before the first special character, and how deep below them the pattern can match (any if it contains
/// `**` or braces, which may hold separators).
fn fixed_part(pattern: &str) -> (PathBuf, Option<usize>) {
    let special = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
    let fixed =
        if special == pattern.len() { special } else { pattern[..special].rfind('/').map_or(0, |at| at + 1) };
    let rest = &pattern[fixed..];
    let bounded = !rest.contains("**") && !rest.contains('{');
    (PathBuf::from(&pattern[..fixed]), bounded.then(|| rest.matches('/').count() + 1))
}
