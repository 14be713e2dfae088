//! Everything that reaches the terminal: plain text, diagnostics, failures, as people or programs read them.
//!
//! Invariant: writing to a stream that nobody reads any more is silent; colours only on a terminal and without NO_COLOR.

use std::fmt::Write as _;
use std::io::Write;

use serde_json::{Value as Json, json};

use super::Exit;
use crate::bytecode::Program;
use crate::engine::{CallLine, Error, Failure, Incorrect, told};
use crate::source::{Code, Diagnostic, Source, SourceError, excerpt, header, render};

/// Writes to stdout. If that fails for another reason than that nobody reads it any more, what the command was to give is lost,
/// and the command ends with that error.
pub(super) fn out(text: &str) {
    let mut stream = std::io::stdout().lock();
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if let Err(failure) = written {
        lost(&failure);
    }
}

/// Something could not be written to stdout.
pub(super) fn lost(failure: &std::io::Error) {
    if failure.kind() != std::io::ErrorKind::BrokenPipe {
        cli_error(&format!("Cannot write to stdout: {failure}"), "");
        std::process::exit(Exit::File.code().into());
    }
}

/// Writes to stderr.
pub(super) fn error(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Whether stderr shows colours.
fn color() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    color: bool,
}

impl Style {
    /// What stdout shows.
    pub(super) fn of_stdout() -> Style {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        Style { color: choice != anstream::ColorChoice::Never }
    }

