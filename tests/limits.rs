//! Scripts beyond what instructions can name are refused in words: never a panic, never a count that wrapped.

use ruff::engine::{Engine, Error, Options};
use ruff::source::Source;

/// More things than 16 bits count.
const MANY: usize = 70_000;

/// The first static error of a script; empty if it compiles.
fn refusal(text: &str) -> String {
    let source = Source::from_bytes("big.ruff", text.as_bytes()).expect("the script is UTF-8");
    match Engine::new(Options::default()).compile(source) {
        Ok(_) => String::new(),
        Err(Error::Diagnostics(files)) => {
            let first = files.first().and_then(|file| file.diagnostics.first());
            first.map(|found| found.message.to_string()).unwrap_or_default()
        }
        Err(other) => panic!("another error: {other:?}"),
    }
}

/// `MANY` pieces, joined.
fn many(piece: impl Fn(usize) -> String, separator: &str) -> String {
    (0..MANY).map(piece).collect::<Vec<_>>().join(separator)
}

#[test]
fn types_are_counted() {
    let structs = many(|at| format!("struct S{at} {{ x: int = 1 }}"), "\n");
    assert_eq!(refusal(&structs), "a file has 65000 structs at most");
    let variants = format!("enum E {{ {} }}\nprint(E::V69999)", many(|at| format!("V{at}"), "; "));
    assert_eq!(refusal(&variants), "a file has 65000 variants of enums at most");
}

#[test]
fn functions_have_a_size() {
    let large = "This function is too large to compile; split it up";
    let fields = format!("struct P {{ {} }}\nprint(P {{}})", many(|at| format!("f{at} = 1"), "; "));
    assert_eq!(refusal(&fields), large);
    let wildcards = many(|_| "_".to_owned(), ",");
    assert_eq!(refusal(&format!("match (range(4464)) {{ case [{wildcards}] => 1 }}")), large);
    assert_eq!(refusal(&format!("[{wildcards}] := range(4464)")), large);
    assert_eq!(refusal(&format!("x := 1\ny := \"{}\"", many(|_| "${x}".to_owned(), " "))), large);
    assert_eq!(refusal(&many(|at| format!("v{at} := {at}"), "\n")), large);
}

#[test]
fn literals_and_functions_have_none() {
    assert_eq!(refusal(&format!("x := [{}]", many(|at| at.to_string(), ","))), "");
    assert_eq!(refusal(&many(|at| format!("func f{at}() {{ return {at} }}"), "\n")), "");
}
