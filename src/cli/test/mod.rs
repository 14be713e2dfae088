//! `ruff test [PATHS]`: runs the tests of script files and says which failed.
//!
//! Owns: the order of the report, which is that of the files, however many run at once, and the exit code.

mod find;
mod outcome;
mod text;
mod json;
mod junit;

use std::time::Duration;

use super::options::RunOptions;
use super::{Exit, paint, schedule};
use crate::engine::{Engine, Options, Schedule, in_order};
use outcome::{FileOutcome, Plan, run_file};
use text::Report;

/// What follows `ruff test`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: RunOptions,
    /// Let a seed decide about the order of contexts, timers and operations (seed:N), as in ruff run
    #[arg(long, value_name = "HOW")]
    schedule: Option<schedule::Wanted>,
    /// Run only tests whose name, with its groups ("group > name"), contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Stop after the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Name the tests that pass, too
    #[arg(long, short)]
    verbose: bool,
    /// Let a test fail after this many milliseconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    timeout_ms: Option<u64>,
    /// Write the results to this file as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
    /// Print the results as one JSON object instead
    #[arg(long)]
    json: bool,
    /// Files, or folders of which all *.ruff files are tested
    #[arg(default_value = "tests")]
    paths: Vec<String>,
}

/// Tests files.
pub(super) fn test(arguments: Arguments) -> Exit {
    let schedule = match schedule::for_tests(arguments.schedule.as_ref()) {
        Ok(schedule) => schedule,
        Err(exit) => return exit,
    };
    let files = match find::files(&arguments.paths) {
        Ok(files) => files,
        Err(unreadable) => return unreadable.report(),
    };
    let outcomes = run_all(&arguments, schedule, files);
    let exit = exit_of(&outcomes);
    if arguments.json {
        paint::out(&format!("{}\n", json::object(&outcomes, exit)));
    }
    if outcomes.iter().all(FileOutcome::is_empty) {
        let help = match &arguments.filter {
            Some(_) => "the name of a test in a group is `group > name`; `ruff test --verbose` names all",
            None => "write `test \"name\" { .. }` at the top level of a file",
        };
        paint::cli_error(&nothing_found(&arguments), help);
    }
    match arguments.junit.as_deref().map(|path| (path, std::fs::write(path, junit::document(&outcomes)))) {
        Some((path, Err(error))) => {
            paint::cli_error(&format!("Cannot write file '{path}': {error}"), "");
            Exit::File
        }
        _ => exit,
    }
}

/// Runs the files and reports each as soon as those before it are done.
fn run_all(arguments: &Arguments, schedule: Schedule, files: Vec<String>) -> Vec<FileOutcome> {
    let mut options = Options { schedule, ..arguments.options.engine("", Vec::new()) };
    let at_once = options.workers.min(files.len()).max(1);
    options.workers = (options.workers / at_once).max(1);
    let engine = Engine::new(options);
    let plan = Plan {
        filter: arguments.filter.clone().unwrap_or_default(),
        fail_fast: arguments.fail_fast,
        limit: arguments.timeout_ms.map(Duration::from_millis),
    };
    let mut report = Report::new(files.len(), arguments.verbose, arguments.json);
    let mut outcomes: Vec<FileOutcome> = Vec::new();
    in_order(
        files,
        at_once,
        move |file| run_file(&engine, file, &plan),
        |outcome| {
            report.file(&outcome);
            let stop = outcome.interrupted || (arguments.fail_fast && outcome.failed() > 0);
            outcomes.push(outcome);
            !stop
        },
    );
    report.end(&outcomes);
    outcomes
}

/// A failed test counts more than a file that could not be tested.
fn exit_of(outcomes: &[FileOutcome]) -> Exit {
    if outcomes.iter().any(|outcome| outcome.interrupted) {
        return Exit::Interrupted;
    }
    let failed = outcomes.iter().any(|outcome| outcome.failed() > 0);
    let problem = outcomes.iter().find_map(|outcome| outcome.problem.as_ref());
    match problem {
        _ if failed => Exit::Unmet,
        Some(problem) => problem.exit(),
        // Whoever asks for tests does not want to hear that all is well when none ran.
        None if outcomes.iter().all(FileOutcome::is_empty) => Exit::Unmet,
        None => Exit::Success,
    }
}

fn nothing_found(arguments: &Arguments) -> String {
    let places = arguments.paths.join(", ");
    match &arguments.filter {
        Some(filter) => format!("No test in {places} has a name that contains \"{filter}\""),
        None => format!("No tests found in {places}"),
    }
}
