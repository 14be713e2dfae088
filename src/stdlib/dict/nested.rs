//! Dicts inside of dicts.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::{cut, edit, plain};
use crate::stdlib::sequence::{outside, place};
use crate::value::{Counted, Dict, Fault, MAX_DEPTH, Value, too_deep};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    cut(
        "get_or_insert(d: dict, k: any, v: any) -> any",
        "The value at k, after inserting v if absent.",
        |call| {
            let key = call.owned_key("k", &call.args[1])?;
            let value = call.args[2].take();
            let dict = call.dict_mut(0);
            if let Some(present) = dict.get(key.as_ref()) {
                return answer::value(present.clone());
            }
            dict.insert(key, value.clone());
            answer::value(value)
        },
    ),
    edit("set_in(x: dict|array, path: array, v: any) -> any", "With v at the end of a path.", set_in),
    plain("deep_merge(a: dict, b: dict) -> dict", "The entries of both; dicts in both are merged.", |call| {
        let (mut a, b) = (call.dict(0).clone(), call.dict(1).clone());
        merge(&mut a, &b, 0)?;
        answer::value(Value::Dict(a))
    }),
];

fn set_in(call: &mut Call<'_>) -> Outcome {
    let path = call.array(1).clone();
    if path.is_empty() {
        return Err(call.value_fault("the path is empty"));
    }
    if path.len() > MAX_DEPTH {
        return Err(too_deep());
    }
    // Changed on the side, so that a path that fails leaves the place as it was.
    let mut changed = call.args[0].clone();
    let value = call.args[2].take();
    *at_path(call, &mut changed, &path)? = value;
    call.args[0] = changed;
    answer::null()
}

/// The place at the end of a path; dicts on the way are made.
fn at_path<'v>(call: &Call<'_>, start: &'v mut Value, path: &[Value]) -> Result<&'v mut Value, Fault> {
    let mut current = start;
    for (step, key) in path.iter().enumerate() {
        if step > 0 && matches!(current, Value::Null) {
            *current = Value::dict(Dict::new());
        }
        current = match current {
            Value::Dict(dict) => {
                let key = call.owned_key("path", key)?;
                let dict = Counted::make_mut(dict);
                if dict.get(key.as_ref()).is_none() {
                    dict.insert(key.clone(), Value::Null);
                }
                dict.get_mut(key.as_ref()).expect("it was inserted if it was not there")
            }
            Value::Array(items) => {
                let Value::Int(position) = key else { return Err(call.type_fault("path", "int", key)) };
                let at = place(items.len(), *position).ok_or_else(|| outside(*position))?;
                &mut Counted::make_mut(items)[at]
            }
            other => return Err(call.type_fault("path", "a way through dicts and arrays", other)),
        };
    }
    Ok(current)
}

fn merge(a: &mut Counted<Dict>, b: &Dict, depth: usize) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    let all = Counted::make_mut(a);
    for (key, value) in b.iter() {
        match (all.get_mut(key.as_ref()), value) {
            (Some(Value::Dict(own)), Value::Dict(other)) => merge(own, other, depth + 1)?,
            _ => _ = all.insert(key.clone(), value.clone()),
        }
    }
    Ok(())
}
