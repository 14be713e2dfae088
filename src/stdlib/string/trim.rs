//! Taking things off the ends of strings.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain(
        "trim(s: string, chars: string|null = null) -> string",
        "Without white space (or chars) at both ends.",
        |call| trimmed(call, true, true),
    ),
    plain(
        "trim_start(s: string, chars: string|null = null) -> string",
        "The same at the start only.",
        |call| trimmed(call, true, false),
    ),
    plain("trim_end(s: string, chars: string|null = null) -> string", "The same at the end only.", |call| {
        trimmed(call, false, true)
    }),
    plain("strip_prefix(s: string, part: string) -> string", "Without part at the start, once.", |call| {
        let (text, part) = (call.str(0), call.str(1));
        answer::text(text.strip_prefix(part).unwrap_or(text))
    }),
    plain("strip_suffix(s: string, part: string) -> string", "Without part at the end, once.", |call| {
        let (text, part) = (call.str(0), call.str(1));
        answer::text(text.strip_suffix(part).unwrap_or(text))
    }),
];

fn trimmed(call: &mut Call<'_>, start: bool, end: bool) -> Outcome {
    let chars: Option<Vec<char>> = call.text_opt(1).map(|chars| chars.as_str().chars().collect());
    let dropped = |character: char| match &chars {
        Some(chars) => chars.contains(&character),
        None => character.is_whitespace(),
    };
    let mut text = call.str(0);
    if start {
        text = text.trim_start_matches(dropped);
    }
    if end {
        text = text.trim_end_matches(dropped);
    }
    answer::text(text)
}
