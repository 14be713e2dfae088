//! Reading and changing parts of values: fields, items, slices.
//!
//! Changes go through `&mut Value`, so that a container nobody else refers to is changed in place.

use super::{check, hint};
use crate::bytecode::{Program, StructId, Symbol};
use crate::context::PathStep;
use crate::value::{Counted, Dict, ErrorKind, Fault, Key, KeyRef, StructValue, Value, type_name};

/// `container[index]`.
pub(super) fn item(program: &Program, container: &Value, index: &Value) -> Result<Value, Fault> {
    match (container, index) {
        (Value::Array(items), Value::Int(at)) => match position(*at, items.len()) {
            Some(at) => Ok(items[at].clone()),
            None => Err(out_of_bounds(*at, "array", items.len())),
        },
        (Value::Dict(dict), _) => {
            let key = key_of(program, index)?;
            dict.get(key).cloned().ok_or_else(|| missing_key(Some(dict), key))
        }
        (Value::Text(text), Value::Int(at)) => {
            let found = position(*at, text.chars()).and_then(|at| text.char_at(at));
            found.map(Value::text).ok_or_else(|| out_of_bounds(*at, "string", text.chars()))
        }
        (Value::Bytes(bytes), Value::Int(at)) => match position(*at, bytes.len()) {
            Some(at) => Ok(Value::Int(bytes[at].into())),
            None => Err(out_of_bounds(*at, "bytes value", bytes.len())),
        },
        _ => Err(invalid_index(program, container, index)),
    }
}

/// `array[index]` by reference; `None` for anything that is not the plainest case.
#[inline(always)]
pub(super) fn listed<'a>(container: &'a Value, index: &Value) -> Option<&'a Value> {
    match (container, index) {
        (Value::Array(items), Value::Int(at)) => items.get(usize::try_from(*at).ok()?),
        _ => None,
    }
}

/// The same for changing, if nobody shares the array.
#[inline(always)]
pub(super) fn listed_mut(container: &mut Value, index: usize) -> Option<&mut Value> {
    match container {
        Value::Array(items) => Counted::get_mut(items)?.get_mut(index),
        _ => None,
    }
}

/// What an index refers to in `length` items; negative ones count from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    let at = if index < 0 { index.checked_add(length as i64)? } else { index };
    usize::try_from(at).ok().filter(|&at| at < length)
}

#[cold]
fn out_of_bounds(index: i64, what: &str, length: usize) -> Fault {
    let fault = Fault::new(ErrorKind::IndexError, format!("Index out of bounds: {index}"));
    fault.with_hint(hint::bounds(what, length))
}

#[cold]
pub(super) fn missing_key(dict: Option<&Dict>, key: KeyRef<'_>) -> Fault {
    let message = match key {
        KeyRef::Int(key) => format!("Missing map key: {key}"),
        KeyRef::Text(key) => format!("Missing map key: \"{key}\""),
    };
    Fault::new(ErrorKind::KeyError, message).with_hint(hint::missing_key(dict, key))
}

#[cold]
fn invalid_index(program: &Program, container: &Value, index: &Value) -> Fault {
    let hint = hint::index(program, container, index);
    Fault::new(ErrorKind::TypeError, "Invalid index operation").with_hint(hint).about(&[container, index])
}

/// The error for a field that a value does not have: TypeError for kinds of values that have none.
#[cold]
pub(super) fn no_field(program: &Program, object: &Value, name: &str) -> Fault {
    let hint = hint::field(program, object, name);
    let kind = match object {
        Value::Struct(_) | Value::Error(_) => ErrorKind::NameError,
        _ => ErrorKind::TypeError,
    };
    Fault::new(kind, format!("Field not found: {name}")).with_hint(hint).about(&[object])
}

/// A value as a dict key. TypeError if it is neither a string nor an int.
pub(super) fn key_of<'a>(program: &Program, value: &'a Value) -> Result<KeyRef<'a>, Fault> {
    match value {
        Value::Int(key) => Ok(KeyRef::Int(*key)),
        Value::Text(key) => Ok(KeyRef::Text(key.as_str())),
        other => {
            let message = format!("Dict keys are strings or ints, not {}", type_name(program, other));
            Err(Fault::new(ErrorKind::TypeError, message).about(&[other]))
        }
    }
}

