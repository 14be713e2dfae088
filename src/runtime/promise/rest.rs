//! What ends on a seat rests there, counted, until something begins there in its place.
//!
//! All workers count contexts and activities in one word (`Activity`). To change it for each context would send it from processor to
//! processor; so a seat keeps what ended on it, gets several at once when it has none, and gives back what is too much.
//! Invariant: where contexts rest, an activity rests, too. What else is active may be stolen and end elsewhere, and contexts that are
//! alive beside no activity are what the overseer takes for a deadlock.
//! Invariant: the word counts at least what there is. It counts exactly that, and tells the overseer when it is nothing, when all
//! seats have settled up: before whoever has one sleeps, or lets go of it.

use super::Hub;
use crate::runtime::ready::{Resting, Seat};
use crate::sync::MODELLED;

/// So many contexts and activities are counted at once: all workers count in one word.
const AT_ONCE: u64 = if MODELLED { 1 } else { 32 };

/// More than this rest on no seat.
const MOST_RESTING: u64 = 2 * AT_ONCE;

impl Hub {
    /// An activity begins: the one that rests on this seat, if one does.
    pub(super) fn enter(&self, seat: Option<&Seat>) {
        match seat.map(|seat| (seat, seat.resting())) {
            Some((seat, resting)) if resting.activities > u64::from(resting.contexts > 0) => {
                seat.set_resting(Resting { activities: resting.activities - 1, ..resting });
            }
            _ => self.activity.enter(),
        }
    }

    /// A context begins, and is ready: one that rests on this seat, or one of several that are counted at once.
    pub(super) fn begin_context(&self, seat: Option<&Seat>) {
        let Some(seat) = seat else { return self.activity.begin(1, 1) };
        let mut resting = seat.resting();
        if resting.contexts == 0 || resting.activities <= u64::from(resting.contexts > 1) {
            self.activity.begin(AT_ONCE, AT_ONCE);
            resting.contexts += AT_ONCE;
            resting.activities += AT_ONCE;
        }
        resting.contexts -= 1;
        resting.activities -= 1;
        seat.set_resting(resting);
    }

    /// The activity of the context on this seat ends, which waits now. It goes on counting for the next one that begins here,
    /// until the seat settles up: what wakes a context is most often what waits next.
    pub fn rest(&self, seat: Option<&Seat>) {
        match seat {
            Some(seat) => self.rest_on(seat, 0),
            None => self.activity.leave(1),
        }
    }

    /// The same, and the context ended.
    pub fn end_running(&self, seat: Option<&Seat>) {
        match seat {
            Some(seat) => self.rest_on(seat, 1),
            None => self.activity.end_running(),
        }
    }

    fn rest_on(&self, seat: &Seat, contexts: u64) {
        let mut resting = seat.resting();
        resting.contexts += contexts;
        resting.activities += 1;
        let over = |count: u64| if count > MOST_RESTING { AT_ONCE } else { 0 };
        let (contexts, activities) = (over(resting.contexts), over(resting.activities));
        resting.contexts -= contexts;
        resting.activities -= activities;
        seat.set_resting(resting);
        self.activity.end(contexts, activities);
    }

    /// Ends what rests on this seat. To be called before whoever has it sleeps, or lets go of it.
    pub fn settle_up(&self, seat: &Seat) {
        let Resting { contexts, activities } = seat.resting();
        seat.set_resting(Resting::default());
        self.activity.end(contexts, activities);
    }
}
