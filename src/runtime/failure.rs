//! The wording of failures that do not come from a script: of the operating system, and of our own bugs.

use std::any::Any;
use std::io;

use crate::value::{Dict, ErrorKind, Fault, Value};

/// An IOError as STDLIB section 9 words it: `Cannot <op> '<path>': <system text>`.
pub fn io_fault(op: &str, path: &str, error: &io::Error) -> Fault {
    let mut details = Dict::new();
    details.insert_text("path", Value::text(path));
    details.insert_text("op", Value::text(op));
    details.insert_text("code", Value::text(code(error.kind())));
    details.insert_text("os_code", error.raw_os_error().map_or(Value::Null, |code| Value::Int(code.into())));
    let message = format!("Cannot {op} '{path}': {error}");
    Fault::new(ErrorKind::IOError, message).with_value(Value::dict(details))
}

fn code(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "not_found",
        io::ErrorKind::AlreadyExists => "exists",
        io::ErrorKind::PermissionDenied => "permission",
        io::ErrorKind::IsADirectory => "is_dir",
        io::ErrorKind::NotADirectory => "not_dir",
        io::ErrorKind::DirectoryNotEmpty => "not_empty",
        _ => "other",
    }
}

/// A ParseError with its details.
pub fn parse_fault(message: String, format: &str, offset: Option<usize>) -> Fault {
    let mut details = Dict::new();
    details.insert_text("format", Value::text(format));
    details.insert_text("line", Value::Null);
    details.insert_text("column", Value::Null);
    details.insert_text("offset", offset.map_or(Value::Null, |offset| Value::Int(offset as i64)));
    Fault::new(ErrorKind::ParseError, message).with_value(Value::dict(details))
}

/// A LimitError with its details.
pub fn limit_fault(message: String, limit: u64) -> Fault {
    let mut details = Dict::new();
    details.insert_text("limit", Value::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    Fault::new(ErrorKind::LimitError, message).with_value(Value::dict(details))
}

/// A TimeoutError with its details.
pub fn timed_out(ms: f64) -> Fault {
    let mut details = Dict::new();
    let whole = ms.fract() == 0.0 && ms.abs() < 1e15;
    details.insert_text("ms", if whole { Value::Int(ms as i64) } else { Value::Float(ms) });
    let message = format!("Timeout after {ms}ms");
    Fault::new(ErrorKind::TimeoutError, message).with_value(Value::dict(details))
}

/// The fault of a context whose native or instruction panicked: our bug, but not the end of the process.
pub fn internal_fault(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    internal(&text.unwrap_or_else(|| "panic without a message".to_owned()))
}

/// A fault for a broken invariant of ours.
pub fn internal(what: &str) -> Fault {
    Fault::of_kind("InternalError", format!("Internal error: {what}"))
}
