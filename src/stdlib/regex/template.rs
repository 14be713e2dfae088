//! Replacements with `$1`, `${name}` and `$$`.
//!
//! `$1a` is group 1 and an a: a number ends with its digits. A `$` that begins none of these is a `$`.

use regex::{Captures, Regex};

/// A replacement, taken apart once.
pub(super) struct Template {
    parts: Vec<Part>,
}

enum Part {
    Text(String),
    /// A group of the pattern; nothing where it did not match.
    Group(usize),
}

impl Template {
    /// Groups that the pattern does not have stand for nothing.
    pub(super) fn new(text: &str, regex: &Regex) -> Template {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            parts.push(Part::Text(rest[..at].to_owned()));
            let (part, length) = reference(&rest[at + 1..], regex);
            parts.extend(part);
            rest = &rest[at + 1 + length..];
        }
        parts.push(Part::Text(rest.to_owned()));
        Template { parts }
    }

    /// Appends the replacement of one match.
    pub(super) fn expand(&self, found: &Captures<'_>, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(number) => out.push_str(found.get(*number).map_or("", |part| part.as_str())),
            }
        }
    }
}

/// What stands behind a `$`, and how long it is.
fn reference(rest: &str, regex: &Regex) -> (Option<Part>, usize) {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 {
        return (rest[..digits].parse().ok().map(Part::Group), digits);
    }
    if rest.starts_with('$') {
        return (Some(Part::Text("$".to_owned())), 1);
    }
    match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        Some((name, _)) => (group(name, regex).map(Part::Group), name.len() + 2),
        None => (Some(Part::Text("$".to_owned())), 0),
    }
}

fn group(name: &str, regex: &Regex) -> Option<usize> {
    let named = || regex.capture_names().position(|own| own == Some(name));
    name.parse().ok().or_else(named)
}
