//! Open `async_scope` blocks (LANGUAGE 10.8).
//!
//! Owns: which children of a block have not ended, the first failure, and which cancellations are the scope's own.
//! Protocol: only the owner, the context that runs the block, adopts children and closes; children end on any thread.
//! 1. A child that fails first makes the scope failed under the lock. Then, without the lock, it asks for the block's
//!    cancellation and has its siblings cancelled. Only after that it counts as ended.
//! 2. The owner closes: with children left it waits for one promise, which the last child to end settles.
//! 3. So once the owner finds no children left, every cancellation that the scope asked for has reached the store, and one
//!    that was not thrown yet can be taken back there. What others asked for meanwhile is thrown then.
//!
//! Invariant: the lock is never held while a promise's lock or the store's is taken.
//! Does not: throw anything; the owner's worker does.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::{Hub, Promise, Ripple, Settler, Source, is_cancellation};
use crate::runtime::store::ContextId;
use crate::sync::Mutex;
use crate::value::{Fault, Handle, Outcome, Parcel, Resource, ResourceKind, Shared, Value};

/// What became of the cancellation that a failed scope asks for in its block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    /// It did not ask.
    #[default]
    No,
    /// It is among the cancellations that the owner has still to throw.
    Pending,
    /// It was thrown, or met an owner that waits for the children anyway.
    Thrown,
}

#[derive(Debug, Default)]
struct State {
    /// The children that have not ended, in the order in which they were made.
    children: BTreeMap<u32, Shared<Promise>>,
    next: u32,
    /// Whether the scope has failed: then nothing that belongs to it goes on.
    failed: bool,
    /// The first failure, unless it was the block's own.
    failure: Option<Parcel>,
    asked: Asked,
    /// Cancellations that met the owner while it waited for the children; they are thrown when these have ended.
    postponed: u32,
    /// The duty to end the owner's wait.
    waiting: Option<Settler>,
}

impl State {
    fn all(&self) -> Vec<Shared<Promise>> {
        self.children.values().cloned().collect()
    }

    fn others(&self, number: u32) -> impl Iterator<Item = Shared<Promise>> {
        let others = self.children.iter().filter(move |(other, _)| **other != number);
        others.map(|(_, promise)| promise.clone())
    }
}

/// An open scope.
#[derive(Debug)]
pub struct Scope {
    owner: ContextId,
    /// The scope around it, of the same context.
    outer: Option<Arc<Scope>>,
    state: Mutex<State>,
}

/// What closing came to.
#[must_use]
#[derive(Debug)]
pub enum Closing {
    /// Children are left; they will settle this.
    Waits(Shared<Promise>),
    /// All have ended.
    Done(Closed),
}

/// What is left of a scope.
#[derive(Debug)]
pub struct Closed {
    /// The first failure, unless it was the block's own.
    pub failure: Option<Parcel>,
    /// Whether the block ended with an error.
    pub block_failed: bool,
    /// Cancellations that the owner has to throw now.
    pub postponed: u32,
    /// Cancellations among the owner's that were the scope's and are no longer wanted.
    pub withdrawn: u32,
}

impl Scope {
    /// Opens a scope of `owner` inside of `outer`.
    pub fn open(owner: ContextId, outer: Option<Arc<Scope>>) -> Arc<Scope> {
        Arc::new(Scope { owner, outer, state: Mutex::new(State::default()) })
    }

    /// The scope around this one.
    pub fn outer(&self) -> Option<Arc<Scope>> {
        self.outer.clone()
    }

    /// How many children have not ended.
    pub fn children(&self) -> usize {
        self.state.lock().children.len()
    }

    /// Makes a promise that the owner just created a child. In a failed scope it is cancelled at once.
    pub fn adopt(self: &Arc<Scope>, promise: &Shared<Promise>, hub: &Hub) {
        let mut ripple = Ripple::default();
        let mut state = self.state.lock();
        while state.children.contains_key(&state.next) {
            state.next = state.next.wrapping_add(1);
        }
        let number = state.next;
        state.next = number.wrapping_add(1);
        state.children.insert(number, promise.clone());
        drop(state);
        if let Some(outcome) = promise.watch(self, number) {
            self.child_ended(number, outcome, hub, &mut ripple);
        }
        // Behind the insertion: a failure before it left this child out.
        if self.state.lock().failed {
            ripple.cancel_later(promise.clone());
        }
        ripple.run(hub, None);
    }

