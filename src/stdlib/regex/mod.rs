//! Regular expressions (STDLIB section 13): linear in the text, whatever the pattern.
//!
//! Owns: the functions and what a match looks like. Compiled patterns are in `pattern.rs`, templates of replacements in
//! `template.rs`. What takes a callback is in `prelude/regex.ruff`; the native gives it the matches and the text between.

mod pattern;
mod matches;
mod template;

use std::sync::Arc;

use super::answer::{self, Outcome};
use super::declare::plain;
use super::sequence::{LARGEST, clamp};
use crate::value::{Fault, Handle, Text, Value};
use crate::vm::{Answer, Call, Job, Native, Request};
use matches::{Positions, match_value};
use template::Template;

pub(super) use pattern::Pattern;

/// Texts beyond this many bytes are searched off the workers, so that no other context waits for them (R9).
const LONG: usize = 64 << 10;

pub(super) const NATIVES: &[Native] = &[
    plain("regex(p: string|regex, flags: string = \"\") -> regex", "A compiled pattern.", compile),
    plain("regex_escape(s: string) -> string", "A text as a pattern that matches it literally.", |call| {
        answer::text(regex::escape(call.str(0)))
    }),
    plain(
        "regex_match(s: string, p: string|regex) -> bool",
        "Whether the pattern matches anywhere.",
        |call| searched(call, |pattern, text| Ok(Value::Bool(pattern.regex().is_match(text.as_str())))),
    ),
    plain(
        "regex_full_match(s: string, p: string|regex) -> bool",
        "Whether the pattern matches the whole text.",
        |call| {
            let whole = call.pattern(1)?.whole()?;
            run(call.text(0).clone(), move |text| Ok(Value::Bool(whole.is_match(text.as_str()))))
        },
    ),
    plain("regex_find(s: string, p: string|regex, start: int = 0) -> any", "The first match, or null.", find),
    plain("regex_matches(s: string, p: string|regex) -> array", "All matches.", |call| searched(call, all)),
    plain("regex_find_all(s: string, p: string|regex) -> array", "The texts of all matches.", |call| {
        searched(call, |pattern, text| {
            let found = pattern.regex().find_iter(text.as_str());
            Ok(Value::array(found.map(|found| Value::text(found.as_str())).collect()))
        })
    }),
    plain(
        "regex_split(s: string, p: string|regex, limit: int = null) -> array",
        "The text between matches.",
        split,
    ),
    plain(
        "__regex_replace(s: string, p: string|regex, to: any, limit: any) -> any",
        "The text with matches replaced; [texts between, matches] if `to` is a function.",
        replace,
    ),
];

/// Searches where it delays nobody.
fn run(text: Text, search: impl FnOnce(&Text) -> Result<Value, Fault> + Send + 'static) -> Outcome {
    if text.as_str().len() < LONG {
        return answer::value(search(&text)?);
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || search(&text))))))
}

fn searched(call: &mut Call<'_>, search: fn(&Pattern, &Text) -> Result<Value, Fault>) -> Outcome {
    let pattern = call.pattern(1)?;
    run(call.text(0).clone(), move |text| search(&pattern, text))
}

impl Call<'_> {
    /// A parameter declared `string|regex`, compiled.
    pub(super) fn pattern(&self, index: usize) -> Result<Arc<Pattern>, Fault> {
        match &self.args[index] {
            Value::Text(text) => pattern::kept(text.as_str()),
            other => pattern_of(other).ok_or_else(|| self.type_fault("p", "string or regex", other)),
        }
    }
}

/// The pattern of a compiled regex.
pub(super) fn pattern_of(value: &Value) -> Option<Arc<Pattern>> {
    match value {
        Value::Handle(handle) => handle.get::<Arc<Pattern>>().cloned(),
        _ => None,
    }
}

fn compile(call: &mut Call<'_>) -> Outcome {
    let flags = call.str(1);
    if let Some(unknown) = flags.chars().find(|flag| !"imsx".contains(*flag)) {
        return Err(call.value_fault(format!("unknown flag '{unknown}'; flags are i, m, s, x")));
    }
    let pattern = call.pattern(0)?;
    let pattern = match flags {
        "" => pattern,
        _ => Arc::new(Pattern::new(pattern.source(), flags)?),
    };
    answer::value(Value::Handle(Handle::new(pattern)))
}

