//! Matches as values: {text, start, end, groups, named}, with positions in characters.

use regex::{Captures, Regex};

use crate::value::{Dict, Text, Value};

/// Bytes to characters, for positions that only grow: each stretch of the text is counted once.
pub(super) struct Positions<'a> {
    text: &'a Text,
    byte: usize,
    character: usize,
}

impl<'a> Positions<'a> {
    pub(super) fn new(text: &'a Text) -> Positions<'a> {
        Positions { text, byte: 0, character: 0 }
    }

    fn of(&mut self, byte: usize) -> i64 {
        if self.text.is_ascii() {
            return byte as i64;
        }
        self.character += self.text.as_str()[self.byte..byte].chars().count();
        self.byte = byte;
        self.character as i64
    }
}

/// One match as a dict.
pub(super) fn match_value(regex: &Regex, found: &Captures<'_>, positions: &mut Positions<'_>) -> Value {
    let whole = found.get_match();
    let group =
        |found: Option<regex::Match<'_>>| found.map_or(Value::Null, |part| Value::text(part.as_str()));
    let mut named = Dict::new();
    for name in regex.capture_names().flatten() {
        named.insert_text(name, group(found.name(name)));
    }
    let mut dict = Dict::with_capacity(5);
    dict.insert_text("text", Value::text(whole.as_str()));
    dict.insert_text("start", Value::Int(positions.of(whole.start())));
    dict.insert_text("end", Value::Int(positions.of(whole.end())));
    dict.insert_text("groups", Value::array(found.iter().map(group).collect()));
    dict.insert_text("named", Value::dict(named));
    Value::dict(dict)
}
