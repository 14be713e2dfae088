//! Strings into parts and back.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::regex::{pattern_of, split_at};
use crate::value::{Value, hold_length};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "split(s: string, sep: string|regex|null = null, limit: int|null = null) -> array",
        "The parts between separators; without one, the words.",
        split,
    ),
    plain("split_once(s: string, sep: string) -> any", "[before, after] the first sep, or null.", split_once),
    plain(
        "join(xs: seq, sep: string = \"\") -> string",
        "The texts of all items with sep between them.",
        join,
    )
    .shows(),
    plain("__lines(s: string) -> array", "The lines without their ends.", |call| parts(call.str(0).lines())),
    plain("words(s: string) -> array", "The parts between white space.", |call| {
        parts(call.str(0).split_whitespace())
    }),
];

fn parts<'a>(parts: impl Iterator<Item = &'a str>) -> Outcome {
    answer::array(parts.map(Value::text).collect())
}

fn split(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    let limit = match call.int_opt(2).map(usize::try_from) {
        None => usize::MAX,
        Some(Ok(limit)) if limit > 0 => limit,
        _ => return Err(call.value_fault(format!("limit must be at least 1, got {}", call.int(2)))),
    };
    if let Some(pattern) = pattern_of(&call.args[1]) {
        return split_at(call.text(0).clone(), pattern, limit);
    }
    match call.text_opt(1).map(|separator| separator.as_str()) {
        None => parts(split_at_space(text, limit).into_iter()),
        Some("") => parts(split_characters(text, limit).into_iter()),
        Some(separator) => parts(text.splitn(limit, separator)),
    }
}

/// The words; the last of `limit` parts is the rest of the text from its first word on.
fn split_at_space(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).filter(|_| parts.len() + 1 < limit);
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(word);
        rest = after.trim_start();
    }
    parts
}

fn split_characters(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if parts.len() + 1 < limit { first.len_utf8() } else { rest.len() };
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

fn split_once(call: &mut Call<'_>) -> Outcome {
    match call.str(0).split_once(call.str(1)) {
        Some((before, after)) => answer::array(vec![Value::text(before), Value::text(after)]),
        None => answer::null(),
    }
}

fn join(call: &mut Call<'_>) -> Outcome {
    let (items, separator) = (call.items(0, "xs")?, call.str(1));
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        hold_length(text.len())?;
        call.display_to(item, &mut text)?;
    }
    answer::text(text)
}
