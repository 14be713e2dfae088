//! One argument of a command line: how it is declared, and what a word is worth to it.

use crate::value::{Counted, Dict, Fault, Key, Value, equal};
use crate::vm::Call;

/// What the words of an argument become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Float,
    Bool,
}

impl Kind {
    /// Its name, in declarations and in the help.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Bool => "bool",
        }
    }

    /// What a word is in this kind.
    fn read(self, word: &str) -> Option<Value> {
        match self {
            Kind::Text => Some(Value::text(word)),
            Kind::Int => word.parse().ok().map(Value::Int),
            Kind::Float => word.parse().ok().map(Value::Float),
            Kind::Bool => match word.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(Value::Bool(true)),
                "false" | "0" | "no" | "off" => Some(Value::Bool(false)),
                _ => None,
            },
        }
    }

    /// What words of it are called in messages.
    fn described(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Int => "an integer value",
            Kind::Float => "a number",
            Kind::Bool => "true or false",
        }
    }

    /// A given value as one of this kind: texts are converted.
    fn admit(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (_, Value::Text(text)) => self.read(text.as_str()),
            (Kind::Int, Value::Int(_)) | (Kind::Float, Value::Float(_)) | (Kind::Bool, Value::Bool(_)) => {
                Some(value.clone())
            }
            (Kind::Float, Value::Int(number)) => Some(Value::Float(*number as f64)),
            _ => None,
        }
    }
}

/// An argument.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// `--name`, or `name` for a word.
    name: String,
    pub(super) short: Option<char>,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// Null without one.
    pub(super) default: Value,
    pub(super) help: String,
    choices: Vec<Value>,
    pub(super) multiple: bool,
}

impl Argument {
    /// Whether it is given as `--name`.
    pub(super) fn is_option(&self) -> bool {
        self.name.starts_with("--")
    }

    /// Whether it is given without a value.
    pub(super) fn is_flag(&self) -> bool {
        self.is_option() && self.kind == Kind::Bool
    }

    /// Its name as users write it.
    pub(super) fn shown(&self) -> &str {
        &self.name
    }

    /// The key of its value.
    pub(super) fn key(&self) -> &str {
        self.name.trim_start_matches('-')
    }

    /// Whether both cannot be in one command line.
    pub(super) fn clashes(&self, other: &Argument) -> bool {
        self.key() == other.key() || self.short.is_some() && self.short == other.short
    }

    /// What a word is worth; else what is wrong with it.
    pub(super) fn value_of(&self, word: &str) -> Result<Value, String> {
        let value = self.kind.read(word).ok_or_else(|| {
            format!("Argument {} requires {}, got: {word}", self.name, self.kind.described())
        })?;
        let is_choice = |choice: &Value| equal(choice, &value).unwrap_or(false);
        if !self.choices.is_empty() && !self.choices.iter().any(is_choice) {
            return Err(format!(
                "Argument {} must be one of {}, got: {word}",
                self.name,
                self.choices_text()
            ));
        }
        Ok(value)
    }

    /// The choices as the help shows them; empty without any.
    pub(super) fn choices_text(&self) -> String {
        self.choices.iter().map(plain_text).collect::<Vec<_>>().join(", ")
    }

    /// The default as the help shows it; `None` without one.
    pub(super) fn default_text(&self) -> Option<String> {
        match &self.default {
            Value::Null => None,
            Value::Bool(false) if self.is_flag() => None,
            Value::Array(items) => Some(items.iter().map(plain_text).collect::<Vec<_>>().join(", ")),
            other => Some(plain_text(other)),
        }
    }
}

/// A value of one of the kinds as text.
fn plain_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// The argument that a call of `add_argument` declares.
pub(super) fn declared(call: &Call<'_>) -> Result<Argument, Fault> {
    let name = call.str(1).to_owned();
    let word = name.trim_start_matches('-');
    let dashes = name.len() - word.len();
    let usable = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '=');
    if !usable || !(dashes == 0 || dashes == 2) {
        return Err(call.value_fault(format!("name must be '--long' or a bare word, got '{name}'")));
    }
    let given = given(call)?;
    let mut argument = Argument {
        name,
        short: None,
        kind: Kind::Text,
        required: false,
        default: Value::Null,
        help: String::new(),
        choices: Vec::new(),
        multiple: false,
    };
    // The type first: choices and the default are converted to it.
    for first in [true, false] {
        for (key, value) in given.iter() {
            if (*key == Key::Text("type".into())) == first && !matches!(value, Value::Null) {
                set(call, &mut argument, key, value)?;
            }
        }
    }
    if argument.short.is_some() && !argument.is_option() {
        return Err(call.value_fault(format!("{} is a word and has no short form", argument.name)));
    }
    if argument.is_flag() && matches!(argument.default, Value::Null) {
        argument.default = Value::Bool(false);
    }
    Ok(argument)
}

