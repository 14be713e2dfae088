//! The `opts` dict at the end of many functions (STDLIB R11).
//!
//! Invariant: an option that the function does not know is a ValueError that names the valid ones; a null option means
//! its default.

use super::declare::plain;
use crate::bytecode::Program;
use crate::value::{Counted, Dict, ErrorKind, Fault, Key, Value, type_name};
use crate::vm::{Answer, Call, Native};

pub(super) const NATIVES: &[Native] = &[plain(
    "__options(name: string, opts: dict, valid: array) -> dict",
    "The options of a prelude function, null for those that were not given.",
    |call| {
        let mut all = Dict::new();
        for name in call.array(2).iter() {
            let Value::Text(name) = name else { continue };
            all.insert_text(name.as_str(), Value::Null);
        }
        for (key, value) in call.dict(1).iter() {
            let Some(slot) = all.get_mut(key.as_ref()) else {
                let valid: Vec<String> = all.iter().map(|(key, _)| key.to_string()).collect();
                return Err(unknown(call.str(0), &key.to_string(), &valid));
            };
            *slot = value.clone();
        }
        Ok(Answer::Value(Value::dict(all)))
    },
)];

/// The options of one call.
pub(super) struct Options<'a> {
    name: &'static str,
    program: &'a Program,
    given: Counted<Dict>,
}

impl<'a> Call<'a> {
    /// The options at `index`, whose keys must be among `valid`. A bool in their place stands for the option `bare`.
    pub(super) fn options_or_bool(
        &self,
        index: usize,
        bare: &str,
        valid: &[&str],
    ) -> Result<Options<'a>, Fault> {
        let given = match &self.args[index] {
            Value::Dict(dict) => dict.clone(),
            truth @ Value::Bool(_) => {
                let mut dict = Dict::new();
                dict.insert_text(bare, truth.clone());
                Counted::new(dict)
            }
            _ => Counted::default(),
        };
        let options = Options { name: self.shown_name(), program: self.program, given };
        options.check(valid)?;
        Ok(options)
    }

    /// The options at `index`, whose keys must be among `valid`.
    pub(super) fn options(&self, index: usize, valid: &[&str]) -> Result<Options<'a>, Fault> {
        self.options_or_bool(index, "", valid)
    }
}

impl Options<'_> {
    fn check(&self, valid: &[&str]) -> Result<(), Fault> {
        let known = |key: &Key| matches!(key, Key::Text(text) if valid.contains(&text.as_str()));
        match self.given.iter().find(|(key, _)| !known(key)) {
            None => Ok(()),
            Some((key, _)) => Err(unknown(self.name, &key.to_string(), valid)),
        }
    }

    /// What was given for an option; null counts as not given.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.given.get_text(key).filter(|value| !matches!(value, Value::Null))
    }

    /// A bool option.
    pub(super) fn bool(&self, key: &str, default: bool) -> Result<bool, Fault> {
        match self.get(key) {
            None => Ok(default),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(other) => Err(self.unlike(key, "bool", other)),
        }
    }

    /// A string option.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, Fault> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.as_str())),
            Some(other) => Err(self.unlike(key, "string", other)),
        }
    }

    /// An int option. A float without a fraction counts as an int (STDLIB R6).
    pub(super) fn whole(&self, key: &str) -> Result<Option<i64>, Fault> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Float(number)) if number.fract() == 0.0 && number.abs() < 9.2e18 => {
                Ok(Some(*number as i64))
            }
            Some(Value::Float(number)) => Err(self.value_fault(key, format!("expects int, got {number}"))),
            Some(other) => Err(self.unlike(key, "int", other)),
        }
    }

    /// An int option that must not be negative.
    pub(super) fn count(&self, key: &str) -> Result<Option<u64>, Fault> {
        let Some(number) = self.whole(key)? else { return Ok(None) };
        match u64::try_from(number) {
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(self.value_fault(key, format!("must not be negative, got {number}"))),
        }
    }

    /// An option that is a number of milliseconds, rounded up.
    pub(super) fn milliseconds(&self, key: &str) -> Result<Option<u64>, Fault> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Float(ms)) if *ms >= 0.0 => Ok(Some(ms.ceil() as u64)),
            Some(Value::Float(ms)) => Err(self.value_fault(key, format!("must not be negative, got {ms}"))),
            Some(Value::Int(_)) => self.count(key),
            Some(other) => Err(self.unlike(key, "number", other)),
        }
    }

    /// An option that is a dict.
    pub(super) fn dict(&self, key: &str) -> Result<Option<&Counted<Dict>>, Fault> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Dict(dict)) => Ok(Some(dict)),
            Some(other) => Err(self.unlike(key, "dict", other)),
        }
    }

    /// An option that can be called.
    pub(super) fn callback(&self, key: &str) -> Result<Option<&Value>, Fault> {
        match self.get(key) {
            Some(other) if !other.is_callable() => Err(self.unlike(key, "function", other)),
            given => Ok(given),
        }
    }

    /// An option that is an array of strings.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Fault> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let Value::Array(items) = value else { return Err(self.unlike(key, "array", value)) };
        items
            .iter()
            .map(|item| match item {
                Value::Text(text) => Ok(text.as_str().to_owned()),
                other => Err(self.unlike(key, "array of strings", other)),
            })
            .collect()
    }

    /// `f: option 'key' text`, of kind ValueError.
    pub(super) fn value_fault(&self, key: &str, text: impl std::fmt::Display) -> Fault {
        Fault::new(ErrorKind::ValueError, format!("{}: option '{key}' {text}", self.name))
    }

    /// `f: option 'key' expects T, got U`.
    pub(super) fn unlike(&self, key: &str, expected: &str, got: &Value) -> Fault {
        let got = type_name(self.program, got);
        let message = format!("{}: option '{key}' expects {expected}, got {got}", self.name);
        Fault::new(ErrorKind::TypeError, message)
    }
}

fn unknown<T: AsRef<str>>(name: &str, key: &str, valid: &[T]) -> Fault {
    let valid: Vec<&str> = valid.iter().map(AsRef::as_ref).collect();
    let rest = match valid.is_empty() {
        true => "it takes no options".to_owned(),
        false => format!("valid options: {}", valid.join(", ")),
    };
    Fault::new(ErrorKind::ValueError, format!("{name}: unknown option '{key}'; {rest}"))
}
