//! Sequences: what `for` accepts and natives can walk, and positions in them (STDLIB R7).
//!
//! Does not: walk channels or generators, which may have to wait; the prelude collects those before it calls a native.

use crate::value::{Counted, ErrorKind, Fault, Value};
use crate::vm::Call;

/// The most items or bytes that one call builds from a number: beyond it a slip would take the machine's memory.
pub(super) const LARGEST: usize = 1 << 27;

impl Call<'_> {
    /// The items of a parameter declared `seq`. An array gives itself, without a copy.
    pub(super) fn items(&self, index: usize, parameter: &str) -> Result<Counted<Vec<Value>>, Fault> {
        let value = &self.args[index];
        items_of(value).ok_or_else(|| self.type_fault(parameter, "array", value))
    }
}

/// The items of a sequence: of an array, the characters of a string, bytes as ints, keys of a dict, items of a set,
/// queue or stack.
pub(super) fn items_of(value: &Value) -> Option<Counted<Vec<Value>>> {
    let items = match value {
        Value::Array(items) => return Some(items.clone()),
        Value::Text(text) => characters(text.as_str()),
        Value::Bytes(bytes) => bytes.iter().map(|&byte| Value::Int(byte.into())).collect(),
        Value::Dict(dict) => dict.iter().map(|(key, _)| key.to_value()).collect(),
        Value::Set(set) => set.iter().cloned().collect(),
        Value::Deque(body) => body.iter().cloned().collect(),
        _ => return None,
    };
    Some(Counted::new(items))
}

/// The characters of a string as strings.
pub(super) fn characters(text: &str) -> Vec<Value> {
    text.chars().map(Value::text).collect()
}

/// A half-open range over `len` items: negative ends count from the end, both are clamped.
pub(super) fn range(len: usize, start: i64, end: Option<i64>) -> std::ops::Range<usize> {
    let start = clamp(len, start);
    let end = end.map_or(len, |end| clamp(len, end));
    start..end.max(start)
}

/// A position between items, 0 to `len`; negative counts from the end.
pub(super) fn clamp(len: usize, position: i64) -> usize {
    let from_start = if position < 0 { position.saturating_add(len as i64) } else { position };
    from_start.clamp(0, len as i64) as usize
}

/// The position of an item; negative counts from the end; `None` outside.
pub(super) fn place(len: usize, position: i64) -> Option<usize> {
    let from_start = if position < 0 { position.checked_add(len as i64)? } else { position };
    usize::try_from(from_start).ok().filter(|&at| at < len)
}

/// The error for a position outside.
pub(super) fn outside(position: i64) -> Fault {
    Fault::new(ErrorKind::IndexError, format!("Index out of bounds: {position}"))
}
