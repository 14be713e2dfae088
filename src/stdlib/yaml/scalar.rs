//! Scalars by the core schema of YAML 1.2: `yes` and dates stay strings.

use crate::stdlib::encoding::base64_bytes;
use crate::value::{Key, Value};

/// What a text without quotes and tag stands for.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        _ => number(text).unwrap_or_else(|| Value::text(text)),
    }
}

/// Whole numbers that do not fit are floats.
fn number(text: &str) -> Option<Value> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return whole(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return whole(digits, 8);
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::Int(number));
    }
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let number = text.bytes().all(is_part).then(|| text.parse::<f64>().ok())??;
    Some(Value::Float(number))
}

fn whole(digits: &str, radix: u32) -> Option<Value> {
    let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(radix)).collect::<Option<_>>()?;
    let exact = digits.iter().try_fold(0_i64, |sum, &digit| {
        sum.checked_mul(radix.into()).and_then(|sum| sum.checked_add(digit.into()))
    });
    let rounded = || digits.iter().fold(0.0, |sum, &digit| sum * f64::from(radix) + f64::from(digit));
    (!digits.is_empty()).then(|| exact.map_or_else(|| Value::Float(rounded()), Value::Int))
}

/// What a text stands for that has one of the tags of the schema, if it can.
pub(super) fn tagged(tag: &str, text: &str) -> Option<Value> {
    match (tag, plain(text)) {
        ("binary", _) => Some(Value::bytes(base64_bytes(text)?)),
        ("float", Value::Int(number)) => Some(Value::Float(number as f64)),
        ("null", value @ Value::Null)
        | ("bool", value @ Value::Bool(_))
        | ("int", value @ Value::Int(_))
        | ("float", value @ Value::Float(_)) => Some(value),
        ("null" | "bool" | "int" | "float", _) => None,
        _ => Some(Value::text(text)),
    }
}

/// Dicts have strings and ints as keys; other scalars become the text that YAML writes for them.
pub(super) fn key(value: Value) -> Option<Key> {
    let text = match value {
        Value::Int(number) => return Some(Key::Int(number)),
        Value::Text(text) => return Some(Key::Text(text)),
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return None,
    };
    Some(Key::Text(text.into()))
}
