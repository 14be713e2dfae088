//! Files of variables: `KEY=value` lines as many tools read them.
//!
//! Keys may follow `export`. Values in double quotes know `\n \t \r \" \\ \$` and may go over several lines, those in single
//! quotes stand for themselves, others end at ` #` or the end of the line.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use crate::value::{Dict, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] =
    &[plain("__env_entries(path: string, text: string) -> dict", "The variables of a text.", entries)];

fn entries(call: &mut Call<'_>) -> Outcome {
    let text = call.str(1);
    let mut entries = Dict::new();
    let mut at = 0;
    while at < text.len() {
        let line = text[at..].split('\n').next().unwrap_or_default();
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            at += line.len() + 1;
            continue;
        }
        let wrong = |byte: usize, what: &str| malformed(call.str(0), text, byte, what);
        let start = at + (line.len() - line.trim_start().len());
        let (key, begin) = key(line).ok_or_else(|| wrong(start, "expected KEY=value"))?;
        let (value, length) = value(&text[at + begin..]).map_err(|what| wrong(start, what))?;
        entries.insert_text(key, Value::text(value));
        at += begin + length;
    }
    answer::value(Value::dict(entries))
}

fn malformed(path: &str, text: &str, byte: usize, what: &str) -> Fault {
    let place = Place::of(text, byte);
    parse_fault("env", format!("Cannot read '{path}': {what}{place}"), place)
}

/// The key of a line, and the byte behind its `=`.
fn key(line: &str) -> Option<(&str, usize)> {
    let equals = line.find('=')?;
    let key = line[..equals].trim();
    let key = key.strip_prefix("export ").map_or(key, str::trim_start);
    let is_name = |text: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-')
            && !text.starts_with(|c: char| c.is_ascii_digit())
    };
    (!key.is_empty() && is_name(key)).then_some((key, equals + 1))
}

/// The value at the start of a text, and how many bytes it takes with the end of its line.
fn value(text: &str) -> Result<(String, usize), &'static str> {
    let blank = text.len() - text.trim_start_matches([' ', '\t']).len();
    let rest = &text[blank..];
    let (value, length) = match rest.chars().next() {
        Some('"') => double_quoted(&rest[1..])?,
        Some('\'') => {
            let end = rest[1..].find('\'').ok_or("the quote is not closed")?;
            (rest[1..=end].to_owned(), end + 1)
        }
        _ => return Ok(bare(text)),
    };
    let behind = rest[1 + length..].split('\n').next().unwrap_or_default();
    let tail = behind.trim();
    if !tail.is_empty() && !tail.starts_with('#') {
        return Err("there is more behind the quoted value");
    }
    Ok((value, blank + 1 + length + behind.len() + 1))
}

/// What stands before the closing quote, and how many bytes that takes with the quote.
fn double_quoted(text: &str) -> Result<(String, usize), &'static str> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, at + 1)),
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(plain @ ('"' | '\\' | '$')) => value.push(plain),
                Some(other) => value.extend(['\\', other]),
                None => {}
            },
            other => value.push(other),
        }
    }
    Err("the quote is not closed")
}

fn bare(text: &str) -> (String, usize) {
    let line = text.split('\n').next().unwrap_or_default();
    let value = if line.trim_start().starts_with('#') { "" } else { line };
    let end = [" #", "\t#"].iter().filter_map(|mark| value.find(mark)).min().unwrap_or(value.len());
    (value[..end].trim().to_owned(), line.len() + 1)
}
