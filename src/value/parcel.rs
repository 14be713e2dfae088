//! Values on their way from one context to another.
//!
//! A value that holds no shared variable crosses as it is, in O(1). Functions that capture shared variables take copies of
//! them along (LANGUAGE 10.4, rules 4 and 5): a parcel then carries those copies, and its `Value::Cell`s name them by
//! position. `context` packs and unpacks.

use super::{Fault, Value};

/// A value detached from the context that made it.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The value; its cells are positions in `cells`.
    pub value: Value,
    /// The shared variables that came along; almost always none.
    pub cells: Option<Box<Baggage>>,
}

/// The shared variables of a parcel.
#[derive(Clone, Debug)]
pub struct Baggage {
    /// Their values, by position.
    pub values: Box<[Value]>,
    /// Which of them whoever unpacks may own: those of a context that ended with this outcome. What was sent, or what
    /// that context itself could only read, can only be read.
    pub owned: Box<[bool]>,
}

impl Parcel {
    /// A parcel of a value that is known to hold no shared variable.
    pub fn plain(value: Value) -> Parcel {
        Parcel { value, cells: None }
    }

    /// The same parcel as something that is sent (LANGUAGE 10.4, rule 4): its shared variables can only be read.
    #[must_use]
    pub fn sent(mut self) -> Parcel {
        if let Some(cells) = &mut self.cells {
            cells.owned.fill(false);
        }
        self
    }

    /// An error that no context threw.
    pub fn from_fault(fault: Fault) -> Parcel {
        Parcel::plain(Value::Error(fault))
    }
}
