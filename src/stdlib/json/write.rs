//! Values to JSON text, without recursion.

use std::borrow::Cow;

use super::DEEPEST;
use crate::bytecode::Program;
use crate::stdlib::encoding::run_without;
use crate::stdlib::parse_fault::limit_fault;
use crate::value::{
    Counted, Deque, Dict, ErrorKind, Fault, Key, Set, StructValue, Value, hold_length, type_name,
};

/// How the text looks.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// The function that is called, for errors.
    pub(super) name: &'static str,
    /// One level of indentation; `None` is compact.
    pub(super) indent: Option<String>,
    pub(super) sort_keys: bool,
    /// Whether characters outside of ASCII are escaped.
    pub(super) ascii: bool,
}

impl Style {
    /// Compact text.
    pub(super) fn compact(name: &'static str) -> Style {
        Style { name, indent: None, sort_keys: false, ascii: false }
    }
}

/// Appends a value. TypeError for what JSON cannot hold, ValueError for NaN and infinities, LimitError beyond `DEEPEST` levels.
pub(super) fn write(program: &Program, value: &Value, style: &Style, out: &mut String) -> Result<(), Fault> {
    let mut writer = Writer { program, style, out };
    let mut open: Vec<Level<'_>> = Vec::new();
    let mut current = Some(value);
    loop {
        if let Some(value) = current.take()
            && let Some(level) = writer.start(value)?
        {
            if open.len() == DEEPEST {
                return Err(writer.too_deep());
            }
            open.push(level);
        }
        hold_length(writer.out.len())?;
        let depth = open.len();
        let Some(level) = open.last_mut() else { return Ok(()) };
        match level.next() {
            Some((key, value)) => {
                writer.separate(level, depth);
                key.into_iter().for_each(|key| writer.key(&key));
                level.written += 1;
                current = Some(value);
            }
            None => {
                writer.close(level, depth - 1);
                open.pop();
            }
        }
    }
}

/// A container that is being written.
struct Level<'a> {
    entries: Entries<'a>,
    position: usize,
    written: usize,
}

