//! How natives read their arguments.
//!
//! Invariant: the machine has checked every argument against the signature, so an accessor that finds another kind
//! than it is named for shows a wrong signature, which is our bug and panics.
//! Also owns the texts of the errors that signatures cannot express.

use super::parse_fault::limit_fault;
use crate::value::{Counted, Dict, ErrorKind, Fault, KeyRef, Set, Text, Value, to_text, type_name};
use crate::vm::{Call, Work};

impl Call<'_> {
    /// A parameter declared `string`.
    pub(super) fn text(&self, index: usize) -> &Text {
        match &self.args[index] {
            Value::Text(text) => text,
            other => self.unlike(index, "string", other),
        }
    }

    /// A parameter declared `string`, as UTF-8.
    pub(super) fn str(&self, index: usize) -> &str {
        self.text(index).as_str()
    }

    /// A parameter declared `int`.
    pub(super) fn int(&self, index: usize) -> i64 {
        match &self.args[index] {
            Value::Int(number) => *number,
            other => self.unlike(index, "int", other),
        }
    }

    /// A parameter declared `int|null` (or `int = unset`); null and absent are `None`.
    pub(super) fn int_opt(&self, index: usize) -> Option<i64> {
        match &self.args[index] {
            Value::Null | Value::Unset => None,
            _ => Some(self.int(index)),
        }
    }

    /// A parameter declared `string|null` (or `string = unset`); null and absent are `None`.
    pub(super) fn text_opt(&self, index: usize) -> Option<&Text> {
        match &self.args[index] {
            Value::Null | Value::Unset => None,
            _ => Some(self.text(index)),
        }
    }

    /// A parameter declared `float` or `num`.
    pub(super) fn float(&self, index: usize) -> f64 {
        match &self.args[index] {
            Value::Float(number) => *number,
            Value::Int(number) => *number as f64,
            other => self.unlike(index, "number", other),
        }
    }

    /// Whether an argument is truthy.
    pub(super) fn truth(&self, index: usize) -> bool {
        self.args[index].truth()
    }

    /// A parameter declared `array`.
    pub(super) fn array(&self, index: usize) -> &Counted<Vec<Value>> {
        match &self.args[index] {
            Value::Array(items) => items,
            other => self.unlike(index, "array", other),
        }
    }

    /// A parameter declared `array`, for changing: copied first if it is shared.
    pub(super) fn array_mut(&mut self, index: usize) -> &mut Vec<Value> {
        let name = self.name;
        match &mut self.args[index] {
            Value::Array(items) => Counted::make_mut(items),
            _ => panic!("the signature of {name} admits more than arrays"),
        }
    }

    /// A parameter declared `dict`.
    pub(super) fn dict(&self, index: usize) -> &Counted<Dict> {
        match &self.args[index] {
            Value::Dict(dict) => dict,
            other => self.unlike(index, "dict", other),
        }
    }

    /// A parameter declared `dict`, for changing: copied first if it is shared.
    pub(super) fn dict_mut(&mut self, index: usize) -> &mut Dict {
        let name = self.name;
        match &mut self.args[index] {
            Value::Dict(dict) => Counted::make_mut(dict),
            _ => panic!("the signature of {name} admits more than dicts"),
        }
    }

    /// A parameter declared `set`.
    pub(super) fn set(&self, index: usize) -> &Counted<Set> {
        match &self.args[index] {
            Value::Set(set) => set,
            other => self.unlike(index, "set", other),
        }
    }

    /// A parameter that may be left out: taken out if it was given.
    pub(super) fn given(&mut self, index: usize) -> Option<Value> {
        match self.args[index].take() {
            Value::Unset => None,
            value => Some(value),
        }
    }

    /// An argument as a dict key; TypeError if it can be none.
    pub(super) fn key(&self, index: usize, parameter: &str) -> Result<KeyRef<'_>, Fault> {
        let value = &self.args[index];
        key_of(value).ok_or_else(|| self.type_fault(parameter, "string or int", value))
    }

    /// The display form of a value (LANGUAGE 3.7).
    pub(super) fn display(&self, value: &Value) -> Result<String, Fault> {
        let mut out = String::new();
        self.display_to(value, &mut out)?;
        Ok(out)
    }

    /// The same, at the end of a text.
    pub(super) fn display_to(&self, value: &Value, out: &mut String) -> Result<(), Fault> {
        // Else structs in it could not write their own text.
        let is_declared = self.work == Work::Shows || value.part_count() == 0;
        debug_assert!(is_declared, "{} shows values, but is not declared so", self.name);
        to_text(self.program, value, out)
    }

    /// The name that messages show: a hidden native speaks for the prelude function that calls it.
    pub(super) fn shown_name(&self) -> &'static str {
        self.name.strip_prefix("__").unwrap_or(self.name)
    }

    /// `f: argument 'x' expects T, got U`.
    pub(super) fn type_fault(&self, parameter: &str, expected: &str, value: &Value) -> Fault {
        let got = type_name(self.program, value);
        let name = self.shown_name();
        let is_lazy = matches!(value, Value::Generator(..)) && expected.contains("array");
        let hint = is_lazy.then_some("`collect()` makes an array of what a generator yields");
        Fault::new(
            ErrorKind::TypeError,
            format!("{name}: argument '{parameter}' expects {expected}, got {got}"),
        )
        .with_hint_opt(hint)
        .about(&[value])
    }

    /// `f: text`, of kind ValueError.
    pub(super) fn value_fault(&self, text: impl std::fmt::Display) -> Fault {
        Fault::new(ErrorKind::ValueError, format!("{}: {text}", self.shown_name()))
    }

    /// `f: text`, of kind LimitError, with `e.value` `{limit}`.
    pub(super) fn limit_fault(&self, text: impl std::fmt::Display, limit: usize) -> Fault {
        limit_fault(limit, format!("{}: {text}", self.shown_name()))
    }

    fn unlike(&self, index: usize, expected: &str, got: &Value) -> ! {
        let got = type_name(self.program, got);
        panic!("the signature of {} lets {got} through where the code takes {expected} ({index})", self.name)
    }
}

/// A value as a dict key, if it can be one.
pub(super) fn key_of(value: &Value) -> Option<KeyRef<'_>> {
    match value {
        Value::Int(number) => Some(KeyRef::Int(*number)),
        Value::Text(text) => Some(KeyRef::Text(text.as_str())),
        _ => None,
    }
}