    /// A child has its outcome.
    pub(super) fn child_ended(
        self: &Arc<Scope>,
        number: u32,
        outcome: &Outcome,
        hub: &Hub,
        ripple: &mut Ripple,
    ) {
        if let Err(error) = outcome
            && !is_cancellation(outcome)
        {
            self.fail(number, error, hub, ripple);
        }
        let mut state = self.state.lock();
        state.children.remove(&number);
        let waiting = if state.children.is_empty() { state.waiting.take() } else { None };
        drop(state);
        if let Some(waiting) = waiting {
            // The owner asks again with what it gets.
            let scope = Value::Handle(Handle::new(Arc::<Scope>::clone(self)));
            let _ = waiting.offer(Ok(Parcel::plain(scope)), ripple);
        }
    }

    /// A child failed; it still counts as one that has not ended.
    fn fail(&self, number: u32, error: &Parcel, hub: &Hub, ripple: &mut Ripple) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.failed, true) {
            return;
        }
        state.failure = Some(error.clone());
        let block_runs = state.waiting.is_none();
        if block_runs {
            state.asked = Asked::Pending;
        }
        let others: Vec<_> = state.others(number).collect();
        drop(state);
        if block_runs {
            ripple.cancel_context(hub, self.owner);
        }
        others.into_iter().for_each(|other| ripple.cancel_later(other));
    }

    /// The block has ended, or the owner waited long enough: closes if all children have ended.
    pub fn close(self: &Arc<Scope>, hub: &Arc<Hub>, block_failed: bool) -> Closing {
        let mut state = self.state.lock();
        let first = block_failed && !std::mem::replace(&mut state.failed, true);
        if state.children.is_empty() {
            let withdrawn = u32::from(state.asked == Asked::Pending);
            state.asked = Asked::Thrown;
            let (failure, postponed) = (state.failure.take(), std::mem::take(&mut state.postponed));
            return Closing::Done(Closed { failure, block_failed, postponed, withdrawn });
        }
        let (promise, settler) = Promise::pair(hub, Source::Scope(Arc::downgrade(self)));
        state.waiting = Some(settler);
        let children = if first { state.all() } else { Vec::new() };
        drop(state);
        cancel_all(children, hub);
        Closing::Waits(promise)
    }

    /// Something was to be thrown in the owner while it waited for the children: `cancels` cancellations, or the error of a
    /// deadlock. The wait goes on; the children are cancelled so that it ends.
    pub fn interrupt(&self, cancels: u32, thrown: Option<Fault>, hub: &Hub) {
        let mut state = self.state.lock();
        let own = cancels > 0 && state.asked == Asked::Pending;
        if own {
            state.asked = Asked::Thrown;
        }
        let others = cancels - u32::from(own);
        state.postponed += others;
        if others == 0 && thrown.is_none() {
            return;
        }
        if !std::mem::replace(&mut state.failed, true)
            && let Some(fault) = thrown
        {
            state.failure = Some(Parcel::from_fault(fault));
        }
        let children = state.all();
        drop(state);
        cancel_all(children, hub);
    }

    /// The owner throws a cancellation: the innermost scope that asked for one has had it.
    pub fn cancellation_thrown(&self) {
        let mut scope = self;
        loop {
            let mut state = scope.state.lock();
            if state.asked == Asked::Pending {
                state.asked = Asked::Thrown;
                return;
            }
            drop(state);
            let Some(outer) = &scope.outer else { return };
            scope = outer;
        }
    }

    /// The owner ended without closing (a bug of ours ended it): nobody waits for the children, so they are cancelled.
    pub fn give_up(&self, hub: &Hub) {
        let mut state = self.state.lock();
        state.failed = true;
        let children = state.all();
        drop(state);
        cancel_all(children, hub);
        if let Some(outer) = &self.outer {
            outer.give_up(hub);
        }
    }
}

fn cancel_all(children: Vec<Shared<Promise>>, hub: &Hub) {
    let mut ripple = Ripple::default();
    children.into_iter().for_each(|child| ripple.cancel_later(child));
    ripple.run(hub, None);
}

/// The scope that a promise's source refers to, while it is open.
pub(in crate::runtime) fn children_of(scope: &Weak<Scope>) -> usize {
    scope.upgrade().map_or(0, |scope| scope.children())
}

impl Resource for Scope {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("async_scope")
    }

    fn text(&self) -> String {
        "<async_scope>".to_owned()
    }
}
