//! JSON lines: one value per line, blank lines skipped.

use super::{DEEPEST, read, write};
use crate::bytecode::Program;
use crate::stdlib::parse_fault::{Place, limit_fault, parse_fault};
use crate::value::{ErrorKind, Fault, Value};

/// The values of all lines.
pub(super) fn parse(text: &str) -> Result<Value, Fault> {
    let mut values = Vec::new();
    let mut characters = 0;
    for (at, line) in text.split('\n').enumerate() {
        if !line.trim().is_empty() {
            values.push(read(line).map_err(|fault| moved(fault, at + 1, characters))?);
        }
        characters += line.chars().count() + 1;
    }
    Ok(Value::array(values))
}

/// The error of a line as one of the whole text, in which `before` characters stand before the line.
fn moved(fault: Fault, line: usize, before: usize) -> Fault {
    let message = fault.body().message.as_str();
    let what = message.rsplit_once(" at line ").map_or(message, |(what, _)| what);
    if fault.is(ErrorKind::LimitError) {
        return limit_fault(DEEPEST, format!("{what} at line {line}"));
    }
    let number = |key: &str| match &fault.body().value {
        Value::Dict(details) => match details.get_text(key) {
            Some(Value::Int(number)) => usize::try_from(*number).ok(),
            _ => None,
        },
        _ => None,
    };
    let offset = number("offset").map(|offset| offset + before);
    let place = Place { line: Some(line), column: number("column"), offset };
    parse_fault("JSON", format!("{what}{place}"), place)
}

/// One compact line per value.
pub(super) fn text(program: &Program, values: &[Value]) -> Result<String, Fault> {
    let (mut text, style) = (String::new(), write::Style::compact("to_jsonl"));
    for value in values {
        write::write(program, value, &style, &mut text)?;
        text.push('\n');
    }
    Ok(text)
}
