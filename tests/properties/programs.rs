//! Random correct programs: they compile, verify, do the same in every mode, and `ruff format` keeps what they mean.
//!
//! `RUFF_PROPERTY_CASES` divided by 60 is their number, `RUFF_PROPERTY_SEED` the seed. `RUFF_PROPERTY_CASE` runs one case and
//! prints its text; a case that failed becomes a script below tests/scripts/regressions/.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ruff::bytecode::{FunctionId, disassemble, verify};
use ruff::engine::{Engine, Options};
use ruff::format::Style;

use crate::dice::{Dice, cases, seed, wrong_cases};
use crate::grammar::{Forms, program};
use crate::harness::{MODES, Mode, Observed, run};
use crate::{kept, mangle, panics};

fn options(mode: Mode) -> Options {
    Options { timeout: Some(Duration::from_secs(2)), ..mode.options() }
}

/// What came of the programs, for the totals.
#[derive(Default)]
struct Totals {
    compiled: AtomicUsize,
    completed: AtomicUsize,
    endless: AtomicUsize,
}

#[test]
fn programs_do_the_same_in_every_mode() {
    panics::watch();
    let engine = Engine::new(options(Mode::Plain));
    let forms = Forms::of(&engine);
    let only = std::env::var("RUFF_PROPERTY_CASE").ok().and_then(|case| case.parse::<usize>().ok());
    let (seed, count) = (seed(), cases(24_000) / 60);
    let totals = Totals::default();
    let range = only.map_or(0..count, |case| case..case + 1);
    let wrong = wrong_cases(range, |case| {
        let text = program(&mut Dice::of_case(seed, case), forms);
        if only.is_some() {
            eprintln!("{text}");
        }
        check(&engine, &text, &mut Dice::of_case(seed, case), &totals)
            .map_err(|why| format!("seed {seed}, case {case}: {why}\n---\n{text}\n---"))
    });
    let [compiled, completed, endless] =
        [&totals.compiled, &totals.completed, &totals.endless].map(|total| total.load(Ordering::Relaxed));
    eprintln!("seed {seed}: {count} programs, {compiled} compile, {completed} complete, {endless} endless");
    let shown = wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} programs went wrong:\n{shown}", wrong.len());
    assert!(only.is_some() || completed * 10 > count * 8, "only {completed} of {count} programs complete");
}

/// Everything that holds for a correct program.
fn check(engine: &Engine, text: &str, dice: &mut Dice, totals: &Totals) -> Result<(), String> {
    let compiled = panics::caught(|| engine.compile_bytes("program", text.as_bytes()));
    let script = match compiled.map_err(|panic| format!("the compiler panics: {panic}"))? {
        Ok(script) => script,
        Err(error) => return Err(format!("it does not compile: {error}")),
    };
    totals.compiled.fetch_add(1, Ordering::Relaxed);
    verify(script.program()).map_err(|rule| format!("the program is malformed: {rule}"))?;
    for index in 0..script.program().functions.len() {
        let drawn = panics::caught(|| disassemble(script.program(), FunctionId(index as u32)));
        drawn.map_err(|panic| format!("function {index} cannot be disassembled: {panic}"))?;
    }
    laid_out(text, dice)?;
    same_in_all_modes(engine, text, totals)
}

/// The formatter keeps the program, also with comments wherever they may stand.
fn laid_out(text: &str, dice: &mut Dice) -> Result<(), String> {
    for text in [text.to_owned(), mangle::commented(dice, text)] {
        let line_length = *dice.pick(&[20, 40, 60, 100]);
        let style = Style { line_length, sort_imports: false, ..Style::default() };
        let fault = panics::caught(|| kept::fault(&text, &style))
            .map_err(|panic| format!("format panics: {panic}\n{text}"))?;
        if let Some(fault) = fault {
            return Err(format!("format at {line_length}: {fault}\n--- of\n{text}"));
        }
    }
    Ok(())
}

fn same_in_all_modes(engine: &Engine, text: &str, totals: &Totals) -> Result<(), String> {
    let mut first: Option<Observed> = None;
    for mode in MODES {
        let mode_engine = engine.with_options(options(mode));
        let observed = run(&mode_engine, "program", text).ok_or(format!("it hangs ({})", mode.name()))?;
        let fault = observed.fault.as_deref().unwrap_or("");
        if fault.contains("Scheduler timed out") {
            totals.endless.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        if fault.contains("InternalError") || fault.contains("Internal error") {
            return Err(format!("it panics ({}): {fault}", mode.name()));
        }
        match &first {
            None => first = Some(observed),
            Some(plain) if *plain != observed => {
                return Err(format!("plain gives {plain:?}\n{} gives {observed:?}", mode.name()));
            }
            Some(_) => {}
        }
    }
    if first.is_some_and(|observed| observed.fault.is_none()) {
        totals.completed.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
