//! Arrays, and what takes any seq and gives an array. What takes callbacks is in `prelude/array.ruff`.

pub(super) mod change;
pub(super) mod pick;
pub(super) mod regroup;
pub(super) mod order;
pub(super) mod table;
