//! Strings: one file per kind of work. Positions count characters; ASCII text, where they are bytes, is the fast path.

pub(super) mod case;
pub(super) mod trim;
pub(super) mod search;
pub(super) mod cut;
pub(super) mod split;
pub(super) mod compose;
pub(super) mod classes;
pub(super) mod format;
pub(super) mod shape;
