//! Which of the library's own code a program needs.
//!
//! Most scripts use a few of the functions that are written in Ruff, and compiling all of them takes longer than everything
//! else that happens before a script runs. So a program gets those whose names its text mentions, those that these mention,
//! and so on.
//!
//! Owns: the texts, cut into functions, and what a word asks for. Invariant: whatever the machine can look up by name is
//! there. It looks up names that stand in the program's text, the prelude's own forms of natives that stand there
//! (`__lazy_NAME`, `__own_NAME`, `__after_NAME`), and names that it knows by itself, which are given as `always`.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Source;

/// The words of a prelude function's name before that of the native that it stands in for, or whose work it ends.
const FORMS: [&str; 3] = ["__lazy_", "__own_", "__after_"];

/// The functions of the prelude as texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Prelude {
    /// In the order of the files.
    texts: Vec<Box<str>>,
    /// The functions that a word asks for, by position.
    asked_by: FxHashMap<Box<str>, Vec<usize>>,
    /// What every program has.
    always: Vec<Box<str>>,
    /// The names of all functions.
    pub(super) names: FxHashSet<Box<str>>,
    /// The functions that, called by dot on a place, store their result there.
    pub(super) editing: Vec<Box<str>>,
}

impl Prelude {
    /// The functions of these texts. `always`: the names of those that every program has. `aliases`: further names of
    /// natives, each with the first.
    pub(super) fn new<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        always: &[&str],
        editing: &[&str],
        aliases: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Prelude {
        let mut prelude = Prelude {
            always: always.iter().map(|&name| name.into()).collect(),
            editing: editing.iter().map(|&name| name.into()).collect(),
            ..Prelude::default()
        };
        for text in texts {
            functions(text).for_each(|function| prelude.add(function));
        }
        for (alias, first) in aliases {
            if let Some(asked) = prelude.asked_by.get(first).cloned() {
                prelude.asked_by.entry(alias.into()).or_default().extend(asked);
            }
        }
        prelude
    }

    fn add(&mut self, text: &str) {
        let Some(name) = declared(text) else { return };
        let position = self.texts.len();
        self.texts.push(text.into());
        self.names.insert(name.into());
        let mut ask = |word: &str| self.asked_by.entry(word.into()).or_default().push(position);
        ask(name);
        if let Some(native) = FORMS.iter().find_map(|form| name.strip_prefix(form)) {
            ask(native);
            ask(&format!("__{native}"));
        }
    }

    /// The source text of what programs with these texts need.
    pub(super) fn needed_by<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Source {
        let mut needed = vec![false; self.texts.len()];
        let mut open: Vec<usize> = Vec::new();
        let mut look = |word: &str, open: &mut Vec<usize>| {
            for &position in self.asked_by.get(word).into_iter().flatten() {
                if !std::mem::replace(&mut needed[position], true) {
                    open.push(position);
                }
            }
        };
        self.always.iter().for_each(|name| look(name, &mut open));
        texts.into_iter().flat_map(words).for_each(|word| look(word, &mut open));
        while let Some(position) = open.pop() {
            words(&self.texts[position]).for_each(|word| look(word, &mut open));
        }
        let chosen = self.texts.iter().zip(needed).filter(|(_, needed)| *needed);
        source(chosen.map(|(text, _)| &**text))
    }

    /// The source text of all functions.
    pub(super) fn whole(&self) -> Source {
        source(self.texts.iter().map(|text| &**text))
    }
}

fn source<'a>(texts: impl Iterator<Item = &'a str>) -> Source {
    Source::new("prelude", &texts.collect::<String>())
}

/// The functions of a text, each with the lines up to the next one.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = line_of_function(rest, 0)?;
        let end = line_of_function(rest, start + 1).unwrap_or(rest.len());
        let function = &rest[start..end];
        rest = &rest[end..];
        Some(function)
    })
}

/// Where the first line from `from` on starts that declares a function at the top level.
fn line_of_function(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    if at > 0 {
        at += text[at..].find('\n')? + 1;
    }
    loop {
        if declared(&text[at..]).is_some() {
            return Some(at);
        }
        at += text[at..].find('\n')? + 1;
    }
}

/// The name of the function that a text begins with.
fn declared(text: &str) -> Option<&str> {
    let text = text.strip_prefix("async ").unwrap_or(text);
    let text = text.strip_prefix("func")?;
    let name = text.strip_prefix('*').unwrap_or(text).strip_prefix(' ')?;
    words(name).next()
}

/// The runs of letters, digits and underscores in a text: its names, and more.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prelude() -> Prelude {
        let first = "# About.\nfunc map(xs, f) {\n    return __items(xs)\n}\nasync func later() { }\n";
        let second = "func* __lazy_map(xs, f) { yield __step(xs) }\nfunc __items(xs) { return xs }\n\
            func __step(xs) { return xs }\nfunc __shown(x) { return x }\nfunc __own_sort(xs) { return xs }\n";
        Prelude::new([first, second], &["__shown"], &[], [("order", "sort")])
    }

    fn check(script: &str, expected: &[&str]) {
        let source = prelude().needed_by([script]);
        let names: Vec<&str> = source.text().lines().filter_map(declared).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_program_gets_what_its_words_ask_for() {
        check("print(1)", &["__shown"]);
        check("x.map(f)", &["map", "__lazy_map", "__items", "__step", "__shown"]);
        check("\"${later()}\"", &["later", "__shown"]);
        check("order(xs)", &["__shown", "__own_sort"]);
        check("mapped", &["__shown"]);
    }

    #[test]
    fn the_whole_has_every_function() {
        let source = prelude().whole();
        assert_eq!(source.text().lines().filter_map(declared).count(), prelude().names.len());
    }
}
