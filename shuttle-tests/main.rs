//! The assembled runtime under random schedules: real bytecode on four workers, with `sync/` swapped for shuttle's primitives
//! (`cargo shuttle`).
//!
//! What is shown: whatever the order in which threads run, a program with many contexts ends, loses and invents nothing, and
//! gives its one result; a program whose result does depend on the order is caught. Each schedule changes priorities at three
//! random points (PCT): a bug that needs so many preemptions has a known chance to be met. What is trusted: dashmap and
//! crossbeam-deque, modelled as a lock around a collection. loom explores the protocol's parts fully; this is the whole at
//! random.
//!
//! RUFF_SHUTTLE_SCHEDULES: how many per scenario. RUFF_SHUTTLE_SEED: where the random numbers start. A failure prints what
//! to set to run its schedule again.

#![cfg(ruff_shuttle)]

mod broken;
mod scenarios;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ruff::engine::{Engine, Error, Options, Recorder, Script, Value};
use ruff::source::Source;
use shuttle::scheduler::{PctScheduler, ReplayScheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use scenarios::{RACY, SCENARIOS, Scenario};

/// What the schedule to run again is in.
const REPLAY: &str = "RUFF_SHUTTLE_REPLAY";

/// Preemptions of a schedule.
const DEPTH: usize = 3;

/// Stack of each thread: what the machine and natives need for scripts as small as these.
const STACK: usize = 1 << 20;

static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);

/// All scenarios, in sequence, so that they can be counted.
#[test]
fn shuttle() {
    let schedules = number("RUFF_SHUTTLE_SCHEDULES").map_or(300, |number| number as usize);
    let engine = Engine::new(Options { workers: 4, ..Options::default() });
    let only = std::env::var(REPLAY).ok();
    for scenario in SCENARIOS {
        let before = EXECUTIONS.load(Ordering::Relaxed);
        let model = model(&engine, scenario);
        match &only {
            Some(replay) => match replay.split_once('@') {
                Some((name, file)) if name == scenario.name => again(file, model),
                _ => continue,
            },
            None => explore(scenario.name, schedules, model),
        }
        let executed = EXECUTIONS.load(Ordering::Relaxed) - before;
        report(&format!("{}: {executed} schedules", scenario.name));
    }
    if only.is_none() {
        let race = model(&engine, &RACY);
        assert!(is_caught(race), "no schedule showed the race of: {}", RACY.name);
        assert!(is_caught(broken::epoch_after_search), "no schedule showed: epoch read after the search");
    }
    let executed = EXECUTIONS.load(Ordering::Relaxed);
    report(&format!("shuttle: {} scenarios, {executed} schedules", SCENARIOS.len()));
}

/// Whether exploring finds a schedule in which this fails.
fn is_caught(model: impl Fn() + Send + Sync + 'static) -> bool {
    std::panic::set_hook(Box::new(|_| {})); // The failure is wanted.
    let run = AssertUnwindSafe(|| runner(1000, FailurePersistence::None).run(model));
    let caught = catch_unwind(run).is_err();
    let _ = std::panic::take_hook();
    caught
}

/// One execution of a scenario.
fn model(engine: &Engine, scenario: &'static Scenario) -> impl Fn() + Send + Sync + 'static {
    let script = engine.compile(Source::new(scenario.name, scenario.text));
    let script: Script = script.unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
    let engine = engine.clone();
    move || {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        let report = engine.execute(&script, Arc::new(Recorder::default()));
        match (report.end, scenario.result) {
            (Ok(Value::Int(result)), Ok(expected)) => assert_eq!(result, expected),
            (Err(Error::Failed(failure)), Err(kind)) => assert_eq!(failure.kind, kind),
            (end, expected) => panic!("expected {expected:?}, got {end:?}"),
        }
    }
}

fn explore(name: &str, schedules: usize, model: impl Fn() + Send + Sync + 'static) {
    let folder = std::env::temp_dir().join(format!("ruff-shuttle-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    let persistence = FailurePersistence::File(Some(folder.clone()));
    let run = AssertUnwindSafe(|| runner(schedules, persistence).run(model));
    if let Err(panic) = catch_unwind(run) {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for file in files {
            let path = file.path();
            report(&format!("{name} failed; again: {REPLAY}={name}@{} cargo shuttle", path.display()));
        }
        std::panic::resume_unwind(panic);
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// Runs the schedule of an earlier failure.
fn again(file: &str, model: impl Fn() + Send + Sync + 'static) {
    let scheduler = ReplayScheduler::new_from_file(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    Runner::new(scheduler, config(FailurePersistence::None)).run(model);
}

fn runner(schedules: usize, persistence: FailurePersistence) -> Runner<PctScheduler> {
    let seed = number("RUFF_SHUTTLE_SEED").unwrap_or(1);
    Runner::new(PctScheduler::new_from_seed(seed, DEPTH, schedules), config(persistence))
}

fn config(persistence: FailurePersistence) -> Config {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.failure_persistence = persistence;
    config.max_steps = MaxSteps::FailAfter(1_000_000);
    config.silence_warnings = true;
    config
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text}")))
}

/// Past the test harness, which would swallow it.
fn report(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