/// A value as a dict key of its own.
pub(super) fn owned_key(program: &Program, value: &Value) -> Result<Key, Fault> {
    match value {
        Value::Text(key) => Ok(Key::Text(key.clone())),
        Value::Int(key) => Ok(Key::Int(*key)),
        other => key_of(program, other).map(|_| unreachable!("other kinds are refused")),
    }
}

/// A struct's field by name.
#[inline(always)]
pub(super) fn struct_field<'a>(program: &Program, body: &'a StructValue, name: Symbol) -> Option<&'a Value> {
    body.fields.get(program.structs[body.id.index()].field(name)?)
}

/// `text[from:to]`, `array[from:to]`, `bytes[from:to]`; null bounds were left out. Ranges are clamped.
pub(super) fn slice(program: &Program, object: &Value, from: &Value, to: &Value) -> Result<Value, Fault> {
    let bounds = |length: usize| -> Result<(usize, usize), Fault> {
        let start = bound(program, from, length, 0)?;
        Ok((start, bound(program, to, length, length)?.max(start)))
    };
    match object {
        Value::Array(items) => {
            let (start, end) = bounds(items.len())?;
            Ok(Value::array(items[start..end].to_vec()))
        }
        Value::Bytes(bytes) => {
            let (start, end) = bounds(bytes.len())?;
            Ok(Value::bytes(bytes[start..end].to_vec()))
        }
        Value::Text(text) => {
            let (start, end) = bounds(text.chars())?;
            Ok(Value::text(&text.as_str()[text.byte_of(start)..text.byte_of(end)]))
        }
        other => {
            let hint = format!("{} cannot be sliced", type_name(program, other));
            Err(Fault::new(ErrorKind::TypeError, "Invalid index operation").with_hint(hint).about(&[other]))
        }
    }
}

fn bound(program: &Program, value: &Value, length: usize, missing: usize) -> Result<usize, Fault> {
    match value {
        Value::Null => Ok(missing),
        Value::Int(at) => {
            let at = if *at < 0 { at.saturating_add(length as i64).max(0) } else { *at };
            Ok(usize::try_from(at).unwrap_or(usize::MAX).min(length))
        }
        other => {
            let hint = format!("slice bounds are ints, not {}", type_name(program, other));
            Err(Fault::new(ErrorKind::TypeError, "Invalid index operation").with_hint(hint).about(&[other]))
        }
    }
}

/// A part of a value by reference, where the value is a container that holds it as such.
pub(super) fn peek<'a>(program: &Program, value: &'a Value, step: &PathStep) -> Option<&'a Value> {
    match step {
        PathStep::Field(name) | PathStep::FieldOrNull(name) => peek_field(program, value, *name),
        PathStep::Index(index) => peek_item(value, index),
    }
}

/// The same for a field.
pub(super) fn peek_field<'a>(program: &Program, value: &'a Value, name: Symbol) -> Option<&'a Value> {
    match value {
        Value::Struct(body) => struct_field(program, body, name),
        Value::Dict(dict) => dict.get_text(program.symbol(name)),
        _ => None,
    }
}

/// The same for an index.
#[inline(never)]
pub(super) fn peek_item<'a>(value: &'a Value, index: &Value) -> Option<&'a Value> {
    match (value, index) {
        (Value::Array(items), Value::Int(at)) => items.get(position(*at, items.len())?),
        (Value::Dict(dict), Value::Text(key)) => dict.get_text(key.as_str()),
        (Value::Dict(dict), Value::Int(key)) => dict.get(KeyRef::Int(*key)),
        _ => None,
    }
}

