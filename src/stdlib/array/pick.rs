//! Items out of sequences: by position, from an end, by path.

use super::change::item_at;
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::sequence::{LARGEST, clamp};
use crate::value::{Counted, Fault, Value};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("first(xs: seq, default: any = null) -> any", "The first item.", |call| {
        end(call, |items| items.first())
    }),
    plain("last(xs: seq, default: any = null) -> any", "The last item.", |call| {
        end(call, |items| items.last())
    }),
    plain(
        "get get_default(d: dict, k: any, default: any = null) -> any",
        "The value under a key, also a stored null.",
        |call| {
            call.key(1, "k")?;
            item_or_default(call)
        },
    ),
    plain("get(a: array, i: int, default: any = null) -> any", "The item at a position.", item_or_default),
    plain(
        "get_in(x: any, path: array, default: any = null) -> any",
        "The item at the end of a path.",
        get_in,
    ),
    plain("take(xs: seq, n: int) -> array", "The first n items.", |call| {
        let items = call.items(0, "xs")?;
        answer::array(items[..split_at(call, &items)].to_vec())
    }),
    plain("skip(xs: seq, n: int) -> array", "All but the first n items.", |call| {
        let items = call.items(0, "xs")?;
        answer::array(items[split_at(call, &items)..].to_vec())
    }),
    plain("reversed(xs: seq) -> array", "The items in reverse order.", |call| {
        let items = owned(call)?;
        answer::array(items.into_iter().rev().collect())
    }),
    plain(
        "range(start: int, stop: int|null = null, step: int = 1) -> array",
        "Ints from start up to stop; of one argument, from 0.",
        range,
    ),
];

/// The items of the first argument by value: moved if nobody else holds them.
fn owned(call: &mut Call<'_>) -> Result<Vec<Value>, Fault> {
    let items = call.items(0, "xs")?;
    call.args[0] = Value::Null;
    Ok(Counted::into_inner(items))
}

fn end(call: &mut Call<'_>, choose: fn(&[Value]) -> Option<&Value>) -> Outcome {
    let items = call.items(0, "xs")?;
    match choose(&items) {
        Some(item) => answer::value(item.clone()),
        None => answer::value(call.args[1].take()),
    }
}

fn split_at(call: &Call<'_>, items: &[Value]) -> usize {
    clamp(items.len(), call.int(1).max(0))
}

fn item_or_default(call: &mut Call<'_>) -> Outcome {
    match item_at(&call.args[0], &call.args[1]) {
        Some(item) => answer::value(item.clone()),
        None => answer::value(call.args[2].take()),
    }
}

fn get_in(call: &mut Call<'_>) -> Outcome {
    let found = {
        let path = call.array(1);
        path.iter().try_fold(&call.args[0], item_at).cloned()
    };
    match found {
        Some(item) => answer::value(item),
        None => answer::value(call.args[2].take()),
    }
}

fn range(call: &mut Call<'_>) -> Outcome {
    let (start, stop) = match call.int_opt(1) {
        Some(stop) => (call.int(0), stop),
        None => (0, call.int(0)),
    };
    let step = call.int(2);
    let count = match step {
        0 => return Err(call.value_fault("step must not be 0")),
        // The distance of two ints may not fit an int, but always fits twice the bits.
        _ => {
            ((i128::from(stop) - i128::from(start)) + i128::from(step) - i128::from(step.signum()))
                / i128::from(step)
        }
    };
    let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
    if count > LARGEST {
        return Err(call.limit_fault(format!("an array of {count} items is too large"), LARGEST));
    }
    answer::array(
        (0..count as i64).map(|index| Value::Int(start.wrapping_add(index.wrapping_mul(step)))).collect(),
    )
}