    pub(super) fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    fn wrap(self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A problem with the command line or a file.
pub(super) fn cli_error(message: &str, help: &str) {
    let diagnostic = Diagnostic::new(Code::CommandLine, message, crate::source::Span::default());
    error(&header("error", &diagnostic, color()));
    if !help.is_empty() {
        error(&help_line(help));
    }
}

/// What to do, where no excerpt tells it.
fn help_line(help: &str) -> String {
    format!("  = help: {help}\n")
}

/// What to do about a file that cannot be a script.
fn source_help(reason: &SourceError) -> &'static str {
    match reason {
        SourceError::TooLarge { .. } => "read large data from files of its own",
        SourceError::InvalidUtf8 { .. } => "save the script as UTF-8 text",
    }
}

/// Draws an error of a run or check on stderr. `program` is known once the script compiled.
pub(super) fn engine_error(problem: &Error, program: Option<&Program>, file: &str) {
    match problem {
        Error::Module(module) => {
            cli_error(&module.to_string(), &format!("it is imported at {}", module.imported_at));
        }
        Error::Source(reason) => cli_error(&format!("{file}: {reason}"), source_help(reason)),
        Error::Diagnostics(files) => files.iter().for_each(incorrect),
        Error::Failed(failure) => error(&drawn_failure(failure, program)),
        Error::Unawaited(list) => {
            let (told, others) = told(list);
            let drawn: Vec<String> = told.iter().map(|failure| drawn_failure(failure, program)).collect();
            error(&drawn.join("\n"));
            match others {
                0 => {}
                1 => error("\n1 more promise was rejected that nothing awaited\n"),
                more => error(&format!("\n{more} more promises were rejected that nothing awaited\n")),
            }
        }
        Error::TimedOut(_) => {
            let diagnostic =
                Diagnostic::new(Code::TimeLimit, problem.to_string(), crate::source::Span::default());
            error(&header("error", &diagnostic, color()));
        }
        Error::Interrupted => error("interrupted\n"),
        Error::Host(message) | Error::Unwritable(message) | Error::OffSchedule(message) => {
            cli_error(message, "");
        }
        Error::Exit(_) => {}
    }
}

/// Draws warnings on stderr.
pub(super) fn warnings(source: &Source, list: &[Diagnostic]) {
    list.iter().for_each(|found| error(&format!("{}\n", render(source, found, color()))));
}

/// What is wrong with one file.
fn incorrect(file: &Incorrect) {
    let Incorrect { source, diagnostics } = file;
    let drawn: Vec<String> = diagnostics.iter().map(|found| render(source, found, color())).collect();
    error(&drawn.join("\n"));
    if diagnostics.len() > 1 {
        error(&format!("\n{} errors in {}\n", diagnostics.len(), source.name()));
    }
}

/// Header, excerpt and call stack.
fn drawn_failure(failure: &Failure, program: Option<&Program>) -> String {
    let style = Style { color: color() };
    header(&failure.kind, &failure.diagnostic, style.color) + &failure_place(failure, program, style)
}

/// Where a script failed: excerpt and call stack.
pub(super) fn failure_place(failure: &Failure, program: Option<&Program>, style: Style) -> String {
    let mut text = String::new();
    let (span, help) = (failure.diagnostic.span, failure.diagnostic.help.as_deref());
    match (failure.file, program) {
        (Some(file), Some(program)) => {
            text.push_str(&excerpt(&program.files[file.index()], span, help, style.color));
        }
        _ => text.extend(help.map(help_line)),
    }
    text.push_str(&call_stack(&failure.calls));
    failure.hops.iter().for_each(|hop| _ = writeln!(text, "  {hop}"));
    failure.causes.iter().for_each(|cause| _ = writeln!(text, "Caused by: {cause}"));
    text
}

/// The calls, innermost first; endless recursions are cut in the middle.
fn call_stack(calls: &[CallLine]) -> String {
    const SHOWN: usize = 20;
    let mut text = String::new();
    if calls.is_empty() {
        return text;
    }
    text.push_str("Call stack:\n");
    for (depth, call) in calls.iter().enumerate() {
        if calls.len() > SHOWN && depth == SHOWN / 2 {
            let _ = writeln!(text, "  ... {} more calls", calls.len() - SHOWN);
        }
        if depth < SHOWN / 2 || depth + SHOWN / 2 >= calls.len() || calls.len() <= SHOWN {
            let _ = writeln!(text, "  {depth} at {call}");
        }
    }
    text
}

/// The object of `--json-runtime-diagnostics` (docs/LANGUAGE.md, 15.3), or `None` where there is nothing to report.
pub(super) fn json_error(command: &str, problem: &Error, file: &str) -> Option<Json> {
    let exit_code = Exit::of(problem).code();
    let (kind, diagnostic) = match problem {
        Error::Exit(_) | Error::Interrupted => return None,
        Error::Failed(failure) => ("runtime_diagnostic", json_failure(failure, file)),
        Error::Unawaited(list) => ("runtime_diagnostic", json_failure(list.first()?, file)),
        Error::TimedOut(_) => ("runtime_diagnostic", json_plain(Code::TimeLimit, &problem.to_string(), file)),
        Error::Diagnostics(files) => {
            let first = files.first()?;
            ("source_diagnostic", json_diagnostic(first.diagnostics.first()?, &first.source))
        }
        Error::Module(module) => {
            ("source_diagnostic", json_plain(Code::CommandLine, &module.to_string(), &module.file))
        }
        Error::Source(_) | Error::Host(_) | Error::Unwritable(_) | Error::OffSchedule(_) => {
            ("source_diagnostic", json_plain(Code::CommandLine, &problem.to_string(), file))
        }
    };
    let mut object = json!({
        "command": command, "status": "error", "kind": kind, "contract_version": "1.0.0",
        "exit_code": exit_code, "diagnostic": diagnostic,
    });
    let failure = match problem {
        Error::Failed(failure) => Some(&**failure),
        Error::Unawaited(list) => list.first(),
        _ => None,
    };
    if kind == "runtime_diagnostic" {
        object["runtime_kind"] = json!(failure.map_or("TimeoutError", |failure| failure.kind.as_str()));
        object["call_stack"] = failure.map(json_stack).unwrap_or_default().into();
    }
    Some(object)
}

/// Outermost first, as `e.stack` is.
fn json_stack(failure: &Failure) -> Vec<String> {
    let hops = failure.hops.iter().rev().map(ToString::to_string);
    hops.chain(failure.calls.iter().rev().map(ToString::to_string)).collect()
}

fn json_failure(failure: &Failure, file: &str) -> Json {
    let call = failure.calls.first();
    json_fields(
        &failure.diagnostic,
        call.map_or(file, |call| &call.file),
        call.map(|call| (call.line, call.column)),
    )
}

/// One diagnostic about a source text.
pub(super) fn json_diagnostic(diagnostic: &Diagnostic, source: &Source) -> Json {
    let at = source.position(diagnostic.span.start);
    json_fields(diagnostic, source.name(), Some((at.line, at.column)))
}

/// All that is wrong with a source text.
pub(super) fn json_diagnostics(problem: &Error, file: &str) -> Vec<Json> {
    match problem {
        Error::Diagnostics(files) => files.iter().flat_map(json_incorrect).collect(),
        Error::Module(module) => {
            vec![json_plain(Code::CommandLine, &module.to_string(), &module.file)]
        }
        other => vec![json_plain(Code::CommandLine, &other.to_string(), file)],
    }
}

/// All diagnostics about one file.
pub(super) fn json_incorrect(file: &Incorrect) -> impl Iterator<Item = Json> + '_ {
    file.diagnostics.iter().map(|found| json_diagnostic(found, &file.source))
}

/// A diagnostic without a place.
pub(super) fn json_plain(code: Code, message: &str, file: &str) -> Json {
    json_fields(&Diagnostic::new(code, message, crate::source::Span::default()), file, None)
}

fn json_fields(diagnostic: &Diagnostic, file: &str, at: Option<(u32, u32)>) -> Json {
    json!({
        "code": diagnostic.code.text(), "severity": diagnostic.code.severity().text(), "subsystem": diagnostic.code.subsystem(),
        "message": diagnostic.message, "help": diagnostic.help, "file": file,
        "line": at.map(|at| at.0), "column": at.map(|at| at.1),
    })
}
