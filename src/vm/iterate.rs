//! `for` (LANGUAGE 5.2): the state of a loop is the value and a position, two registers.
//!
//! A channel's or generator's position register is where the answer arrives: the instruction asks and, run again,
//! finds `Some(item)` or `None` there. So a loop that waits needs no state of its own.

use super::call::Outcome;
use super::disorder::disorder;
use super::{Halt, Machine, Request};
use crate::bytecode::Program;
use crate::context::Context;
use crate::value::{ErrorKind, Fault, ResourceKind, Value, type_name};

/// What the next item of a loop is.
pub(super) enum Next {
    /// It is in its register.
    Item,
    /// There is none.
    End,
    /// A channel or a generator must be asked.
    Ask,
}

/// The value that `for` iterates over. TypeError if it cannot.
pub(super) fn start(program: &Program, value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Int(_)
        | Value::Array(_)
        | Value::Text(_)
        | Value::Bytes(_)
        | Value::Dict(_)
        | Value::Set(_) => Ok(value.clone()),
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 9.2e18 => Ok(Value::Int(*float as i64)),
        Value::Generator(..) => Ok(value.clone()),
        Value::Handle(handle) if handle.kind() == ResourceKind::Channel => Ok(value.clone()),
        other => {
            let message = format!("Cannot iterate over {}", type_name(program, other));
            let hint = match other {
                Value::Null => "the value is null; `(x ?? [])` goes over nothing then",
                Value::Float(_) => "count with an int: `for i in 3`, or over `range(a, b)`",
                Value::Deque(_) => "go over its items: `for x in to_array(q)`",
                Value::Handle(handle) if handle.kind().name() == "file" => {
                    "`file_lines(path)` gives the lines of a file; `read_line(f)` the next one, null at the end"
                }
                _ if other.is_callable() => "a function is called first, as in `for x in f() { }`",
                _ => "a loop goes over an int, array, string, bytes, dict, set, channel or generator",
            };
            Err(Fault::new(ErrorKind::TypeError, message).with_hint(hint).about(&[other]))
        }
    }
}

/// Advances a loop; `state` is the value, the position and the item.
pub(super) fn next(state: &mut [Value]) -> Next {
    let [value, position, item, ..] = state else { unreachable!("a loop has three registers") };
    let Value::Int(at) = position else { return received(position, item) };
    let index = *at as usize;
    let (found, step) = match value {
        Value::Int(end) => ((*at < *end).then_some(Value::Int(*at)), 1),
        Value::Array(items) => (items.get(index).cloned(), 1),
        Value::Dict(dict) => (dict.at(index).map(|(key, _)| key.to_value()), 1),
        Value::Set(set) => (set.at(index).cloned(), 1),
        Value::Bytes(bytes) => (bytes.get(index).map(|&byte| Value::Int(byte.into())), 1),
        // The position in a string is that of the byte: finding the n-th character anew would be quadratic.
        Value::Text(text) => match text.as_str().get(index..).and_then(|rest| rest.chars().next()) {
            Some(character) => (Some(Value::text(character)), character.len_utf8() as i64),
            None => (None, 0),
        },
        _ => return Next::Ask,
    };
    let Some(found) = found else { return Next::End };
    *at += step;
    *item = found;
    Next::Item
}

/// Takes the answer of a channel or a generator.
fn received(answer: &mut Value, item: &mut Value) -> Next {
    match std::mem::replace(answer, Value::Int(0)) {
        Value::Some(value) => {
            *item = crate::value::Counted::into_inner(value);
            Next::Item
        }
        _ => Next::End,
    }
}

impl Machine {
    /// Asks the channel or generator of a loop whose state starts at stack position `state`.
    pub(super) fn ask(&self, context: &mut Context, state: usize) -> Outcome {
        match &context.stack[state] {
            Value::Handle(channel) => {
                let request = Request::ReceiveNext { channel: channel.clone() };
                context.reply = state as u32 + 1;
                Ok(Some(Halt::wait(request)))
            }
            Value::Generator(generator, lazy) => {
                let (generator, lazy) = (generator.clone(), *lazy);
                self.resume_generator(context, generator, lazy, state + 1)
            }
            _ => Err(disorder("a loop goes over what nobody can")),
        }
    }
}
