//! Strings made from others: replaced, repeated, padded.

use std::sync::Arc;

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::regex::{Pattern, apart, pattern_of, replace_literally};
use crate::stdlib::sequence::LARGEST;
use crate::value::{Fault, Value, hold_length};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "__replace(s: any, from: any, to: any, limit: any) -> string",
        "The text with the first limit occurrences of from replaced.",
        replace,
    ),
    plain("repeat(x: string|array, n: int) -> any", "x, n times.", repeat),
    plain(
        "pad_left pad_start(x: any, width: int, fill: string = \" \") -> string",
        "Text at the right.",
        |call| padded(call, |missing| (missing, 0)),
    )
    .shows(),
    plain(
        "pad_right pad_end(x: any, width: int, fill: string = \" \") -> string",
        "Text at the left.",
        |call| padded(call, |missing| (0, missing)),
    )
    .shows(),
    plain("pad_center(x: any, width: int, fill: string = \" \") -> string", "Text in the middle.", |call| {
        padded(call, |missing| (missing / 2, missing - missing / 2))
    })
    .shows(),
];

fn replace(call: &mut Call<'_>) -> Outcome {
    let text = expect_text(call, 0, "s")?;
    if let Some(pattern) = pattern_of(&call.args[1]) {
        return replace_matches(call, pattern);
    }
    let (from, to) = (expect_text(call, 1, "from")?, expect_text(call, 2, "to")?);
    let limit = limit(call)?.unwrap_or(usize::MAX);
    if let Some(more) = to.len().checked_sub(from.len()) {
        let times = text.matches(from).take(limit).count();
        hold_length(text.len().saturating_add(times.saturating_mul(more)))?;
    }
    answer::text(text.replacen(from, to, limit))
}

/// The matches of a pattern replaced; `[texts between, matches]` if that is for a function to say.
fn replace_matches(call: &Call<'_>, pattern: Arc<Pattern>) -> Outcome {
    let limit = limit(call)?.unwrap_or(usize::MAX);
    if call.args[2].is_callable() {
        return answer::value(apart(&pattern, call.text(0), limit));
    }
    expect_text(call, 2, "to")?;
    replace_literally(call, call.text(0).clone(), pattern, call.text(2).clone(), limit)
}

/// The parameters of a hidden native are declared `any`, so that errors carry the name of the function it serves.
fn expect_text<'a>(call: &'a Call<'_>, index: usize, parameter: &str) -> Result<&'a str, Fault> {
    match &call.args[index] {
        Value::Text(text) => Ok(text.as_str()),
        other => Err(call.type_fault(parameter, "string", other)),
    }
}

fn limit(call: &Call<'_>) -> Result<Option<usize>, Fault> {
    match &call.args[3] {
        Value::Null => Ok(None),
        Value::Int(limit @ 0..) => Ok(Some(*limit as usize)),
        Value::Int(limit) => Err(call.value_fault(format!("limit must be at least 0, got {limit}"))),
        other => Err(call.type_fault("limit", "int or null", other)),
    }
}

fn repeat(call: &mut Call<'_>) -> Outcome {
    let count = usize::try_from(call.int(1)).unwrap_or(0);
    let length = match &call.args[0] {
        Value::Text(text) => text.as_str().len(),
        _ => call.array(0).len(),
    };
    if length.checked_mul(count).is_none_or(|size| size > LARGEST) {
        return Err(call.limit_fault("the result would be too large", LARGEST));
    }
    match &call.args[0] {
        Value::Text(text) => answer::text(text.as_str().repeat(count)),
        // Nothing, a trillion times, would still take a trillion rounds.
        Value::Array(items) if items.is_empty() => answer::array(Vec::new()),
        _ => answer::array(std::iter::repeat_n(call.array(0).iter(), count).flatten().cloned().collect()),
    }
}

fn padded(call: &mut Call<'_>, share: fn(usize) -> (usize, usize)) -> Outcome {
    let text = call.display(&call.args[0])?;
    let width = usize::try_from(call.int(1)).unwrap_or(0);
    let fill = call.text(2);
    if fill.chars() != 1 {
        return Err(call.value_fault(format!("fill must be one character, got {}", fill.chars())));
    }
    if width > LARGEST {
        return Err(call.limit_fault("the result would be too large", LARGEST));
    }
    let (left, right) = share(width.saturating_sub(text.chars().count()));
    let fill = fill.as_str();
    answer::text(format!("{}{text}{}", fill.repeat(left), fill.repeat(right)))
}
