//! Variables that closures share, kept by the context they belong to.
//!
//! A register or capture holds a `CellRef`, the position of the variable here. References are counted, so a cell that
//! only this table still refers to is free; the table is swept when it has doubled since the last sweep. A variable that
//! holds the closure that captures it keeps itself, until the context ends.
//!
//! `self` of a mutating method is a place, not a variable. Closures in such a method capture a variable that is lent to the
//! call: it is empty, whoever reads or changes it goes to the place. When the call ends, it gets the last value.

use super::rewrite::Rewrite;
use crate::value::{Baggage, CellRef, Parcel, References, Value};

/// What a context may do with a variable that came from another context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only (LANGUAGE 10.4, rules 3 and 4).
    ReadOnly,
    /// Everything (rule 5).
    Own,
}

/// Who has a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// The slot is free.
    Nobody,
    /// The context.
    Context(Access),
    /// The call with this number among the context's, as its `self`.
    Call(u32),
}

#[derive(Clone, Debug)]
struct Slot {
    reference: CellRef,
    value: Value,
    holder: Holder,
}

/// A table smaller than this is not worth a sweep.
const FIRST_SWEEP: usize = 32;

/// The shared variables of one context.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    slots: Vec<Slot>,
    /// Positions in `slots` that hold no variable.
    free: Vec<u32>,
    /// How many variables were left by the last sweep.
    kept: u32,
    /// Positions of variables that are lent, by age.
    lent: Vec<u32>,
}

impl Cells {
    /// Whether the context has none.
    pub fn is_empty(&self) -> bool {
        self.slots.len() == self.free.len()
    }

    /// Whether the context has none after a look at whether the few it has are still needed: what comes after is linear in
    /// values otherwise.
    pub fn is_empty_now(&mut self) -> bool {
        if !self.is_empty() && self.slots.len() <= FIRST_SWEEP {
            self.sweep();
        }
        self.is_empty()
    }

    /// A new variable.
    pub fn add(&mut self, value: Value, access: Access) -> CellRef {
        if self.free.is_empty() && self.slots.len() >= FIRST_SWEEP.max(2 * self.kept as usize) {
            self.sweep();
        }
        if let Some(position) = self.free.pop() {
            let slot = &mut self.slots[position as usize];
            (slot.value, slot.holder) = (value, Holder::Context(access));
            return slot.reference.clone();
        }
        let reference = CellRef::new(self.slots.len() as u32);
        self.slots.push(Slot { reference: reference.clone(), value, holder: Holder::Context(access) });
        reference
    }

    /// A variable's value; `Unset` before its declaration ran.
    #[inline]
    pub fn get(&self, cell: &CellRef) -> &Value {
        &self.slots[cell.position()].value
    }

    /// A variable's value for changing, or `None` if this context may only read it.
    #[inline]
    pub fn get_mut(&mut self, cell: &CellRef) -> Option<&mut Value> {
        let slot = &mut self.slots[cell.position()];
        (slot.holder == Holder::Context(Access::Own)).then_some(&mut slot.value)
    }

    /// Lends a variable of the context's own to a call. Whether that can be done.
    pub fn lend(&mut self, cell: &CellRef, call: u32) -> bool {
        let slot = &mut self.slots[cell.position()];
        let own = slot.holder == Holder::Context(Access::Own);
        if own {
            (slot.value, slot.holder) = (Value::Unset, Holder::Call(call));
            self.lent.push(cell.position() as u32);
        }
        own
    }

    /// Whether a variable is lent.
    pub fn lends(&self) -> bool {
        !self.lent.is_empty()
    }

    /// The call that a variable is lent to.
    pub fn lent_to(&self, cell: &CellRef) -> Option<u32> {
        match self.slots[cell.position()].holder {
            Holder::Call(call) => Some(call),
            Holder::Nobody | Holder::Context(_) => None,
        }
    }

    /// The variables that are lent, by age.
    pub fn lent(&self) -> impl DoubleEndedIterator<Item = &CellRef> {
        self.lent.iter().map(|&position| &self.slots[position as usize].reference)
    }

    /// What others see of a variable that is lent, as long as they look.
    pub fn show(&mut self, cell: &CellRef, value: Value) {
        let slot = &mut self.slots[cell.position()];
        if matches!(slot.holder, Holder::Call(_)) {
            slot.value = value;
        }
    }

    /// The call that a variable was lent to is over. What nobody captured any more is not kept.
    pub fn give_back(&mut self, cell: CellRef, value: Value) {
        let position = cell.position();
        let slot = &mut self.slots[position];
        if !matches!(slot.holder, Holder::Call(_)) {
            return;
        }
        drop(cell);
        if let Some(at) = self.lent.iter().rposition(|&lent| lent as usize == position) {
            self.lent.remove(at);
        }
        if slot.reference.is_unique() {
            (slot.value, slot.holder) = (Value::Unset, Holder::Nobody);
            self.free.push(position as u32);
        } else {
            (slot.value, slot.holder) = (value, Holder::Context(Access::Own));
        }
    }

