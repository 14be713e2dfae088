//! YAML to values, with the core schema of YAML 1.2: `yes` and dates stay strings.
//!
//! Values are built as the parser meets them. Nesting beyond `DEEPEST` levels is refused: the parser follows nesting on
//! Rust's stack, and no document that people write comes near. Aliases are budgeted by the parser.

mod simple;
mod write;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::answer::{self, Outcome};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use crate::value::{Dict, Fault, Key, Value};
use crate::vm::{Call, Native};

/// The deepest nesting.
const DEEPEST: usize = 128;

pub(super) const NATIVES: &[Native] = &[
    plain(
        "parse_yaml(s: string) -> any",
        "The value that a YAML text writes.",
        |call: &mut Call<'_>| -> Outcome { answer::value(read(call.str(0), 0)?) },
    ),
    plain("parse_yaml_all(s: string) -> array", "The values of all documents of a YAML text.", |call| {
        answer::array(read_all(call.str(0))?)
    }),
    plain("to_yaml(v: any) -> string", "A value as YAML.", |call| {
        answer::text(write::text(call.program, &call.args[0])?)
    }),
];

/// The value of a text in front of which `lines` lines of a file stand. An empty text is null.
pub(super) fn read(text: &str, lines: usize) -> Result<Value, Fault> {
    simple::read(text).map_or_else(|| parsed(text, lines), Ok)
}

fn parsed(text: &str, lines: usize) -> Result<Value, Fault> {
    match serde_saphyr::from_str_with_options::<Loaded>(text, options()) {
        Ok(Loaded(value)) => Ok(value),
        Err(error) => Err(fault(&error, text, lines)),
    }
}

fn read_all(text: &str) -> Result<Vec<Value>, Fault> {
    match serde_saphyr::from_multiple_with_options::<Loaded>(text, options()) {
        Ok(documents) => Ok(documents.into_iter().map(|Loaded(value)| value).collect()),
        Err(error) => Err(fault(&error, text, 0)),
    }
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
    }
}

fn fault(error: &serde_saphyr::Error, text: &str, lines: usize) -> Fault {
    let place = error.location().map_or(Place::default(), |location| Place {
        line: usize::try_from(location.line()).ok(),
        column: usize::try_from(location.column()).ok(),
        offset: None,
    });
    let message = error.without_snippet().to_string();
    let place = if message.contains("found a tab") { tab(text, place) } else { place };
    let place = place.below(lines);
    // The parser says where in its own words, which do not know the lines above the text.
    // Advice behind a comma is for callers in Rust.
    let cut = |text: &str, mark: &str| text.split(mark).next().unwrap_or("").to_owned();
    let message = cut(&cut(message.lines().next().unwrap_or(""), " at line "), ", set ");
    parse_fault("YAML", format!("YAML parse error: {}{place}", message.trim_end_matches(':')), place)
}

/// The first tab from the line of a place on: the parser names the start of the scalar that the tab ends.
fn tab(text: &str, place: Place) -> Place {
    let from = place.line.unwrap_or(1);
    let lines = text.lines().enumerate().skip(from - 1);
    let mut tabs = lines.filter_map(|(at, line)| {
        let column = line.chars().position(|character| character == '\t')? + 1;
        Some(Place { line: Some(at + 1), column: Some(column), offset: None })
    });
    tabs.next().unwrap_or(place)
}

/// A value that serde can build.
struct Loaded(Value);

impl<'de> Deserialize<'de> for Loaded {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Loaded, D::Error> {
        source.deserialize_any(Builder).map(Loaded)
    }
}

struct Builder;

impl<'de> Visitor<'de> for Builder {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(Builder)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Float(number as f64), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::bytes(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Loaded(item)) = source.next_element()? {
            items.push(item);
        }
        Ok(Value::array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut dict = Dict::new();
        while let Some(Loaded(key)) = source.next_key()? {
            let key = key_of(key).ok_or_else(|| A::Error::custom("a key must be a scalar"))?;
            let Loaded(value) = source.next_value()?;
            dict.insert(key, value);
        }
        Ok(Value::dict(dict))
    }
}

/// Dicts have strings and ints as keys; other scalars become the text that YAML writes for them.
fn key_of(value: Value) -> Option<Key> {
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
