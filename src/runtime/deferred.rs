//! Promises that a script settles itself.

use super::promise::Settler;
use crate::sync::Mutex;
use crate::value::{Outcome, Resource, ResourceKind};

/// The right to settle a promise, once. If nobody can use it any more, whoever waits gets a DeadlockError, and if nobody
/// does, nothing is reported.
#[derive(Debug)]
pub struct Resolver {
    settler: Mutex<Option<Settler>>,
}

impl Resolver {
    /// The right to do this duty.
    pub fn new(settler: Settler) -> Resolver {
        Resolver { settler: Mutex::new(Some(settler)) }
    }

    /// Settles the promise; false if that was done before.
    pub fn settle(&self, outcome: Outcome) -> bool {
        let settler = self.settler.lock().take();
        settler.is_some_and(|settler| settler.settle(outcome))
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        let settler = self.settler.lock().take();
        if let Some(settler) = settler {
            settler.promise().mark_awaited();
        }
    }
}

impl Resource for Resolver {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("resolver")
    }

    fn text(&self) -> String {
        "<resolver>".to_owned()
    }
}
