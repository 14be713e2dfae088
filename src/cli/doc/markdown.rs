//! The reference as one Markdown page, which is docs/STDLIB.md.

use crate::engine::{Chapter, Entry, Reference};

/// The whole page.
pub(super) fn page(reference: &Reference) -> String {
    let mut page = format!("{}\n", reference.preface.trim_end());
    for chapter in &reference.chapters {
        page += &format!("\n## {}\n", chapter.title);
        if !chapter.about.is_empty() {
            page += &format!("\n{}\n", chapter.about);
        }
        page += &entries(reference, chapter);
    }
    page
}

fn entries(reference: &Reference, chapter: &Chapter) -> String {
    chapter.entries.iter().map(|entry| section(reference, entry)).collect()
}

fn section(reference: &Reference, entry: &Entry) -> String {
    let help = reference.help_of(entry);
    let names: Vec<String> = entry.names.iter().map(|name| format!("`{name}`")).collect();
    let mut text = format!("\n### {}\n\n", names.join(" "));
    for (signature, meaning) in &help.signatures {
        text += format!("- `{signature}` {meaning}").trim_end();
        text.push('\n');
    }
    if !help.text.is_empty() {
        text += &format!("\n{}\n", help.text);
    }
    if !help.example.is_empty() {
        let language = if entry.runs() { "ruff" } else { "sh" };
        text += &format!("\n```{language}\n{}\n```\n", help.example);
    }
    text
}
