//! What each stage makes of small inputs, compared with the files in `tests/golden`. `UPDATE=1` rewrites them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "the expectations are files")]

#[path = "golden/bytecode.rs"]
mod bytecode;
#[path = "golden/dump.rs"]
mod dump;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ruff::bytecode::{Program, Symbol};
use ruff::engine::{Engine, Options};
use ruff::source::{Source, render};
use ruff::syntax::{lex, parse};

/// The inputs of a folder: every `*.ruff` in it, in order.
fn inputs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ext| ext == "ruff")).collect();
    inputs.sort();
    inputs
}

/// Compares `stage` of each input with the `.expected` file beside it.
fn check(folder: &str, at_least: usize, stage: impl Fn(&Source) -> String) {
    let inputs = inputs(folder);
    assert!(inputs.len() >= at_least, "inputs are missing in {folder}");
    let mut failures = String::new();
    for path in inputs {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let actual = stage(&Source::new(&name, &text));
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &actual).unwrap();
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&actual) {
            failures.push_str(&format!("{folder}/{name} gave\n{actual}\n"));
        }
    }
    assert!(failures.is_empty(), "{failures}run with UPDATE=1 if this is right");
}

#[test]
fn tokens() {
    check("tokens", 8, |source| {
        let lexed = lex(source);
        assert_eq!(lexed.diagnostics, []);
        dump::tokens(source.text(), &lexed)
    });
}

#[test]
fn trees() {
    check("ast", 15, |source| {
        let parsed = parse(source);
        let drawn: String = parsed.diagnostics.iter().map(|one| render(source, one, false)).collect();
        assert_eq!(drawn, "");
        dump::script(&parsed.script)
    });
}

#[test]
fn diagnostics() {
    check("diagnostics", 40, |source| {
        let parsed = parse(source);
        assert!(!parsed.diagnostics.is_empty(), "{} has no errors", source.name());
        parsed.diagnostics.iter().map(|one| render(source, one, false)).collect::<Vec<_>>().join("\n")
    });
}

/// What `ruff run` says on stderr about each script of a folder below `mistakes`, without a terminal.
fn check_mistakes(folder: &str, at_least: usize) {
    let list = include_str!("golden/mistakes/README.md");
    let folder = format!("mistakes/{folder}");
    check(&folder, at_least, |source| {
        let listed = format!("`{}`", source.name().trim_end_matches(".ruff"));
        assert!(list.contains(&listed), "{listed} is missing in the README of the mistakes");
        let run = Command::new(env!("CARGO_BIN_EXE_ruff"))
            .args(["run", "--workers", "1", source.name()])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&folder))
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        assert!(matches!(run.status.code(), Some(3 | 4)), "{} has no error", source.name());
        String::from_utf8(run.stderr).unwrap()
    });
}

#[test]
fn syntax_mistakes() {
    check_mistakes("syntax", 110);
}

#[test]
fn mistakes_of_meaning() {
    check_mistakes("meaning", 35);
}

#[test]
fn mistakes_at_run_time() {
    check_mistakes("runtime", 60);
}

#[test]
fn programs() {
    let engine = Engine::new(Options::default());
    check("bytecode", 15, |source| {
        let script = engine.compile(source.clone()).unwrap_or_else(|error| panic!("{error}"));
        ruff::bytecode::verify(script.program()).unwrap();
        with_names(&bytecode::program(script.program()), script.program())
    });
}

/// Symbols by their names: their numbers change with every name that the library mentions.
fn with_names(text: &str, program: &Program) -> String {
    let mut parts = text.split("Symbol(");
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').expect("a symbol is written with brackets");
        let symbol = Symbol(number.parse().expect("a symbol is a number"));
        named.extend(["'", program.symbol(symbol), "'", rest]);
    }
    named
}
