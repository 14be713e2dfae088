//! What settling or cancelling sets in motion.
//!
//! Invariant: carried out with no lock held, as a loop over a list of work: a chain of 100,000 combinations settles
//! without recursion.

use std::collections::VecDeque;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{Combination, Hub, Origin, Promise, Scope, Source, cancelled};
use crate::runtime::ready::Seat;
use crate::runtime::store::{Recalled, Ticket};
use crate::value::Shared;

#[derive(Debug)]
enum Effect {
    Deliver { combination: Arc<Combination>, index: u32, promise: Shared<Promise> },
    ChildEnded { scope: Arc<Scope>, number: u32, promise: Shared<Promise> },
    Cancel(Shared<Promise>),
}

/// Tickets to push and further promises to settle or cancel. Must be run: dropping one with tickets in it is a bug.
#[must_use]
#[derive(Debug, Default)]
pub struct Ripple {
    tickets: SmallVec<[Ticket; 2]>,
    effects: VecDeque<Effect>,
    rejected: Vec<Shared<Promise>>,
    /// External operations that ended.
    pub(super) released: u64,
    /// Contexts that ended without running.
    ended: u64,
    /// Of the context that settles.
    origin: Option<Arc<Origin>>,
}

impl Ripple {
    /// A ripple of a context that ends.
    pub fn from_context(origin: Option<Arc<Origin>>) -> Ripple {
        Ripple { origin, ..Ripple::default() }
    }

    /// Cancels a promise: true if it was pending (LANGUAGE 10.7).
    pub fn cancel(&mut self, promise: &Shared<Promise>, hub: &Hub) -> bool {
        let Some(source) = promise.source() else { return false };
        match source {
            Source::Context(id) => self.cancel_context(hub, id),
            Source::Combination(combination) => {
                let first = Promise::finish(promise, cancelled(), self).is_ok();
                if let Some(combination) = combination.upgrade() {
                    combination.give_up(self);
                }
                return first;
            }
            _ => return Promise::finish(promise, cancelled(), self).is_ok(),
        }
        true
    }

    /// Carries everything out. Tickets join the queue in the order in which their contexts began to wait; one alone is the
    /// next on the seat of the context that settles.
    pub fn run(mut self, hub: &Hub, seat: Option<&Seat>) {
        loop {
            if let (Some(seat), [_]) = (seat, &self.tickets[..]) {
                self.tickets.pop().into_iter().for_each(|ticket| hub.hand_on(ticket, seat));
            }
            for ticket in self.tickets.drain(..) {
                hub.push(ticket, seat);
            }
            let Some(effect) = self.effects.pop_front() else { break };
            match effect {
                Effect::Cancel(promise) => {
                    self.cancel(&promise, hub);
                }
                Effect::Deliver { combination, index, promise } => {
                    if let Some(outcome) = promise.outcome() {
                        combination.deliver(index, outcome, &mut self);
                    }
                }
                Effect::ChildEnded { scope, number, promise } => {
                    if let Some(outcome) = promise.outcome() {
                        scope.child_ended(number, &outcome, hub, &mut self);
                    }
                }
            }
        }
        for promise in self.rejected.drain(..) {
            hub.note_rejection(promise, self.origin.clone());
        }
        // Only now: what these activities caused has been counted.
        hub.activity.end_contexts(self.ended);
        hub.activity.leave(self.released);
    }

    pub(super) fn ready(&mut self, ticket: Ticket) {
        self.tickets.push(ticket);
    }

    pub(super) fn deliver(&mut self, combination: Arc<Combination>, index: u32, promise: Shared<Promise>) {
        self.effects.push_back(Effect::Deliver { combination, index, promise });
    }

    pub(super) fn child_ended(&mut self, scope: Arc<Scope>, number: u32, promise: Shared<Promise>) {
        self.effects.push_back(Effect::ChildEnded { scope, number, promise });
    }

    pub(super) fn cancel_later(&mut self, promise: Shared<Promise>) {
        self.effects.push_back(Effect::Cancel(promise));
    }

    pub(super) fn rejected(&mut self, promise: Shared<Promise>) {
        self.rejected.push(promise);
    }

    /// Throws a cancellation in a context, or ends it if it did not start.
    pub(super) fn cancel_context(&mut self, hub: &Hub, id: crate::runtime::store::ContextId) {
        match hub.store.cancel(id) {
            Recalled::Gone | Recalled::Running => {}
            Recalled::Ready(ticket) => self.ready(ticket),
            Recalled::Unstarted(_, tenant) => {
                let _ = tenant.result.offer(cancelled(), self);
                self.ended += 1;
            }
        }
    }
}
