//! The names of types (LANGUAGE 3.1).

use super::Value;
use crate::bytecode::Program;

/// What `type(v)` returns.
pub fn type_name<'a>(program: &'a Program, value: &'a Value) -> &'a str {
    match value {
        Value::Struct(body) => program.structs.get(body.id.index()).map_or("struct", |def| &def.name),
        Value::Enum(body) => program.enums.get(body.id.index()).map_or("enum", |def| &def.name),
        other => other.kind_word(),
    }
}

impl Value {
    /// The name of the type as far as the value itself knows it: structs and enums are just `struct` and `enum`.
    pub fn kind_word(&self) -> &'static str {
        match self {
            Value::Null | Value::Unset | Value::Cell(_) | Value::Suspended(_) | Value::Scope(_) => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "string",
            Value::Bytes(_) => "bytes",
            Value::Array(_) => "array",
            Value::Dict(_) => "dict",
            Value::Set(_) => "set",
            Value::Deque(body) => body.type_name(),
            Value::Struct(_) => "struct",
            Value::Enum(_) => "enum",
            Value::Ok(_) | Value::Err(_) => "result",
            Value::Some(_) | Value::None => "option",
            Value::Error(_) => "error",
            Value::Generator(_, lazy) => lazy.type_name(),
            Value::Module(_) => "module",
            Value::Handle(handle) => handle.kind().name(),
            Value::Function(_)
            | Value::Closure(_)
            | Value::Native(_)
            | Value::Bound(_)
            | Value::Constructor(_) => "function",
        }
    }
}
