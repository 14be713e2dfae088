//! Promises: where contexts wait, and the duty to end their waiting.
//!
//! Owns: the outcome of every promise, once it has one, and until then its waiters: tickets of contexts, and links to
//! combinations (`promise_all` and kin) and scopes.
//! Invariant: a promise settles once, and every ticket handed to it comes out exactly once: back from `park` if it is
//! settled already (check and push happen under one lock), else from the first settle.
//! Invariant: no ticket is pushed and nothing of another promise is touched while a promise's lock is held. What a
//! settle sets in motion is collected in a `Ripple` and carried out afterwards, in a loop, so that chains of any length
//! need no stack.
//! Does not: know where outcomes come from.

mod combine;
mod hub;
mod origin;
mod outside;
mod rest;
mod ripple;
mod scope;

use std::sync::Arc;

pub(in crate::runtime) use combine::wrap;
pub use combine::{Combination, Kind};
pub use hub::{Blocked, Channels, Hub, Rejection, Resume, Tenant, Verdict, awaited};
pub use origin::Origin;
pub use outside::{Ended, Expect, Outside};
pub use ripple::Ripple;
pub(in crate::runtime) use scope::children_of;
pub use scope::{Closed, Closing, Scope};

use super::ready::Seat;
use super::store::{ContextId, Ticket};
use crate::sync::{AtomicBool, SettleLock};
use crate::value::{ErrorKind, Fault, Outcome, Parcel, Resource, ResourceKind, Shared, Value};

/// Who settles a promise: what a cancellation has to do, and what reports say.
#[derive(Clone, Debug)]
pub enum Source {
    /// A context, by ending.
    Context(ContextId),
    /// A combination of other promises.
    Combination(std::sync::Weak<Combination>),
    /// A timer.
    Timer,
    /// A file operation, a computation or the terminal.
    Job,
    /// A channel, by giving a value.
    Receive,
    /// A channel, by having room.
    Send,
    /// The same, or a timer.
    TimedReceive,
    /// Several channels.
    Select,
    /// The same, or a timer.
    TimedSelect,
    /// A script, by resolving or rejecting it.
    Deferred,
    /// Whoever holds a shared value, by releasing it.
    Hold,
    /// The children of an `async_scope`, by ending.
    Scope(std::sync::Weak<Scope>),
}

impl Source {
    /// Whether it is an activity of its own: something outside of contexts that will end.
    pub fn is_external(&self) -> bool {
        matches!(self, Source::Timer | Source::Job | Source::TimedReceive | Source::TimedSelect)
    }
}

#[derive(Debug)]
enum Waiter {
    Context(Ticket),
    Link { combination: Arc<Combination>, index: u32 },
    Child { scope: Arc<Scope>, number: u32 },
}

/// Almost every promise has no waiter or one, which needs no allocation.
#[derive(Debug, Default)]
#[allow(clippy::box_collection, reason = "a Vec in place would make every promise 16 bytes larger")]
enum Waiters {
    #[default]
    None,
    One(Waiter),
    Many(Box<Vec<Waiter>>),
}

impl Waiters {
    fn push(&mut self, waiter: Waiter) {
        match std::mem::take(self) {
            Waiters::None => *self = Waiters::One(waiter),
            Waiters::One(first) => *self = Waiters::Many(Box::new(vec![first, waiter])),
            Waiters::Many(mut all) => {
                if all.len() == all.capacity() {
                    all.retain(Waiter::is_needed);
                }
                all.push(waiter);
                *self = Waiters::Many(all);
            }
        }
    }

    fn into_each(self, mut each: impl FnMut(Waiter)) {
        match self {
            Waiters::None => {}
            Waiters::One(waiter) => each(waiter),
            Waiters::Many(all) => all.into_iter().for_each(each),
        }
    }
}

impl Waiter {
    /// Links to combinations that have their outcome are dropped when the list would grow: a promise that is raced
    /// again and again must not collect them.
    fn is_needed(&self) -> bool {
        match self {
            Waiter::Context(_) | Waiter::Child { .. } => true,
            Waiter::Link { combination, .. } => !combination.is_done(),
        }
    }
}

/// What is known of a promise that is not settled.
#[derive(Debug)]
struct Pending {
    source: Source,
    waiters: Waiters,
    /// Whether only the context that waits knows it: then giving up the wait may settle it.
    private: bool,
}

/// A value that may not be there yet. Once it is, reading it takes no lock.
#[derive(Debug)]
pub struct Promise {
    /// Beside it whether anything ever asked for the outcome (LANGUAGE 10.11).
    state: SettleLock<Pending, Outcome, AtomicBool>,
}

/// Both references to a promise that only one context knows, which waits for it.
pub type Private = [Shared<Promise>; 2];

/// What settles a promise that was cancelled.
pub fn cancelled() -> Outcome {
    Err(Parcel::from_fault(Fault::new(ErrorKind::CancelledError, "Cancelled")))
}

