//! Queues and stacks: items in one row, added at its end and taken from one of its ends.

use std::collections::VecDeque;

use super::Value;
use super::counted::Body;

/// Which end the next item is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// First in, first out: a queue.
    Front,
    /// Last in, first out: a stack.
    Back,
}

/// The body of a queue or stack value.
#[derive(Clone, Debug)]
pub struct Deque {
    end: End,
    items: VecDeque<Value>,
}

impl Deque {
    /// The queue or stack of these items, the oldest first.
    pub fn new(end: End, items: Vec<Value>) -> Deque {
        Deque { end, items: items.into() }
    }

    /// Where items are taken from.
    pub fn end(&self) -> End {
        self.end
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self.end {
            End::Front => "queue",
            End::Back => "stack",
        }
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item at a position, the oldest first.
    pub fn at(&self, position: usize) -> Option<&Value> {
        self.items.get(position)
    }

    /// The items, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.items.iter()
    }

    /// Adds an item.
    pub fn push(&mut self, item: Value) {
        self.items.push_back(item);
    }

    /// Takes the next item out, in constant time.
    pub fn take(&mut self) -> Option<Value> {
        match self.end {
            End::Front => self.items.pop_front(),
            End::Back => self.items.pop_back(),
        }
    }

    /// The next item.
    pub fn peek(&self) -> Option<&Value> {
        match self.end {
            End::Front => self.items.front(),
            End::Back => self.items.back(),
        }
    }
}

impl Body for Deque {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.items.iter_mut().for_each(visit);
    }
}
