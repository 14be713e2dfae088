//! Mutexes and semaphores: gates that so many contexts may be behind at a time.
//!
//! A permit is a value in a channel: who enters takes one out, who leaves puts it back. So waiting, fairness and cancellation
//! are those of channels.
//! Invariant: the holder of a mutex is known while it is held, since a context that waits for itself would wait for ever.

use std::sync::Arc;

use super::channel::{Channel, Exchange, Shape};
use super::promise::{Hub, Promise};
use super::store::ContextId;
use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault, Parcel, Resource, ResourceKind, Shared, Value};

/// A mutex or semaphore.
#[derive(Debug)]
pub struct Gate {
    permits: Channel,
    /// The context behind a mutex. A semaphore has none.
    holder: Option<Mutex<Option<ContextId>>>,
}

impl Gate {
    /// A semaphore with so many permits, or a mutex.
    pub fn new(hub: &Arc<Hub>, permits: Option<u32>) -> Result<Gate, Fault> {
        let holder = permits.is_none().then(Mutex::default);
        let gate = Gate { permits: Channel::new(hub, None), holder };
        for _ in 0..permits.unwrap_or(1) {
            gate.put_back()?;
        }
        Ok(gate)
    }

    /// Takes a permit, or the promise of one. DeadlockError if the context holds this mutex.
    pub fn enter(&self, id: ContextId) -> Result<Option<Shared<Promise>>, Fault> {
        if self.holder.as_ref().is_some_and(|holder| *holder.lock() == Some(id)) {
            let message = "with_lock: this context holds the mutex already and would wait for itself";
            return Err(Fault::new(ErrorKind::DeadlockError, message));
        }
        Ok(match self.permits.receive(None, Shape::Plain) {
            Exchange::Now(_) => None,
            Exchange::Later(promise) => Some(promise),
        })
    }

    /// Says who took the permit.
    pub fn hold(&self, id: ContextId) {
        if let Some(holder) = &self.holder {
            *holder.lock() = Some(id);
        }
    }

    /// Gives the permit back.
    pub fn leave(&self) -> Result<(), Fault> {
        if let Some(holder) = &self.holder {
            *holder.lock() = None;
        }
        self.put_back()
    }

    fn put_back(&self) -> Result<(), Fault> {
        // There is always room: the channel is unbounded.
        self.permits.send(None, Parcel::plain(Value::Bool(true))).map(drop)
    }
}

impl Resource for Gate {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other(if self.holder.is_some() { "mutex" } else { "semaphore" })
    }

    fn text(&self) -> String {
        format!("<{}>", self.kind().name())
    }
}
