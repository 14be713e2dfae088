//! Which suspended contexts are still warm: as they were, not frozen.
//!
//! Owns: for one worker, the suspensions that it left warm. A context has one place here, by its id; a later suspension
//! in this place makes the earlier one due to be frozen. So contexts that wait for each other are neither frozen nor
//! thawed, and a million that wait long are compact.
//! Invariant: a worker leaves at most `PLACES` contexts warm.
//! Does not: know whether they still wait. `Store::chill` finds out, and nothing here makes a ticket void.

use super::store::ContextId;

/// So many contexts may be warm for each worker: with a small stack each takes less than a kilobyte.
const PLACES: usize = if crate::sync::MODELLED { 1 } else { 1024 };

/// One suspension of a context.
pub type Suspension = (ContextId, u32);

/// The suspensions that one worker left warm.
#[derive(Debug)]
pub struct Warm {
    places: Box<[Option<Suspension>]>,
}

impl Default for Warm {
    fn default() -> Warm {
        Warm { places: vec![None; PLACES].into_boxed_slice() }
    }
}

impl Warm {
    /// Remembers a suspension. Gives the one that is to be frozen for it.
    pub fn keep(&mut self, suspension: Suspension) -> Option<Suspension> {
        let before = self.place(suspension.0).replace(suspension);
        before.filter(|(id, _)| *id != suspension.0)
    }

    /// A context goes on: nothing is to be frozen for it.
    pub fn forget(&mut self, id: ContextId) {
        let place = self.place(id);
        if place.is_some_and(|(kept, _)| kept == id) {
            *place = None;
        }
    }

    fn place(&mut self, id: ContextId) -> &mut Option<Suspension> {
        &mut self.places[id.number() as usize % PLACES]
    }
}
