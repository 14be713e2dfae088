//! Paths as text (STDLIB section 9): nothing here looks at a file system.
//!
//! `/` separates names, as on every system that Ruff knows today. What needs the working directory or the user's
//! directory is in `prelude/path.ruff`.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{Text, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "path_join join_path(...parts: string) -> string",
        "The parts joined by `/`; an absolute part restarts.",
        join,
    ),
    plain("path_split(p: string) -> array", "The names in a path, after `/` if it is absolute.", split),
    plain("dirname(p: string) -> string", "Everything before the last name.", |call| {
        answer::text(directory(call.str(0)))
    }),
    plain("basename(p: string) -> string", "The last name.", |call| answer::text(base(call.str(0)))),
    plain("path_extension(p: string) -> string", "What follows the last point of the name.", |call| {
        answer::text(name_parts(base(call.str(0))).1)
    }),
    plain("path_stem(p: string) -> string", "The last name without its extension.", |call| {
        answer::text(name_parts(base(call.str(0))).0)
    }),
    plain(
        "path_with_extension(p: string, ext: string) -> string",
        "The path with another extension; \"\" removes it.",
        with_extension,
    ),
    plain("path_normalize(p: string) -> string", "Without `.`, `..` and doubled `/`.", |call| {
        answer::text(normalized(call.str(0)))
    }),
    plain("path_relative(p: string, base: string) -> string", "The way from base to p.", relative),
    plain("path_is_absolute(p: string) -> bool", "Whether the path starts at the root.", |call| {
        answer::bool(call.str(0).starts_with('/'))
    }),
];

fn join(call: &mut Call<'_>) -> Outcome {
    let mut path = String::new();
    for part in call.args.iter() {
        let Value::Text(part) = part else { continue };
        push(&mut path, part.as_str());
    }
    answer::text(path)
}

fn push(path: &mut String, part: &str) {
    if part.starts_with('/') {
        path.clear();
    } else if !path.is_empty() && !path.ends_with('/') && !part.is_empty() {
        path.push('/');
    }
    path.push_str(part);
}

fn split(call: &mut Call<'_>) -> Outcome {
    let path = call.str(0);
    let root = path.starts_with('/').then_some("/");
    let names = path.split('/').filter(|name| !name.is_empty());
    answer::array(root.into_iter().chain(names).map(Value::text).collect())
}

/// A path without the `/`s at its end, unless it is the root.
fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/",
        rest => rest,
    }
}

fn directory(path: &str) -> &str {
    let path = trimmed(path);
    match path.rfind('/') {
        None => "",
        Some(at) => trimmed(&path[..at.max(1)]),
    }
}

fn base(path: &str) -> &str {
    let path = trimmed(path);
    path.rsplit('/').next().unwrap_or(path)
}

/// Stem and extension of a name; a point at its start begins no extension.
fn name_parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        None | Some(0) => (name, ""),
        Some(_) if name == ".." => (name, ""),
        Some(at) => (&name[..at], &name[at + 1..]),
    }
}

fn with_extension(call: &mut Call<'_>) -> Outcome {
    let (path, extension) = (trimmed(call.str(0)), call.str(1));
    let (_, old) = name_parts(base(path));
    let kept = if old.is_empty() { path } else { &path[..path.len() - old.len() - 1] };
    match extension.strip_prefix('.').unwrap_or(extension) {
        "" => answer::text(kept),
        new => answer::text(format!("{kept}.{new}")),
    }
}

/// The path without `.`, `..` and doubled `/`. `..`s that lead out of a relative path stay; above the root is the root.
pub(super) fn normalized(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|&last| last != "..") => _ = names.pop(),
            ".." if absolute => {}
            name => names.push(name),
        }
    }
    match (absolute, names.is_empty()) {
        (true, _) => format!("/{}", names.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => names.join("/"),
    }
}

fn relative(call: &mut Call<'_>) -> Outcome {
    let (path, base) = (normalized(call.str(0)), normalized(call.str(1)));
    answer::value(Value::Text(way(&path, &base)))
}

/// The way from one normalized path to another. Where the text cannot tell (one is absolute, or the base leads out of
/// the unknown directory), the path itself.
fn way(path: &str, base: &str) -> Text {
    let names = |path: &'_ str| -> Vec<String> {
        path.split('/').filter(|name| !matches!(*name, "" | ".")).map(str::to_owned).collect()
    };
    let (to, from) = (names(path), names(base));
    let shared = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let unknown = from[shared..].iter().any(|name| name == "..");
    if path.starts_with('/') != base.starts_with('/') || unknown {
        return path.into();
    }
    let up = from[shared..].iter().map(|_| "..");
    let way: Vec<&str> = up.chain(to[shared..].iter().map(String::as_str)).collect();
    if way.is_empty() { ".".into() } else { way.join("/").into() }
}

#[cfg(test)]
mod tests {
    use super::{base, directory, normalized, way};

    #[test]
    fn directories_and_names() {
        for (path, parent, name) in [
            ("a/b/c.txt", "a/b", "c.txt"),
            ("c.txt", "", "c.txt"),
            ("/", "/", ""),
            ("/a", "/", "a"),
            ("a/b/", "a", "b"),
            ("//a", "/", "a"),
        ] {
            assert_eq!((directory(path), base(path)), (parent, name), "{path}");
        }
    }

    #[test]
    fn normal_forms_and_ways() {
        assert_eq!(normalized("a/./b/../c"), "a/c");
        assert_eq!(normalized("../../a//"), "../../a");
        assert_eq!(normalized("/.."), "/");
        assert_eq!(normalized("a/.."), ".");
        assert_eq!(way("/a/c", "/a/b").as_str(), "../c");
        assert_eq!(way("a", "a").as_str(), ".");
        assert_eq!(way("../x", "a").as_str(), "../../x");
        assert_eq!(way("a", "../x").as_str(), "a");
    }
}
