//! Dicts made from dicts.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::{edit, plain};
use crate::value::{Counted, Dict, Fault, Key, Value, compare};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    edit("update(d: dict, other: dict) -> dict", "With the entries of other.", |call| {
        let other = call.dict(1).clone();
        add_all(call.dict_mut(0), &other);
        answer::null()
    }),
    plain("merge(d: dict, ...others: dict) -> dict", "The entries of all; later ones win.", merge),
    plain("pick(d: dict, keys: seq) -> dict", "Only the entries under these keys.", |call| {
        select(call, true)
    }),
    plain("omit(d: dict, keys: seq) -> dict", "Without the entries under these keys.", |call| {
        select(call, false)
    }),
    plain("invert(d: dict) -> dict", "Values become keys.", invert),
    plain("sort_keys(d: dict) -> dict", "The entries in the order of their keys.", sort_keys),
];

fn add_all(dict: &mut Dict, other: &Dict) {
    for (key, value) in other.iter() {
        dict.insert(key.clone(), value.clone());
    }
}

fn merge(call: &mut Call<'_>) -> Outcome {
    let mut first = call.args[0].take();
    if let Value::Dict(dict) = &mut first {
        for other in 1..call.args.len() {
            add_all(Counted::make_mut(dict), call.dict(other));
        }
    }
    answer::value(first)
}

/// The entries in their own order whose keys are listed, or are not.
fn select(call: &mut Call<'_>, listed: bool) -> Outcome {
    let keys = call.items(1, "keys")?;
    let mut named = Dict::with_capacity(keys.len());
    for key in keys.iter() {
        named.insert(call.owned_key("keys", key)?, Value::Null);
    }
    let dict = call.dict(0);
    let mut chosen = Dict::with_capacity(if listed { named.len().min(dict.len()) } else { dict.len() });
    for (key, value) in dict.iter().filter(|(key, _)| named.get(key.as_ref()).is_some() == listed) {
        chosen.insert(key.clone(), value.clone());
    }
    answer::value(Value::dict(chosen))
}

fn invert(call: &mut Call<'_>) -> Outcome {
    let mut inverted = Dict::with_capacity(call.dict(0).len());
    for (key, value) in call.dict(0).iter() {
        inverted.insert(call.owned_key("d", value)?, key.to_value());
    }
    answer::value(Value::dict(inverted))
}

fn sort_keys(call: &mut Call<'_>) -> Outcome {
    let mut entries: Vec<(Key, Value)> =
        call.dict(0).iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut unlike: Option<Fault> = None;
    entries.sort_by(|(a, _), (b, _)| {
        compare(&a.to_value(), &b.to_value()).unwrap_or_else(|fault| {
            unlike.get_or_insert(fault);
            std::cmp::Ordering::Equal
        })
    });
    match unlike {
        Some(fault) => Err(fault),
        None => answer::value(Value::dict(entries.into_iter().collect())),
    }
}