enum Entries<'a> {
    Array(&'a Counted<Vec<Value>>),
    Set(&'a Counted<Set>),
    Deque(&'a Counted<Deque>),
    Dict(&'a Counted<Dict>),
    Sorted(Vec<(Cow<'a, str>, &'a Value)>),
    Struct(Vec<&'a str>, &'a Counted<StructValue>),
}

impl<'a> Level<'a> {
    fn new(entries: Entries<'a>) -> Level<'a> {
        Level { entries, position: 0, written: 0 }
    }

    fn is_object(&self) -> bool {
        !matches!(self.entries, Entries::Array(_) | Entries::Set(_) | Entries::Deque(_))
    }

    /// The next entry: its key, if it is an object's, and its value.
    fn next(&mut self) -> Option<(Option<Cow<'a, str>>, &'a Value)> {
        let at = self.position;
        self.position += 1;
        match &self.entries {
            Entries::Array(items) => items.get(at).map(|item| (None, item)),
            Entries::Set(items) => items.at(at).map(|item| (None, item)),
            Entries::Deque(items) => items.at(at).map(|item| (None, item)),
            Entries::Dict(dict) => dict.at(at).map(|(key, value)| (Some(key_text(key)), value)),
            Entries::Sorted(entries) => entries.get(at).map(|(key, value)| (Some(key.clone()), *value)),
            Entries::Struct(names, body) => names
                .get(at)
                .zip(body.fields.get(at))
                .map(|(name, value)| (Some(Cow::Borrowed(*name)), value)),
        }
    }
}

fn key_text(key: &Key) -> Cow<'_, str> {
    match key {
        Key::Int(number) => Cow::Owned(number.to_string()),
        Key::Text(text) => Cow::Borrowed(text.as_str()),
    }
}

struct Writer<'a> {
    program: &'a Program,
    style: &'a Style,
    out: &'a mut String,
}

impl<'p> Writer<'p> {
    /// Writes a scalar, or opens a container.
    fn start<'a>(&mut self, value: &'a Value) -> Result<Option<Level<'a>>, Fault>
    where
        'p: 'a,
    {
        let entries = match value {
            Value::Null | Value::None | Value::Unset => return self.scalar("null"),
            Value::Bool(true) => return self.scalar("true"),
            Value::Bool(false) => return self.scalar("false"),
            Value::Int(number) => return self.scalar(&number.to_string()),
            // `{:?}` is the shortest text that reads back equal, and keeps `.0`.
            Value::Float(number) if number.is_finite() => return self.scalar(&format!("{number:?}")),
            Value::Float(number) => return Err(self.not_finite(*number)),
            Value::Text(text) => {
                self.string(text.as_str());
                return Ok(None);
            }
            Value::Some(inner) => return self.start(inner),
            Value::Array(items) => Entries::Array(items),
            Value::Set(items) => Entries::Set(items),
            Value::Deque(items) => Entries::Deque(items),
            Value::Dict(dict) if self.style.sort_keys => Entries::Sorted(sorted(dict)),
            Value::Dict(dict) => Entries::Dict(dict),
            Value::Struct(body) => Entries::Struct(self.field_names(body), body),
            other => return Err(self.unlike(other)),
        };
        let level = Level::new(entries);
        self.out.push(if level.is_object() { '{' } else { '[' });
        Ok(Some(level))
    }

    fn field_names<'a>(&self, body: &StructValue) -> Vec<&'a str>
    where
        'p: 'a,
    {
        let fields = &self.program.structs[body.id.index()].fields;
        fields.iter().map(|field| self.program.symbol(field.name)).collect()
    }

    fn scalar<'a>(&mut self, text: &str) -> Result<Option<Level<'a>>, Fault> {
        self.out.push_str(text);
        Ok(None)
    }

    /// What stands before an entry.
    fn separate(&mut self, level: &Level<'_>, depth: usize) {
        if level.written > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn close(&mut self, level: &Level<'_>, depth: usize) {
        if level.written > 0 {
            self.line(depth);
        }
        self.out.push(if level.is_object() { '}' } else { ']' });
    }

    fn line(&mut self, depth: usize) {
        let Some(indent) = &self.style.indent else { return };
        self.out.push('\n');
        (0..depth).for_each(|_| self.out.push_str(indent));
    }

    fn key(&mut self, key: &str) {
        self.string(key);
        self.out.push_str(if self.style.indent.is_some() { ": " } else { ":" });
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let ascii = self.style.ascii;
        let special = |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\') || (ascii && !byte.is_ascii());
        let mut rest = text;
        loop {
            let (plain, behind) = rest.split_at(run_without(rest.as_bytes(), special));
            self.out.push_str(plain);
            let mut characters = behind.chars();
            let Some(character) = characters.next() else { break };
            self.special(character);
            rest = characters.as_str();
        }
        self.out.push('"');
    }

    /// A character that does not stand for itself in a string.
    fn special(&mut self, character: char) {
        match character {
            '"' => self.out.push_str("\\\""),
            '\\' => self.out.push_str("\\\\"),
            '\n' => self.out.push_str("\\n"),
            '\r' => self.out.push_str("\\r"),
            '\t' => self.out.push_str("\\t"),
            _ => self.escaped(character),
        }
    }

    fn escaped(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            self.out.push_str(&format!("\\u{unit:04x}"));
        }
    }

    fn unlike(&self, value: &Value) -> Fault {
        let kind = type_name(self.program, value);
        let message = format!("{}: JSON cannot hold a value of type {kind}", self.style.name);
        Fault::new(ErrorKind::TypeError, message)
    }

    fn not_finite(&self, number: f64) -> Fault {
        Fault::new(ErrorKind::ValueError, format!("{}: JSON cannot hold {number}", self.style.name))
    }

    fn too_deep(&self) -> Fault {
        limit_fault(DEEPEST, format!("{}: nested deeper than {DEEPEST} levels", self.style.name))
    }
}

fn sorted(dict: &Dict) -> Vec<(Cow<'_, str>, &Value)> {
    let mut entries: Vec<_> = dict.iter().map(|(key, value)| (key_text(key), value)).collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}
