//! Running contexts on the host's own thread, step by step: for embedders who own the loop.
//!
//! Invariant: no worker thread runs beside it. Timers and files still complete on their threads and make contexts
//! ready; they run when the host says so.

use std::sync::Arc;

use super::Runtime;
use super::promise::{Blocked, Promise, awaited};
use super::request::World;
use super::store::{ContextId, Held, Progress, Stored, Taken};
use super::worker::Worker;
use crate::context::Context;
use crate::snapshot::{self, Snapshot};
use crate::value::{Handle, Outcome, Shared};

/// Where a context stands after it was run.
#[derive(Debug)]
pub enum Execution {
    /// It ended with this.
    Completed(Outcome),
    /// It waits, or gave its turn up; it can be resumed.
    Suspended(ContextId),
}

/// What one round did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Tickets that were spent.
    pub ran: usize,
    /// Contexts that have not ended.
    pub live: usize,
    /// Whether something may still become ready: a context, a timer, an operation.
    pub active: bool,
}

impl Runtime {
    /// Starts the main context and runs it until it waits or ends.
    pub fn run_until_suspended(&mut self, context: Context) -> Execution {
        let id = self.start(context);
        self.resume(id).expect("the context was started a line above")
    }

    /// Runs one context now, out of turn: until it waits, ends, yields or has used up its budget. A context that waits
    /// for a pending promise stays suspended. `None` if there is no such context.
    pub fn resume(&mut self, id: ContextId) -> Option<Execution> {
        let hub = Arc::clone(&self.shop.world.hub);
        let Taken { held, beside, cancels, .. } = hub.store.recall(id)?;
        let promise = beside.result.promise().clone();
        // The new ticket makes those in queues and promises void.
        let ticket = hub.store.put(id, held, beside, cancels).ticket();
        hub.activity.enter();
        self.on_seat(|worker| worker.turn(ticket));
        Some(match promise.outcome() {
            Some(outcome) => {
                promise.mark_awaited();
                Execution::Completed(outcome.clone())
            }
            None => Execution::Suspended(id),
        })
    }

    /// Runs every context that is ready now, once.
    pub fn run_round(&mut self) -> Round {
        let hub = Arc::clone(&self.shop.world.hub);
        let ran = self.on_seat(|worker| worker.round());
        let counts = hub.activity.counts();
        Round { ran, live: counts.live as usize, active: counts.active > 0 }
    }

    /// The contexts that are suspended, oldest first.
    pub fn suspended(&self) -> Vec<ContextId> {
        let store = &self.shop.world.hub.store;
        store.ids().into_iter().filter(|id| store.with(*id, |_, _| ()).is_some()).collect()
    }

    /// A copy of a suspended context, which stays where it is. `None` if there is no such context, or if it blocks a
    /// thread.
    pub fn save(&mut self, id: ContextId) -> Option<Context> {
        let world = &self.shop.world;
        let Taken { held, beside, cancels, .. } = world.hub.store.recall(id)?;
        let waits_for = awaited(&held).and_then(Handle::shared);
        let (held, saved) = match held {
            Held::Warm(mut context) => {
                let saved = Context::clone(&context);
                // No worker has noted this suspension, so none would freeze it.
                (
                    Held::Frozen(snapshot::freeze(&mut context, &world.machine.program, world.form)),
                    Some(saved),
                )
            }
            Held::Frozen(snapshot) => copied(snapshot, world),
            blocked @ Held::Blocked(_) => (blocked, None),
        };
        self.wait_again(world.hub.store.put(id, held, beside, cancels), waits_for);
        saved
    }

    /// Adds a saved context as the main one; it is ready.
    pub fn restore(&mut self, context: Context) -> ContextId {
        let (id, promise) = self.shop.world.admit(context.into(), Progress::Started, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise));
        id
    }

    /// Whether the program was ended: by an error in main, `exit` or an interrupt.
    pub fn is_stopped(&self) -> bool {
        self.shop.world.hub.is_stopped()
    }

    /// Sets the time that `run_to_end` may take, in milliseconds.
    pub fn limit(&mut self, milliseconds: u64) {
        self.timeout = Some(milliseconds);
    }

    /// Whether a promise-less host may let go: all contexts ended.
    pub fn is_finished(&self) -> bool {
        self.shop.world.hub.activity.counts().live == 0 || self.is_stopped()
    }

    fn wait_again(&self, stored: Stored, waits_for: Option<Shared<Promise>>) {
        let ready = match (stored, waits_for) {
            (Stored::Waiting(ticket), Some(promise)) => promise.park(ticket),
            (stored, _) => Err(stored.ticket()),
        };
        if let Err(ticket) = ready {
            self.shop.world.hub.push(ticket, None);
        }
    }

    fn on_seat<R>(&mut self, act: impl FnOnce(&mut Worker) -> R) -> R {
        let seat = self.seats.pop().expect("a runtime that no thread works for has its seats");
        let mut worker = Worker::hosted(Arc::clone(&self.shop), seat);
        let result = act(&mut worker);
        self.seats.extend(worker.leave());
        result
    }
}

/// A snapshot again, and the context in it.
fn copied(snapshot: Snapshot, world: &World) -> (Held<Blocked>, Option<Context>) {
    let program = &world.machine.program;
    let mut context = Context::default();
    let thawed = snapshot::thaw(snapshot, program, &mut context);
    let saved = thawed.is_ok().then(|| context.clone());
    (Held::Frozen(snapshot::freeze(&mut context, program, world.form)), saved)
}
