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
    /// External operations that ended.
    pub(super) released: u64,
    /// Contexts that ended without running.
    ended: u64,
    rare: Option<Box<Rare>>,
}

/// What few ripples have: there is one for every send and receive.
#[derive(Debug, Default)]
struct Rare {
    effects: VecDeque<Effect>,
    rejected: Vec<Shared<Promise>>,
    /// Of the context that settles.
    origin: Option<Arc<Origin>>,
}

impl Ripple {
    /// A ripple of a context that ends.
    pub fn from_context(origin: Option<Arc<Origin>>) -> Ripple {
        let rare = origin.map(|origin| Box::new(Rare { origin: Some(origin), ..Rare::default() }));
        Ripple { rare, ..Ripple::default() }
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
    #[inline]
    pub fn run(mut self, hub: &Hub, seat: Option<&Seat>) {
        if self.rare.is_some() || self.ended + self.released > 0 {
            return self.run_all(hub, seat);
        }
        self.push_all(hub, seat);
    }

    fn run_all(mut self, hub: &Hub, seat: Option<&Seat>) {
        loop {
            self.push_all(hub, seat);
            let Some(effect) = self.rare.as_mut().and_then(|rare| rare.effects.pop_front()) else { break };
            match effect {
                Effect::Cancel(promise) => {
                    self.cancel(&promise, hub);
                }
                Effect::Deliver { combination, index, promise } => {
                    if let Some(outcome) = promise.outcome() {
                        combination.deliver(index, outcome.clone(), &mut self);
                    }
                }
                Effect::ChildEnded { scope, number, promise } => {
                    if let Some(outcome) = promise.outcome() {
                        scope.child_ended(number, outcome, hub, &mut self);
                    }
                }
            }
        }
        if let Some(rare) = self.rare {
            rare.rejected.into_iter().for_each(|promise| hub.note_rejection(promise, rare.origin.clone()));
        }
        // Only now: what these activities caused has been counted.
        hub.activity.end_contexts(self.ended);
        hub.activity.leave(self.released);
    }

    fn push_all(&mut self, hub: &Hub, seat: Option<&Seat>) {
        match (seat, self.tickets.len()) {
            (_, 0) => {}
            (Some(seat), 1) => self.tickets.pop().into_iter().for_each(|ticket| hub.hand_on(ticket, seat)),
            _ => self.tickets.drain(..).for_each(|ticket| hub.push(ticket, seat)),
        }
    }

    pub(super) fn ready(&mut self, ticket: Ticket) {
        self.tickets.push(ticket);
    }

    pub(super) fn deliver(&mut self, combination: Arc<Combination>, index: u32, promise: Shared<Promise>) {
        self.later(Effect::Deliver { combination, index, promise });
    }

    pub(super) fn child_ended(&mut self, scope: Arc<Scope>, number: u32, promise: Shared<Promise>) {
        self.later(Effect::ChildEnded { scope, number, promise });
    }

    pub(super) fn cancel_later(&mut self, promise: Shared<Promise>) {
        self.later(Effect::Cancel(promise));
    }

    pub(super) fn rejected(&mut self, promise: Shared<Promise>) {
        self.rare.get_or_insert_default().rejected.push(promise);
    }

    fn later(&mut self, effect: Effect) {
        self.rare.get_or_insert_default().effects.push_back(effect);
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
