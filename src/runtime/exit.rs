//! How a program ends: what becomes of its output; the functions of `on_exit`, the last one first; and on signals, which would end it.
//!
//! Each runs in a main context of its own, which owns the module-level variables that the one before left, when all other
//! contexts have ended; so after `exit`, an error or an interrupt too, but not when the time of the run is over. So `exit` in
//! one of them ends that one alone. An interrupt while they run ends them all.

use std::sync::Arc;

use super::promise::{Origin, Promise, Tenant, Verdict};
use super::request::{Reply, World};
use super::signal::Handler;
use super::store::Progress;
use super::{RunEnd, Runtime};
use crate::bytecode::FunctionId;
use crate::context::Context;
use crate::value::{ErrorKind, Fault, Parcel, Value};
use crate::vm::SignalName;

/// The prelude's function that calls the last one.
const CALLER: &str = "__after_on_exit";

impl World {
    /// Registers a function.
    pub(super) fn on_exit(&self, function: Parcel) {
        // They may need the module-level variables.
        self.hub.keep_estate();
        self.memory.exits.lock().push(function);
    }

    /// Takes the function out that was registered last.
    pub(super) fn next_exit(&self) -> Option<Parcel> {
        self.memory.exits.lock().pop()
    }

    /// Lets go of all of them, and of what signals would start.
    pub(super) fn forget_exits(&self) {
        let forgotten = std::mem::take(&mut *self.memory.exits.lock());
        drop(forgotten);
        self.memory.signals.forget();
    }

    /// The next context that this one creates is what a signal starts.
    pub(super) fn on_signal(&self, signal: SignalName, tenant: &mut Tenant) -> Result<Value, Fault> {
        if self.schedule.is_some() {
            let message = "on_signal: a run whose order is given cannot act on signals";
            return Err(Fault::new(ErrorKind::UnsupportedError, message));
        }
        self.io.watch_signal(&self.hub, &self.memory.signals, signal)?;
        tenant.enlist(signal);
        Ok(Value::Null)
    }

    /// Keeps a context for a signal.
    pub(super) fn handle_signal(&self, signal: SignalName, context: Context, origin: Arc<Origin>) -> Reply {
        let handler = Handler { context, origin, machine: Arc::clone(&self.machine), form: self.form };
        if self.memory.signals.set(signal, handler) {
            // From now on a context that waits may be woken from outside: no deadlock is one.
            self.hub.activity.enter();
        }
        Promise::settled(&self.hub, Ok(Parcel::plain(Value::Null))).into()
    }
}

impl Runtime {
    /// The end of a run whose last words are written now. Nobody is told twice that something cannot be written.
    pub(super) fn shown(&self, end: RunEnd) -> RunEnd {
        match self.shop.world.output.flush().map_err(|error| Verdict::of_output(&error)) {
            Err(Verdict::Unwritable(reason)) if matches!(end, RunEnd::Completed(_) | RunEnd::Exit(_)) => {
                RunEnd::Unwritable(reason)
            }
            _ => end,
        }
    }

    /// Runs them; how the program ends with that.
    pub(super) fn run_exits(&mut self, end: RunEnd, unawaited: &mut Vec<Fault>) -> RunEnd {
        let Some(function) = self.shop.world.machine.program.prelude.get(CALLER).copied() else { return end };
        let mut end = end;
        let mut is_due = !matches!(end, RunEnd::TimedOut(_) | RunEnd::OffSchedule(_));
        while is_due && !self.shop.world.memory.exits.lock().is_empty() {
            let last = self.run_exit(function);
            unawaited.extend(self.unawaited());
            is_due = matches!(last, RunEnd::Completed(_) | RunEnd::Failed(_) | RunEnd::Exit(_));
            end = match (end, last) {
                (end, RunEnd::Completed(_)) => end,
                // The first error ends the program; another is reported beside it.
                (end @ (RunEnd::Failed(_) | RunEnd::Exit(_)), RunEnd::Failed(fault)) => {
                    unawaited.push(fault);
                    end
                }
                // The latest `exit` counts, and hides no error.
                (RunEnd::Failed(fault), last) => {
                    unawaited.push(fault);
                    last
                }
                (_, last) => last,
            };
        }
        end
    }

    /// Runs the one that was registered last.
    fn run_exit(&mut self, function: FunctionId) -> RunEnd {
        self.clear();
        let world = &self.shop.world;
        let Context { globals, cells, .. } = world.hub.take_estate().unwrap_or_default();
        world.hub.keep_estate();
        let started = Context::start(&world.machine.program, function, None, Vec::new(), globals);
        let context = Context { cells, ..started };
        let (id, promise) = world.admit(context.into(), Progress::Unstarted, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise));
        self.oversee()
    }
}

impl From<Verdict> for RunEnd {
    fn from(verdict: Verdict) -> RunEnd {
        match verdict {
            Verdict::Failed(fault) => RunEnd::Failed(fault),
            Verdict::Exit(code) => RunEnd::Exit(code),
            Verdict::Unwritable(reason) => RunEnd::Unwritable(reason),
            Verdict::Interrupted => RunEnd::Interrupted,
            Verdict::OffSchedule(message) => RunEnd::OffSchedule(message),
        }
    }
}
