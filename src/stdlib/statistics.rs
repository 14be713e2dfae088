//! Numbers about many numbers: null where there are none.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("median(xs: seq) -> any", "The middle number; null if empty.", |call| {
        let numbers = sorted(call)?;
        optional(between(&numbers, 0.5))
    }),
    plain("variance(xs: seq) -> any", "The variance of a population; null if empty.", |call| {
        optional(variance(&numbers(call)?))
    }),
    plain("stddev(xs: seq) -> any", "The standard deviation of a population; null if empty.", |call| {
        optional(variance(&numbers(call)?).map(f64::sqrt))
    }),
    plain(
        "percentile(xs: seq, p: num) -> any",
        "The number that p percent are not above; null if empty.",
        |call| {
            let percent = call.float(1);
            if !(0.0..=100.0).contains(&percent) {
                return Err(call.value_fault(format!("p must be 0 to 100, got {percent}")));
            }
            let numbers = sorted(call)?;
            optional(between(&numbers, percent / 100.0))
        },
    ),
];

fn optional(number: Option<f64>) -> Outcome {
    number.map_or_else(answer::null, answer::float)
}

fn numbers(call: &Call<'_>) -> Result<Vec<f64>, Fault> {
    let items = call.items(0, "xs")?;
    items
        .iter()
        .map(|item| match item {
            Value::Int(number) => Ok(*number as f64),
            Value::Float(number) => Ok(*number),
            other => Err(call.type_fault("xs", "numbers", other)),
        })
        .collect()
}

fn sorted(call: &Call<'_>) -> Result<Vec<f64>, Fault> {
    let mut numbers = numbers(call)?;
    numbers.sort_by(f64::total_cmp);
    Ok(numbers)
}

/// The number at a part of the way from the first to the last, between its neighbours in proportion.
fn between(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let share = place.fract();
    Some(if share == 0.0 { below } else { below * (1.0 - share) + above * share })
}

fn variance(numbers: &[f64]) -> Option<f64> {
    if numbers.is_empty() {
        return None;
    }
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    Some(numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count)
}
