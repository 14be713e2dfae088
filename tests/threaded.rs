//! The scripts of the conformance suite in a program whose routines jump from one to the next (`cfg(ruff_threaded)`), as that
//! built for release does. With debug assertions, as all other tests are built, they return instead.
//!
//! `RUFF_PROGRAM=target/release/ruff cargo test --test threaded`, as `.ci/run` does; plain `cargo test` leaves it out, since it needs
//! that program.

mod harness;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::{Expectation, Observed, differences, on_threads, root, scripts};

/// Fewer runs than this mean that the search is broken.
const FLOOR: usize = 6000;

/// Ways to run a script, by the name of their mode in the conformance suite.
const WAYS: &[(&str, &[&str])] = &[
    ("plain", &["--workers", "1"]),
    ("portable", &["--workers", "1", "--park", "portable"]),
    ("parallel", &["--workers", "4"]),
];

#[test]
fn scripts_say_the_same_where_routines_jump() {
    let program = root().join(std::env::var("RUFF_PROGRAM").expect("RUFF_PROGRAM names a program"));
    let (ran, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    on_threads(&scripts(&root().join("tests/scripts")), |path| {
        for (way, differences) in check(&program, path) {
            ran.fetch_add(1, Ordering::Relaxed);
            if !differences.is_empty() {
                wrong.lock().expect("no runner panics").push((path.clone(), way, differences));
            }
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
    // What `ruff check` warns about is no part of a run.
    let expected = Expectation { warnings: Vec::new(), ..expected };
    let ways = WAYS.iter().filter(|(mode, _)| expected.modes.contains(mode));
    ways.map(|(mode, options)| {
        let mut command = Command::new(program);
        command.arg("run").args(*options).args(["--scheduler-timeout-ms", "60000"]);
        command.arg(path).args(&expected.args);
        (*mode, differences(&expected, &observe(&command.output().expect("the program starts"))))
    })
    .collect()
}

/// What a run did, as far as a program tells it. Errors are told one after the other, each as `[code] [runtime] KIND: message`, a
/// place, a help and a stack.
fn observe(output: &Output) -> Observed {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stderr = text(&output.stderr);
    let errors: Vec<&str> = stderr.split("[runtime] ").skip(1).collect();
    let message = |error: &&str| error.split("\n  -->").next().unwrap_or_default().trim().to_owned();
    let faults: Vec<String> = errors.iter().map(message).collect();
    let help = errors.first().and_then(|error| error.split_once("= help: "));
    Observed {
        stdout: text(&output.stdout),
        exit: output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX),
        fault: (!faults.is_empty()).then(|| faults.join("; ")),
        help: help.map(|(_, help)| help.split("\nCall stack").next().unwrap_or_default().to_owned()),
        diagnostics: Vec::new(),
        warnings: Vec::new(),
        tests: Vec::new(),
    }
}
