//! `ruff doc`: the reference of the library, one name, one chapter, or all of it as Markdown.
//!
//! Owns: how the reference is laid out. Does not: know what is in it; `engine::reference` does.

mod markdown;

use super::{Exit, paint};
use crate::engine::{Chapter, Help, Reference, reference};
use crate::source::similar;

/// How wide the lists of names are, in characters.
const WIDTH: usize = 100;

/// What follows `ruff doc`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Print the whole reference as Markdown
    #[arg(long, conflicts_with = "names")]
    markdown: bool,
    /// Functions, constants or chapters; without any, the chapters and their names
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Prints what is asked for. A name that does not exist is wrong usage, as is a chapter's.
pub(super) fn doc(arguments: &Arguments) -> Exit {
    let reference = reference();
    if arguments.markdown {
        paint::out(&markdown::page(&reference));
        return Exit::Success;
    }
    if arguments.names.is_empty() {
        let lists: Vec<String> = reference.chapters.iter().map(names_of).collect();
        paint::out(&lists.join("\n"));
        return Exit::Success;
    }
    let mut found = Vec::new();
    for name in &arguments.names {
        match about(&reference, name) {
            Some(text) => found.push(text),
            None => return unknown(&reference, name),
        }
    }
    paint::out(&found.join("\n"));
    Exit::Success
}

/// What is known about a name, else about a chapter.
fn about(reference: &Reference, name: &str) -> Option<String> {
    if let Some(help) = reference.help(name) {
        return Some(entry(&help));
    }
    let chapter = reference.chapters.iter().find(|chapter| is_called(chapter, name))?;
    Some(signatures_of(reference, chapter))
}

/// Whether this is the title of a chapter, or a word of it.
fn is_called(chapter: &Chapter, name: &str) -> bool {
    let mut words = chapter.title.split(|c: char| !c.is_alphanumeric());
    chapter.title.eq_ignore_ascii_case(name) || words.any(|word| word.eq_ignore_ascii_case(name))
}

fn unknown(reference: &Reference, name: &str) -> Exit {
    let titles = reference.chapters.iter().map(|chapter| chapter.title);
    let help = match similar(name, reference.names().chain(titles)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`ruff doc` lists all names".to_owned(),
    };
    paint::cli_error(&format!("The library has no {name}"), &help);
    Exit::Usage
}

/// One entry for a terminal.
pub(super) fn entry(help: &Help) -> String {
    let mut text = String::new();
    for (signature, meaning) in &help.signatures {
        text += &format!("{signature}\n");
        text += &indented(meaning);
    }
    text += &indented(&help.text);
    if !help.example.is_empty() {
        text += &format!("\n{}", indented(&help.example));
    }
    text
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    text.lines().map(line).collect()
}

/// A chapter's title and names.
fn names_of(chapter: &Chapter) -> String {
    let mut text = format!("{}\n", chapter.title);
    let mut line = String::new();
    for name in chapter.entries.iter().flat_map(|entry| &entry.names) {
        if line.chars().count() + 1 + name.chars().count() > WIDTH {
            text += &format!("   {line}\n");
            line.clear();
        }
        line += &format!(" {name}");
    }
    text + &format!("   {line}\n")
}

/// A chapter with the signatures of its entries.
fn signatures_of(reference: &Reference, chapter: &Chapter) -> String {
    let mut text = format!("{}\n{}\n", chapter.title, indented(&chapter.about));
    for entry in &chapter.entries {
        for (signature, _) in reference.help_of(entry).signatures {
            text += &format!("{signature}\n");
        }
    }
    text
}
