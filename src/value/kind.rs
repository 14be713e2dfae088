//! The names of kinds: what `type(v)` gives.

use super::Value;
use crate::bytecode::Program;

/// The name that `type(v)` gives (LANGUAGE 3.1).
pub fn type_name<'a>(program: &'a Program, value: &'a Value) -> &'a str {
    match value {
        Value::Null | Value::Unset => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) => "string",
        Value::Bytes(_) => "bytes",
        Value::Array(_) => "array",
        Value::Dict(_) => "dict",
        Value::Set(_) => "set",
        Value::Struct(body) => &program.structs[body.id.index()].name,
        Value::Enum(body) => &program.enums[body.id.index()].name,
        Value::Ok(_) | Value::Err(_) => "result",
        Value::Some(_) | Value::None => "option",
        Value::Error(_) => "error",
        Value::Handle(handle) => handle.resource().type_name(),
        Value::Function(_)
        | Value::Closure(_)
        | Value::Native(_)
        | Value::Bound(_)
        | Value::Constructor(_)
        | Value::Cell(_) => "function",
    }
}
