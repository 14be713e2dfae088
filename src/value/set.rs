//! Sets: insertion-ordered, distinct by `==`.

use super::Value;

/// The body of a set value.
#[derive(Clone, Debug, Default)]
pub struct Set {
    items: Vec<Value>,
}

impl Set {
    /// The number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item at a position of the insertion order.
    pub fn at(&self, position: usize) -> Option<&Value> {
        self.items.get(position)
    }
}
