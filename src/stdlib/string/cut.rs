//! Parts of strings by position, and characters and their code points.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::sequence::{characters, place, range};
use crate::value::{Text, Value};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "substring substr(s: string, start: int, end: int|null = null) -> string",
        "The characters from start up to end.",
        |call| answer::text(between(call.text(0), call.int(1), call.int_opt(2))),
    ),
    plain(
        "slice(x: string|bytes|array, start: int = 0, end: int|null = null, step: int = 1) -> any",
        "Every step-th item from start up to end.",
        slice,
    ),
    plain("char_at(s: string, i: int) -> any", "The character at a position; null outside.", char_at),
    plain("chars(s: string) -> array", "All characters.", |call| answer::array(characters(call.str(0)))),
    plain("ord(s: string) -> int", "The code point of the first character.", ord),
    plain("chr(n: int) -> string", "The character of a code point.", chr),
    plain("byte_len(s: string) -> int", "The length in UTF-8.", |call| answer::size(call.str(0).len())),
    plain("reverse str_reverse(s: string) -> string", "The characters in reverse order.", |call| {
        answer::text(call.str(0).chars().rev().collect::<String>())
    }),
    plain(
        "truncate(s: string, max: int, suffix: string = \"...\") -> string",
        "At most max characters.",
        truncate,
    ),
];

fn between(text: &Text, start: i64, end: Option<i64>) -> &str {
    let range = range(text.chars(), start, end);
    let from = text.byte_of(range.start);
    let to = match text.as_str()[from..].char_indices().nth(range.len()) {
        _ if text.is_ascii() => range.end,
        Some((at, _)) => from + at,
        None => text.as_str().len(),
    };
    &text.as_str()[from..to]
}

fn slice(call: &mut Call<'_>) -> Outcome {
    let (start, end) = (call.int(1), call.int_opt(2));
    let step = match usize::try_from(call.int(3)) {
        Ok(step) if step > 0 => step,
        _ => return Err(call.value_fault(format!("step must be at least 1, got {}", call.int(3)))),
    };
    match &call.args[0] {
        Value::Text(text) if step == 1 => answer::text(between(text, start, end)),
        Value::Text(text) => {
            answer::text(between(text, start, end).chars().step_by(step).collect::<String>())
        }
        Value::Bytes(bytes) => {
            let range = range(bytes.len(), start, end);
            answer::value(Value::bytes(bytes[range].iter().copied().step_by(step).collect()))
        }
        _ => {
            let items = call.array(0);
            answer::array(items[range(items.len(), start, end)].iter().step_by(step).cloned().collect())
        }
    }
}

fn char_at(call: &mut Call<'_>) -> Outcome {
    let text = call.text(0);
    match place(text.chars(), call.int(1)).and_then(|at| text.char_at(at)) {
        Some(character) => answer::text(character),
        None => answer::null(),
    }
}

fn ord(call: &mut Call<'_>) -> Outcome {
    match call.str(0).chars().next() {
        Some(first) => answer::int(u32::from(first).into()),
        None => Err(call.value_fault("s must not be empty")),
    }
}

fn chr(call: &mut Call<'_>) -> Outcome {
    let number = call.int(0);
    match u32::try_from(number).ok().and_then(char::from_u32) {
        Some(character) => answer::text(character),
        None => Err(call.value_fault(format!("{number} is no character"))),
    }
}

fn truncate(call: &mut Call<'_>) -> Outcome {
    let (text, suffix) = (call.text(0), call.text(2));
    let Ok(max) = usize::try_from(call.int(1)) else {
        return Err(call.value_fault(format!("max must be at least 0, got {}", call.int(1))));
    };
    if text.chars() <= max {
        return answer::value(Value::Text(text.clone()));
    }
    let kept = max.saturating_sub(suffix.chars());
    let mut result = text.as_str()[..text.byte_of(kept)].to_owned();
    result.push_str(&suffix.as_str()[..suffix.byte_of(max)]);
    answer::text(result)
}
