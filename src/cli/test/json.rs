//! Results as one JSON object.

use serde_json::{Value as Json, json};

use super::outcome::{Failed, FileOutcome, Printed, Problem, TestOutcome};
use crate::cli::{Exit, paint};
use crate::engine::{Error, Failure};
use crate::source::Code;

/// The whole report.
pub(super) fn object(outcomes: &[FileOutcome], exit: Exit) -> Json {
    let total: usize = outcomes.iter().map(|outcome| outcome.tests.len()).sum();
    let failed: usize = outcomes.iter().map(FileOutcome::failed).sum();
    let skipped: usize = outcomes.iter().map(FileOutcome::skipped).sum();
    json!({
        "command": "test", "status": if exit == Exit::Success { "ok" } else { "error" },
        "exit_code": exit.code(), "total": total, "passed": total - failed - skipped, "failed": failed,
        "skipped": skipped,
        "files": outcomes.iter().map(file).collect::<Vec<_>>(),
    })
}

fn file(outcome: &FileOutcome) -> Json {
    let diagnostics = match &outcome.problem {
        None => Vec::new(),
        Some(Problem::Unreadable(unreadable)) => {
            vec![paint::json_plain(Code::CommandLine, &unreadable.message, &outcome.file)]
        }
        Some(Problem::Source(error)) => paint::json_diagnostics(error, &outcome.file),
    };
    json!({
        "file": outcome.file, "diagnostics": diagnostics, "output": joined(&outcome.printed),
        "tests": outcome.tests.iter().map(test).collect::<Vec<_>>(),
    })
}

fn test(test: &TestOutcome) -> Json {
    json!({
        "name": test.name, "groups": test.groups,
        "status": status(test), "skipped": test.skipped,
        "milliseconds": test.time.as_secs_f64() * 1e3, "output": joined(&test.printed),
        "error": test.failure.as_ref().map(error),
    })
}

fn status(test: &TestOutcome) -> &'static str {
    match (&test.failure, &test.skipped) {
        (Some(_), _) => "failed",
        (None, Some(_)) => "skipped",
        (None, None) => "passed",
    }
}

fn error(failed: &Failed) -> Json {
    let failure = first(&failed.error);
    let call = failure.and_then(|failure| failure.calls.first());
    let compared = failure.and_then(|failure| failure.compared.as_ref());
    json!({
        "message": failed.message, "kind": failure.map(|failure| &failure.kind),
        "file": call.map(|call| &call.file), "line": call.map(|call| call.line),
        "column": call.map(|call| call.column),
        "expected": compared.map(|texts| &texts[0]), "actual": compared.map(|texts| &texts[1]),
        "call_stack": failure.map(|failure| failure.calls.iter().rev().map(ToString::to_string).collect::<Vec<_>>()),
    })
}

/// The failure that a report can point at.
pub(super) fn first(error: &Error) -> Option<&Failure> {
    match error {
        Error::Failed(failure) => Some(failure),
        Error::Unawaited(list) => list.first(),
        _ => None,
    }
}

/// Everything that was printed, both streams.
pub(super) fn joined(printed: &Printed) -> String {
    printed.iter().map(|(_, text)| text.as_str()).collect()
}
