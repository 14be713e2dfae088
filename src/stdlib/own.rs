//! What the prelude needs to call methods in the place of the machine's own work (LANGUAGE 7.5): values taken apart and
//! put together again. Hidden from scripts.

use super::declare::plain;
use crate::value::{Bound, Counted, Value, equal};
use crate::vm::{Answer, Call, Native, holds_method};

pub(super) const NATIVES: &[Native] = &[
    plain("__holds_method(x: any, name: string) -> bool", "Whether a struct in x has the method.", |call| {
        let name = call.text(1).as_str();
        Ok(Answer::Value(Value::Bool(holds_method(call.program, &call.args[0], name))))
    }),
    plain("__method_of(x: any, name: string) -> any", "The method of a struct, or null.", |call| {
        Ok(Answer::Value(method(call).unwrap_or_default()))
    }),
    plain("__parts(x: any) -> array", "What is directly inside of x.", |call| {
        let value = &call.args[0];
        let parts = (0..value.part_count()).filter_map(|at| value.part(at).cloned()).collect();
        Ok(Answer::Value(Value::array(parts)))
    }),
    plain("__with_parts(x: any, parts: array) -> any", "x with other parts.", |call| {
        let parts = call.array(1).to_vec();
        Ok(Answer::Value(call.args[0].with_parts(parts)))
    }),
    plain("__plainly_equal(a: any, b: any) -> bool", "Whether a and b are equal without methods.", |call| {
        Ok(Answer::Value(Value::Bool(equal(&call.args[0], &call.args[1])?)))
    }),
    plain("__part_pairs(a: any, b: any) -> any", "What a == b compares inside, or null.", |call| {
        Ok(Answer::Value(pairs(&call.args[0], &call.args[1]).map_or(Value::Null, Value::array)))
    }),
];

fn method(call: &Call<'_>) -> Option<Value> {
    let Value::Struct(body) = &call.args[0] else { return None };
    let symbol = call.program.find_symbol(call.text(1).as_str())?;
    let function = *call.program.structs[body.id.index()].functions.get(&symbol)?;
    let (receiver, callee) = (call.args[0].clone(), Value::Function(function));
    Some(Value::Bound(Counted::new(Bound { receiver, callee })))
}

/// The pairs of parts that have to be equal if two containers are of one shape.
fn pairs(a: &Value, b: &Value) -> Option<Vec<Value>> {
    let pair = |a: &Value, b: &Value| Value::array(vec![a.clone(), b.clone()]);
    let same_kind = match (a, b) {
        (Value::Array(_), Value::Array(_))
        | (Value::Ok(_), Value::Ok(_))
        | (Value::Err(_), Value::Err(_))
        | (Value::Some(_), Value::Some(_)) => true,
        (Value::Struct(a), Value::Struct(b)) => a.id == b.id,
        (Value::Enum(a), Value::Enum(b)) => a.id == b.id && a.variant == b.variant,
        (Value::Dict(first), Value::Dict(second)) if first.len() == second.len() => {
            return first.iter().map(|(key, value)| Some(pair(value, second.get(key.as_ref())?))).collect();
        }
        _ => false,
    };
    if !same_kind || a.part_count() != b.part_count() {
        return None;
    }
    (0..a.part_count()).map(|at| Some(pair(a.part(at)?, b.part(at)?))).collect()
}