/// Whether an outcome is a cancellation.
fn is_cancellation(outcome: &Outcome) -> bool {
    matches!(outcome, Err(Parcel { value: Value::Error(fault), .. }) if fault.is(ErrorKind::CancelledError))
}

impl Promise {
    /// A pending promise and the duty to settle it. A promise with an external source counts as an activity until it is
    /// settled.
    pub fn pair(hub: &Arc<Hub>, source: Source) -> (Shared<Promise>, Settler) {
        if source.is_external() {
            hub.activity.enter();
        }
        let [promise, duty] = Promise::pending(source, false);
        (promise, Settler { promise: duty, hub: Some(Arc::clone(hub)) })
    }

    /// The same for a source inside, and a promise that only the context which waits will know: a reference for its stack, and
    /// one for who parks it.
    pub fn private(source: Source) -> (Private, Owed) {
        debug_assert!(!source.is_external(), "it would have to be counted");
        let [own, parker, promise] = Promise::pending(source, true);
        ([own, parker], Owed { promise })
    }

    fn pending<const N: usize>(source: Source, private: bool) -> [Shared<Promise>; N] {
        let pending = Pending { source, waiters: Waiters::None, private };
        Shared::several(Promise { state: SettleLock::pending(pending, AtomicBool::new(private)) })
    }

    /// A settled promise. A rejection is reported at the end unless it is awaited.
    pub fn settled(hub: &Hub, outcome: Outcome) -> Shared<Promise> {
        let rejected = outcome.is_err() && !is_cancellation(&outcome);
        let promise = Shared::new(Promise { state: SettleLock::settled(outcome, AtomicBool::new(false)) });
        if rejected {
            hub.note_rejection(promise.clone(), None);
        }
        promise
    }

    /// Counts as awaited from now on.
    #[inline]
    pub fn mark_awaited(&self) {
        if !self.is_awaited() {
            self.state.beside.swap(true);
        }
    }

    fn is_awaited(&self) -> bool {
        self.state.beside.load()
    }

    /// Makes the ticket's context wait here. Gives the ticket back if there is nothing to wait for.
    pub fn park(&self, ticket: Ticket) -> Result<(), Ticket> {
        self.mark_awaited();
        let Ok(mut pending) = self.state.lock() else { return Err(ticket) };
        pending.waiters.push(Waiter::Context(ticket));
        Ok(())
    }

    /// Makes something else wait here, or gives the outcome.
    fn wait(&self, waiter: impl FnOnce() -> Waiter) -> Option<&Outcome> {
        self.mark_awaited();
        match self.state.lock() {
            Ok(mut pending) => {
                pending.waiters.push(waiter());
                None
            }
            Err(outcome) => Some(outcome),
        }
    }

    /// Makes a combination wait here, or gives the outcome.
    fn link(&self, combination: &Arc<Combination>, index: u32) -> Option<&Outcome> {
        self.wait(|| Waiter::Link { combination: Arc::clone(combination), index })
    }

    /// Makes it a child of a scope, or gives the outcome. Children count as awaited.
    fn watch(&self, scope: &Arc<Scope>, number: u32) -> Option<&Outcome> {
        self.wait(|| Waiter::Child { scope: Arc::clone(scope), number })
    }

    /// The outcome, if there is one. Unlike `poll` this does not count as awaiting.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.state.get()
    }

    /// Whether it is settled. Does not count as awaiting.
    pub fn is_settled(&self) -> bool {
        self.state.get().is_some()
    }

    /// `pending`, `resolved` or `rejected`.
    pub fn state_name(&self) -> &'static str {
        match self.outcome() {
            None => "pending",
            Some(Ok(_)) => "resolved",
            Some(Err(_)) => "rejected",
        }
    }

    /// Who is to settle it; `None` once it is settled.
    pub fn source(&self) -> Option<Source> {
        self.state.lock().ok().map(|pending| pending.source.clone())
    }

    /// Marks the promise of a call that waits: no script can name it. Whether it is pending.
    pub fn make_private(&self) -> bool {
        self.mark_awaited();
        let Ok(mut pending) = self.state.lock() else { return false };
        pending.private = true;
        true
    }

    /// The context that waited here gives up. True if an outcome is there, which it must then take: nothing that was
    /// delivered may be lost. Otherwise a private promise settles, so that a channel passes it over and a timer no
    /// longer counts.
    pub fn abandon(this: &Shared<Promise>, ripple: &mut Ripple) -> bool {
        match this.state.lock() {
            Err(_) => return true,
            Ok(pending) if !pending.private => return false,
            Ok(_) => {}
        }
        Promise::finish(this, cancelled(), ripple).is_err()
    }

    /// Settles it, unless it is settled: then the outcome comes back.
    pub fn finish(this: &Shared<Promise>, outcome: Outcome, ripple: &mut Ripple) -> Result<(), Outcome> {
        let Ok(pending) = this.state.lock() else { return Err(outcome) };
        let unnoticed = outcome.is_err() && !this.is_awaited() && !is_cancellation(&outcome);
        ripple.released += u64::from(pending.source.is_external());
        let Pending { waiters, .. } = pending.settle(outcome);
        waiters.into_each(|waiter| match waiter {
            Waiter::Context(ticket) => ripple.ready(ticket),
            Waiter::Link { combination, index } => ripple.deliver(combination, index, this.clone()),
            Waiter::Child { scope, number } => ripple.child_ended(scope, number, this.clone()),
        });
        if unnoticed {
            ripple.rejected(this.clone());
        }
        Ok(())
    }

    /// The error of a rejection that nothing ever awaited.
    pub fn unawaited(&self) -> Option<Fault> {
        let Err(parcel) = self.outcome()? else { return None };
        if self.is_awaited() {
            return None;
        }
        Some(match &parcel.value {
            Value::Error(fault) => fault.clone(),
            _ => Fault::new(ErrorKind::Thrown, "a promise was rejected with a value that is no error"),
        })
    }
}

