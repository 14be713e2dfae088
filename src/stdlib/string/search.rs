//! Finding parts: in strings, and by the same names in bytes and collections.

use memchr::memmem;

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::arguments::key_of;
use crate::stdlib::declare::plain;
use crate::stdlib::regex::pattern_of;
use crate::stdlib::sequence::clamp;
use crate::value::{Fault, Text, Value, equal, is_among};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("contains(x: any, item: any) -> bool", "Whether x has the part, item or key.", contains)
        .compares_items(),
    plain(
        "starts_with(x: string|bytes, part: any) -> bool",
        "Whether x begins with part, or with one of several.",
        |call| at_end(call, |whole, part| whole.starts_with(part)),
    ),
    plain(
        "ends_with(x: string|bytes, part: any) -> bool",
        "Whether x ends with part, or with one of several.",
        |call| at_end(call, |whole, part| whole.ends_with(part)),
    ),
    plain(
        "index_of(x: string|bytes|array, item: any, start: int = 0, default: any = -1) -> any",
        "The first position of item at or after start.",
        |call| position(call, Direction::First),
    )
    .compares_items(),
    plain(
        "last_index_of(x: string|bytes|array, item: any, start: int = 0, default: any = -1) -> any",
        "The last position of item at or after start.",
        |call| position(call, Direction::Last),
    )
    .compares_items(),
    plain("__count(x: any, item: any) -> int", "How often item occurs.", count).compares_items(),
];

#[derive(Clone, Copy)]
enum Direction {
    First,
    Last,
}

fn contains(call: &mut Call<'_>) -> Outcome {
    let item = &call.args[1];
    let found = match &call.args[0] {
        Value::Text(text) => {
            if let Some(pattern) = pattern_of(item) {
                return answer::bool(pattern.regex().is_match(text.as_str()));
            }
            let Value::Text(part) = item else {
                return Err(call.type_fault("item", "string or regex", item));
            };
            memmem::find(text.as_str().as_bytes(), part.as_str().as_bytes()).is_some()
        }
        Value::Bytes(bytes) => needle(call, item)?.is_some_and(|part| memmem::find(bytes, &part).is_some()),
        Value::Array(items) => is_among(items.iter(), item)?,
        Value::Set(set) => set.contains(item)?,
        Value::Deque(body) => is_among(body.iter(), item)?,
        Value::Dict(dict) => key_of(item).is_some_and(|key| dict.get(key).is_some()),
        other => return Err(call.type_fault("x", "string, bytes, array, dict, set, queue or stack", other)),
    };
    answer::bool(found)
}

/// The bytes to look for in bytes: bytes, or one as an int. An int that is no byte occurs nowhere: `None`.
fn needle(call: &Call<'_>, item: &Value) -> Result<Option<Vec<u8>>, Fault> {
    match item {
        Value::Bytes(bytes) => Ok(Some(bytes.to_vec())),
        Value::Int(number) => Ok(u8::try_from(*number).ok().map(|byte| vec![byte])),
        other => Err(call.type_fault("item", "int or bytes", other)),
    }
}

fn at_end(call: &mut Call<'_>, test: fn(&[u8], &[u8]) -> bool) -> Outcome {
    if let Value::Array(parts) = &call.args[1] {
        for part in parts.iter() {
            if test(raw(&call.args[0]), part_of(call, part)?) {
                return answer::bool(true);
            }
        }
        return answer::bool(false);
    }
    answer::bool(test(raw(&call.args[0]), part_of(call, &call.args[1])?))
}

fn raw(value: &Value) -> &[u8] {
    match value {
        Value::Text(text) => text.as_str().as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => &[],
    }
}

/// A part of the same kind as the first argument.
fn part_of<'a>(call: &Call<'_>, part: &'a Value) -> Result<&'a [u8], Fault> {
    match (&call.args[0], part) {
        (Value::Text(_), Value::Text(_)) | (Value::Bytes(_), Value::Bytes(_)) => Ok(raw(part)),
        (Value::Text(_), other) => Err(call.type_fault("part", "string or array", other)),
        (_, other) => Err(call.type_fault("part", "bytes or array", other)),
    }
}

fn position(call: &mut Call<'_>, direction: Direction) -> Outcome {
    let (item, start) = (&call.args[1], call.int(2));
    let found = match &call.args[0] {
        Value::Text(text) => {
            let Value::Text(part) = item else { return Err(call.type_fault("item", "string", item)) };
            index_in_text(text, part.as_str(), clamp(text.chars(), start), direction)
        }
        Value::Bytes(bytes) => {
            let start = clamp(bytes.len(), start);
            needle(call, item)?.and_then(|part| find(&bytes[start..], &part, direction)).map(|at| start + at)
        }
        _ => {
            let items = call.array(0);
            let start = clamp(items.len(), start);
            index_in(&items[start..], item, direction)?.map(|at| start + at)
        }
    };
    match found {
        Some(at) => answer::size(at),
        None => answer::value(call.args[3].take()),
    }
}

fn find(whole: &[u8], part: &[u8], direction: Direction) -> Option<usize> {
    match direction {
        Direction::First => memmem::find(whole, part),
        Direction::Last => memmem::rfind(whole, part),
    }
}

fn index_in_text(text: &Text, part: &str, start: usize, direction: Direction) -> Option<usize> {
    let from = text.byte_of(start);
    let at = find(&text.as_str().as_bytes()[from..], part.as_bytes(), direction)?;
    if text.is_ascii() {
        return Some(start + at);
    }
    // A match of UTF-8 in UTF-8 begins at a character.
    Some(start + text.as_str()[from..from + at].chars().count())
}

fn index_in(items: &[Value], item: &Value, direction: Direction) -> Result<Option<usize>, Fault> {
    let mut last = None;
    for (at, own) in items.iter().enumerate() {
        if equal(own, item)? {
            last = Some(at);
            if let Direction::First = direction {
                break;
            }
        }
    }
    Ok(last)
}

fn count(call: &mut Call<'_>) -> Outcome {
    let item = &call.args[1];
    match &call.args[0] {
        Value::Text(text) => {
            let Value::Text(part) = item else { return Err(call.type_fault("item", "string", item)) };
            count_bytes(call, text.as_str().as_bytes(), part.as_str().as_bytes())
        }
        Value::Bytes(bytes) => match needle(call, item)? {
            Some(part) => count_bytes(call, bytes, &part),
            None => answer::int(0),
        },
        _ => {
            let mut count = 0;
            for own in call.items(0, "x")?.iter() {
                count += i64::from(equal(own, item)?);
            }
            answer::int(count)
        }
    }
}

fn count_bytes(call: &Call<'_>, whole: &[u8], part: &[u8]) -> Outcome {
    if part.is_empty() {
        return Err(call.value_fault("item must not be empty"));
    }
    answer::size(memmem::find_iter(whole, part).count())
}
