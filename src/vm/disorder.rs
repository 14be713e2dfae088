//! Contexts that no program makes.
//!
//! The compiler says what a register holds, and the machine relies on it. A snapshot from elsewhere may say otherwise in
//! every way that thawing cannot see: then the context fails, and nothing else does.

use crate::value::Fault;

/// The failure of a context that holds something else than its code says.
#[cold]
pub(super) fn disorder(what: &str) -> Fault {
    Fault::of_kind("InternalError", format!("Internal error: {what}"))
}
