//! Taking values apart: destructuring, which throws, and `match`, which only says no.

use crate::bytecode::{Program, Shape, Symbol};
use crate::value::{Counted, Dict, EnumValue, ErrorKind, Fault, Key, Value, type_name};

/// Takes `value` apart into `parts`. Throws if it does not fit, and then nothing is assigned.
pub(super) fn unpack(
    program: &Program,
    shape: &Shape,
    value: &Value,
    parts: &mut [Value],
) -> Result<(), Fault> {
    if fits(program, shape, value, parts) {
        return Ok(());
    }
    Err(misfit(program, shape, value))
}

/// Whether `value` fits; if so its parts are in `parts`.
pub(super) fn fits(program: &Program, shape: &Shape, value: &Value, parts: &mut [Value]) -> bool {
    match (shape, value) {
        (Shape::Array { count, rest }, Value::Array(items)) => {
            take_items(items, *count as usize, *rest, parts)
        }
        (Shape::Dict { keys, rest }, Value::Dict(_) | Value::Struct(_)) => {
            take_keys(program, value, keys, *rest, parts)
        }
        (Shape::Variant { id, variant, count }, Value::Enum(body)) => {
            body.id == *id && body.variant == *variant && take_payload(body, *count, parts)
        }
        (Shape::Ok { payload }, Value::Ok(inner))
        | (Shape::Err { payload }, Value::Err(inner))
        | (Shape::Some { payload }, Value::Some(inner)) => {
            if *payload {
                parts[0] = Value::clone(inner);
            }
            true
        }
        (Shape::None, Value::None) => true,
        _ => false,
    }
}

fn take_items(items: &[Value], count: usize, rest: bool, parts: &mut [Value]) -> bool {
    if items.len() < count || (items.len() > count && !rest) {
        return false;
    }
    parts[..count].clone_from_slice(&items[..count]);
    if rest {
        parts[count] = Value::array(items[count..].to_vec());
    }
    true
}

fn take_keys(program: &Program, value: &Value, keys: &[Symbol], rest: bool, parts: &mut [Value]) -> bool {
    if !keys.iter().all(|&key| entry(program, value, key).is_some()) {
        return false;
    }
    for (part, &key) in parts.iter_mut().zip(keys) {
        *part = entry(program, value, key).cloned().unwrap_or_default();
    }
    if rest {
        parts[keys.len()] = Value::dict(remaining(program, value, keys));
    }
    true
}

/// An entry of a dict or a field of a struct.
fn entry<'a>(program: &Program, value: &'a Value, key: Symbol) -> Option<&'a Value> {
    match value {
        Value::Dict(dict) => dict.get_text(program.symbol(key)),
        Value::Struct(body) => super::access::struct_field(program, body, key),
        _ => None,
    }
}

/// The entries whose keys are not in `keys`.
fn remaining(program: &Program, value: &Value, keys: &[Symbol]) -> Dict {
    let taken = |name: &str| keys.iter().any(|&key| program.symbol(key) == name);
    match value {
        Value::Dict(dict) => {
            let other = |key: &Key| !matches!(key, Key::Text(text) if taken(text.as_str()));
            dict.iter()
                .filter(|(key, _)| other(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        }
        Value::Struct(body) => {
            let names =
                program.structs[body.id.index()].fields.iter().map(|field| program.symbol(field.name));
            let fields = names.zip(&body.fields).filter(|(name, _)| !taken(name));
            fields.map(|(name, value)| (Key::Text(name.into()), value.clone())).collect()
        }
        _ => Dict::new(),
    }
}

fn take_payload(body: &Counted<EnumValue>, count: Option<u16>, parts: &mut [Value]) -> bool {
    let Some(count) = count else { return true };
    if body.payload.len() != count as usize {
        return false;
    }
    parts[..count as usize].clone_from_slice(&body.payload);
    true
}

/// Why a value could not be taken apart.
#[cold]
fn misfit(program: &Program, shape: &Shape, value: &Value) -> Fault {
    match (shape, value) {
        (Shape::Array { count, rest }, Value::Array(items)) => {
            let least = if *rest { "at least " } else { "" };
            let message = format!("Cannot destructure: expected {least}{count} items, got {}", items.len());
            let fault = Fault::new(ErrorKind::ValueError, message);
            match items.len() > usize::from(*count) {
                true => fault.with_hint("`...rest` at the end of the pattern takes the items that are left"),
                false => fault,
            }
        }
        (Shape::Dict { keys, .. }, Value::Dict(_) | Value::Struct(_)) => {
            let missing = keys.iter().find(|&&key| entry(program, value, key).is_none());
            let name = missing.map_or("", |&key| program.symbol(key));
            Fault::new(ErrorKind::KeyError, format!("Missing map key: \"{name}\""))
        }
        (Shape::Array { .. }, _) => mismatch(program, "array", value),
        (Shape::Dict { .. }, _) => mismatch(program, "dict or struct", value),
        _ => Fault::new(ErrorKind::ValueError, "Cannot destructure: the value does not fit the pattern"),
    }
}

fn mismatch(program: &Program, expected: &str, value: &Value) -> Fault {
    let message = format!("Cannot destructure {}: expected {expected}", type_name(program, value));
    Fault::new(ErrorKind::TypeError, message).about(&[value])
}
