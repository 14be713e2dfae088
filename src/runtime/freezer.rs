//! How a worker keeps the contexts that leave its hand: warm, or frozen.
//!
//! Owns: the memory of one context, which the next thawed one uses.
//! Does not: know which contexts are warm (`warm` does), or where they wait.

use super::promise::Blocked;
use super::ready::Seat;
use super::request::World;
use super::store::Held;
use super::warm::Suspension;
use crate::context::Context;
use crate::snapshot::{self, Snapshot, ThawError};

/// The memory of a context with a larger stack, in values, is kept neither warm nor for the next.
const MOST_KEPT: usize = 4096;

/// What one worker freezes and thaws with.
#[derive(Default)]
pub(super) struct Freezer {
    spare: Option<Box<Context>>,
}

impl Freezer {
    /// A context as it is kept while it does not run.
    pub(super) fn hold(&mut self, mut context: Box<Context>, world: &World) -> Held<Blocked> {
        let program = &world.machine.program;
        if world.keeps_warm && context.stack.capacity() <= MOST_KEPT {
            snapshot::trim(&mut context, program);
            return Held::Warm(context);
        }
        let snapshot = snapshot::freeze(&mut context, program, world.form);
        self.reuse(context);
        Held::Frozen(snapshot)
    }

    /// A context that was frozen.
    pub(super) fn thaw(
        &mut self,
        snapshot: Snapshot,
        world: &World,
    ) -> (Box<Context>, Result<(), ThawError>) {
        let mut context = self.spare.take().unwrap_or_default();
        let thawed = snapshot::thaw(snapshot, &world.machine.program, &mut context);
        (context, thawed)
    }

    /// Freezes a context that has been warm for long, if it still is. If its ticket was spent meanwhile it is ready, and
    /// joins the queue of this seat.
    pub(super) fn chill(&mut self, (id, suspension): Suspension, world: &World, seat: &Seat) {
        let Some((mut context, beside)) = world.hub.store.chill(id, suspension) else { return };
        let snapshot = snapshot::freeze(&mut context, &world.machine.program, world.form);
        if let Some(ticket) = world.hub.store.put_chilled(id, Held::Frozen(snapshot), beside) {
            world.hub.push(ticket, Some(seat));
        }
        self.reuse(context);
    }

    /// Keeps the memory of a context that is done with, unless that is too much.
    pub(super) fn reuse(&mut self, mut context: Box<Context>) {
        if context.stack.capacity() <= MOST_KEPT {
            context.clear();
            self.spare = Some(context);
        }
    }
}
