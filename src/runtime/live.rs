//! A context in a worker's hand, and what is thrown in it.
//!
//! Owns: the count of cancellations that are still to be thrown, while it runs, and which of them belong to its scopes.
//! Does not: decide when it runs or waits; the worker does.

use super::promise::{Closed, Promise, Tenant};
use super::request::cancellation;
use super::store::ContextId;
use crate::bytecode::Program;
use crate::context::{Access, Context};
use crate::value::{Fault, Hop, Shared, TracePoint, Value};

/// A context in a worker's hand.
pub(super) struct Live {
    /// Its id.
    pub(super) id: ContextId,
    /// The context. In a box, because it is handed from step to step.
    pub(super) context: Box<Context>,
    /// What is kept beside it when it waits.
    pub(super) tenant: Tenant,
    /// Cancellations to throw in it.
    pub(super) cancels: u32,
    /// What it just created, if that is warm and not yet noted as such.
    pub(super) created: Option<ContextId>,
}

impl Live {
    /// One of the cancellations that it has still to throw.
    pub(super) fn take_cancellation(&mut self) -> Fault {
        self.cancels -= 1;
        if let Some(scope) = self.tenant.scope() {
            scope.cancellation_thrown();
        }
        cancellation()
    }

    /// The children of the innermost scope have ended and it is closed. Throws its failure or, without one, a cancellation
    /// that came meanwhile; one that the scope itself asked for is void now.
    pub(super) fn leave_scope(&mut self, closed: Closed) {
        self.cancels = (self.cancels + closed.postponed).saturating_sub(closed.withdrawn);
        let failure = match closed.failure {
            Some(parcel) => rethrown(self.context.unpack(parcel, Access::Own), &self.context),
            None if closed.block_failed || self.cancels == 0 => Value::Null,
            None => Value::Error(self.take_cancellation()),
        };
        self.context.answer(failure);
    }

    /// Whether it stands in a `finally` clause, or in something that was called from one: then a cancellation waits until
    /// it waits, or has left the clause (LANGUAGE 10.7).
    pub(super) fn is_cleaning_up(&self, program: &Program) -> bool {
        let Some((innermost, callers)) = self.context.frames.split_last() else { return false };
        let is_in_clause = |function, ip| program.function(function).is_in_clause(ip);
        is_in_clause(innermost.function, innermost.ip)
            || callers.iter().any(|caller| is_in_clause(caller.function, caller.ip.saturating_sub(1)))
    }

    /// The promise that it waits for.
    pub(super) fn awaited(&self) -> Option<Shared<Promise>> {
        self.context.awaited()?.shared()
    }
}

/// A child's failure as its parent's `async_scope`, before which the parent stands, throws it again.
fn rethrown(failure: Value, context: &Context) -> Value {
    match (failure, context.frames.last()) {
        (Value::Error(fault), Some(frame)) if !fault.body().trace.is_empty() => {
            let place = TracePoint { function: frame.function, ip: frame.ip };
            Value::Error(fault.passing(Hop::Awaited(place)))
        }
        (failure, _) => failure,
    }
}
