//! Sorting and distinctness, for the prelude, which computes the keys.
//!
//! Invariant: sorting is stable in both directions: equal items keep their order.

use std::cmp::Ordering;

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::value::{Counted, Fault, Set, Value, compare};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("__sort(items: array, reverse: any) -> array", "The items in compare order.", sort),
    plain(
        "__sort_by_keys(items: array, keys: array, reverse: any) -> array",
        "The items in the order of their keys.",
        by_keys,
    ),
    plain(
        "__unique(items: array, keys: array) -> array",
        "The first item of each group of equal keys.",
        unique,
    )
    .compares_items(),
];

fn sort(call: &mut Call<'_>) -> Outcome {
    let reverse = call.truth(1);
    let mut items = std::mem::take(call.array_mut(0));
    if let Some(mut ints) = all_ints(&items) {
        match reverse {
            true => ints.sort_unstable_by(|a, b| b.cmp(a)),
            false => ints.sort_unstable(),
        }
        items.iter_mut().zip(ints).for_each(|(item, int)| item.set_int(int));
        return answer::array(items);
    }
    stable(&mut items, reverse, |item| item)?;
    answer::array(items)
}

/// The items as ints if all are: they need no general comparison, and no stability either.
fn all_ints(items: &[Value]) -> Option<Vec<i64>> {
    // Made as large as it will be: one that grows would take twice the memory.
    let mut ints = Vec::with_capacity(items.len());
    for item in items {
        let Value::Int(int) = item else { return None };
        ints.push(*int);
    }
    Some(ints)
}

fn by_keys(call: &mut Call<'_>) -> Outcome {
    let reverse = call.truth(2);
    let keys = std::mem::take(call.array_mut(1));
    let items = std::mem::take(call.array_mut(0));
    let mut pairs: Vec<(Value, Value)> = keys.into_iter().zip(items).collect();
    stable(&mut pairs, reverse, |pair| &pair.0)?;
    answer::array(pairs.into_iter().map(|pair| pair.1).collect())
}

/// Sorts, or gives the first error of a comparison. After one all else counts as equal, which ends the sort soon.
fn stable<T>(items: &mut [T], reverse: bool, key: fn(&T) -> &Value) -> Result<(), Fault> {
    let mut failed = None;
    items.sort_by(|a, b| {
        if failed.is_some() {
            return Ordering::Equal;
        }
        let order = compare(key(a), key(b)).unwrap_or_else(|fault| {
            failed = Some(fault);
            Ordering::Equal
        });
        if reverse { order.reverse() } else { order }
    });
    failed.map_or(Ok(()), Err)
}

fn unique(call: &mut Call<'_>) -> Outcome {
    let keys = std::mem::take(call.array_mut(1));
    let items = Counted::clone(call.array(0));
    let mut seen = Set::default();
    let mut firsts = Vec::new();
    for (key, item) in keys.into_iter().zip(items.iter()) {
        if seen.add(key)? {
            firsts.push(item.clone());
        }
    }
    answer::array(firsts)
}
