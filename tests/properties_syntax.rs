//! No text makes the lexer or the parser panic, hang or point outside of the text.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "the stack is what some tests are about")]

use proptest::prelude::*;
use ruff::source::{Source, Span, render};
use ruff::syntax::{Parsed, lex, parse};

/// Valid text to be mutated: every construct of the language.
const VALID: &[&str] = &[
    "func f(a, b: int, c = a + 1, ...rest) -> int? { return a ?? throw \"x ${a.b[1:2]}\" }\n",
    "x := match shape { case Shape::Circle(r) if r > 1 => 3 * r, case {k, j: [p, ...q]} { } default => {a: 1} }\n",
    "if a { b } else if c.d { e } else { f }\nwhile x { break }\nfor [k, v] in items(d) { continue }\n",
    "try { a } except e { b } finally { c }\nasync_scope { spawn { await p } }\n",
    "struct P { x: int = 1, func m(self) { self.x += 1 } }\nenum E { A, B(), C(x: dict<string, array<int>>) }\n",
    "[a, [b, _], ...r] := v\n{k, key: p} := d\nlet t := \"\"\"\n    a ${\"b ${c}\"}\n  d\n    \"\"\"\n",
    "import a.b as c\nfrom a.b import x, y as z\nexport func* g() { yield 1 }\ntest \"t\" { assert(1 == 1) }\n",
    "v := xs.map(x => x ** 2)\n  .filter((a, b = 1) => a < b && !c)?.d?\n  |> f(1, ...ys, if: 2)\n/* c /* d */ */ # e\n",
];

const WORDS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "${",
    "\"",
    "'",
    "\"\"\"",
    "\n",
    "\r\n",
    ";",
    ",",
    ":",
    "::",
    ":=",
    "=",
    "=>",
    "->",
    ".",
    "?.",
    "?",
    "??",
    "...",
    "+",
    "-",
    "**",
    "<",
    ">",
    ">>",
    ">=",
    "==",
    "&&",
    "||",
    "|>",
    "|",
    "~",
    "!",
    "not",
    "in",
    "and",
    "if",
    "else",
    "match",
    "case",
    "default",
    "try",
    "except",
    "finally",
    "func",
    "async",
    "struct",
    "enum",
    "let",
    "mut",
    "const",
    "return",
    "yield",
    "throw",
    "await",
    "spawn",
    "for",
    "while",
    "loop",
    "import",
    "from",
    "as",
    "export",
    "test",
    "test_group",
    "async_scope",
    "self",
    "null",
    "true",
    "x",
    "y",
    "P",
    "_",
    "Ok",
    "1",
    "2.5",
    "9223372036854775808",
    "\\",
    "\\u{",
    "#",
    "//",
    "/*",
    "*/",
    "\0",
    "é",
    "漢",
    "@",
];

/// Parses and checks everything that holds for any text.
fn check(text: &str) -> Parsed {
    let source = Source::new("f", text);
    let lexed = lex(&source);
    let mut end = 0;
    for token in &lexed.tokens {
        assert_span(text, token.span);
        assert!(token.span.start >= end, "tokens overlap in {text:?}");
        end = token.span.end;
    }
    let parsed = parse(&source);
    for diagnostic in &parsed.diagnostics {
        assert_span(text, diagnostic.span);
    }
    for diagnostic in parsed.diagnostics.iter().take(20) {
        render(&source, diagnostic, true);
    }
    for statement in &parsed.script.statements {
        assert_span(text, statement.span);
    }
    assert!(parsed.diagnostics.len() <= 2 * lexed.tokens.len() + text.len());
    parsed
}

fn assert_span(text: &str, span: Span) {
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
}

/// Cuts out a piece of `text` and puts `word` there.
fn mutate(text: &str, (from, length): (usize, usize), word: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let from = from % chars.len();
    let to = (from + length).min(chars.len());
    chars[..from].iter().copied().chain(word.chars()).chain(chars[to..].iter().copied()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
        if let Ok(source) = Source::from_bytes("f", &bytes) {
            parse(&source);
        }
    }

    #[test]
    fn any_words(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..80), space in any::<bool>()) {
        check(&words.join(if space { " " } else { "" }));
    }

    #[test]
    fn mutated_programs(
        program in proptest::sample::subsequence(VALID, 1..=VALID.len()),
        cuts in proptest::collection::vec(((0..2000_usize, 0..5_usize), proptest::sample::select(WORDS)), 0..6),
    ) {
        let text = cuts.into_iter().fold(program.concat(), |text, (cut, word)| mutate(&text, cut, word));
        check(&text);
    }

    #[test]
    fn cut_programs(length in 0..2000_usize) {
        let text = VALID.concat();
        check(&text[..text.floor_char_boundary(length)]);
    }
}

