//! Making values from registers: arrays, dicts, structs, variants; and what `?` and `match` say when nothing fits.

use super::check;
use super::disorder::disorder;
use crate::bytecode::{FunctionId, Op, Program, StructId};
use crate::value::{self, Closure, Counted, ErrorKind, Fault, Scope, Value, type_name};

/// The values of a window of registers, which become null.
pub(super) fn take_window(registers: &mut [Value], base: u16, count: u16) -> impl Iterator<Item = Value> {
    registers[base as usize..base as usize + count as usize].iter_mut().map(Value::take)
}

pub(super) fn payload_count(code: &[Op], ip: usize) -> u16 {
    match code.get(ip) {
        Some(Op::PayloadCount { count }) => *count,
        _ => 0,
    }
}

pub(super) fn extend_array(program: &Program, array: &mut Value, more: &Value) -> Result<(), Fault> {
    match (array, more) {
        (Value::Array(items), Value::Array(more)) => Counted::make_mut(items).extend_from_slice(more),
        (_, other) => return Err(cannot_spread(program, "array", other)),
    }
    Ok(())
}

pub(super) fn extend_dict(program: &Program, dict: &mut Value, more: &Value) -> Result<(), Fault> {
    match (dict, more) {
        (Value::Dict(entries), Value::Dict(more)) => {
            let entries = Counted::make_mut(entries);
            more.iter().for_each(|(key, value)| _ = entries.insert(key.clone(), value.clone()));
        }
        (_, other) => return Err(cannot_spread(program, "dict", other)),
    }
    Ok(())
}

#[cold]
pub(super) fn cannot_spread(program: &Program, expected: &str, value: &Value) -> Fault {
    let message = format!("Cannot spread {}: expected {expected}", type_name(program, value));
    Fault::new(ErrorKind::TypeError, message).about(&[value])
}

/// Holds the fields of a struct about to be made to their annotations.
pub(super) fn hold_fields(program: &Program, id: StructId, values: &mut [Value]) -> Result<(), Fault> {
    let fields = program.structs[id.index()].fields.iter();
    for (field, value) in fields.zip(values) {
        if let Some(check) = &field.check {
            check::hold(program, check, value)?;
        }
    }
    Ok(())
}

/// The parts of a struct value: its fields and, made of the closure behind them, what its functions close over.
pub(super) fn take_fields(
    program: &Program,
    id: StructId,
    registers: &mut [Value],
    base: u16,
) -> Result<Vec<Value>, Fault> {
    let def = &program.structs[id.index()];
    let mut fields: Vec<Value> = take_window(registers, base, def.parts() as u16).collect();
    if let (Some(scope), Some(closure)) = (def.scope, fields.last_mut()) {
        let captures = captures_for(program, scope, closure)?;
        *closure = Value::Scope(Counted::new(Scope { captures }));
    }
    Ok(fields)
}

/// `Member`: a function of the struct whose functions close over what `scope` does.
pub(super) fn member(program: &Program, function: FunctionId, scope: &Value) -> Result<Value, Fault> {
    let captures = captures_for(program, function, scope)?;
    Ok(Value::Closure(Counted::new(Closure { function, captures })))
}

/// The captures of a closure, which are to be those of `function` too.
fn captures_for(program: &Program, function: FunctionId, closure: &Value) -> Result<Box<[Value]>, Fault> {
    match closure {
        Value::Closure(closure) if closure.captures.len() == program.function(function).captures.len() => {
            Ok(closure.captures.clone())
        }
        _ => Err(scopeless()),
    }
}

#[cold]
fn scopeless() -> Fault {
    disorder("a struct has lost what it closes over")
}

/// `?`: replaces `Ok(x)` and `Some(x)` by x; false for `Err` and `None`, which stay. TypeError for anything else.
pub(super) fn open_result(program: &Program, value: &mut Value) -> Result<bool, Fault> {
    match value.take() {
        Value::Ok(inner) | Value::Some(inner) => {
            *value = Counted::into_inner(inner);
            Ok(true)
        }
        failed @ (Value::Err(_) | Value::None) => {
            *value = failed;
            Ok(false)
        }
        other => {
            *value = other;
            Err(not_a_result(program, value))
        }
    }
}

#[cold]
fn not_a_result(program: &Program, value: &Value) -> Fault {
    let hint = format!("? was applied to {}", type_name(program, value));
    Fault::new(ErrorKind::TypeError, "Try operator requires Result or Option").with_hint(hint).about(&[value])
}

#[cold]
pub(super) fn no_match(program: &Program, value: &Value) -> Fault {
    let mut message = String::from("No match for ");
    match value::inspect(program, value, &mut message) {
        Ok(()) => {
            let fault = Fault::new(ErrorKind::ValueError, message).with_value(value.clone());
            fault.with_hint("a `match` whose value is used needs an arm for every value: add `default => ..`")
        }
        Err(fault) => fault,
    }
}