impl Resource for Promise {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Promise
    }

    fn text(&self) -> String {
        format!("<promise {}>", self.state_name())
    }

    #[inline]
    fn poll(&self) -> Option<&Outcome> {
        self.mark_awaited();
        self.outcome()
    }

    fn take_outcome(&mut self) -> Option<Outcome> {
        self.mark_awaited();
        let outcome = self.state.get_mut().err()?;
        Some(std::mem::replace(outcome, Ok(Parcel::plain(Value::Null))))
    }
}

/// A duty to settle one promise that is kept where it will be done: whoever keeps it does it before it ends itself.
#[derive(Debug)]
#[must_use = "nobody else settles the promise"]
pub struct Owed {
    promise: Shared<Promise>,
}

impl Owed {
    /// The promise.
    pub fn promise(&self) -> &Shared<Promise> {
        &self.promise
    }

    /// Does the duty as part of a larger step; if the promise was settled before, the outcome comes back so that it can be
    /// given to another.
    pub fn discharge(self, outcome: Outcome, ripple: &mut Ripple) -> Result<(), Outcome> {
        Promise::finish(&self.promise, outcome, ripple)
    }

    /// It cannot be done any more: a DeadlockError.
    pub fn fail(self, hub: &Arc<Hub>) {
        drop(Settler { promise: self.promise, hub: Some(Arc::clone(hub)) });
    }
}

/// The duty to settle one promise. Move-only; dropping it settles the promise with a DeadlockError, since nothing else
/// could settle it any more.
#[derive(Debug)]
pub struct Settler {
    promise: Shared<Promise>,
    /// `None` once the duty is done: then dropping it need not look.
    hub: Option<Arc<Hub>>,
}

impl Settler {
    /// The promise.
    pub fn promise(&self) -> &Shared<Promise> {
        &self.promise
    }

    /// Does the duty. False if the promise was settled before (cancelled, timed out).
    pub fn settle(self, outcome: Outcome) -> bool {
        match self.postpone(outcome) {
            Ok(()) => true,
            Err((settler, outcome)) => settler.settle_with(outcome, Ripple::default(), None),
        }
    }

    /// Leaves the outcome of an operation to the schedule, if there is one.
    fn postpone(self, outcome: Outcome) -> Result<(), (Settler, Outcome)> {
        let Some(hub) = self.hub.as_ref().filter(|hub| hub.outside.is_some()).map(Arc::clone) else {
            return Err((self, outcome));
        };
        if !matches!(self.promise.source(), Some(Source::Job)) {
            return Err((self, outcome));
        }
        hub.outside.as_ref().map_or(Ok(()), |outside| outside.arrive(self, outcome))?;
        hub.ready.announce();
        Ok(())
    }

    /// The same, keeping what becomes ready near the worker on this seat.
    pub fn settle_at(self, outcome: Outcome, ripple: Ripple, seat: &Seat) -> bool {
        self.settle_with(outcome, ripple, Some(seat))
    }

    fn settle_with(mut self, outcome: Outcome, mut ripple: Ripple, seat: Option<&Seat>) -> bool {
        let first = Promise::finish(&self.promise, outcome, &mut ripple).is_ok();
        if let Some(hub) = self.hub.take() {
            ripple.run(&hub, seat);
        }
        first
    }

    /// Settles the promise as part of a larger step; if it was settled before, the outcome comes back so that it can be
    /// given to another.
    pub fn offer(&self, outcome: Outcome, ripple: &mut Ripple) -> Result<(), Outcome> {
        Promise::finish(&self.promise, outcome, ripple)
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        let Some(hub) = self.hub.take() else { return };
        if self.promise.is_settled() {
            return;
        }
        let fault = Fault::new(ErrorKind::DeadlockError, "Nothing is left that could settle this promise");
        let settler = Settler { promise: self.promise.clone(), hub: Some(hub) };
        settler.settle(Err(Parcel::from_fault(fault)));
    }
}

#[cfg(not(any(ruff_loom, ruff_shuttle)))]
const _: () = assert!(size_of::<Promise>() <= 48, "a pending promise is small");
