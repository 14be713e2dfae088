//! Results and Options: how their values are made.

use super::answer;
use super::declare::plain;
use crate::value::{Counted, Value};
use crate::vm::{Call, Native};

/// The natives of this family.
pub(super) const NATIVES: &[Native] = &[
    plain("Ok(v: any) -> any", "A Result that holds a value.", |call| answer::value(Value::Ok(inner(call)))),
    plain("Err(v: any) -> any", "A Result that holds an error.", |call| {
        answer::value(Value::Err(inner(call)))
    }),
    plain("Some(v: any) -> any", "An Option that holds a value.", |call| {
        answer::value(Value::Some(inner(call)))
    }),
];

fn inner(call: &mut Call<'_>) -> Counted<Value> {
    Counted::new(call.args[0].take())
}
