//! Mangled scripts: compiled, verified, run, and run again frozen at every instruction.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ruff::bytecode::verify;
use ruff::engine::{Capability, Engine, Options};

use crate::dice::{Dice, cases, seed, wrong_cases};
use crate::harness::{Observed, run};
use crate::{mangle, panics};

/// Words of scripts whose output depends on more than the script: on clocks, and on whose turn it is, which step by
/// step comes sooner.
const UNSTEADY: &[&str] = &[
    "async",
    "spawn",
    "parallel",
    "par_",
    "channel",
    "yield_now",
    "sleep",
    "timeout",
    "now",
    "promise",
    "cancel",
    "log",
    "performance",
    "random",
    "worker",
    "elapsed",
    "input",
];

fn options() -> Options {
    Options {
        workers: 1,
        timeout: Some(Duration::from_millis(300)),
        // A mangled script may have become a dangerous one.
        denied: Capability::ALL.to_vec(),
        ..Options::default()
    }
}

/// What came of one script, for the totals.
#[derive(Default)]
struct Totals {
    compiled: AtomicUsize,
    compared: AtomicUsize,
    endless: AtomicUsize,
}

#[test]
fn mangled_scripts_fail_in_order() {
    panics::watch();
    let (corpus, engine, seed) = (mangle::corpus(), Engine::new(options()), seed());
    let (totals, count) = (Totals::default(), cases(24_000));
    let wrong = wrong_cases(0..count, |case| {
        let text = mangle::script(&mut Dice::of_case(seed, case), &corpus);
        check(&engine, &text, case, &totals)
            .map_err(|why| format!("seed {seed}, case {case}: {why}\n---\n{text}\n---"))
    });
    let [compiled, compared, endless] =
        [&totals.compiled, &totals.compared, &totals.endless].map(|total| total.load(Ordering::Relaxed));
    eprintln!("seed {seed}: {count} scripts, {compiled} compile, {compared} compared, {endless} endless");
    assert!(compiled * 10 > count, "only {compiled} of {count} mangled scripts compile");
    let panics = panics::taken();
    assert!(
        wrong.is_empty() && panics.is_empty(),
        "{}\n{} scripts went wrong:\n{}",
        panics.join("\n"),
        wrong.len(),
        wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// Everything that holds for any script.
fn check(engine: &Engine, text: &str, case: usize, totals: &Totals) -> Result<(), String> {
    let compiled = panics::caught(|| engine.compile_bytes("mangled", text.as_bytes()));
    let Ok(script) = compiled.map_err(|panic| format!("the compiler panics: {panic}"))? else {
        return Ok(());
    };
    totals.compiled.fetch_add(1, Ordering::Relaxed);
    verify(script.program()).map_err(|rule| format!("the program is malformed: {rule}"))?;
    let plain = ended(engine, text)?;
    if is_endless(&plain) {
        totals.endless.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    // A third of the scripts, because a step at a time takes longest.
    if !case.is_multiple_of(3) || UNSTEADY.iter().any(|word| text.contains(word)) {
        return Ok(());
    }
    let frozen = ended(&engine.with_options(Options { frozen: true, ..options() }), text)?;
    if is_endless(&frozen) || frozen == plain {
        totals.compared.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    Err(format!("plain gives {plain:?}\nfrozen gives {frozen:?}"))
}

/// Runs a script to its end, which is no panic and no hang.
fn ended(engine: &Engine, text: &str) -> Result<Observed, String> {
    let observed = run(engine, "mangled", text).ok_or("it hangs, and the time limit does not end it")?;
    match &observed.fault {
        Some(fault) if fault.starts_with("InternalError") || fault.contains("Internal error") => {
            Err(format!("it panics: {fault}"))
        }
        _ => Ok(observed),
    }
}

fn is_endless(observed: &Observed) -> bool {
    observed.fault.as_deref().is_some_and(|fault| fault.contains("Scheduler timed out"))
}
