//! Sets: insertion-ordered, distinct by `==`.
//!
//! Invariant: every item stands beside its digest, so that looking an item up looks only at candidates that are equal but
//! for a collision, and comparing two sets needs no search. An item that is or contains a NaN equals nothing, itself
//! included: it is kept, counted and iterated over, but never found.

use std::hash::{BuildHasherDefault, Hash, Hasher};

use indexmap::{Equivalent, IndexSet};

use super::counted::Body;
use super::hash::{Digest, digest};
use super::{Fault, Value, equal};

#[derive(Clone, Debug)]
struct Item {
    value: Value,
    digest: Digest,
}

impl Item {
    fn new(value: Value) -> Result<Item, Fault> {
        let digest = digest(&value)?;
        Ok(Item { value, digest })
    }
}

impl Hash for Item {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest.hash);
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        let (a, b) = (&self.digest, &other.digest);
        let candidates = a.hash == b.hash && a.reflexive && b.reflexive;
        // Making the digests has shown that neither is nested too deeply to be compared.
        candidates && equal(&self.value, &other.value).unwrap_or(false)
    }
}

// Not reflexive for NaN, which the table tolerates: such an item is just never found.
impl Eq for Item {}

/// Looks an item up by digest alone. Digests of unlike values are equal once in 2^64 pairs, which the deep comparison
/// that follows then finds out.
struct Candidate<'a>(&'a Item);

impl Hash for Candidate<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Item> for Candidate<'_> {
    fn equivalent(&self, item: &Item) -> bool {
        let (a, b) = (&self.0.digest, &item.digest);
        a.hash == b.hash && a.reflexive && b.reflexive
    }
}

/// The digest is a hash already.
#[derive(Clone, Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn write(&mut self, _: &[u8]) {
        unreachable!("items write one u64");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The body of a set value.
#[derive(Clone, Debug, Default)]
pub struct Set {
    items: IndexSet<Item, BuildHasherDefault<Ready>>,
    /// How many NaN-like items were ever added: spreads their hashes, which would else all fall into one place.
    strangers: u64,
}

impl Set {
    /// The empty set.
    pub fn new() -> Set {
        Set::default()
    }

    /// The set of these items; of equal ones the first stays. ValueError if one is nested too deeply.
    pub fn from_items(items: impl IntoIterator<Item = Value>) -> Result<Set, Fault> {
        let mut set = Set::new();
        for item in items {
            set.add(item)?;
        }
        Ok(set)
    }

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
        self.items.get_index(position).map(|item| &item.value)
    }

    /// The items in insertion order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.items.iter().map(|item| &item.value)
    }

    /// Whether an equal item is in it. ValueError if `value` is nested too deeply.
    pub fn contains(&self, value: &Value) -> Result<bool, Fault> {
        Ok(!self.is_empty() && self.items.contains(&Item::new(value.clone())?))
    }

    /// Adds an item unless an equal one is there; whether it was added. ValueError if it is nested too deeply, or if the
    /// set would then be.
    pub fn add(&mut self, value: Value) -> Result<bool, Fault> {
        let mut item = Item::new(value)?;
        if !item.digest.reflexive {
            self.strangers += 1;
            item.digest.hash =
                item.digest.hash.wrapping_add(self.strangers.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        }
        Ok(self.items.insert(item))
    }

    /// Removes an equal item; the order of the others stays. ValueError if `value` is nested too deeply.
    pub fn remove(&mut self, value: &Value) -> Result<Option<Value>, Fault> {
        let removed = self.items.shift_take(&Item::new(value.clone())?);
        Ok(removed.map(|item| item.value))
    }

    /// The digest of the whole set, from those of the items: linear in their number, whatever their size.
    pub(super) fn digest(&self) -> Digest {
        let start = Digest { hash: 15, depth: 1, reflexive: true };
        self.items.iter().fold(start, |sum, Item { digest, .. }| Digest {
            hash: sum.hash.wrapping_add(digest.hash.rotate_left(32).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            depth: sum.depth.max(digest.depth.saturating_add(1)),
            reflexive: sum.reflexive && digest.reflexive,
        })
    }

    /// The item that can equal item `position` of `other`; `None` if there is none.
    pub(super) fn counterpart(&self, other: &Set, position: usize) -> Option<&Value> {
        let item = other.items.get_index(position)?;
        self.items.get(&Candidate(item)).map(|found| &found.value)
    }
}

impl Body for Set {
    const NESTS: bool = true;

    fn each_value(&mut self, mut visit: impl FnMut(&mut Value)) {
        // The table hands out no items for changing; this set is about to go anyway.
        for mut item in std::mem::take(&mut self.items) {
            visit(&mut item.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Dict;

    fn set(items: Vec<Value>) -> Set {
        Set::from_items(items).expect("shallow items")
    }

    #[test]
    fn items_are_distinct_by_equality() {
        let items =
            [Value::Int(1), Value::Float(1.0), Value::Bool(true), Value::text("1"), Value::Float(-0.0)];
        let mut set = set(items.into());
        assert_eq!(set.len(), 4);
        assert!(set.contains(&Value::Int(0)).expect("shallow"));
        assert!(set.remove(&Value::Float(1.0)).expect("shallow").is_some());
        assert!(matches!(set.at(0), Some(Value::Bool(true))));
    }

    #[test]
    fn collections_are_items() {
        let dict = |pairs: &[(&str, i64)]| {
            let mut dict = Dict::new();
            pairs.iter().for_each(|(key, value)| dict.insert_text(key, Value::Int(*value)));
            Value::dict(dict)
        };
        let nested = |value: Value| Value::array(vec![value]);
        let mut set = set(vec![nested(dict(&[("a", 1), ("b", 2)]))]);
        assert!(!set.add(nested(dict(&[("b", 2), ("a", 1)]))).expect("shallow"));
        assert!(set.add(nested(dict(&[("b", 1), ("a", 2)]))).expect("shallow"));
    }

    #[test]
    fn nan_is_kept_and_never_found() {
        let nans = || (0..10_000).map(|_| Value::array(vec![Value::Float(f64::NAN)]));
        let set = set(nans().collect());
        assert_eq!(set.len(), 10_000);
        assert!(!set.contains(&nans().next().expect("one")).expect("shallow"));
    }
}