#[test]
fn valid_programs_are_valid() {
    for text in VALID {
        assert_eq!(check(text).diagnostics, [], "{text}");
    }
}

#[test]
fn knows_what_is_incomplete() {
    for text in [
        "f(",
        "if x {",
        "x := 1 +",
        "\"\"\"a",
        "match x {\n case 1 {\n",
        "let x :=\n\n",
        "/* a",
        "f([1,\n2,\n",
        "if x { } else",
    ] {
        assert!(check(text).incomplete, "{text}");
    }
    for text in ["x", "f(}", "let if", "\"a", "x := )", ") {", "1 2 (", "x @ (", "f)"] {
        assert!(!check(text).incomplete, "{text}");
    }
}

/// Runs on a stack as small as those of worker threads.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

/// Each construct that can nest, as what precedes and what follows the inner one.
const NESTS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{a: ", "1", "}"),
    ("f(", "1", ")"),
    ("a[", "1", "]"),
    ("P { x: ", "1", "}"),
    ("\"${", "1", "}\""),
    ("- ", "1", ""),
    ("not ", "1", ""),
    ("throw ", "1", ""),
    ("await ", "1", ""),
    ("2 ** ", "1", ""),
    ("x => ", "1", ""),
    ("(a = ", "1", ") => 1"),
    ("x := func(a = 1) { ", "1", "}"),
    ("spawn { ", "1", "}"),
    ("if a { ", "1", "}"),
    ("x := if a { ", "1", "}"),
    ("if (if a { b } else { ", "1", "}) { }"),
    ("while a { for x in y { loop { ", "1", "} } }"),
    ("match a { case b: { ", "1", "} }"),
    ("match a { case b => match c { case d => ", "1", "} }"),
    ("try { ", "1", "} except e { }"),
    ("struct P { func f() { ", "1", "} }"),
    ("test \"a\" { ", "1", "}"),
    ("let x: a<", "b", ">"),
    ("a ?? b || c && d == e < f | g ^ h & i << j + k * - (", "1", ")"),
    ("f(a ?? b || c && d == e < f | g ^ h & i << j + k * func() { x := [", "1", "] })"),
    ("case ", "1", ""),
];

#[test]
fn nesting_never_overflows_the_stack() {
    on_small_stack(|| {
        for (open, middle, close) in NESTS {
            for count in [60, 200, 257, 20_000] {
                check(&format!("{}{middle}{}", open.repeat(count), close.repeat(count)));
                check(&open.repeat(count));
            }
        }
        for (open, close) in [("[", "]"), ("{k: ", "}"), ("E::V(", ")")] {
            for count in [200, 20_000] {
                let pattern = format!("{}x{}", open.repeat(count), close.repeat(count));
                check(&format!("let {pattern} := 1\nmatch a {{ case {pattern} => 1 }}"));
            }
        }
    });
}

#[test]
fn deep_but_allowed_nesting_parses() {
    on_small_stack(|| {
        for (open, middle, close) in
            NESTS.iter().filter(|(open, ..)| !open.starts_with("let") && *open != "case ")
        {
            let levels = 80;
            let text = format!("{}{middle}{}", open.repeat(levels), close.repeat(levels));
            let parsed = check(&text);
            assert_eq!(parsed.diagnostics, [], "{open}");
        }
    });
}

#[test]
fn each_excess_is_reported_once() {
    for (open, middle, close) in
        [("(", "1", ")"), ("- ", "1", ""), ("if a { ", "b", "}"), ("\"${", "1", "}\"")]
    {
        let text = format!("x := {}{middle}{}\ny := 2\n", open.repeat(300), close.repeat(300));
        let parsed = check(&text.replace("x := if", "if"));
        let messages: Vec<&str> = parsed.diagnostics.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages, ["this is nested more than 256 levels deep"], "{open}");
    }
}

#[test]
fn time_is_linear() {
    // Each of these would take hours if some construct were scanned once per token.
    let count = 300_000;
    for unit in [
        "(", "{", "[", "x => ", "a.b", "a.b.", "f(", ")", "\"", "${", "- ", "@", "if x {", "}", "case ",
        "1 ", "{a:",
    ] {
        check(&unit.repeat(count));
    }
    check(&format!("{}{}", "(".repeat(count), "]".repeat(count)));
    check(&"(a) => ".repeat(count));
    check(&"x\n".repeat(count));
}
