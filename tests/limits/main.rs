//! Scripts that are too much are refused in words and with a place; what is large but allowed works. Never a panic, a stack
//! that overflows, or a count that wrapped.
//!
//! Sources are generated here; deep recursion and deep values are scripts below `tests/scripts/limits/`.

#[path = "../harness/mod.rs"]
mod harness;

mod counts;
mod nesting;
mod sizes;

use harness::{Mode, Observed, run};
use ruff::engine::Engine;

fn ran(text: &str) -> Observed {
    run(&Engine::new(Mode::Plain.options()), "big.ruff", text).expect("it ends in time")
}

/// The script runs to its end and prints this line.
#[track_caller]
fn prints(text: &str, line: &str) {
    let observed = ran(text);
    let wrong = observed.diagnostics.first().or(observed.fault.as_ref());
    assert_eq!((beginning(observed.stdout.trim_end()).as_str(), wrong), (line, None), "{}", beginning(text));
}

/// The script does not run, for this reason alone: `L:C message`.
#[track_caller]
fn refused(text: &str, diagnostic: &str) {
    let observed = ran(text);
    assert_eq!(
        (&*observed.stdout, observed.diagnostics),
        ("", vec![diagnostic.to_owned()]),
        "{}",
        beginning(text)
    );
}

fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}
