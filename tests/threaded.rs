//! The scripts of the conformance suite in a program whose routines jump from one to the next (`cfg(ruff_threaded)`), as that
//! built for release does. With debug assertions, as all other tests are built, they return instead.
//!
//! `RUFF_PROGRAM=target/release/ruff cargo test --test threaded -- --ignored`; `.ci/run` does that.

mod harness;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::{Expectation, root, scripts};

/// Fewer runs than this mean that the search is broken.
const FLOOR: usize = 6000;

/// Ways to run a script, by the name of their mode in the conformance suite.
const WAYS: &[(&str, &[&str])] = &[
    ("plain", &["--workers", "1"]),
    ("portable", &["--workers", "1", "--park", "portable"]),
    ("parallel", &["--workers", "4"]),
];

/// What programs end with that a script has ended with an error. A panic gives another one.
const FAILED: std::ops::RangeInclusive<i32> = 1..=5;

#[test]
#[ignore = "needs a program built for release"]
fn scripts_say_the_same_where_routines_jump() {
    let program = std::env::var("RUFF_PROGRAM").expect("RUFF_PROGRAM names a program");
    let program = root().join(program);
    let paths = scripts(&root().join("tests/scripts"));
    let (next, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for (way, differences) in check(&program, path) {
                        ran.fetch_add(1, Ordering::Relaxed);
                        if !differences.is_empty() {
                            wrong.lock().expect("no runner panics").push((path, way, differences));
                        }
                    }
                }
            });
        }
    });
    let (wrong, ran) = (wrong.into_inner().expect("no runner panics"), ran.into_inner());
    eprintln!("{ran} runs");
    assert!(wrong.is_empty(), "{} of {ran} runs fail: {wrong:#?}", wrong.len());
    assert!(ran >= FLOOR, "only {ran} runs, at least {FLOOR} expected");
}

/// Runs a script in each way and tells what is not as its comments say; not at all if they are about something else than what
/// programs do.
fn check(program: &Path, path: &PathBuf) -> Vec<(&'static str, Vec<String>)> {
    let text = std::fs::read_to_string(path).expect("it was just found");
    let expected = Expectation::parse(&text).expect("the conformance suite reads it, too");
    if !expected.tests.is_empty() || !expected.diagnostics.is_empty() {
        return Vec::new();
    }
    let ways = WAYS.iter().filter(|(mode, _)| expected.modes.contains(mode));
    ways.map(|(mode, options)| {
        let mut command = Command::new(program);
        command.arg("run").args(*options).args(["--scheduler-timeout-ms", "60000"]);
        command.arg(path).args(&expected.args);
        let output = command.output().expect("the program starts");
        // With other orders of contexts lines may come in another one.
        (*mode, differences(&expected, &output, expected.unordered || *mode == "parallel"))
    })
    .collect()
}

fn differences(expected: &Expectation, output: &Output, unordered: bool) -> Vec<String> {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<&str> = stdout.lines().map(str::trim_end).collect();
    let mut wanted: Vec<&str> = expected.lines.iter().map(String::as_str).collect();
    if unordered {
        lines.sort_unstable();
        wanted.sort_unstable();
    }
    let mut wrong = Vec::new();
    if lines != wanted {
        wrong.push(format!("printed {lines:?}, expected {wanted:?}"));
    }
    let code = output.status.code().unwrap_or(-1);
    let as_expected = match (expected.exit, &expected.fault) {
        (Some(exit), _) => code == i32::from(exit),
        (None, Some(_)) => FAILED.contains(&code),
        (None, None) => code == 0,
    };
    if !as_expected {
        wrong.push(format!("ended with {}: {stderr}", output.status));
    }
    // Lines are broken where they are too long, so words are compared.
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    if let Some(fault) = &expected.fault {
        // Several errors stand side by side.
        let parts = fault.split("; ").flat_map(|fault| fault.splitn(2, ':'));
        let missing = parts.filter(|part| !words(&stderr).contains(&words(part)));
        wrong.extend(missing.map(|part| format!("{part:?} is missing in the error: {stderr}")));
    }
    wrong
}
