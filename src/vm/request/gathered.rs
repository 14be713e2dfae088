//! What the outcomes of calls that were made together become.

use crate::value::{Parcel, Value};

/// The form of the values that were gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// An array of them.
    Values,
    /// Each is an array of arrays `[place, value]`, and together they have every place once: an array of the values, each in its
    /// place.
    Placed,
    /// Null.
    Nothing,
}

impl Gathered {
    /// Gives an array of all values this form.
    pub fn of(self, all: Parcel) -> Parcel {
        match self {
            Gathered::Values => all,
            Gathered::Placed => Parcel { value: placed(&all.value), cells: all.cells },
            Gathered::Nothing => Parcel::plain(Value::Null),
        }
    }
}

fn placed(all: &Value) -> Value {
    let mut pairs: Vec<&[Value]> = elements(all).iter().flat_map(elements).map(elements).collect();
    pairs.sort_unstable_by_key(|pair| match pair {
        [Value::Int(place), _] => *place,
        _ => i64::MAX,
    });
    Value::array(pairs.into_iter().filter_map(|pair| pair.get(1).cloned()).collect())
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}
