//! How a chapter is written: a title, what it is about, and entries.
//!
//! `# Title`, a paragraph, then for each entry `## name name`, up to three lines of text, and an example in lines indented
//! by four spaces. An example that begins with `$` is a dialogue with a shell and is not run by the tests.

/// What indents the lines of an example.
const INDENT: &str = "    ";

/// A chapter of the reference.
#[derive(Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Its title.
    pub title: &'static str,
    /// What all its functions have in common.
    pub about: String,
    /// Its entries, in reading order.
    pub entries: Vec<Entry>,
}

/// What a text says about one name or several of a kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The names; other names of the same functions are in their declarations.
    pub names: Vec<&'static str>,
    /// What the declarations do not say.
    pub text: String,
    /// The example.
    pub example: String,
}

impl Chapter {
    pub(super) fn read(text: &'static str) -> Chapter {
        let (head, rest) = text.split_once("\n## ").unwrap_or((text, ""));
        let (title, about) = head.split_once('\n').unwrap_or((head, ""));
        let entries = rest.split("\n## ").filter(|entry| !entry.is_empty());
        Chapter {
            title: title.trim_start_matches("# "),
            about: about.trim().to_owned(),
            entries: entries.map(Entry::read).collect(),
        }
    }
}

impl Entry {
    fn read(text: &'static str) -> Entry {
        let mut lines = text.lines();
        let names = lines.next().unwrap_or_default().split_whitespace().collect();
        let (example, text): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with(INDENT));
        let example: Vec<&str> = example.iter().map(|line| &line[INDENT.len()..]).collect();
        let text: Vec<&str> = text.into_iter().filter(|line| !line.is_empty()).collect();
        Entry { names, text: text.join("\n"), example: example.join("\n") }
    }

    /// Whether the example is Ruff, not a dialogue with a shell.
    pub fn runs(&self) -> bool {
        !self.example.starts_with('$')
    }
}
