//! What became of one file and its tests.
//!
//! Invariant: the top level runs only if a test is to run; if it fails, that is a failure of the file, and no test runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bytecode::Program;
use crate::cli::Exit;
use crate::cli::load::{self, Unreadable};
use crate::engine::{Engine, Error, Recorder, Script, Stream, TestRun, told};

/// What the name of a failed top level is in reports.
const TOP_LEVEL: &str = "(top level)";

/// The kind of the error that `skip_test` throws.
const SKIPPED: &str = "TestSkipped";

/// Which tests run, and how.
pub(super) struct Plan {
    pub(super) filter: String,
    pub(super) fail_fast: bool,
    pub(super) limit: Option<Duration>,
}

/// Why a file's tests could not run at all.
pub(super) enum Problem {
    Unreadable(Unreadable),
    Source(Error),
}

impl Problem {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Problem::Unreadable(_) => Exit::File,
            Problem::Source(error) => Exit::of(error),
        }
    }
}

/// Pieces of output with the stream each went to.
pub(super) type Printed = Vec<(Stream, String)>;

/// A test that ran.
pub(super) struct TestOutcome {
    pub(super) groups: Vec<String>,
    pub(super) name: String,
    pub(super) time: Duration,
    pub(super) failure: Option<Failed>,
    /// Why it was not run to its end, if it wanted that itself (`skip_test`).
    pub(super) skipped: Option<String>,
    pub(super) printed: Printed,
}

/// Why it failed.
pub(super) struct Failed {
    pub(super) message: String,
    pub(super) error: Error,
}

impl TestOutcome {
    /// `group > name`.
    pub(super) fn full_name(&self) -> String {
        full_name(self.groups.iter().map(String::as_str), &self.name)
    }
}

fn full_name<'a>(groups: impl Iterator<Item = &'a str>, name: &'a str) -> String {
    groups.chain([name]).collect::<Vec<_>>().join(" > ")
}

/// A file.
pub(super) struct FileOutcome {
    pub(super) file: String,
    pub(super) problem: Option<Problem>,
    pub(super) script: Option<Script>,
    /// What the top level printed.
    pub(super) printed: Printed,
    pub(super) tests: Vec<TestOutcome>,
    pub(super) interrupted: bool,
}

impl FileOutcome {
    fn new(file: String) -> FileOutcome {
        let (printed, tests) = (Vec::new(), Vec::new());
        FileOutcome { file, problem: None, script: None, printed, tests, interrupted: false }
    }

    /// How many tests failed.
    pub(super) fn failed(&self) -> usize {
        self.tests.iter().filter(|test| test.failure.is_some()).count()
    }

    /// How many tests were skipped.
    pub(super) fn skipped(&self) -> usize {
        self.tests.iter().filter(|test| test.skipped.is_some()).count()
    }

    /// Whether there is nothing to say about it.
    pub(super) fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.problem.is_none() && !self.interrupted
    }

    pub(super) fn program(&self) -> Option<&Program> {
        self.script.as_ref().map(Script::program)
    }

    fn add(&mut self, groups: Vec<String>, name: &str, time: Duration, end: Result<(), Failed>) {
        let failure = end.err();
        if failure.as_ref().is_some_and(|failed| matches!(failed.error, Error::Interrupted)) {
            self.interrupted = true;
            return;
        }
        let (failure, skipped) = match failure {
            Some(failed) if failed.is_skip() => (None, Some(failed.message)),
            failure => (failure, None),
        };
        let name = name.to_owned();
        self.tests.push(TestOutcome { groups, name, time, failure, skipped, printed: Vec::new() });
    }
}

/// Runs the tests of a file that the plan wants.
pub(super) fn run_file(engine: &Engine, file: String, plan: &Plan) -> FileOutcome {
    let mut outcome = FileOutcome::new(file);
    let bytes = match load::read(&outcome.file) {
        Ok(bytes) => bytes,
        Err(unreadable) => {
            outcome.problem = Some(Problem::Unreadable(unreadable));
            return outcome;
        }
    };
    let mut options = engine.options().clone();
    options.script_path.clone_from(&outcome.file);
    let engine = engine.with_options(options);
    match load::compile(&engine, &outcome.file, &bytes) {
        Ok(script) => run_script(&engine, &script, plan, &mut outcome),
        Err(error) => outcome.problem = Some(Problem::Source(error)),
    }
    outcome
}

fn run_script(engine: &Engine, script: &Script, plan: &Plan, outcome: &mut FileOutcome) {
    outcome.script = Some(script.clone());
    let wanted = wanted(script, &plan.filter);
    if wanted.is_empty() {
        return;
    }
    let recorder = Arc::new(Recorder::default());
    let started = Instant::now();
    let run = TestRun::start(engine, script, Arc::<Recorder>::clone(&recorder));
    outcome.printed = recorder.take();
    let mut run = match run {
        Ok(run) => run,
        Err(error) => {
            return outcome.add(Vec::new(), TOP_LEVEL, started.elapsed(), Err(Failed::new(error, plan)));
        }
    };
    for position in wanted {
        let test = &script.tests()[position];
        let end = run.run(position, plan.limit);
        let (time, end) = match end {
            Ok(end) => (end.time, end.outcome),
            Err(error) => (Duration::ZERO, Err(error)),
        };
        let groups = test.groups.iter().map(ToString::to_string).collect();
        outcome.add(groups, &test.name, time, end.map_err(|error| Failed::new(error, plan)));
        if let Some(last) = outcome.tests.last_mut() {
            last.printed = recorder.take();
        }
        if outcome.interrupted || (plan.fail_fast && outcome.failed() > 0) {
            return;
        }
    }
}

fn wanted(script: &Script, filter: &str) -> Vec<usize> {
    let names =
        script.tests().iter().map(|test| full_name(test.groups.iter().map(|group| &**group), &test.name));
    names.enumerate().filter(|(_, name)| name.contains(filter)).map(|(position, _)| position).collect()
}

impl Failed {
    fn new(error: Error, plan: &Plan) -> Failed {
        Failed { message: message(&error, plan), error }
    }

    /// Whether it is what `skip_test` throws.
    fn is_skip(&self) -> bool {
        matches!(&self.error, Error::Failed(failure) if failure.kind == SKIPPED)
    }
}

fn message(error: &Error, plan: &Plan) -> String {
    match error {
        Error::Failed(failure) => failure.diagnostic.message.clone(),
        Error::Unawaited(list) => {
            let (told, others) = told(list);
            let messages: Vec<&str> = told.iter().map(|failure| &*failure.diagnostic.message).collect();
            let more = if others > 0 { format!("; and {others} more") } else { String::new() };
            format!("Nothing awaited a promise that was rejected: {}{more}", messages.join("; "))
        }
        Error::Exit(code) => format!("exit({code}) was called before the end"),
        Error::TimedOut(ms) if plan.limit == Some(Duration::from_millis(*ms)) => {
            format!("Test timed out after {ms}ms")
        }
        other => other.to_string(),
    }
}
