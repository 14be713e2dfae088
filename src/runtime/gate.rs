//! Mutexes and semaphores: gates that so many contexts may be behind at a time.
//!
//! A permit is a value in a channel: who enters takes one out, who leaves puts it back. So waiting, fairness and cancellation
//! are those of channels.
//! Invariant: who is behind a gate is known, since a context that waits for what it holds itself would wait for ever, and so do
//! contexts that wait for each other's.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::channel::{Channel, Exchange, Shape};
use super::promise::{Hub, Promise};
use super::store::ContextId;
use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault, Parcel, Resource, ResourceKind, Shared, Value};

/// A mutex or semaphore.
#[derive(Debug)]
pub struct Gate {
    permits: Channel,
    /// How many a semaphore has; a mutex has one.
    limit: Option<u32>,
    /// How many each context holds.
    holders: Mutex<FxHashMap<ContextId, u32>>,
}

impl Gate {
    /// A semaphore with so many permits, or a mutex.
    pub fn new(hub: &Arc<Hub>, permits: Option<u32>) -> Result<Gate, Fault> {
        let gate = Gate { permits: Channel::new(hub, None), limit: permits, holders: Mutex::default() };
        for _ in 0..gate.most() {
            gate.put_back()?;
        }
        Ok(gate)
    }

    /// Takes a permit, or the promise of one. DeadlockError if the context holds all there are.
    pub fn enter(&self, id: ContextId) -> Result<Option<Shared<Promise>>, Fault> {
        if self.held_by(id) == self.most() {
            let what = match self.limit {
                None => "with_lock: this context holds the mutex already".to_owned(),
                Some(1) => "with_permit: this context holds the semaphore's only permit already".to_owned(),
                Some(limit) => {
                    format!("with_permit: this context holds all {limit} permits of the semaphore already")
                }
            };
            return Err(Fault::new(ErrorKind::DeadlockError, format!("{what} and would wait for itself")));
        }
        Ok(match self.permits.receive(None, Shape::Plain) {
            Exchange::Now(_) => None,
            Exchange::Later([promise, _]) => Some(promise),
        })
    }

    /// Says who took the permit.
    pub fn hold(&self, id: ContextId) {
        *self.holders.lock().entry(id).or_default() += 1;
    }

    /// A context gives its permit back.
    pub fn leave(&self, id: ContextId) -> Result<(), Fault> {
        let mut holders = self.holders.lock();
        if let Some(held) = holders.get_mut(&id) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                holders.remove(&id);
            }
        }
        drop(holders);
        self.put_back()
    }

    /// The one context that holds all there is.
    pub fn sole_holder(&self) -> Option<ContextId> {
        let holders = self.holders.lock();
        holders.iter().next().filter(|(_, held)| **held == self.most()).map(|(id, _)| *id)
    }

    /// What a context that waits for it waits for.
    pub fn wanted(&self) -> &'static str {
        if self.limit.is_some() { "a permit of a semaphore" } else { "a mutex" }
    }

    fn held_by(&self, id: ContextId) -> u32 {
        self.holders.lock().get(&id).copied().unwrap_or(0)
    }

    fn most(&self) -> u32 {
        self.limit.unwrap_or(1)
    }

    fn put_back(&self) -> Result<(), Fault> {
        // There is always room: the channel is unbounded.
        self.permits.send(None, Parcel::plain(Value::Bool(true))).map(drop)
    }
}

impl Resource for Gate {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other(if self.limit.is_some() { "semaphore" } else { "mutex" })
    }

    fn text(&self) -> String {
        format!("<{}>", self.kind().name())
    }
}
