//! Values on their way between contexts: the same value with other cells.
//!
//! Invariant: sharing is kept. A body that is referred to several times is rewritten once, and one without cells in it
//! not at all, so that it stays shared with its origin. No recursion of Rust code: values nest to any depth.

use rustc_hash::FxHashMap;

use crate::value::{CellRef, Value};

/// Replaces cells in any number of values that may share bodies.
#[derive(Default)]
pub(super) struct Rewrite {
    /// Shared bodies that were done, by address; `None` if there is no cell in it. The original is kept, so that its
    /// address stays its own.
    done: FxHashMap<usize, (Value, Option<Value>)>,
}

/// A value whose parts are being rewritten.
struct Open {
    value: Value,
    next: usize,
    /// The parts so far; empty until the first one changes.
    changed: Vec<Value>,
    /// Whether it may be met again.
    shared: bool,
}

impl Open {
    fn new(value: &Value) -> Open {
        let shared = value.body().is_some_and(|(_, is_unique)| !is_unique);
        Open { value: value.clone(), next: 0, changed: Vec::new(), shared }
    }

    /// Takes the outcome of part `next`.
    fn accept(&mut self, part: Option<Value>) {
        if part.is_some() && self.changed.is_empty() {
            self.changed.reserve(self.value.part_count());
            let before = (0..self.next).filter_map(|at| self.value.part(at).cloned());
            self.changed.extend(before);
        }
        match part {
            Some(part) => self.changed.push(part),
            None if self.changed.is_empty() => {}
            None => self.changed.extend(self.value.part(self.next).cloned()),
        }
        self.next += 1;
    }
}

impl Rewrite {
    /// The value with every cell replaced by what `cell` gives; `None` if there is none in it.
    pub(super) fn value(
        &mut self,
        value: &Value,
        cell: &mut impl FnMut(&CellRef) -> CellRef,
    ) -> Option<Value> {
        if let Some(known) = self.known(value, cell) {
            return known;
        }
        let mut open = vec![Open::new(value)];
        loop {
            let top = open.last_mut().expect("the loop ends with the outermost value");
            if let Some(part) = top.value.part(top.next) {
                match self.known(part, cell) {
                    Some(outcome) => top.accept(outcome),
                    None => {
                        let inner = Open::new(part);
                        open.push(inner);
                    }
                }
                continue;
            }
            let outcome = self.close(open.pop().expect("the top was just looked at"));
            match open.last_mut() {
                Some(parent) => parent.accept(outcome),
                None => return outcome,
            }
        }
    }

    /// The outcome, if no look inside is needed.
    fn known(&self, value: &Value, cell: &mut impl FnMut(&CellRef) -> CellRef) -> Option<Option<Value>> {
        if let Value::Cell(reference) = value {
            return Some(Some(Value::Cell(cell(reference))));
        }
        if let Value::Generator(reference, lazy) = value {
            return Some(Some(Value::Generator(cell(reference), *lazy)));
        }
        if value.part_count() == 0 {
            return Some(None);
        }
        let (address, is_unique) = value.body()?;
        if is_unique { None } else { self.done.get(&address).map(|(_, outcome)| outcome.clone()) }
    }

    fn close(&mut self, open: Open) -> Option<Value> {
        let Open { value, changed, shared, .. } = open;
        let outcome = (!changed.is_empty()).then(|| value.with_parts(changed));
        if let (true, Some((address, _))) = (shared, value.body()) {
            self.done.insert(address, (value, outcome.clone()));
        }
        outcome
    }
}
