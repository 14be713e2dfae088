//! What a program does at its end: the functions of `on_exit`, the last one first.
//!
//! They run in a main context of their own, which owns the module-level variables that the first one left, when all other
//! contexts have ended; so after `exit`, an error or an interrupt too, but not when the time of the run is over.

use super::request::World;
use super::store::Held;
use super::{RunEnd, Runtime};
use crate::context::Context;
use crate::value::{Fault, Parcel};

/// The prelude's function that calls them.
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

    /// Lets go of all of them.
    pub(super) fn forget_exits(&self) {
        let forgotten = std::mem::take(&mut *self.memory.exits.lock());
        drop(forgotten);
    }
}

impl Runtime {
    /// Runs them; how the program ends with that.
    pub(super) fn run_exits(&mut self, end: RunEnd, unawaited: &mut Vec<Fault>) -> RunEnd {
        let is_due = !matches!(end, RunEnd::TimedOut(_) | RunEnd::OffSchedule(_));
        if !is_due || self.shop.world.memory.exits.lock().is_empty() {
            return end;
        }
        self.clear();
        let world = &self.shop.world;
        let Some(function) = world.machine.program.prelude.get(CALLER).copied() else { return end };
        let Context { globals, cells, .. } = world.hub.take_estate().unwrap_or_default();
        let started = Context::start(&world.machine.program, function, None, Vec::new(), globals);
        let mut context = Context { cells, ..started };
        let (id, promise) = world.admit(&mut context, Held::New, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise));
        let last = self.oversee();
        unawaited.extend(self.unawaited());
        // `exit` in one of them, or an error if there was none before, is what counts.
        match (end, last) {
            (RunEnd::Completed(value), RunEnd::Completed(_)) => RunEnd::Completed(value),
            (RunEnd::Completed(_), last) | (_, last @ RunEnd::Exit(_)) => last,
            (end, _) => end,
        }
    }
}