fn find(call: &mut Call<'_>) -> Outcome {
    let pattern = call.pattern(1)?;
    let text = call.text(0).clone();
    let start = clamp(text.chars(), call.int(2));
    run(text, move |text| {
        let found = pattern.regex().captures_at(text.as_str(), text.byte_of(start));
        let mut positions = Positions::new(text);
        Ok(found.map_or(Value::Null, |found| match_value(pattern.regex(), &found, &mut positions)))
    })
}

fn all(pattern: &Pattern, text: &Text) -> Result<Value, Fault> {
    let mut positions = Positions::new(text);
    let found = pattern.regex().captures_iter(text.as_str());
    Ok(Value::array(found.map(|found| match_value(pattern.regex(), &found, &mut positions)).collect()))
}

fn split(call: &mut Call<'_>) -> Outcome {
    let pattern = call.pattern(1)?;
    let limit = match call.int_opt(2) {
        None => usize::MAX,
        Some(limit @ 1..) => limit as usize,
        Some(limit) => return Err(call.value_fault(format!("limit must be at least 1, got {limit}"))),
    };
    split_at(call.text(0).clone(), pattern, limit)
}

/// At most `limit` parts; the last holds the rest.
pub(super) fn split_at(text: Text, pattern: Arc<Pattern>, limit: usize) -> Outcome {
    run(text, move |text| {
        let parts = pattern.regex().splitn(text.as_str(), limit);
        Ok(Value::array(parts.map(Value::text).collect()))
    })
}

fn replace(call: &mut Call<'_>) -> Outcome {
    let pattern = call.pattern(1)?;
    let limit = match &call.args[3] {
        Value::Null => usize::MAX,
        Value::Int(limit @ 0..) => *limit as usize,
        Value::Int(limit) => return Err(call.value_fault(format!("limit must be at least 0, got {limit}"))),
        other => return Err(call.type_fault("limit", "int or null", other)),
    };
    let text = call.text(0).clone();
    match &call.args[2] {
        Value::Text(to) => {
            let template = Template::new(to.as_str(), pattern.regex());
            let too_large = call.limit_fault("the result would be too large", LARGEST);
            run(text, move |text| {
                replaced(&pattern, text, limit, |found, out| template.expand(found, out)).ok_or(too_large)
            })
        }
        to if to.is_callable() => run(text, move |text| Ok(apart(&pattern, text, limit))),
        other => Err(call.type_fault("to", "string or function", other)),
    }
}

/// The text with matches replaced by `to`, taken as it is.
pub(super) fn replace_literally(
    call: &Call<'_>,
    text: Text,
    pattern: Arc<Pattern>,
    to: Text,
    limit: usize,
) -> Outcome {
    let too_large = call.limit_fault("the result would be too large", LARGEST);
    run(text, move |text| {
        replaced(&pattern, text, limit, |_, out| out.push_str(to.as_str())).ok_or(too_large)
    })
}

/// `None` if the result would be too large.
fn replaced(
    pattern: &Pattern,
    text: &Text,
    limit: usize,
    mut write: impl FnMut(&regex::Captures<'_>, &mut String),
) -> Option<Value> {
    let whole = text.as_str();
    let mut out = String::with_capacity(whole.len());
    let mut done = 0;
    for found in pattern.regex().captures_iter(whole).take(limit) {
        let place = found.get_match();
        out.push_str(&whole[done..place.start()]);
        write(&found, &mut out);
        done = place.end();
        if out.len() > LARGEST {
            return None;
        }
    }
    out.push_str(&whole[done..]);
    Some(Value::text(out))
}

/// `[texts between, matches]`, of the first `limit` matches.
pub(super) fn apart(pattern: &Pattern, text: &Text, limit: usize) -> Value {
    let mut positions = Positions::new(text);
    let (mut between, mut matches) = (Vec::new(), Vec::new());
    let mut done = 0;
    for found in pattern.regex().captures_iter(text.as_str()).take(limit) {
        let place = found.get_match();
        between.push(Value::text(&text.as_str()[done..place.start()]));
        matches.push(match_value(pattern.regex(), &found, &mut positions));
        done = place.end();
    }
    between.push(Value::text(&text.as_str()[done..]));
    Value::array(vec![Value::array(between), Value::array(matches)])
}
