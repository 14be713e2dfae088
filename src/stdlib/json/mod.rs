//! JSON (RFC 8259, STDLIB section 14): text to values and back, without recursion and without a tree in between.

mod read;
mod write;
mod lines;

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::bytecode::Program;
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Job, Native, Request};

pub(super) use read::{read, read_first};

/// The deepest nesting, read or written (R11).
const DEEPEST: usize = 4096;
/// Texts beyond this many bytes are read off the workers, so that no other context waits for them (R9).
const LONG: usize = 1 << 20;

pub(super) const NATIVES: &[Native] = &[
    plain("parse_json from_json(s: string) -> any", "The value that a JSON text writes.", parse),
    plain("to_json(v: any, opts: dict = {}) -> string", "A value as compact JSON.", to_json),
    plain("parse_jsonl(s: string) -> array", "The values of a text with one JSON value per line.", |call| {
        read_where_it_fits(call, lines::parse)
    }),
    plain("to_jsonl(xs: seq) -> string", "One compact line of JSON per item.", |call| {
        answer::text(lines::text(call.program, &call.items(0, "xs")?)?)
    }),
    plain("to_json_pretty(v: any) -> string", "A value as JSON, indented by 2.", |call| {
        let style =
            write::Style { indent: Some("  ".to_owned()), ..write::Style::compact(call.shown_name()) };
        written(call, &style)
    }),
];

fn parse(call: &mut Call<'_>) -> Outcome {
    read_where_it_fits(call, read)
}

fn read_where_it_fits(call: &Call<'_>, read: fn(&str) -> Result<Value, Fault>) -> Outcome {
    let text = call.text(0).clone();
    if text.as_str().len() < LONG {
        return answer::value(read(text.as_str())?);
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || read(text.as_str()))))))
}

fn to_json(call: &mut Call<'_>) -> Outcome {
    let style = style(call)?;
    written(call, &style)
}

fn style(call: &Call<'_>) -> Result<write::Style, Fault> {
    let options = call.options(1, &["indent", "sort_keys", "ascii"])?;
    let indent = match options.get("indent") {
        None => None,
        Some(Value::Text(text)) => Some(text.as_str().to_owned()),
        Some(Value::Int(_) | Value::Float(_)) => match options.whole("indent")?.unwrap_or(0) {
            width @ 0..=32 => Some(" ".repeat(width as usize)),
            width => return Err(options.value_fault("indent", format!("must be 0 to 32, got {width}"))),
        },
        Some(other) => return Err(options.unlike("indent", "int or string", other)),
    };
    let (sort_keys, ascii) = (options.bool("sort_keys", false)?, options.bool("ascii", false)?);
    Ok(write::Style { name: call.shown_name(), indent, sort_keys, ascii })
}

/// Most texts fit into so many bytes.
const ROOM: usize = 256;

/// A value as compact JSON; errors say that this function cannot write it.
pub(super) fn compact(name: &'static str, program: &Program, value: &Value) -> Result<String, Fault> {
    let mut text = String::with_capacity(ROOM);
    write::write(program, value, &write::Style::compact(name), &mut text)?;
    Ok(text)
}

fn written(call: &Call<'_>, style: &write::Style) -> Outcome {
    let mut text = String::with_capacity(ROOM);
    write::write(call.program, &call.args[0], style, &mut text)?;
    answer::text(text)
}
