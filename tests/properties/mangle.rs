//! Making something almost right from something right.

use std::ops::Range;

use ruff::source::Source;
use ruff::syntax::lex;
use ruff::syntax::token::TokenKind;

use crate::dice::Dice;
use crate::harness::{root, scripts};

/// What stands in for a literal or a name.
const WORDS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "255",
    "4096",
    "9223372036854775807",
    "(-9223372036854775807 - 1)",
    "0.5",
    "1e308",
    "\"\"",
    "\"x\"",
    "\"é\"",
    "null",
    "true",
    "false",
    "[]",
    "[1]",
    "{}",
    "{k: 1}",
    "None",
    "Some(1)",
    "Ok(1)",
    "Err(2)",
    "self",
    "a",
    "x",
    "p",
    "e",
    "i",
    "f",
    "push",
    "print",
    "len",
    "x => x",
    "func() { }",
    "await",
    "spawn",
    "return",
    "break",
    "continue",
    "throw",
    "?",
    "...",
    "=>",
    ":=",
    "+=",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ";",
    "\n",
    ".",
    "?.",
    "async",
    "func",
    "for",
    "in",
    "while",
    "loop",
    "if",
    "else",
    "match",
    "case",
    "try",
    "except e",
    "finally",
    "struct",
    "Set([1, 2])",
    "bytes([1, 2])",
    "channel(1)",
    "yield_now()",
    "a.push(1)",
    "a[0]",
    "x.y",
    "let",
    "const",
];

/// Scripts that read the keyboard, take long, or are too large to be mangled many times.
const SKIPPED: &[&str] =
    &["input", "stdin", "read_line", "deep_recursion", "100_000", "1_000_000", "100000", "1000000"];

/// The texts of the conformance suite.
pub(crate) fn corpus() -> Vec<String> {
    let folder = root().join("tests/scripts");
    let read = |path| std::fs::read_to_string(path).expect("a script of this repository is text");
    let texts: Vec<String> = scripts(&folder).into_iter().map(read).collect();
    let texts = texts.into_iter().filter(|text| text.len() < 4_000);
    let texts: Vec<String> = texts.filter(|text| !SKIPPED.iter().any(|word| text.contains(word))).collect();
    assert!(texts.len() > 300, "only {} scripts", texts.len());
    texts
}

/// One script, changed in one to four places.
pub(crate) fn script(dice: &mut Dice, corpus: &[String]) -> String {
    let mut text = dice.pick(corpus).clone();
    for _ in 0..=dice.below(4) {
        let other = dice.pick(corpus).as_str();
        text = match dice.below(10) {
            0 => cut(dice, &text),
            1 => splice(dice, &text, other),
            2 | 3 => lines(dice, &text),
            _ => tokens(dice, &text, other),
        };
    }
    text
}

/// Leaves out a piece from the middle, or the end.
fn cut(dice: &mut Dice, text: &str) -> String {
    let from = text.floor_char_boundary(dice.below(text.len() + 1));
    let to = if dice.below(2) == 0 { text.len() } else { text.floor_char_boundary(from + dice.below(40)) };
    [&text[..from], &text[to.max(from)..]].concat()
}

/// The beginning of one script and the end of another.
fn splice(dice: &mut Dice, a: &str, b: &str) -> String {
    let (first, second): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    let (end, start) = (dice.below(first.len() + 1), dice.below(second.len() + 1));
    [&first[..end], &second[start..]].concat().join("\n") + "\n"
}

fn lines(dice: &mut Dice, text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(3) {
        0 => drop(lines.remove(a)),
        1 => lines.insert(b, lines[a]),
        _ => lines.swap(a, b),
    }
    lines.join("\n") + "\n"
}

/// The tokens' places in a text.
fn spans(text: &str) -> Vec<Range<usize>> {
    let lexed = lex(&Source::new("f", text));
    let places = lexed.tokens.iter().map(|token| token.span.start as usize..token.span.end as usize);
    places.filter(|place| !place.is_empty()).collect()
}

fn tokens(dice: &mut Dice, text: &str, other: &str) -> String {
    let places = spans(text);
    if places.is_empty() {
        return text.to_owned();
    }
    let (a, b) = (dice.pick(&places).clone(), dice.pick(&places).clone());
    let (first, last) = if a.start <= b.start { (&a, &b) } else { (&b, &a) };
    match dice.below(6) {
        0 => with(text, &a, ""),
        1 => with(text, &(a.start..a.start), &format!("{} ", &text[b.clone()])),
        2 if first.end <= last.start => {
            let (left, right) = (&text[first.clone()], &text[last.clone()]);
            [&text[..first.start], right, &text[first.end..last.start], left, &text[last.end..]].concat()
        }
        3 => {
            let places = spans(other);
            let word = if places.is_empty() { "x" } else { &other[dice.pick(&places).clone()] };
            with(text, &a, word)
        }
        _ => with(text, literal(dice, text, &places), WORDS[dice.below(WORDS.len())]),
    }
}

/// Some token, a literal or a name if chance finds one.
fn literal<'a>(dice: &mut Dice, text: &str, places: &'a [Range<usize>]) -> &'a Range<usize> {
    let mut chosen = dice.pick(places);
    for _ in 0..8 {
        if text[chosen.clone()].starts_with(|first: char| first.is_alphanumeric() || first == '"') {
            break;
        }
        chosen = dice.pick(places);
    }
    chosen
}

fn with(text: &str, place: &Range<usize>, word: &str) -> String {
    [&text[..place.start], word, &text[place.end..]].concat()
}

/// The text with comments between its tokens: in a line, at its end, or on lines of their own where a line ends anyway.
pub(crate) fn commented(dice: &mut Dice, text: &str) -> String {
    let lexed = lex(&Source::new("f", text));
    let mut out = String::new();
    let (mut end, mut depth, mut comment) = (0, 0_usize, 0);
    for token in &lexed.tokens {
        while let Some(one) = lexed.comments.get(comment).filter(|one| one.span.start < token.span.start) {
            out.push_str(&text[end..one.span.end as usize]);
            end = one.span.end as usize;
            comment += 1;
        }
        let gap = &text[end..token.span.start as usize];
        out.push_str(gap);
        if depth == 0 && dice.below(6) == 0 {
            let count = out.len();
            out.push_str(&match dice.below(3) {
                0 if gap.contains('\n') => format!("// l{count}\n"),
                1 if gap.contains('\n') => format!("\n\n# o{count}\n\n"),
                _ => format!(" /* b{count} */ "),
            });
        }
        out.push_str(&text[token.span.start as usize..token.span.end as usize]);
        end = token.span.end as usize;
        match token.kind {
            TokenKind::TextStart => depth += 1,
            TokenKind::TextEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    out
}
