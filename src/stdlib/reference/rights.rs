//! The rights that functions written in Ruff may need: those of the natives that they call, directly or through others.
//!
//! Owns: the reading of calls from the text of the prelude. A call that only some arguments lead to counts as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::stdlib::SOURCES;
use crate::vm::{Capability, NativeTable};

/// What hands its first argument to a context that calls it.
const STARTS: &str = "__start(";

/// What natives may need and these functions never ask them for: they open files in one way only.
const NEVER: &[(&str, Capability)] =
    &[("file_lines", Capability::FilesystemWrite), ("log_config", Capability::FilesystemRead)];

/// The names of rights, by function of the prelude.
pub(super) struct Rights {
    by_native: BTreeMap<&'static str, BTreeSet<&'static str>>,
    calls: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Rights {
    pub(super) fn new(natives: &NativeTable) -> Rights {
        let mut by_native: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (native, signature) in &natives.entries {
            for &name in &signature.names {
                by_native
                    .entry(name)
                    .or_default()
                    .extend(native.capability.iter().chain(native.may_need).map(|right| right.text()));
            }
        }
        Rights { by_native, calls: calls() }
    }

    /// What a function of the prelude may need, in the order of names.
    pub(super) fn of(&self, function: &str) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        let (mut seen, mut open) = (BTreeSet::new(), vec![function]);
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            match self.calls.get(name) {
                Some(called) => open.extend(called.iter().copied()),
                None => found.extend(self.by_native.get(name).into_iter().flatten()),
            }
        }
        found.retain(|right| !NEVER.iter().any(|(name, never)| *name == function && never.text() == *right));
        found
    }
}

/// What each function of the prelude calls. A function's text ends where the next one begins.
fn calls() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, text) in SOURCES {
        let mut function = None;
        for line in text.lines().filter(|line| !line.starts_with(['#', '/'])) {
            let mut rest = line;
            if let Some((name, behind)) = declared(line) {
                (function, rest) = (Some(name), behind);
                calls.entry(name).or_default();
            }
            if let Some(called) = function.and_then(|name| calls.get_mut(name)) {
                called.extend(called_in(rest));
            }
        }
    }
    calls
}

/// The name of the function that a line declares, and what stands behind it.
fn declared(line: &'static str) -> Option<(&'static str, &'static str)> {
    let head = ["func ", "func* ", "async func "].iter().find_map(|form| line.strip_prefix(form))?;
    head.split_once('(')
}

/// The words that a parenthesis follows, and those that are started.
fn called_in(line: &'static str) -> impl Iterator<Item = &'static str> {
    let before = line.match_indices('(').map(|(at, _)| last_word(&line[..at]));
    let started = line.match_indices(STARTS).map(|(at, _)| first_word(&line[at + STARTS.len()..]));
    before.chain(started).filter(|word| !word.is_empty())
}

fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn last_word(text: &str) -> &str {
    let start = text
        .rfind(|c| !is_in_word(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    &text[start..]
}

fn first_word(text: &str) -> &str {
    &text[..text.find(|c| !is_in_word(c)).unwrap_or(text.len())]
}
