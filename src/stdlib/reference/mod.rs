//! The reference of the library: what every public function takes, does and gives, with an example.
//!
//! Owns: the texts, one file per chapter, and their union with the declarations. Signatures, other names, rights and what a
//! native does in one sentence come from its declaration; a text adds what that does not say, and an example. Functions
//! written in Ruff declare no sentence, so that their text says all.
//! Invariant: every public name stands in one entry, and every entry shows its names at work (`tests.rs`).
//! Does not: lay out pages; `cli/doc` does.

mod text;
mod results;
mod rights;
mod declared;
#[cfg(test)]
mod tests;

pub use text::{Chapter, Entry};

use self::declared::Declared;
use crate::vm::NativeTable;

/// What stands before the chapters: how to read them.
const PREFACE: &str = include_str!("preface.md");

/// The texts of the chapters, in reading order.
const CHAPTERS: &[&str] = &[
    include_str!("core.md"),
    include_str!("numbers.md"),
    include_str!("strings.md"),
    include_str!("arrays.md"),
    include_str!("dicts.md"),
    include_str!("sets.md"),
    include_str!("iterators.md"),
    include_str!("files.md"),
    include_str!("paths.md"),
    include_str!("environment.md"),
    include_str!("processes.md"),
    include_str!("time.md"),
    include_str!("random.md"),
    include_str!("regex.md"),
    include_str!("formats.md"),
    include_str!("bytes.md"),
    include_str!("hashing.md"),
    include_str!("http.md"),
    include_str!("sockets.md"),
    include_str!("databases.md"),
    include_str!("concurrency.md"),
    include_str!("sites.md"),
    include_str!("testing.md"),
    include_str!("terminal.md"),
];

/// The whole reference.
#[derive(Debug)]
pub struct Reference {
    /// How to read it.
    pub preface: &'static str,
    /// The chapters, in reading order.
    pub chapters: Vec<Chapter>,
    /// Everything that the library declares for scripts.
    declared: Vec<Declared>,
}

/// What is known about one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// Each signature, with what it does if the declaration says it.
    pub signatures: Vec<(String, String)>,
    /// What else there is to say, in lines.
    pub text: String,
    /// Lines of code with their results as comments; may be empty.
    pub example: String,
}

impl Reference {
    /// The reference of these natives and of the prelude.
    pub fn new(natives: &NativeTable) -> Reference {
        let chapters = CHAPTERS.iter().map(|text| Chapter::read(text)).collect();
        Reference { preface: PREFACE, chapters, declared: declared::all(natives) }
    }

    /// All names that have an entry of their own or are other names of one.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.declared.iter().flat_map(|declared| declared.names.iter().copied())
    }

    /// What is known about a name.
    pub fn help(&self, name: &str) -> Option<Help> {
        let named = |declared: &&Declared| declared.names.contains(&name);
        let found: Vec<&Declared> = self.declared.iter().filter(named).collect();
        let primary = found.first()?.names[0];
        let entry = self.entry(name).or_else(|| self.entry(primary));
        Some(help(&found, entry))
    }

    /// Everything about the names of an entry.
    pub fn help_of(&self, entry: &Entry) -> Help {
        let own = |declared: &&Declared| entry.names.contains(&declared.names[0]);
        let declared: Vec<&Declared> = self.declared.iter().filter(own).collect();
        help(&declared, Some(entry))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.chapters.iter().flat_map(|chapter| &chapter.entries).find(|entry| entry.names.contains(&name))
    }
}

fn help(declared: &[&Declared], entry: Option<&Entry>) -> Help {
    Help {
        signatures: declared.iter().map(|one| (one.signature.clone(), one.meaning.clone())).collect(),
        text: entry.map(|entry| entry.text.clone()).unwrap_or_default(),
        example: entry.map(|entry| entry.example.clone()).unwrap_or_default(),
    }
}
