//! What the prelude needs to call methods in the place of the machine's own work (LANGUAGE 7.5): values taken apart and
//! put together again. Hidden from scripts.

use super::declare::plain;
use crate::value::{Bound, Counted, Value};
use crate::vm::{Answer, Call, Native, field_of, holds_method, thrown_with};

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
        let parts = (0..).map_while(|at| value.visible_part(at).cloned()).collect();
        Ok(Answer::Value(Value::array(parts)))
    }),
    plain("__with_parts(x: any, parts: array) -> any", "x with other parts.", |call| {
        let parts = call.array(1).to_vec();
        Ok(Answer::Value(call.args[0].with_parts(parts)))
    }),
    plain("__field(x: any, name: string) -> any", "What x.name is.", |call| {
        Ok(Answer::Value(field_of(call.program, &call.args[0], call.text(1).as_str())?))
    }),
    plain(
        "__thrown(x: any, text: string) -> error",
        "What `throw x` throws; text is what x prints.",
        |call| {
            let (value, text) = (call.args[0].take(), call.text(1).clone());
            Ok(Answer::Value(Value::Error(thrown_with(call.program, value, |_| Ok(text)))))
        },
    ),
];

fn method(call: &Call<'_>) -> Option<Value> {
    let Value::Struct(body) = &call.args[0] else { return None };
    let symbol = call.program.find_symbol(call.text(1).as_str())?;
    let function = *call.program.structs[body.id.index()].functions.get(&symbol)?;
    let (receiver, callee) = (call.args[0].clone(), body.function(function));
    Some(Value::Bound(Counted::new(Bound { receiver, callee })))
}