    /// The reference to the variable at a position.
    pub fn reference(&self, position: usize) -> Option<&CellRef> {
        self.slots.get(position).map(|slot| &slot.reference)
    }

    /// The variables by position, for encoding; `None` where there is none.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Option<(&Value, Access)>> {
        self.slots.iter().map(|slot| match slot.holder {
            Holder::Nobody => None,
            Holder::Context(access) => Some((&slot.value, access)),
            Holder::Call(_) => Some((&slot.value, Access::Own)),
        })
    }

    /// The references to handles in them.
    pub(crate) fn refer(&self, references: &mut References) {
        self.slots.iter().for_each(|slot| references.value(&slot.value));
    }

    /// A table of `count` variables that have no value yet, for decoding. Each is to be restored or released.
    pub(crate) fn reserve(count: usize) -> Cells {
        let reference = |position| CellRef::new(position as u32);
        let slot = |reference| Slot { reference, value: Value::Unset, holder: Holder::Nobody };
        Cells { slots: (0..count).map(reference).map(slot).collect(), kept: count as u32, ..Cells::default() }
    }

    /// Gives a reserved variable its value.
    pub(crate) fn restore(&mut self, position: usize, value: Value, access: Access) {
        let slot = &mut self.slots[position];
        (slot.value, slot.holder) = (value, Holder::Context(access));
    }

    /// Makes a reserved position a free one.
    pub(crate) fn release(&mut self, position: usize) {
        self.free.push(position as u32);
    }

    /// Detaches a value: shared variables in it are copied along. Functions that share a variable share the copy.
    /// O(1) if the context has no shared variables, else linear in the value.
    pub fn pack(&self, value: Value) -> Parcel {
        if self.is_empty() {
            return Parcel::plain(value);
        }
        let mut luggage = Luggage::default();
        let mut rewrite = Rewrite::default();
        let Some(packed) = rewrite.value(&value, &mut |cell| luggage.position_of(cell)) else {
            return Parcel::plain(value);
        };
        let (mut cells, mut owned) = (Vec::new(), Vec::new());
        while let Some(cell) = luggage.taken.get(cells.len()).cloned() {
            owned.push(self.slots[cell.position()].holder != Holder::Context(Access::ReadOnly));
            let value = self.get(&cell);
            let rewritten = rewrite.value(value, &mut |cell| luggage.position_of(cell));
            cells.push(rewritten.unwrap_or_else(|| value.clone()));
        }
        let baggage = Baggage { values: cells.into(), owned: owned.into() };
        Parcel { value: packed, cells: Some(Box::new(baggage)) }
    }

    /// The opposite: shared variables of the parcel become new cells here.
    pub fn unpack(&mut self, parcel: &Parcel, access: Access) -> Value {
        let Some(baggage) = &parcel.cells else { return parcel.value.clone() };
        let values = &baggage.values;
        let access = |owned: &bool| if *owned { access } else { Access::ReadOnly };
        let fresh: Vec<CellRef> =
            baggage.owned.iter().map(|owned| self.add(Value::Unset, access(owned))).collect();
        let mut rewrite = Rewrite::default();
        let mut cell = |cell: &CellRef| fresh[cell.position()].clone();
        for (value, reference) in values.iter().zip(&fresh) {
            let rewritten = rewrite.value(value, &mut cell);
            self.slots[reference.position()].value = rewritten.unwrap_or_else(|| value.clone());
        }
        rewrite.value(&parcel.value, &mut cell).unwrap_or_else(|| parcel.value.clone())
    }

    /// Frees the variables that nothing refers to. Freeing one may free those that its value refers to: a pass in each
    /// direction finds all that were made one after the other, however long the chain.
    fn sweep(&mut self) {
        for position in (0..self.slots.len()).chain((0..self.slots.len()).rev()) {
            let slot = &mut self.slots[position];
            if slot.reference.is_unique() {
                (slot.value, slot.holder) = (Value::Unset, Holder::Nobody);
            }
        }
        let positions = self.slots.iter().enumerate().filter(|(_, slot)| slot.holder == Holder::Nobody);
        self.free = positions.map(|(position, _)| position as u32).collect();
        self.kept = (self.slots.len() - self.free.len()) as u32;
    }
}

/// The variables that a parcel takes along, in the order in which they were met.
#[derive(Default)]
struct Luggage {
    taken: Vec<CellRef>,
    positions: rustc_hash::FxHashMap<usize, CellRef>,
}

