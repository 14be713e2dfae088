//! Arrays in order, and arrays of rows.

use std::cmp::Ordering;

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::sequence::items_of;
use crate::value::{Value, compare};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("transpose(rows: array) -> array", "Rows become columns.", transpose),
    plain("binary_search(a: array, x: any) -> any", "The position of x in a sorted array, or null.", search),
    plain("is_sorted(a: array) -> bool", "Whether no item is less than the one before it.", |call| {
        for pair in call.array(0).windows(2) {
            if compare(&pair[0], &pair[1])? == Ordering::Greater {
                return answer::bool(false);
            }
        }
        answer::bool(true)
    }),
];

fn transpose(call: &mut Call<'_>) -> Outcome {
    let mut rows = Vec::new();
    for row in call.array(0).iter() {
        rows.push(items_of(row).ok_or_else(|| call.type_fault("rows", "array of arrays", row))?);
    }
    let width = rows.first().map_or(0, |row| row.len());
    if let Some(ragged) = rows.iter().find(|row| row.len() != width) {
        return Err(call.value_fault(format!("rows must have {width} items each, got {}", ragged.len())));
    }
    answer::array(
        (0..width).map(|at| Value::array(rows.iter().map(|row| row[at].clone()).collect())).collect(),
    )
}

fn search(call: &mut Call<'_>) -> Outcome {
    let (items, wanted) = (call.array(0), &call.args[1]);
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(&items[middle], wanted)? {
            Ordering::Less => low = middle + 1,
            _ => high = middle,
        }
    }
    match items.get(low) {
        Some(found) if compare(found, wanted)? == Ordering::Equal => answer::size(low),
        _ => answer::null(),
    }
}
