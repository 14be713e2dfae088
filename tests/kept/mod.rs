//! What holds for every text that `ruff format` has laid out.

#[allow(dead_code, clippy::unwrap_used, reason = "a test may panic, and tokens are drawn elsewhere")]
#[path = "../golden/dump.rs"]
mod dump;

use ruff::format::{Refusal, Style, format};
use ruff::source::Source;
use ruff::syntax::{lex, parse};

fn tree(text: &str) -> String {
    let parsed = parse(&Source::new("f", text));
    assert!(parsed.diagnostics.is_empty(), "{text}");
    dump::script(&parsed.script)
}

/// The texts of all comments; white space at their ends is no part of them.
fn comments(text: &str) -> Vec<String> {
    let source = Source::new("f", text);
    let spans = lex(&source).comments.into_iter().map(|comment| comment.span);
    spans.map(|span| source.slice(span).trim_end().to_owned()).collect()
}

/// What is wrong with the formatted text, if anything.
pub(crate) fn fault(text: &str, style: &Style) -> Option<String> {
    let source = Source::new("f", text);
    let once = match format(&source, style) {
        Ok(once) => once,
        Err(Refusal::Incorrect(_)) => return None,
        Err(Refusal::Changed) => return Some("its words change".to_owned()),
    };
    let twice = format(&Source::new("f", &once), style);
    let twice = match twice {
        Ok(twice) => twice,
        Err(refusal) => return Some(format!("the result is refused: {refusal:?}\n{once}")),
    };
    if twice != once {
        return Some(format!("a second pass changes it:\n{}", first_difference(&once, &twice)));
    }
    if tree(&once) != tree(text) {
        return Some(format!("the tree changes:\n{once}\n{}\n{}", tree(text), tree(&once)));
    }
    if comments(&once) != comments(text) {
        return Some(format!("the comments change:\n{once}"));
    }
    let ragged = lines_without_strings(&once).into_iter().find(|line| line.ends_with(' '));
    ragged.map(|line| format!("a line ends in white space: {line:?}"))
}

/// The lines around the first difference of two texts.
fn first_difference(a: &str, b: &str) -> String {
    let at = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.lines().skip(at.saturating_sub(4)).take(9).collect::<Vec<_>>().join("\n");
    format!("--- once\n{}\n--- twice\n{}", around(a), around(b))
}

/// The lines of a text without those that a string or a block comment goes through.
fn lines_without_strings(text: &str) -> Vec<String> {
    let whole = !text.contains("\"\"\"") && !text.contains("/*");
    if whole { text.lines().map(str::to_owned).collect() } else { Vec::new() }
}
