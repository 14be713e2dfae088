//! The names of types.

use super::Value;
use crate::bytecode::Program;

/// The name that `type(v)` gives.
pub fn type_name<'a>(program: &'a Program, value: &'a Value) -> &'a str {
    let _ = program;
    match value {
        Value::Null | Value::Unset | Value::Cell(_) => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) => "string",
        Value::Bytes(_) => "bytes",
        Value::Array(_) => "array",
        Value::Dict(_) => "dict",
        Value::Set(_) => "set",
        Value::Struct(_) | Value::Enum(_) => "any",
        Value::Ok(_) | Value::Err(_) => "result",
        Value::Some(_) | Value::None => "option",
        Value::Function(_)
        | Value::Closure(_)
        | Value::Native(_)
        | Value::Bound(_)
        | Value::Constructor(_) => "function",
        Value::Error(_) => "error",
        Value::Handle(handle) => handle.resource().type_name(),
    }
}
