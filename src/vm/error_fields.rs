//! The fields of error values (LANGUAGE 9.2). Places are computed from the trace when they are asked for, because
//! most errors are caught without anybody looking.

use super::access;
use crate::bytecode::Program;
use crate::value::{Fault, KeyRef, TracePoint, Value};

/// Where an error was thrown, for reports: the innermost place that is not library code.
pub fn error_point(program: &Program, fault: &Fault) -> Option<TracePoint> {
    fault.body().trace.iter().rfind(|point| shown(program, point)).copied()
}

/// The field `name` of an error, or `None` if errors have no such field. Library code written in Ruff is left out of
/// all places.
pub fn error_field(program: &Program, fault: &Fault, name: &str) -> Option<Value> {
    let body = fault.body();
    let place = || error_point(program, fault).map(|point| program.place_of(point.function, point.ip));
    Some(match name {
        "kind" => Value::Text(body.kind.clone()),
        "message" => Value::Text(body.message.clone()),
        "value" => body.value.clone(),
        "cause" => body.cause.clone(),
        "line" => place().map_or(Value::Null, |(_, position)| Value::Int(position.line.into())),
        "column" => place().map_or(Value::Null, |(_, position)| Value::Int(position.column.into())),
        "file" => place().map_or(Value::Null, |(file, _)| Value::text(file)),
        "stack" => Value::array(error_stack(program, fault).into_iter().map(Value::text).collect()),
        _ => return None,
    })
}

/// The field `name` of a struct or an error, or the entry of a dict. Fails as reading it in a script does.
pub fn field_of(program: &Program, object: &Value, name: &str) -> Result<Value, Fault> {
    let found = match object {
        Value::Struct(body) => {
            let symbol = program.find_symbol(name);
            symbol.and_then(|symbol| access::struct_field(program, body, symbol)).cloned()
        }
        Value::Dict(dict) => match dict.get_text(name) {
            Some(value) => Some(value.clone()),
            None => return Err(access::missing_key(Some(dict), KeyRef::Text(name))),
        },
        Value::Error(fault) => error_field(program, fault, name),
        _ => None,
    };
    found.ok_or_else(|| access::no_field(program, object, name))
}

/// The call stack of an error, outermost call first: `name (file:line:column)`.
pub fn error_stack(program: &Program, fault: &Fault) -> Vec<String> {
    let line = |point: &TracePoint| {
        let (file, position) = program.place_of(point.function, point.ip);
        let name = &program.function(point.function).name;
        format!("{name} ({file}:{}:{})", position.line, position.column)
    };
    fault.body().trace.iter().filter(|point| shown(program, point)).map(line).collect()
}

fn shown(program: &Program, point: &TracePoint) -> bool {
    !program.function(point.function).flags.is_prelude
}
