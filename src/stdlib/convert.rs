//! Conversions to numbers and bools, and the reading of numbers in text.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{Dict, ErrorKind, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("to_int int(x: any, default: any = unset) -> int", "x as an int, truncated toward zero.", to_int)
        .shows(),
    plain("to_float float(x: any, default: any = unset) -> float", "x as a float.", to_float).shows(),
    plain("to_bool bool(x: any) -> bool", "Truth, with \"0\" and \"false\" as false too.", to_bool),
    plain("parse_int(s: string, base: int = 10) -> int", "The int that a text writes.", parse_int),
    plain("parse_float(s: string) -> float", "The float that a text writes.", parse_float),
    plain("is_numeric(s: string) -> bool", "Whether parse_float accepts the text.", |call| {
        answer::bool(read_float(call.str(0)).is_some())
    }),
];

fn to_int(call: &mut Call<'_>) -> Outcome {
    let number = match &call.args[0] {
        Value::Int(number) => Some(*number),
        Value::Float(number) => truncated(*number),
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Text(text) => text.as_str().trim().parse().ok(),
        _ => None,
    };
    match number {
        Some(number) => answer::int(number),
        None => default_or_fault(call, "int"),
    }
}

fn to_float(call: &mut Call<'_>) -> Outcome {
    let number = match &call.args[0] {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bool(truth) => Some(f64::from(*truth)),
        Value::Text(text) => text.as_str().trim().parse().ok(),
        _ => None,
    };
    match number {
        Some(number) => answer::float(number),
        None => default_or_fault(call, "float"),
    }
}

/// A float without its fraction, if an int can hold it.
pub(super) fn truncated(number: f64) -> Option<i64> {
    // 2^63 is exact in a float, INT_MAX is not: the upper bound must be strict.
    let bound = 9_223_372_036_854_775_808.0;
    (-bound..bound).contains(&number).then_some(number as i64)
}

fn default_or_fault(call: &mut Call<'_>, kind: &str) -> Outcome {
    if let Some(default) = call.given(1) {
        return answer::value(default);
    }
    let text = call.display(&call.args[0])?;
    Err(Fault::new(ErrorKind::ValueError, format!("Cannot convert '{text}' to {kind}")))
}

fn to_bool(call: &mut Call<'_>) -> Outcome {
    let truth = match &call.args[0] {
        Value::Text(text) if text.as_str() == "0" || text.as_str().eq_ignore_ascii_case("false") => false,
        other => other.truth(),
    };
    answer::bool(truth)
}

fn parse_int(call: &mut Call<'_>) -> Outcome {
    let (text, base) = (call.str(0), call.int(1));
    let base = radix(call, base)?;
    match read_int(text, base) {
        Some(number) => answer::int(number),
        None => Err(parse_fault(text, "integer")),
    }
}

fn parse_float(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    read_float(text).map_or_else(|| Err(parse_fault(text, "float")), answer::float)
}

/// A base of 2 to 36.
pub(super) fn radix(call: &Call<'_>, base: i64) -> Result<u32, Fault> {
    match base {
        2..=36 => Ok(base as u32),
        _ => Err(call.value_fault(format!("base must be 2 to 36, got {base}"))),
    }
}

fn parse_fault(text: &str, format: &str) -> Fault {
    let mut details = Dict::new();
    details.insert_text("format", Value::text(format));
    for unknown in ["line", "column", "offset"] {
        details.insert_text(unknown, Value::Null);
    }
    Fault::new(ErrorKind::ParseError, format!("Cannot parse '{text}' as {format}"))
        .with_value(Value::dict(details))
}

fn read_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = without_underscores(without_prefix(digits, base), base)?;
    if !digits.starts_with(|first: char| first.is_digit(base)) {
        return None; // a second sign
    }
    let magnitude = i128::from_str_radix(&digits, base).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn without_prefix(digits: &str, base: u32) -> &str {
    let prefix = match base {
        16 => "0x",
        8 => "0o",
        2 => "0b",
        _ => return digits,
    };
    match digits.get(..2) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => &digits[2..],
        _ => digits,
    }
}

/// The text without its `_`s; `None` if one does not stand between two digits.
fn without_underscores(text: &str, base: u32) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    for (at, _) in characters.iter().enumerate().filter(|(_, character)| **character == '_') {
        let before = at.checked_sub(1).and_then(|before| characters.get(before))?;
        if !before.is_digit(base) || !characters.get(at + 1)?.is_digit(base) {
            return None;
        }
    }
    Some(characters.into_iter().filter(|&character| character != '_').collect())
}

fn read_float(text: &str) -> Option<f64> {
    without_underscores(text, 10)?.parse().ok()
}
