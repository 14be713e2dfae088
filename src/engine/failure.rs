//! An error of a script in terms of its source: what people and `--json-runtime-diagnostics` are shown.
//!
//! Owns: the way from instructions back to lines. Does not: draw or print; frames of the prelude are left out.

use crate::bytecode::{FileId, Program};
use crate::source::{Code, Diagnostic, Span};
use crate::value::{Fault, Hop, TracePoint, Value, brief, inspect};

/// One line of a call stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallLine {
    /// The function's name, `<main>` for top-level code.
    pub name: String,
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl std::fmt::Display for CallLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}:{}:{})", self.name, self.file, self.line, self.column)
    }
}

/// A step of an error's way through contexts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopLine {
    /// `spawned` or `awaited`.
    pub what: &'static str,
    /// Where.
    pub call: CallLine,
}

impl std::fmt::Display for HopLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} at {}", self.what, self.call)
    }
}

/// What an error was thrown because of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `Kind: message` of an error; any other value as `inspect` shows its beginning.
    pub what: String,
    /// Where it was thrown, if it is an error of a script.
    pub call: Option<CallLine>,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.call {
            Some(CallLine { file, line, column, .. }) => {
                write!(out, "{} ({file}:{line}:{column})", self.what)
            }
            None => out.write_str(&self.what),
        }
    }
}

/// So many causes of causes are told; who needs more has `e.cause`.
const MOST_CAUSES: usize = 8;

/// How many bytes of a cause that is no error are shown.
const LONGEST_CAUSE: usize = 200;

/// An uncaught error, or a rejection that nothing awaited.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Code, message, hint; its span belongs to `file`.
    pub diagnostic: Diagnostic,
    /// `e.kind`.
    pub kind: String,
    /// The file of the place where it was thrown; `None` if no script frame was running.
    pub file: Option<FileId>,
    /// The calls, innermost first.
    pub calls: Vec<CallLine>,
    /// Where the context of these calls was created and awaited, and so on up to where the error was found.
    pub hops: Vec<HopLine>,
    /// What it was thrown because of, what that was thrown because of, and so on.
    pub causes: Vec<Cause>,
    /// What a failed assertion compared, as `inspect` shows it: expected, actual.
    pub compared: Option<[String; 2]>,
}

impl Failure {
    /// Looks up where `fault` was thrown.
    pub(super) fn new(program: &Program, fault: &Fault, code: Code) -> Failure {
        let body = fault.body();
        let points: Vec<&TracePoint> = own_points(program, fault).collect();
        let innermost = points.first().map(|point| place(program, point));
        let (file, span) = innermost.unzip();
        let mut diagnostic = Diagnostic::new(code, body.message.as_str(), span.unwrap_or_default());
        diagnostic.help = body.hint.as_ref().map(ToString::to_string);
        let calls = points.iter().map(|point| call_line(program, point)).collect();
        let hops = body.hops.iter().filter_map(|hop| hop_line(program, hop)).collect();
        let causes = causes(program, &body.cause);
        let compared = compared(program, fault);
        Failure { diagnostic, kind: body.kind.as_str().to_owned(), file, calls, hops, causes, compared }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.kind, self.diagnostic.message)?;
        match self.calls.first() {
            Some(call) => write!(out, " at {}:{}:{}", call.file, call.line, call.column),
            None => Ok(()),
        }
    }
}

fn causes(program: &Program, first: &Value) -> Vec<Cause> {
    let (mut next, mut causes) = (first, Vec::new());
    while causes.len() < MOST_CAUSES {
        let Value::Error(fault) = next else {
            if !matches!(next, Value::Null | Value::None | Value::Unset) {
                causes.push(Cause { what: brief(program, next, LONGEST_CAUSE), call: None });
            }
            break;
        };
        let body = fault.body();
        let call = own_points(program, fault).next().map(|point| call_line(program, point));
        causes.push(Cause { what: format!("{}: {}", body.kind.as_str(), body.message.as_str()), call });
        next = &body.cause;
    }
    causes
}

fn compared(program: &Program, fault: &Fault) -> Option<[String; 2]> {
    let Value::Dict(details) = &fault.body().value else { return None };
    if fault.body().kind.as_str() != "AssertionError" {
        return None;
    }
    let shown = |key| {
        let mut text = String::new();
        inspect(program, details.get_text(key)?, &mut text).ok()?;
        Some(text)
    };
    Some([shown("expected")?, shown("actual")?])
}

/// Where an error was thrown and its callers, innermost first, without the library's own functions.
fn own_points<'f>(program: &Program, fault: &'f Fault) -> impl Iterator<Item = &'f TracePoint> {
    fault.body().trace.iter().rev().filter(|point| is_own(program, point))
}

fn is_own(program: &Program, point: &TracePoint) -> bool {
    !program.function(point.function).flags.is_prelude
}

fn place(program: &Program, point: &TracePoint) -> (FileId, Span) {
    let function = program.function(point.function);
    (function.file, function.spans.get(point.ip as usize).copied().unwrap_or(function.span))
}

fn hop_line(program: &Program, hop: &Hop) -> Option<HopLine> {
    let (what, point) = match hop {
        Hop::Spawned(point) => ("spawned", point),
        Hop::Awaited(point) => ("awaited", point),
    };
    is_own(program, point).then(|| HopLine { what, call: call_line(program, point) })
}

fn call_line(program: &Program, point: &TracePoint) -> CallLine {
    let (file, position) = program.place_of(point.function, point.ip);
    CallLine {
        name: program.function(point.function).name.to_string(),
        file: file.to_owned(),
        line: position.line,
        column: position.column,
    }
}
