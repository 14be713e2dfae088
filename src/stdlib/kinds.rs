//! The `is_*` predicates on types: exact, true or false, never an error.

use super::answer;
use super::declare::plain;
use crate::value::Value;
use crate::vm::Native;

/// A predicate over the first argument's variants.
macro_rules! predicate {
    ($signature:literal, $summary:literal, $kind:pat $(if $guard:expr)?) => {
        plain($signature, $summary, |call| answer::bool(matches!(&call.args[0], $kind $(if $guard)?)))
    };
}

pub(super) const NATIVES: &[Native] = &[
    predicate!("is_int(x: any) -> bool", "Whether x is an int.", Value::Int(_)),
    predicate!("is_float(x: any) -> bool", "Whether x is a float.", Value::Float(_)),
    predicate!(
        "is_number(x: any) -> bool",
        "Whether x is an int or a float.",
        Value::Int(_) | Value::Float(_)
    ),
    predicate!("is_bool(x: any) -> bool", "Whether x is true or false.", Value::Bool(_)),
    predicate!("is_string(x: any) -> bool", "Whether x is a string.", Value::Text(_)),
    predicate!("is_bytes(x: any) -> bool", "Whether x is bytes.", Value::Bytes(_)),
    predicate!("is_array(x: any) -> bool", "Whether x is an array.", Value::Array(_)),
    predicate!("is_dict(x: any) -> bool", "Whether x is a dict.", Value::Dict(_)),
    predicate!("is_set(x: any) -> bool", "Whether x is a set.", Value::Set(_)),
    predicate!("is_null(x: any) -> bool", "Whether x is null.", Value::Null),
    predicate!(
        "is_error(x: any) -> bool",
        "Whether x is an error or an Err.",
        Value::Error(_) | Value::Err(_)
    ),
    predicate!("is_ok(x: any) -> bool", "Whether x is an Ok.", Value::Ok(_)),
    predicate!("is_err(x: any) -> bool", "Whether x is an Err.", Value::Err(_)),
    predicate!("is_some(x: any) -> bool", "Whether x is a Some.", Value::Some(_)),
    predicate!("is_none(x: any) -> bool", "Whether x is None.", Value::None),
    predicate!(
        "is_promise(x: any) -> bool",
        "Whether x is a promise.",
        Value::Handle(handle) if handle.is_promise()
    ),
    plain("is_function(x: any) -> bool", "Whether x can be called.", |call| {
        answer::bool(call.args[0].is_callable())
    }),
];
