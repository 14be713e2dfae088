//! Results as people read them (docs/LANGUAGE.md, 15.1).
//!
//! Invariant: what a file's tests printed and how they ended stands together. In the form for programs only diagnostics
//! are written here, to stderr.

use std::fmt::Write as _;
use std::io::IsTerminal;

use super::outcome::{Failed, FileOutcome, Printed, Problem, TestOutcome};
use crate::bytecode::Program;
use crate::cli::paint::{self, Style};
use crate::engine::{Error, Failure, Stream, told};

/// The report in the making.
pub(super) struct Report {
    files: usize,
    done: usize,
    verbose: bool,
    as_json: bool,
    progress: bool,
    style: Style,
}

impl Report {
    pub(super) fn new(files: usize, verbose: bool, as_json: bool) -> Report {
        let progress = files > 1 && std::io::stderr().is_terminal();
        let report = Report { files, done: 0, verbose, as_json, progress, style: Style::of_stdout() };
        report.show_progress();
        report
    }

    /// Reports a file.
    pub(super) fn file(&mut self, outcome: &FileOutcome) {
        self.done += 1;
        if self.progress {
            paint::error("\r\x1b[K");
        }
        match &outcome.problem {
            Some(Problem::Unreadable(unreadable)) => {
                unreadable.report();
            }
            Some(Problem::Source(error)) => paint::engine_error(error, None, &outcome.file),
            None if self.as_json => {}
            None => self.tests(outcome),
        }
        self.show_progress();
    }

    /// The last line.
    pub(super) fn end(&self, outcomes: &[FileOutcome]) {
        if self.progress {
            paint::error("\r\x1b[K");
        }
        if self.as_json {
            return;
        }
        if outcomes.iter().any(|outcome| outcome.interrupted) {
            paint::error("interrupted\n");
        }
        let total: usize = outcomes.iter().map(|outcome| outcome.tests.len()).sum();
        let failed: usize = outcomes.iter().map(FileOutcome::failed).sum();
        let skipped: usize = outcomes.iter().map(FileOutcome::skipped).sum();
        let passed = total - failed - skipped;
        let skips = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        paint::out(&format!("Tests: {total} total, {passed} passed, {failed} failed{skips}\n"));
    }

    fn show_progress(&self) {
        if self.progress && self.done < self.files {
            paint::error(&format!("{} of {} files", self.done, self.files));
        }
    }

    fn tests(&self, outcome: &FileOutcome) {
        let told = |test: &TestOutcome| self.verbose || test.failure.is_some() || !test.printed.is_empty();
        if outcome.printed.is_empty() && !outcome.tests.iter().any(told) {
            return;
        }
        paint::out(&format!("{}\n", outcome.file));
        pass_on(&outcome.printed);
        for test in &outcome.tests {
            pass_on(&test.printed);
            let line = format!("{} ({}ms)\n", test.full_name(), test.time.as_millis());
            match &test.failure {
                Some(failed) => {
                    let details = self.details(failed, outcome.program());
                    paint::out(&format!("  {} {line}{details}", self.style.red("\u{2717}")));
                }
                None if self.verbose && test.skipped.is_some() => {
                    let reason = test.skipped.as_deref().unwrap_or_default();
                    paint::out(&format!("  - {} (skipped: {reason})\n", test.full_name()));
                }
                None if self.verbose => paint::out(&format!("  {} {line}", self.style.green("\u{2713}"))),
                None => {}
            }
        }
    }

    /// The message, what was compared, and the place, indented.
    fn details(&self, failed: &Failed, program: Option<&Program>) -> String {
        let mut text = format!("    Error: {}\n", failed.message.replace('\n', "\n      "));
        match &failed.error {
            Error::Failed(failure) => self.place(failure, program, &mut text),
            Error::Unawaited(list) => {
                told(list).0.iter().for_each(|failure| self.place(failure, program, &mut text))
            }
            _ => {}
        }
        text
    }

    fn place(&self, failure: &Failure, program: Option<&Program>, text: &mut String) {
        // Writing to a `String` cannot fail.
        if let Some([expected, actual]) = &failure.compared
            && !failure.diagnostic.message.contains(expected.as_str())
        {
            let _ = writeln!(text, "    expected: {expected}\n    actual:   {actual}");
        }
        if !matches!(failure.kind.as_str(), "AssertionError" | "Thrown") {
            let _ = writeln!(text, "    kind: {}", failure.kind);
        }
        let place = paint::failure_place(failure, program, self.style);
        for line in place.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
}

/// Shows what a script printed where it wanted it.
fn pass_on(printed: &Printed) {
    for (stream, text) in printed {
        match stream {
            Stream::Out => paint::out(text),
            Stream::Err => paint::error(text),
        }
    }
}