/// The options of a call: a short form, a dict, named arguments, or keys and values by turns.
fn given(call: &Call<'_>) -> Result<Dict, Fault> {
    let mut rest = call.args[2..].iter().filter(|value| !matches!(value, Value::Unset)).peekable();
    let mut given = Dict::new();
    let is_short = |value: &&Value| matches!(value, Value::Text(text) if text.as_str().starts_with('-'));
    if let Some(short) = rest.next_if(is_short) {
        given.insert_text("short", short.clone());
    }
    while let Some(value) = rest.next() {
        match value {
            Value::Dict(options) => {
                options.iter().for_each(|(key, value)| _ = given.insert(key.clone(), value.clone()))
            }
            Value::Text(key) => {
                let value = rest
                    .next()
                    .ok_or_else(|| call.value_fault(format!("option '{}' has no value", key.as_str())))?;
                given.insert(Key::Text(key.clone()), value.clone());
            }
            other => return Err(call.type_fault("opts", "dict, or keys and values", other)),
        }
    }
    Ok(given)
}

fn set(call: &Call<'_>, argument: &mut Argument, key: &Key, value: &Value) -> Result<(), Fault> {
    let name = match key {
        Key::Text(text) => text.as_str(),
        Key::Int(_) => "",
    };
    let unlike = |expected: &str| call.type_fault(name, expected, value);
    match (name, value) {
        ("type", Value::Text(text)) => {
            let kinds = [Kind::Text, Kind::Int, Kind::Float, Kind::Bool];
            let kind = kinds.into_iter().find(|kind| kind.name() == text.as_str());
            argument.kind = kind.ok_or_else(|| {
                call.value_fault(format!("type must be string, int, float or bool, got '{}'", text.as_str()))
            })?;
        }
        ("short", Value::Text(text)) => argument.short = Some(short(call, text.as_str())?),
        ("help", Value::Text(text)) => argument.help = text.as_str().to_owned(),
        ("required", Value::Bool(truth)) => argument.required = *truth,
        ("multiple", Value::Bool(truth)) => argument.multiple = *truth,
        ("choices", Value::Array(items)) => argument.choices = admitted(call, argument, "choices", items)?,
        ("default", Value::Array(items)) => {
            argument.default = Value::array(admitted(call, argument, "default", items)?);
        }
        ("default", value) => {
            let one = Counted::new(vec![value.clone()]);
            argument.default = admitted(call, argument, "default", &one)?.pop().unwrap_or_default();
        }
        ("type" | "short" | "help", _) => return Err(unlike("string")),
        ("required" | "multiple", _) => return Err(unlike("bool")),
        ("choices", _) => return Err(unlike("array")),
        _ => {
            let valid = "type, short, help, required, multiple, choices, default";
            return Err(call.value_fault(format!("unknown option '{name}'; valid options: {valid}")));
        }
    }
    Ok(())
}

fn short(call: &Call<'_>, text: &str) -> Result<char, Fault> {
    let mut letters = text.strip_prefix('-').unwrap_or(text).chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter != '-' && !letter.is_whitespace() => Ok(letter),
        _ => Err(call.value_fault(format!("short must be '-' and one character, got '{text}'"))),
    }
}

fn admitted(
    call: &Call<'_>,
    argument: &Argument,
    option: &str,
    values: &Counted<Vec<Value>>,
) -> Result<Vec<Value>, Fault> {
    let admit = |value: &Value| {
        argument.kind.admit(value).ok_or_else(|| {
            let (name, kind) = (argument.shown(), argument.kind.name());
            call.value_fault(format!("option '{option}' of {name} must be of type {kind}"))
        })
    };
    values.iter().map(admit).collect()
}
