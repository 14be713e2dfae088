//! The shared store: copies of values that every context of the process can reach (LANGUAGE 10.10).

use super::answer::Outcome;
use super::declare::plain;
use crate::value::Value;
use crate::vm::{Answer, Call, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain("shared_set(key: string, v: any) -> bool", "Stores a copy.", |call| {
        let value = call.pack(1);
        Ok(Answer::wait(Request::SharedSet { key: call.text(0).clone(), value }))
    })
    .sends(),
    plain("shared_get(key: string, default: any = unset) -> any", "The stored value.", get),
    plain("shared_has(key: string) -> bool", "Whether there is a value.", |call| {
        Ok(Answer::ask(Request::SharedHas { key: call.text(0).clone() }))
    }),
    plain("shared_delete(key: string) -> bool", "Removes; whether there was a value.", |call| {
        Ok(Answer::wait(Request::SharedDelete { key: call.text(0).clone() }))
    }),
    plain("shared_keys() -> array", "All keys.", |_| Ok(Answer::ask(Request::SharedKeys))),
    plain(
        "shared_add_int(key: string, delta: int, init: int = null) -> int",
        "Adds to a stored int; the new value.",
        |call| {
            let (key, delta, init) = (call.text(0).clone(), call.int(1), call.int_opt(2));
            Ok(Answer::wait(Request::SharedAddInt { key, delta, init }))
        },
    ),
    plain("__shared_hold(key: string) -> any", "Keeps a key for the context: Some(v) or None.", |call| {
        Ok(Answer::wait(Request::SharedHold { key: call.text(0).clone() }))
    }),
    plain("__shared_release(key: string, v: any = unset) -> null", "Lets others at the key.", |call| {
        let value = (!matches!(call.args[1], Value::Unset)).then(|| call.pack(1));
        Ok(Answer::ask(Request::SharedRelease { key: call.text(0).clone(), value }))
    })
    .sends(),
];

fn get(call: &mut Call<'_>) -> Outcome {
    let default: Option<Value> = call.given(1);
    Ok(Answer::ask(Request::SharedGet { key: call.text(0).clone(), default }))
}
