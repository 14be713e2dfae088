//! What the outcomes of calls that were made together become.

use crate::value::Value;

/// The form of the values that were gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// An array of them.
    Values,
    /// Each is an array of arrays `[place, value]`: an array of so many values, each in its place.
    Placed(u32),
    /// Null.
    Nothing,
}

impl Gathered {
    /// Gives an array of all values this form. A place without a value holds null.
    pub fn of(self, all: Value) -> Value {
        match self {
            Gathered::Values => all,
            Gathered::Placed(count) => placed(&all, count),
            Gathered::Nothing => Value::Null,
        }
    }
}

fn placed(all: &Value, count: u32) -> Value {
    let mut values = vec![Value::Null; count as usize];
    for pair in elements(all).iter().flat_map(elements) {
        if let [Value::Int(place), value] = elements(pair)
            && let Some(at) = usize::try_from(*place).ok().and_then(|place| values.get_mut(place))
        {
            *at = value.clone();
        }
    }
    Value::array(values)
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}
