//! What a program does on signals: the functions of `on_signal`.
//!
//! A handler is a context that never started; each signal starts a copy of it.

use std::sync::Arc;

use super::promise::{Hub, Origin};
use super::store::{Held, Progress};
use crate::context::Context;
use crate::snapshot::{self, Form};
use crate::sync::Mutex;
use crate::vm::{Machine, SignalName};

/// What a signal starts.
#[derive(Clone)]
pub struct Handler {
    /// About to call the function.
    pub context: Context,
    /// Where it was registered.
    pub origin: Arc<Origin>,
    /// What runs it.
    pub machine: Arc<Machine>,
    /// The form of its snapshot.
    pub form: Form,
}

/// The handlers of a program.
#[derive(Default)]
pub struct Signals {
    handlers: Mutex<Vec<(SignalName, Handler)>>,
}

impl Signals {
    /// Sets the handler of a signal. True if it is the program's first.
    pub fn set(&self, signal: SignalName, handler: Handler) -> bool {
        let mut handlers = self.handlers.lock();
        let is_first = handlers.is_empty();
        let replaced = handlers.iter().position(|(known, _)| *known == signal);
        let replaced = replaced.map(|at| handlers.swap_remove(at));
        handlers.push((signal, handler));
        drop(handlers);
        drop(replaced);
        is_first
    }

    /// Starts the handler of a signal; false if there is none, or nothing may start any more.
    pub fn fire(&self, hub: &Arc<Hub>, signal: SignalName) -> bool {
        let handler = self.handlers.lock().iter().find(|(known, _)| *known == signal).cloned();
        let Some((_, Handler { mut context, origin, machine, form })) = handler else { return false };
        if hub.is_stopped() {
            return false;
        }
        let held = Held::Frozen(snapshot::freeze(&mut context, &machine.program, form));
        hub.admit(held, Progress::Unstarted, Some(origin), None);
        true
    }

    /// Lets go of all of them.
    pub fn forget(&self) {
        let forgotten = std::mem::take(&mut *self.handlers.lock());
        drop(forgotten);
    }
}

impl std::fmt::Debug for Signals {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Signals")
    }
}
