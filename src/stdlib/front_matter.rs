//! The data at the head of a text file: `---` YAML, `+++` TOML, or a JSON object, at the very start.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use super::{json, toml, yaml};
use crate::value::{ErrorKind, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[plain(
    "front_matter(text: string) -> array",
    "[data, body] of a text with data at its head.",
    front_matter,
)];

fn front_matter(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    let (data, body) = match first_line(text) {
        "---" => fenced("---", text, yaml::read)?,
        "+++" => fenced("+++", text, toml::read)?,
        // `{{` opens a shortcode or an expression of a template, never an object.
        _ if text.starts_with('{') && !text.starts_with("{{") => object(text)?,
        _ => return answer::array(vec![Value::dict(Default::default()), call.args[0].take()]),
    };
    let body = Value::text(body);
    answer::array(vec![data, body])
}

/// A line's text without `\n` or `\r\n`; white space behind a fence is allowed.
fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or("").trim_end()
}

type Read = fn(&str, usize) -> Result<Value, Fault>;

/// The data between two fences and the text behind the second.
fn fenced<'a>(fence: &str, text: &'a str, read: Read) -> Result<(Value, &'a str), Fault> {
    let start = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim_end() == fence {
            let data = read(&text[start..at], 1).map_err(|fault| placed(fault, fence))?;
            return Ok((as_dict(data, fence)?, &text[at + line.len()..]));
        }
        at += line.len();
    }
    let place = Place { line: Some(1), column: Some(1), offset: Some(0) };
    let message = format!("Front matter parse error: the block that {fence} opens is not closed{place}");
    Err(parse_fault("front matter", message, place))
}

/// An error without a place is one of the whole block, which begins in line 1.
fn placed(fault: Fault, fence: &str) -> Fault {
    let has_line = match &fault.body().value {
        Value::Dict(details) => matches!(details.get_text("line"), Some(Value::Int(_))),
        _ => false,
    };
    if has_line || fault.is(ErrorKind::LimitError) {
        return fault;
    }
    let place = Place { line: Some(1), column: Some(1), offset: None };
    let message = format!("{} in the block that {fence} opens{place}", fault.body().message.as_str());
    parse_fault("front matter", message, place)
}

/// Nothing, or only comments, is an empty dict.
fn as_dict(data: Value, fence: &str) -> Result<Value, Fault> {
    match data {
        Value::Dict(_) => Ok(data),
        Value::Null => Ok(Value::dict(Default::default())),
        _ => {
            let place = Place { line: Some(2), column: Some(1), offset: None };
            let message = format!("Front matter parse error: expected keys and values after {fence}{place}");
            Err(parse_fault("front matter", message, place))
        }
    }
}

/// A JSON object ends where it is complete; the rest of its last line must be blank.
fn object(text: &str) -> Result<(Value, &str), Fault> {
    let (data, end) = json::read_first(text)?;
    let rest = &text[end..];
    let line = rest.split_inclusive('\n').next().unwrap_or("");
    if line.trim().is_empty() {
        return Ok((data, &rest[line.len()..]));
    }
    let place = Place::of(text, end);
    let message = format!("Front matter parse error: expected a line end after the object{place}");
    Err(parse_fault("front matter", message, place))
}
