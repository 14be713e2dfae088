//! Results of natives, in the words of their signatures.

use crate::value::{Fault, Value};
use crate::vm::Answer;

/// What every native returns.
pub(super) type Outcome = Result<Answer, Fault>;

/// Any value.
pub(super) fn value(value: Value) -> Outcome {
    Ok(Answer::Value(value))
}

/// Null.
pub(super) fn null() -> Outcome {
    value(Value::Null)
}

/// A bool.
pub(super) fn bool(truth: bool) -> Outcome {
    value(Value::Bool(truth))
}

/// An int.
pub(super) fn int(number: i64) -> Outcome {
    value(Value::Int(number))
}

/// A length or position as an int.
pub(super) fn size(number: usize) -> Outcome {
    int(number as i64)
}

/// A float.
pub(super) fn float(number: f64) -> Outcome {
    value(Value::Float(number))
}

/// A string.
pub(super) fn text(text: impl Into<crate::value::Text>) -> Outcome {
    value(Value::text(text))
}

/// An array.
pub(super) fn array(items: Vec<Value>) -> Outcome {
    value(Value::array(items))
}
