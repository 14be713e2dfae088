//! Runs every script below tests/scripts in every mode and compares with the expectations in its comments.
//!
//! `RUFF_SCRIPT=part` runs only the scripts whose path contains it.

mod harness;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::{Expectation, MODES, Mode, differences, on_threads, root, run, run_tests, scripts};
use ruff::engine::{Engine, Options};

/// Fewer scripts than this mean that the search is broken, not that all is well.
const FLOOR: usize = 250;

/// One script and what it promises.
struct Case {
    name: String,
    text: String,
    expected: Expectation,
}

#[test]
fn every_script_does_what_its_comments_say_in_every_mode() {
    let filter = std::env::var("RUFF_SCRIPT").unwrap_or_default();
    let cases: Vec<Case> = load().into_iter().filter(|case| case.name.contains(&filter)).collect();
    if filter.is_empty() {
        assert!(cases.len() >= FLOOR, "only {} scripts found, at least {FLOOR} expected", cases.len());
    }
    let runs = AtomicUsize::new(0);
    let failures = run_all(&cases, &runs);
    eprintln!("{} scripts, {} modes, {} runs", cases.len(), MODES.len(), runs.load(Ordering::Relaxed));
    assert!(failures.is_empty(), "\n{}", report(&failures, cases.len()));
}

/// All scripts; their names are paths below tests/scripts with `/`.
fn load() -> Vec<Case> {
    let folder = root().join("tests/scripts");
    scripts(&folder)
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&folder).expect("it was found below the folder");
            let name = relative.to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            let expected = Expectation::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            Case { name, text, expected }
        })
        .collect()
}

/// Failures by script: for each mode, what was wrong.
type Failures = BTreeMap<String, Vec<(&'static str, Vec<String>)>>;

/// Runs the cases; most of them wait for nothing.
fn run_all(cases: &[Case], runs: &AtomicUsize) -> Failures {
    let engine = Engine::new(Options { workers: 1, ..Options::default() });
    let failures = Mutex::new(Failures::new());
    on_threads(cases, |case| {
        let wrong = run_case(&engine, case, runs);
        if !wrong.is_empty() {
            failures.lock().expect("no runner panics").insert(case.name.clone(), wrong);
        }
    });
    failures.into_inner().expect("no runner panics")
}

fn run_case(engine: &Engine, case: &Case, runs: &AtomicUsize) -> Vec<(&'static str, Vec<String>)> {
    let modes = MODES.into_iter().filter(|mode| case.expected.modes.contains(&mode.name()));
    let mut wrong = Vec::new();
    for mode in modes {
        runs.fetch_add(1, Ordering::Relaxed);
        let found = check(engine, case, mode);
        if !found.is_empty() {
            wrong.push((mode.name(), found));
        }
    }
    wrong
}

fn check(engine: &Engine, case: &Case, mode: Mode) -> Vec<String> {
    let options =
        Options { args: case.expected.args.clone(), script_path: case.name.clone(), ..mode.options() };
    let run = if case.expected.tests.is_empty() { run } else { run_tests };
    match run(&engine.with_options(options), &case.name, &case.text) {
        Some(observed) => differences(&case.expected, &observed),
        None => vec!["hangs".to_owned()],
    }
}

/// One paragraph per script; modes that fail alike share their lines.
fn report(failures: &Failures, scripts: usize) -> String {
    let mut text = format!("{} of {scripts} scripts fail\n", failures.len());
    for (name, modes) in failures {
        let mut alike: BTreeMap<&[String], Vec<&str>> = BTreeMap::new();
        for (mode, lines) in modes {
            alike.entry(lines).or_default().push(mode);
        }
        for (lines, modes) in alike {
            text.push_str(&format!("\n{name} [{}]\n", modes.join(", ")));
            text.extend(lines.iter().map(|line| format!("    {line}\n")));
        }
    }
    text
}

#[test]
fn expectations_are_read_from_comments() {
    let text =
        "print(1) # expect: 1\n# expect:\n# diagnostic: 2:1 Bad\n# exit: 4\n# unordered\n# workers: 1\n";
    let found = Expectation::parse(text).expect("the comments are correct");
    assert_eq!(found.lines, ["1", ""]);
    assert_eq!(found.diagnostics, ["2:1 Bad"]);
    assert_eq!((found.exit, found.unordered), (Some(4), true));
    assert!(!found.modes.contains(&"parallel"));
    assert!(Expectation::parse("# todo: later").is_err());
    assert!(Expectation::parse("# modes: plain").is_err());
    assert_eq!(Expectation::parse("# modes: plain (it is slow)").expect("has a reason").modes, ["plain"]);
}

#[test]
fn a_wrong_script_is_noticed() {
    let expected =
        Expectation::parse("# expect: 1\n# fault: TypeError: bad").expect("the comments are correct");
    let observed = harness::Observed {
        stdout: "2\n".into(),
        exit: 0,
        fault: None,
        help: None,
        diagnostics: vec!["1:1 x".into()],
        warnings: Vec::new(),
        tests: Vec::new(),
    };
    let wrong = differences(&expected, &observed).join("\n");
    for part in
        ["printed \"2\", expected \"1\"", "diagnostic 1:1 x", "no error; expected TypeError", "exit code 0"]
    {
        assert!(wrong.contains(part), "{part} is missing in:\n{wrong}");
    }
}
