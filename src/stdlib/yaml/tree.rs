//! The value of a document, built as the parser meets its parts.
//!
//! Owns: the containers that are open, anchors, merge keys. Nesting lies here and not on Rust's stack.
//! Invariant: a value is at most `DEEPEST` levels deep, and aliases stand for at most `MOST_ALIASED` parts, so that a small
//! text cannot write a value that nobody can walk.

use rustc_hash::FxHashMap;

use super::scalar;
use super::wrong::Wrong;
use crate::value::{Dict, Key, Value};

/// The deepest nesting (STDLIB R11).
pub(super) const DEEPEST: usize = 4096;

/// The most parts that the aliases of a document stand for together.
const MOST_ALIASED: usize = 1_000_000;

/// A document.
#[derive(Default)]
pub(super) struct Tree {
    root: Option<Value>,
    open: Vec<Open>,
    anchors: FxHashMap<usize, Node>,
    aliased: usize,
}

/// A value, how many scalars and containers it has, and how many levels.
#[derive(Clone)]
struct Node {
    value: Value,
    parts: usize,
    levels: usize,
}

/// A container that is not yet complete; `anchor` is 0 where it has none.
struct Open {
    body: Body,
    anchor: usize,
    parts: usize,
    levels: usize,
}

enum Body {
    Items(Vec<Value>),
    Entries(Entries),
}

/// `merged` are the dicts of merge keys, in order. Their entries yield to all others.
#[derive(Default)]
struct Entries {
    dict: Dict,
    next: Option<Slot>,
    merged: Vec<Value>,
}

/// What the value that comes next is for.
enum Slot {
    Key(Key),
    Merge,
}

impl Tree {
    /// The value of the complete document; one without content is null.
    pub(super) fn finish(self) -> Value {
        self.root.unwrap_or_default()
    }

    pub(super) fn scalar(&mut self, value: Value, anchor: usize) -> Result<(), Wrong> {
        self.add(Node { value, parts: 1, levels: 0 }, anchor)
    }

    /// A plain `<<`, which is a merge key where a key is expected.
    pub(super) fn merge(&mut self, anchor: usize) -> Result<(), Wrong> {
        match self.open.last_mut().map(|open| &mut open.body) {
            Some(Body::Entries(entries)) if entries.next.is_none() => {
                entries.next = Some(Slot::Merge);
                Ok(())
            }
            _ => self.scalar(Value::text("<<"), anchor),
        }
    }

    pub(super) fn open_array(&mut self, anchor: usize) -> Result<(), Wrong> {
        self.open(Body::Items(Vec::new()), anchor)
    }

    pub(super) fn open_dict(&mut self, anchor: usize) -> Result<(), Wrong> {
        self.open(Body::Entries(Entries::default()), anchor)
    }

    fn open(&mut self, body: Body, anchor: usize) -> Result<(), Wrong> {
        if self.expects_key() {
            return Err(Wrong::COMPLEX_KEY);
        }
        self.open.push(Open { body, anchor, parts: 1, levels: 1 });
        if self.open.len() > DEEPEST { Err(Wrong::too_deep()) } else { Ok(()) }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { body: Body::Entries(Entries { next: None, .. }), .. }))
    }

    /// Ends the innermost container.
    pub(super) fn close(&mut self) -> Result<(), Wrong> {
        let Some(Open { body, anchor, parts, levels }) = self.open.pop() else { return Ok(()) };
        let value = match body {
            Body::Items(items) => Value::array(items),
            Body::Entries(entries) => Value::dict(entries.finish()),
        };
        self.add(Node { value, parts, levels }, anchor)
    }

    pub(super) fn alias(&mut self, anchor: usize) -> Result<(), Wrong> {
        // What is still open has no value yet.
        let Some(node) = self.anchors.get(&anchor).cloned() else { return Err(Wrong::SELF) };
        self.aliased += node.parts;
        if self.aliased > MOST_ALIASED {
            return Err(Wrong::limit(
                MOST_ALIASED,
                format!("aliases stand for more than {MOST_ALIASED} values"),
            ));
        }
        if self.open.len() + node.levels > DEEPEST {
            return Err(Wrong::too_deep());
        }
        self.add(node, 0)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Wrong> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        open.parts += node.parts;
        open.levels = open.levels.max(node.levels + 1);
        match &mut open.body {
            Body::Items(items) => items.push(node.value),
            Body::Entries(entries) => entries.add(node.value)?,
        }
        Ok(())
    }
}

impl Entries {
    fn add(&mut self, value: Value) -> Result<(), Wrong> {
        match self.next.take() {
            None => {
                let key = scalar::key(value).ok_or(Wrong::COMPLEX_KEY)?;
                if self.dict.get(key.as_ref()).is_some() {
                    return Err(Wrong::new(format!("the key '{key}' is there twice")));
                }
                self.next = Some(Slot::Key(key));
            }
            Some(Slot::Key(key)) => _ = self.dict.insert(key, value),
            Some(Slot::Merge) => self.merge(value)?,
        }
        Ok(())
    }

    fn merge(&mut self, value: Value) -> Result<(), Wrong> {
        match value {
            Value::Dict(_) => self.merged.push(value),
            Value::Array(items) if items.iter().all(|item| matches!(item, Value::Dict(_))) => {
                self.merged.extend(items.iter().cloned());
            }
            Value::Null => {}
            _ => return Err(Wrong::MERGE),
        }
        Ok(())
    }

    fn finish(mut self) -> Dict {
        for merged in &self.merged {
            let Value::Dict(merged) = merged else { continue };
            for (key, value) in merged.iter() {
                if self.dict.get(key.as_ref()).is_none() {
                    self.dict.insert(key.clone(), value.clone());
                }
            }
        }
        self.dict
    }
}
