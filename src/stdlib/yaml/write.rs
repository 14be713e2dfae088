//! Values to YAML text in block style.
//!
//! A string is written plain only if no reader could take it for anything else; all others are in double quotes, whose
//! escapes are those of JSON.

use super::tree::DEEPEST;
use crate::bytecode::Program;
use crate::stdlib::parse_fault::limit_fault;
use crate::value::{ErrorKind, Fault, Key, Value, hold_length, type_name};

/// The document of a value.
pub(super) fn text(program: &Program, value: &Value) -> Result<String, Fault> {
    let mut writer = Writer { program, out: String::new() };
    let mut open = Vec::new();
    writer.start(value, 0, &mut open)?;
    while let Some(level) = open.last_mut() {
        let indent = level.indent;
        hold_length(writer.out.len())?;
        match level.entries.next() {
            None => _ = open.pop(),
            Some(_) if open.len() > DEEPEST => return Err(too_deep()),
            Some((key, value)) => {
                writer.entry(indent, key.as_ref());
                writer.start(&value, indent + 2, &mut open)?;
            }
        }
    }
    Ok(writer.out)
}

/// The entries of a dict, or the items of an array.
type Entries = Vec<(Option<Key>, Value)>;

/// A container that is being written: its entries, and how far they are indented.
struct Level {
    entries: <Entries as IntoIterator>::IntoIter,
    indent: usize,
}

struct Writer<'a> {
    program: &'a Program,
    out: String,
}

impl Writer<'_> {
    /// What stands before the value of an entry. The first entry of an array in an array stands on its line.
    fn entry(&mut self, indent: usize, key: Option<&Key>) {
        if !self.out.ends_with("- ") {
            if !self.out.is_empty() && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
        match key {
            None => self.out.push_str("- "),
            Some(Key::Int(number)) => self.out.push_str(&format!("{number}:")),
            Some(Key::Text(text)) => {
                self.string(text.as_str());
                self.out.push(':');
            }
        }
    }

    /// Writes a scalar, or opens a container.
    fn start(&mut self, value: &Value, indent: usize, open: &mut Vec<Level>) -> Result<(), Fault> {
        let entries = self.entries(value)?;
        match entries {
            Some(entries) if !entries.is_empty() => {
                // Entries of a dict in an array are aligned with the first one, behind `- `.
                open.push(Level {
                    entries: entries.into_iter(),
                    indent: if open.is_empty() { 0 } else { indent },
                });
            }
            _ => {
                if self.out.ends_with(':') {
                    self.out.push(' ');
                }
                self.scalar(value)?;
                self.out.push('\n');
            }
        }
        Ok(())
    }

    fn entries(&self, value: &Value) -> Result<Option<Entries>, Fault> {
        Ok(Some(match value {
            Value::Some(inner) => return self.entries(inner),
            Value::Array(items) => items.iter().map(|item| (None, item.clone())).collect(),
            Value::Set(items) => items.iter().map(|item| (None, item.clone())).collect(),
            Value::Deque(items) => items.iter().map(|item| (None, item.clone())).collect(),
            Value::Dict(dict) => dict.iter().map(|(key, value)| (Some(key.clone()), value.clone())).collect(),
            Value::Struct(body) => {
                let fields = &self.program.structs[body.id.index()].fields;
                let names =
                    fields.iter().map(|field| Some(Key::Text(self.program.symbol(field.name).into())));
                names.zip(body.fields.iter().cloned()).collect()
            }
            _ => return Ok(None),
        }))
    }

    fn scalar(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Null | Value::None => self.out.push_str("null"),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) if number.is_finite() => self.out.push_str(&format!("{number:?}")),
            Value::Float(number) => {
                return Err(Fault::new(ErrorKind::ValueError, format!("to_yaml: YAML cannot hold {number}")));
            }
            Value::Text(text) => self.string(text.as_str()),
            Value::Some(inner) => self.scalar(inner)?,
            Value::Array(_) | Value::Set(_) | Value::Deque(_) => self.out.push_str("[]"),
            Value::Dict(_) | Value::Struct(_) => self.out.push_str("{}"),
            other => {
                let kind = type_name(self.program, other);
                let message = format!("to_yaml: YAML cannot hold a value of type {kind}");
                return Err(Fault::new(ErrorKind::TypeError, message));
            }
        }
        Ok(())
    }

    fn string(&mut self, text: &str) {
        if is_plain(text) {
            return self.out.push_str(text);
        }
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => self.escaped(character),
                other if other.is_control() => self.escaped(other),
                other => self.out.push(other),
            }
        }
        self.out.push('"');
    }

    fn escaped(&mut self, character: char) {
        self.out.push_str(&format!("\\u{:04x}", u32::from(character)));
    }
}

/// Words that some reader takes for a bool, null or number.
const RESERVED: &[&str] =
    &["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];

fn is_plain(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ');
    let reserved = RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word));
    starts_well && text.chars().all(inside) && !text.ends_with(' ') && !reserved
}

fn too_deep() -> Fault {
    limit_fault(DEEPEST, format!("to_yaml: nested deeper than {DEEPEST} levels"))
}