impl Luggage {
    fn position_of(&mut self, cell: &CellRef) -> CellRef {
        let taken = &mut self.taken;
        let new = || {
            taken.push(cell.clone());
            CellRef::new(taken.len() as u32 - 1)
        };
        self.positions.entry(cell.position()).or_insert_with(new).clone()
    }
}

/// Values that go from one context's cells to another's, with one memory of what was met.
pub(super) struct Crossing<'a> {
    from: &'a Cells,
    to: &'a mut Cells,
    rewrite: Rewrite,
    luggage: Luggage,
}

impl<'a> Crossing<'a> {
    pub(super) fn new(from: &'a Cells, to: &'a mut Cells) -> Crossing<'a> {
        Crossing { from, to, rewrite: Rewrite::default(), luggage: Luggage::default() }
    }

    /// The value as the other context has it; its shared variables are read-only there. `None` if it holds none.
    pub(super) fn carry(&mut self, value: &Value) -> Option<Value> {
        let before = self.luggage.taken.len();
        let carried = self.rewritten(value);
        for at in before.. {
            let Some(cell) = self.luggage.taken.get(at).cloned() else { break };
            let value = self.from.get(&cell);
            let value = self.rewritten(value).unwrap_or_else(|| value.clone());
            let copy = self.luggage.positions[&cell.position()].position();
            self.to.slots[copy].value = value;
        }
        carried
    }

    fn rewritten(&mut self, value: &Value) -> Option<Value> {
        let Luggage { taken, positions } = &mut self.luggage;
        let to = &mut *self.to;
        self.rewrite.value(value, &mut |cell| {
            let copy = positions.entry(cell.position()).or_insert_with(|| {
                taken.push(cell.clone());
                to.add(Value::Unset, Access::ReadOnly)
            });
            copy.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::FunctionId;
    use crate::value::{Closure, Counted};

    fn closure(captures: Vec<Value>) -> Value {
        Value::Closure(Counted::new(Closure { function: FunctionId(0), captures: captures.into() }))
    }

    fn cell_of(value: &Value) -> CellRef {
        match value.part(0) {
            Some(Value::Cell(cell)) => cell.clone(),
            other => panic!("a closure over a cell, not {other:?}"),
        }
    }

    #[test]
    fn functions_that_share_a_variable_share_the_copy() {
        let mut home = Cells::default();
        let cell = home.add(Value::Int(5), Access::Own);
        let plain = Value::array(vec![Value::Int(1)]);
        let pair = Value::array(vec![
            closure(vec![Value::Cell(cell.clone())]),
            plain.clone(),
            closure(vec![Value::Cell(cell)]),
        ]);
        let mut away = Cells::default();
        away.add(Value::Int(0), Access::Own);
        let arrived = away.unpack(&home.pack(pair), Access::ReadOnly);
        let Value::Array(items) = &arrived else { panic!("an array") };
        let (first, second) = (cell_of(&items[0]), cell_of(&items[2]));
        assert!(CellRef::same(&first, &second));
        assert!(matches!(away.get(&first), Value::Int(5)));
        assert!(away.get_mut(&first).is_none());
        assert_eq!(items[1].body().map(|body| body.0), plain.body().map(|body| body.0), "still shared");
    }

    #[test]
    fn a_function_in_the_variable_it_captures() {
        let mut home = Cells::default();
        let cell = home.add(Value::Unset, Access::Own);
        let recursive = closure(vec![Value::Cell(cell.clone())]);
        *home.get_mut(&cell).expect("owned") = recursive.clone();
        let parcel = home.pack(recursive);
        assert_eq!(parcel.cells.as_ref().map(|cells| cells.values.len()), Some(1));
        let mut away = Cells::default();
        let arrived = away.unpack(&parcel, Access::Own);
        let inner = cell_of(&arrived);
        assert!(CellRef::same(&inner, &cell_of(away.get(&inner))));
    }

    #[test]
    fn values_without_functions_travel_as_they_are() {
        let mut home = Cells::default();
        home.add(Value::Null, Access::Own);
        let deep = (0..100_000).fold(Value::Int(1), |inner, _| Value::array(vec![inner.clone()]));
        let doubled = (0..60).fold(deep, |part, _| Value::array(vec![part.clone(), part]));
        let parcel = home.pack(doubled.clone());
        assert_eq!(parcel.value.body().map(|body| body.0), doubled.body().map(|body| body.0));
        assert!(parcel.cells.is_none());
    }

    #[test]
    fn free_cells_are_used_again() {
        let mut cells = Cells::default();
        let kept = cells.add(Value::Int(7), Access::Own);
        for number in 0..10_000 {
            let inner = cells.add(Value::Int(number), Access::Own);
            cells.add(closure(vec![Value::Cell(inner)]), Access::Own);
        }
        assert!(cells.slots.len() < 200, "{} slots", cells.slots.len());
        assert!(matches!(cells.get(&kept), Value::Int(7)));
    }
}
