//! Equality and order (LANGUAGE 3.5, 3.6).

use std::cmp::Ordering;

use super::{Fault, Value};

/// Whether `a == b`: numbers by exact value, collections deeply, handles by identity. ValueError beyond 4,096 levels.
pub fn equal(a: &Value, b: &Value) -> Result<bool, Fault> {
    let _ = (a, b);
    Ok(false)
}

/// The order of `<` and kin: two numbers, two strings or two arrays; `None` where a NaN is involved. TypeError for other
/// operands; `operator` is for the message.
pub fn order(operator: &str, a: &Value, b: &Value) -> Result<Option<Ordering>, Fault> {
    let _ = (operator, a, b);
    Ok(None)
}

/// The total order of the library (`compare`, `sort`, `min`): NaN last, false before true, bytes too. TypeError for
/// unlike kinds.
pub fn compare(a: &Value, b: &Value) -> Result<Ordering, Fault> {
    let _ = (a, b);
    Ok(Ordering::Equal)
}
