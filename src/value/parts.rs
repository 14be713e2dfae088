//! The inside of a value: its parts by position, and a value made anew from changed parts.
//!
//! Everything that walks values (equality, display, hashing, crossing between contexts, snapshots) does so by position
//! and with a stack of its own on the heap, because values may nest to any depth.

use super::{
    Bound, Closure, Counted, Deque, EnumValue, ErrorKind, Fault, Scope, Set, StructValue, Suspension, Value,
};

/// How many levels of a value can be printed, compared or encoded (LANGUAGE 14.2).
pub const MAX_DEPTH: usize = 4096;

/// The error for a value of more than `MAX_DEPTH` levels.
pub fn too_deep() -> Fault {
    Fault::new(ErrorKind::ValueError, format!("Value is nested more than {MAX_DEPTH} levels deep"))
}

/// How many bytes a text may have (LANGUAGE 14.2): a small value whose parts are shared can stand for more text than there is memory.
const LONGEST_TEXT: usize = 1 << 30;

/// LimitError if a text would be longer than `LONGEST_TEXT`.
pub fn hold_length(length: usize) -> Result<(), Fault> {
    if length <= LONGEST_TEXT { Ok(()) } else { Err(too_long(length)) }
}

#[cold]
fn too_long(length: usize) -> Fault {
    let message = format!("String would have {length} bytes, at most {LONGEST_TEXT} are possible");
    Fault::new(ErrorKind::LimitError, message).with_value(Value::Int(LONGEST_TEXT as i64))
}

impl Value {
    /// The value directly inside at a position: items, entries' values, fields, payload, captures, an error's `value`
    /// and `cause`. `None` behind the last.
    pub fn part(&self, at: usize) -> Option<&Value> {
        match self {
            Value::Array(items) => items.get(at),
            Value::Dict(dict) => dict.at(at).map(|(_, value)| value),
            Value::Set(set) => set.at(at),
            Value::Deque(body) => body.at(at),
            Value::Struct(body) => body.fields.get(at),
            Value::Enum(body) => body.payload.get(at),
            Value::Ok(value) | Value::Err(value) | Value::Some(value) => (at == 0).then_some(&**value),
            Value::Closure(body) => body.captures.get(at),
            Value::Scope(body) => body.captures.get(at),
            Value::Suspended(body) => match at.checked_sub(1) {
                None => Some(&body.callee),
                Some(register) => body.registers.get(register),
            },
            Value::Bound(body) => [&body.receiver, &body.callee].get(at).copied(),
            Value::Error(fault) => [&fault.body().value, &fault.body().cause].get(at).copied(),
            _ => None,
        }
    }

    /// The same, but only what equality and printing look at.
    pub fn visible_part(&self, at: usize) -> Option<&Value> {
        match self {
            // The cause does not count.
            Value::Error(_) if at > 0 => None,
            _ => self.part(at).filter(|part| !matches!(part, Value::Scope(_))),
        }
    }

    /// The number of parts.
    pub fn part_count(&self) -> usize {
        match self {
            Value::Array(items) => items.len(),
            Value::Dict(dict) => dict.len(),
            Value::Set(set) => set.len(),
            Value::Deque(body) => body.len(),
            Value::Struct(body) => body.fields.len(),
            Value::Enum(body) => body.payload.len(),
            Value::Ok(_) | Value::Err(_) | Value::Some(_) => 1,
            Value::Closure(body) => body.captures.len(),
            Value::Scope(body) => body.captures.len(),
            Value::Suspended(body) => 1 + body.registers.len(),
            Value::Bound(_) | Value::Error(_) => 2,
            _ => 0,
        }
    }

    /// Whether it can have parts, or is a handle, whose inside is unknown here.
    pub(super) fn nests(&self) -> bool {
        !matches!(
            self,
            Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Text(_)
                | Value::Bytes(_)
                | Value::None
                | Value::Function(_)
                | Value::Native(_)
                | Value::Constructor(_)
                | Value::Module(_)
                | Value::Unset
                | Value::Cell(_)
                | Value::Generator(..)
        )
    }

    /// The same value with other parts, `part_count` of them, each nested no deeper than the one it replaces.
    pub fn with_parts(&self, parts: Vec<Value>) -> Value {
        match self {
            Value::Array(_) => Value::array(parts),
            Value::Dict(dict) => Value::dict(dict.iter().map(|(key, _)| key.clone()).zip(parts).collect()),
            Value::Set(_) => Value::Set(Counted::new(
                Set::from_items(parts).expect("what was in a set is not nested too deeply"),
            )),
            Value::Deque(body) => Value::Deque(Counted::new(Deque::new(body.end(), parts))),
            Value::Struct(body) => Value::Struct(Counted::new(StructValue { id: body.id, fields: parts })),
            Value::Enum(body) => {
                let payload = parts.into();
                Value::Enum(Counted::new(EnumValue { id: body.id, variant: body.variant, payload }))
            }
            Value::Closure(body) => {
                Value::Closure(Counted::new(Closure { function: body.function, captures: parts.into() }))
            }
            Value::Scope(_) => Value::Scope(Counted::new(Scope { captures: parts.into() })),
            _ => self.with_few_parts(parts),
        }
    }

    fn with_few_parts(&self, parts: Vec<Value>) -> Value {
        let mut parts = parts.into_iter();
        let mut next = || parts.next().unwrap_or_default();
        match self {
            Value::Ok(_) => Value::Ok(Counted::new(next())),
            Value::Err(_) => Value::Err(Counted::new(next())),
            Value::Some(_) => Value::Some(Counted::new(next())),
            Value::Bound(_) => Value::Bound(Counted::new(Bound { receiver: next(), callee: next() })),
            Value::Error(fault) => Value::Error(fault.clone().with_value(next()).with_cause(next())),
            Value::Suspended(body) => {
                let (function, ip, callee) = (body.function, body.ip, next());
                let registers = parts.collect();
                Value::Suspended(Counted::new(Suspension { function, ip, callee, registers }))
            }
            leaf => leaf.clone(),
        }
    }

    /// The body behind a counted pointer: its address, and whether this is the only reference to it. Handles and cells
    /// are not bodies but references.
    pub fn body(&self) -> Option<(usize, bool)> {
        match self {
            Value::Text(text) => Some((text.address(), text.is_unique())),
            Value::Bytes(body) => Some((body.address(), body.is_unique())),
            Value::Array(body) => Some((body.address(), body.is_unique())),
            Value::Dict(body) => Some((body.address(), body.is_unique())),
            Value::Set(body) => Some((body.address(), body.is_unique())),
            Value::Deque(body) => Some((body.address(), body.is_unique())),
            Value::Struct(body) => Some((body.address(), body.is_unique())),
            Value::Enum(body) => Some((body.address(), body.is_unique())),
            Value::Ok(body) | Value::Err(body) | Value::Some(body) => {
                Some((body.address(), body.is_unique()))
            }
            Value::Closure(body) => Some((body.address(), body.is_unique())),
            Value::Scope(body) => Some((body.address(), body.is_unique())),
            Value::Bound(body) => Some((body.address(), body.is_unique())),
            Value::Suspended(body) => Some((body.address(), body.is_unique())),
            Value::Error(fault) => Some((fault.address(), fault.is_unique())),
            _ => None,
        }
    }
}
