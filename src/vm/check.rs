//! Type annotations at run time (LANGUAGE 8.2).

use crate::bytecode::{Program, Type, TypeCheck};
use crate::value::{Counted, Dict, ErrorKind, Fault, Value, type_name};

/// Whether a value is of a type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is.
    Yes,
    /// It will be, once ints in it are converted to floats.
    Converted,
    /// It is not.
    No,
}

/// Holds a value to an annotation: converts ints where floats are expected; TypeError if it does not fit, and then
/// nothing has changed.
pub(super) fn hold(program: &Program, check: &TypeCheck, value: &mut Value) -> Result<(), Fault> {
    match fit(value, &check.expected) {
        Fit::Yes => Ok(()),
        Fit::Converted => {
            convert(value, &check.expected);
            Ok(())
        }
        Fit::No => {
            let (subject, written) = (&check.subject, &check.written);
            let got = type_name(program, value);
            let message = format!("{subject} expects {written}, got {got}");
            let hint = misfit(program, value, &check.expected);
            Err(Fault::new(ErrorKind::TypeError, message).with_hint_opt(hint).about(&[value]))
        }
    }
}

/// Which part of a value is to blame, if it is of the right kind itself.
fn misfit(program: &Program, value: &Value, expected: &Type) -> Option<String> {
    let is_wrong = |part: &Value, expected: &Type| fit(part, expected) == Fit::No;
    match (expected, value) {
        (Type::Optional(inner), _) => misfit(program, value, inner),
        (Type::Array(items), Value::Array(array)) => {
            let (at, item) = array.iter().enumerate().find(|(_, item)| is_wrong(item, items))?;
            Some(format!("item {at} is of type {}", type_name(program, item)))
        }
        (Type::Dict(keys, values), Value::Dict(dict)) => dict.iter().find_map(|(key, item)| {
            let shown = key.to_value();
            if **keys != Type::Any && is_wrong(&shown, keys) {
                return Some(format!("the key {key} is of type {}", type_name(program, &shown)));
            }
            let told = || format!("the value of the key {key} is of type {}", type_name(program, item));
            is_wrong(item, values).then(told)
        }),
        _ => None,
    }
}

/// Whether every value that can be made of a value of this kind by adding to it fits, so that it may grow in place.
pub(super) fn growth_fits(check: &TypeCheck, value: &Value) -> bool {
    match (&check.expected, value) {
        (Type::Any, _) | (Type::String, Value::Text(_)) => true,
        (Type::Array(items), Value::Array(_)) => **items == Type::Any,
        _ => false,
    }
}

/// Whether what fits still does with `more` added. Looks at `more` alone.
pub(super) fn sum_fits(check: &TypeCheck, value: &Value, more: &Value) -> bool {
    match (&check.expected, value, more) {
        (Type::Array(items), Value::Array(_), Value::Array(more)) => fit_all(more.iter(), items) == Fit::Yes,
        _ => growth_fits(check, value),
    }
}

fn fit(value: &Value, expected: &Type) -> Fit {
    let plain = |is: bool| if is { Fit::Yes } else { Fit::No };
    match (expected, value) {
        (Type::Any, _) => Fit::Yes,
        (Type::Null, _) => plain(matches!(value, Value::Null)),
        (Type::Bool, _) => plain(matches!(value, Value::Bool(_))),
        (Type::Int, _) => plain(matches!(value, Value::Int(_))),
        (Type::Float, Value::Int(_)) => Fit::Converted,
        (Type::Float, _) => plain(matches!(value, Value::Float(_))),
        (Type::String, _) => plain(matches!(value, Value::Text(_))),
        (Type::Bytes, _) => plain(matches!(value, Value::Bytes(_))),
        (Type::Function, _) => plain(value.is_callable()),
        (Type::Error, _) => plain(matches!(value, Value::Error(_))),
        (Type::Promise, _) => plain(is_handle(value, "promise")),
        (Type::Channel, _) => plain(is_handle(value, "channel")),
        (Type::Generator, _) => plain(matches!(value, Value::Generator(..))),
        (Type::Array(items), Value::Array(array)) => fit_all(array.iter(), items),
        (Type::Set(items), Value::Set(set)) => fit_all((0..set.len()).filter_map(|at| set.at(at)), items),
        (Type::Dict(keys, values), Value::Dict(dict)) => fit_dict(dict, keys, values),
        (Type::Result(good, _), Value::Ok(inner)) => fit(inner, good),
        (Type::Result(_, bad), Value::Err(inner)) => fit(inner, bad),
        (Type::Option(inner), Value::Some(value)) => fit(value, inner),
        (Type::Option(_), Value::None) | (Type::Optional(_), Value::Null) => Fit::Yes,
        (Type::Optional(inner), _) => fit(value, inner),
        (Type::Struct(id), Value::Struct(body)) => plain(body.id == *id),
        (Type::Enum(id), Value::Enum(body)) => plain(body.id == *id),
        _ => Fit::No,
    }
}

fn is_handle(value: &Value, name: &str) -> bool {
    matches!(value, Value::Handle(handle) if handle.kind().name() == name)
}

fn fit_all<'a>(values: impl Iterator<Item = &'a Value>, expected: &Type) -> Fit {
    if *expected == Type::Any {
        return Fit::Yes;
    }
    let mut worst = Fit::Yes;
    for value in values {
        worst = worst.max(fit(value, expected));
        if worst == Fit::No {
            break;
        }
    }
    worst
}

/// Keys are never converted: a dict has no float keys.
fn fit_dict(dict: &Dict, keys: &Type, values: &Type) -> Fit {
    let key_fits = |key: &crate::value::Key| *keys == Type::Any || fit(&key.to_value(), keys) == Fit::Yes;
    if !dict.iter().all(|(key, _)| key_fits(key)) {
        return Fit::No;
    }
    fit_all(dict.iter().map(|(_, value)| value), values)
}

/// Converts a value whose `fit` is `Converted`.
fn convert(value: &mut Value, expected: &Type) {
    match (expected, value) {
        (Type::Float, value @ Value::Int(_)) => {
            if let Value::Int(int) = *value {
                *value = Value::Float(int as f64);
            }
        }
        (Type::Array(items), Value::Array(array)) => {
            Counted::make_mut(array).iter_mut().for_each(|item| convert(item, items));
        }
        (Type::Dict(_, values), Value::Dict(dict)) => {
            Counted::make_mut(dict).iter_mut().for_each(|(_, item)| convert(item, values));
        }
        (Type::Result(good, _), Value::Ok(inner)) => convert(Counted::make_mut(inner), good),
        (Type::Result(_, bad), Value::Err(inner)) => convert(Counted::make_mut(inner), bad),
        (Type::Option(inner), Value::Some(value)) => convert(Counted::make_mut(value), inner),
        (Type::Optional(inner), value) => convert(value, inner),
        // Items of sets stay ints: they are equal to the floats, and changing them would mean building it anew.
        _ => {}
    }
}