/// A part of a value for changing. Missing dict keys are KeyErrors.
pub(super) fn part_mut<'a>(
    program: &Program,
    value: &'a mut Value,
    step: &PathStep,
) -> Result<&'a mut Value, Fault> {
    match (value, step) {
        (Value::Struct(body), PathStep::Field(name) | PathStep::FieldOrNull(name)) => {
            let at = field_position(program, body.id, *name)?;
            Ok(&mut Counted::make_mut(body).fields[at])
        }
        (Value::Dict(dict), PathStep::Field(name) | PathStep::FieldOrNull(name)) => {
            entry_mut(dict, KeyRef::Text(program.symbol(*name)))
        }
        (Value::Dict(dict), PathStep::Index(key)) => entry_mut(dict, key_of(program, key)?),
        (Value::Array(items), PathStep::Index(Value::Int(at))) => {
            let found = position(*at, items.len()).ok_or_else(|| out_of_bounds(*at, "array", items.len()))?;
            Ok(&mut Counted::make_mut(items)[found])
        }
        (value, PathStep::Index(_)) => {
            let hint = hint::unassignable(program, value, step);
            Err(Fault::new(ErrorKind::TypeError, "Invalid index operation").with_hint(hint))
        }
        (Value::Module(_), PathStep::Field(name) | PathStep::FieldOrNull(name)) => {
            Err(immutable("import", program.symbol(*name)))
        }
        (value, PathStep::Field(name) | PathStep::FieldOrNull(name)) => {
            let hint = hint::unassignable(program, value, step);
            Err(no_field(program, value, program.symbol(*name)).with_hint(hint))
        }
    }
}

/// The error for a change of what is immutable: a binding, declared as `what`.
#[cold]
pub(super) fn immutable(what: &str, name: &str) -> Fault {
    let message = format!("Cannot mutate immutable {what} binding: {name}");
    Fault::new(ErrorKind::MutabilityError, message).with_hint(hint::immutable(what))
}

fn entry_mut<'a>(dict: &'a mut Counted<Dict>, key: KeyRef<'_>) -> Result<&'a mut Value, Fault> {
    // The dict is borrowed for what is found, so it cannot be searched for what is missing.
    Counted::make_mut(dict).get_mut(key).ok_or_else(|| missing_key(None, key))
}

fn field_position(program: &Program, id: StructId, name: Symbol) -> Result<usize, Fault> {
    let missing = || {
        let name = program.symbol(name);
        let fault = Fault::new(ErrorKind::NameError, format!("Field not found: {name}"));
        fault.with_hint(hint::struct_field(program, id, name))
    };
    program.structs[id.index()].field(name).ok_or_else(missing)
}

/// Sets a part of a value. A missing dict key is inserted; a struct field is held to its annotation.
pub(super) fn set_part(
    program: &Program,
    value: &mut Value,
    step: &PathStep,
    new: Value,
) -> Result<(), Fault> {
    match (value, step) {
        (Value::Dict(dict), PathStep::Index(key)) => {
            let key = owned_key(program, key)?;
            Counted::make_mut(dict).insert(key, new);
        }
        (Value::Dict(dict), PathStep::Field(name)) => {
            let key = Key::Text(program.symbol(*name).into());
            Counted::make_mut(dict).insert(key, new);
        }
        (Value::Struct(body), PathStep::Field(name)) => set_field(program, body, *name, new)?,
        (Value::Bytes(bytes), PathStep::Index(Value::Int(at))) => {
            let found =
                position(*at, bytes.len()).ok_or_else(|| out_of_bounds(*at, "bytes value", bytes.len()))?;
            Counted::make_mut(bytes)[found] = byte(&new)?;
        }
        (value, step) => *part_mut(program, value, step)? = new,
    }
    Ok(())
}

fn set_field(
    program: &Program,
    body: &mut Counted<StructValue>,
    name: Symbol,
    mut new: Value,
) -> Result<(), Fault> {
    let at = field_position(program, body.id, name)?;
    if let Some(check) = &program.structs[body.id.index()].fields[at].check {
        check::hold(program, check, &mut new)?;
    }
    Counted::make_mut(body).fields[at] = new;
    Ok(())
}

fn byte(value: &Value) -> Result<u8, Fault> {
    let fits = match value {
        Value::Int(value) => u8::try_from(*value).ok(),
        _ => None,
    };
    fits.ok_or_else(|| Fault::new(ErrorKind::ValueError, "Items of bytes are ints from 0 to 255"))
}

/// `registers[target][index] := src`.
pub(super) fn set_item(
    program: &Program,
    target: &mut Value,
    index: &Value,
    new: Value,
) -> Result<(), Fault> {
    if let (Value::Array(items), Value::Int(at)) = (&mut *target, index) {
        let found = position(*at, items.len()).ok_or_else(|| out_of_bounds(*at, "array", items.len()))?;
        Counted::make_mut(items)[found] = new;
        return Ok(());
    }
    set_part(program, target, &PathStep::Index(index.clone()), new)
}
