//! `async_scope` (LANGUAGE 10.8): the requests of its two instructions.
//!
//! Closing may have to wait, and the wait may have to be repeated. So the instruction asks, and is run again when the answer
//! is there: its register holds the scope until the runtime answers with something else, the outcome.

use super::call::Outcome;
use super::{Halt, Request};
use crate::context::Context;
use crate::value::{Handle, Value};

/// Asks for a scope; its handle goes to stack position `slot`.
pub(super) fn open(context: &mut Context, slot: usize) -> Outcome {
    context.reply = slot as u32;
    Ok(Some(Halt::ask(Request::OpenScope)))
}

/// The request that closes a scope; `failed` holds the error that its block ended with, or null.
pub(super) fn closing(scope: &Handle, failed: &Value) -> Request {
    Request::CloseScope { scope: scope.clone(), failed: !matches!(failed, Value::Null) }
}

/// Asks that the scope at stack position `slot` be closed.
pub(super) fn close(context: &mut Context, slot: usize, request: Request) -> Outcome {
    context.reply = slot as u32;
    Ok(Some(Halt::wait(request)))
}
