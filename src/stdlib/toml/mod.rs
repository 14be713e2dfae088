//! TOML to dicts and back. Date-times become strings.

mod write;

use super::answer;
use super::declare::plain;
use super::parse_fault::{Place, limit_fault, parse_fault};
use crate::value::{Dict, Fault, Key, Value};
use crate::vm::Native;

/// The deepest nesting: the parser follows it on Rust's stack and bounds it so.
const DEEPEST: usize = 80;

pub(super) const NATIVES: &[Native] = &[
    plain("parse_toml(s: string) -> dict", "The dict that a TOML text writes.", |call| {
        answer::value(read(call.str(0), 0)?)
    }),
    plain("to_toml(d: dict) -> string", "A dict as TOML.", |call| {
        answer::text(write::text(call.program, call.dict(0))?)
    }),
];

/// The dict of a text in front of which `lines` lines of a file stand.
pub(super) fn read(text: &str, lines: usize) -> Result<Value, Fault> {
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(dict_of(table)),
        Err(error) => Err(fault(text, &error, lines)),
    }
}

fn fault(text: &str, error: &toml::de::Error, lines: usize) -> Fault {
    let place = error.span().map_or(Place::default(), |span| Place::of(text, span.start)).below(lines);
    if ["recursion limit", "cannot recurse further"].iter().any(|told| error.message().starts_with(told)) {
        return limit_fault(DEEPEST, format!("TOML parse error: nested deeper than {DEEPEST} levels{place}"));
    }
    let what = match error.message() {
        // The parser says so in the words of its own types.
        message if message.starts_with("invalid type: integer") => "an int has at most 64 bits".to_owned(),
        message => message.lines().collect::<Vec<_>>().join(", "),
    };
    parse_fault("TOML", format!("TOML parse error: {what}{place}"), place)
}

fn dict_of(table: toml::Table) -> Value {
    let entries = table.into_iter().map(|(key, value)| (Key::Text(key.into()), value_of(value)));
    Value::dict(entries.collect::<Dict>())
}

/// The parser bounds the nesting, and with it the depth of this recursion.
fn value_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::text(text),
        toml::Value::Integer(number) => Value::Int(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(time) => Value::text(time.to_string()),
        toml::Value::Array(items) => Value::array(items.into_iter().map(value_of).collect()),
        toml::Value::Table(table) => dict_of(table),
    }
}
