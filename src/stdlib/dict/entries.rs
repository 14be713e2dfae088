//! Single entries of dicts, and dicts as sequences.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::arguments::key_of;
use crate::stdlib::array::change::default_or;
use crate::stdlib::declare::{cut, edit, plain};
use crate::value::{ErrorKind, Fault, KeyRef, Value};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("keys(d: dict) -> array", "The keys in order.", |call| {
        answer::array(call.dict(0).iter().map(|(key, _)| key.to_value()).collect())
    }),
    plain("values(d: dict) -> array", "The values in order.", |call| {
        answer::array(call.dict(0).iter().map(|(_, value)| value.clone()).collect())
    }),
    plain("items(d: dict) -> array", "[key, value] for each entry.", |call| {
        let pair = |key: Value, value: &Value| Value::array(vec![key, value.clone()]);
        answer::array(call.dict(0).iter().map(|(key, value)| pair(key.to_value(), value)).collect())
    }),
    plain("has_key(d: dict, k: any) -> bool", "Whether there is an entry, even one with null.", has),
    plain("has set_has(x: dict|set, k: any) -> bool", "Whether there is such a key or item.", has),
    edit("insert(d: dict, k: any, v: any) -> dict", "With one entry set.", insert),
    cut("remove(d: dict, k: any, default: any = unset) -> any", "Takes the entry out.", remove_key),
];

fn has(call: &mut Call<'_>) -> Outcome {
    let key = &call.args[1];
    match &call.args[0] {
        Value::Set(set) => answer::bool(set.contains(key)?),
        _ => answer::bool(key_of(key).is_some_and(|key| call.dict(0).get(key).is_some())),
    }
}

fn insert(call: &mut Call<'_>) -> Outcome {
    let key = call.owned_key("k", &call.args[1])?;
    let value = call.args[2].take();
    call.dict_mut(0).insert(key, value);
    answer::null()
}

fn remove_key(call: &mut Call<'_>) -> Outcome {
    let key = call.key(1, "k")?;
    if call.dict(0).get(key).is_none() {
        let missing = missing(key);
        return default_or(call, 2, |_| missing);
    }
    let key = call.owned_key("k", &call.args[1])?;
    answer::value(call.dict_mut(0).remove(key.as_ref()).expect("the key was just found"))
}

/// The error of a key that is not there.
fn missing(key: KeyRef<'_>) -> Fault {
    let text = match key {
        KeyRef::Int(number) => format!("Missing map key: {number}"),
        KeyRef::Text(text) => format!("Missing map key: \"{text}\""),
    };
    Fault::new(ErrorKind::KeyError, text)
}
