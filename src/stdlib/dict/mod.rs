//! Dicts. What takes callbacks is in `prelude/dict.ruff`.

pub(super) mod entries;
pub(super) mod whole;
pub(super) mod nested;
