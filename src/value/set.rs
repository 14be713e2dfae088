//! Sets: insertion-ordered, distinct by `==`.

use super::{Fault, Value, equal};

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

    /// Adds an item; false if it was there.
    pub fn add(&mut self, item: Value) -> Result<bool, Fault> {
        let new = !self.contains(&item)?;
        if new {
            self.items.push(item);
        }
        Ok(new)
    }

    /// Removes an item; false if it was not there.
    pub fn remove(&mut self, item: &Value) -> Result<bool, Fault> {
        for at in 0..self.items.len() {
            if equal(&self.items[at], item)? {
                self.items.remove(at);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an item is there.
    pub fn contains(&self, item: &Value) -> Result<bool, Fault> {
        for own in &self.items {
            if equal(own, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The items in insertion order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.items.iter()
    }
}
