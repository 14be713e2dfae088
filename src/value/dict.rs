//! Dicts: insertion-ordered maps from strings and ints.

use std::hash::{Hash, Hasher};

use indexmap::{Equivalent, IndexMap};

use super::counted::Body;
use super::{Text, Value};

/// A dict key: keys of different kinds are never equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// An int.
    Int(i64),
    /// A string.
    Text(Text),
}

/// A key to look up, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRef<'a> {
    /// An int.
    Int(i64),
    /// A string.
    Text(&'a str),
}

impl Key {
    /// The key as a value.
    pub fn to_value(&self) -> Value {
        match self {
            Key::Int(value) => Value::Int(*value),
            Key::Text(text) => Value::Text(text.clone()),
        }
    }

    /// The key, borrowed.
    pub fn as_ref(&self) -> KeyRef<'_> {
        match self {
            Key::Int(value) => KeyRef::Int(*value),
            Key::Text(text) => KeyRef::Text(text.as_str()),
        }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            KeyRef::Int(value) => state.write_i64(*value),
            KeyRef::Text(text) => text.hash(state),
        }
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.as_ref()
    }
}

/// The body of a dict value. The hasher is seeded at random per process: keys may come from outside.
#[derive(Clone, Debug, Default)]
pub struct Dict {
    entries: IndexMap<Key, Value, foldhash::fast::RandomState>,
}

impl Dict {
    /// The empty dict.
    pub fn new() -> Dict {
        Dict::default()
    }

    /// The empty dict with room for `count` entries.
    pub fn with_capacity(count: usize) -> Dict {
        Dict { entries: IndexMap::with_capacity_and_hasher(count, Default::default()) }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value at a key.
    pub fn get(&self, key: KeyRef<'_>) -> Option<&Value> {
        self.entries.get(&key)
    }

    /// The value at a key, for changing.
    pub fn get_mut(&mut self, key: KeyRef<'_>) -> Option<&mut Value> {
        self.entries.get_mut(&key)
    }

    /// The value at a string key.
    pub fn get_text(&self, key: &str) -> Option<&Value> {
        self.get(KeyRef::Text(key))
    }

    /// Sets an entry; a replaced value keeps its position and is returned.
    pub fn insert(&mut self, key: Key, value: Value) -> Option<Value> {
        self.entries.insert(key, value)
    }

    /// Sets an entry under a string key.
    pub fn insert_text(&mut self, key: &str, value: Value) {
        self.entries.insert(Key::Text(key.into()), value);
    }

    /// Removes an entry; the order of the others stays.
    pub fn remove(&mut self, key: KeyRef<'_>) -> Option<Value> {
        self.entries.shift_remove(&key)
    }

    /// The entry at a position of the insertion order.
    pub fn at(&self, position: usize) -> Option<(&Key, &Value)> {
        self.entries.get_index(position)
    }

    /// The entries in insertion order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &Value)> + ExactSizeIterator {
        self.entries.iter()
    }

    /// The entries in insertion order, values for changing.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Value)> {
        self.entries.iter_mut()
    }
}

/// A key as text: ints in decimal.
impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Int(number) => write!(out, "{number}"),
            Key::Text(text) => out.write_str(text.as_str()),
        }
    }
}

impl Body for Dict {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.entries.values_mut().for_each(visit);
    }
}

impl FromIterator<(Key, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Dict {
        Dict { entries: entries.into_iter().collect() }
    }
}

impl IntoIterator for Dict {
    type Item = (Key, Value);
    type IntoIter = indexmap::map::IntoIter<Key, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}
