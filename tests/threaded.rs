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

/// Fewer scripts than this mean that the search is broken.
const FLOOR: usize = 2000;

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
                    match check(&program, path) {
                        None => continue,
                        Some(Ok(())) => {}
                        Some(Err(difference)) => {
                            wrong.lock().expect("no runner panics").push((path, difference));
                        }
                    }
                    ran.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (wrong, ran) = (wrong.into_inner().expect("no runner panics"), ran.into_inner());
    eprintln!("{ran} scripts");
    assert!(wrong.is_empty(), "{} of {ran} scripts fail: {wrong:#?}", wrong.len());
    assert!(ran >= FLOOR, "only {ran} scripts ran, at least {FLOOR} expected");
}

/// Runs a script; `None` if its comments are about something else than what a program prints.
fn check(program: &Path, path: &PathBuf) -> Option<Result<(), String>> {
    let text = std::fs::read_to_string(path).expect("it was just found");
    let expected = Expectation::parse(&text).expect("the conformance suite reads it, too");
    if !expected.tests.is_empty() || !expected.diagnostics.is_empty() || !expected.modes.contains(&"plain") {
        return None;
    }
    let mut command = Command::new(program);
    command.args(["run", "--workers", "1", "--scheduler-timeout-ms", "60000"]).arg(path).args(&expected.args);
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let mut lines: Vec<&str> = stdout.lines().map(str::trim_end).collect();
    let mut wanted: Vec<&str> = expected.lines.iter().map(String::as_str).collect();
    if expected.unordered {
        lines.sort_unstable();
        wanted.sort_unstable();
    }
    let code = status.code();
    let succeeds = expected.fault.is_none() && expected.exit.is_none_or(|code| code == 0);
    let difference = if code.is_none() || (code == Some(0)) != succeeds {
        format!("ended with {status}: {}", String::from_utf8_lossy(&stderr))
    } else if lines != wanted {
        format!("printed {lines:?}, expected {wanted:?}")
    } else {
        return Some(Ok(()));
    };
    Some(Err(difference))
}
