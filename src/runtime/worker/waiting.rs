//! How a context leaves a worker to wait for a promise.
//!
//! Invariant: it is in the store before its ticket goes to the promise.

use std::sync::Arc;

use super::{Mode, Worker, count_waiting, serve};
use crate::runtime::failure::internal;
use crate::runtime::live::Live;
use crate::runtime::promise::{Blocked, Promise, Resume, Source};
use crate::runtime::ready::Seat;
use crate::runtime::sleep::Parker;
use crate::runtime::store::{Held, Stored, Taken};
use crate::runtime::trace::Wait;
use crate::value::Handle;

impl Worker {
    /// The context waits for a promise that was pending a moment ago. Gives it back if it goes on in this thread.
    pub(super) fn wait(&mut self, mut live: Live, handle: &Handle, fuel: &mut u32) -> Option<Live> {
        let Some(promise) = handle.get::<Promise>() else {
            live.context.wait = None;
            live.context.pending = Some(internal("a wait for something that is no promise"));
            return Some(live);
        };
        if let Some(seat) = &self.seat {
            seat.counters.parks.add_alone(1);
        }
        if let Some(lane) = self.seat.as_mut().and_then(Seat::lane_mut) {
            lane.waits(kind_of_wait(promise));
        }
        if self.shop.mode == Mode::Blocking {
            let shop = Arc::clone(&self.shop);
            if self.shop.crew.reserve(move || serve(&shop)) {
                return self.block(live, promise, fuel);
            }
        }
        let stored = self.store(live);
        self.park(stored, promise);
        None
    }

    /// The end of a wait's beginning: the context is in the store, so from here on it may already run elsewhere.
    fn park(&self, stored: Stored, promise: &Promise) {
        let hub = &self.shop.world.hub;
        let ready = match stored {
            Stored::Cancelled(ticket) => Err(ticket),
            Stored::Waiting(ticket) => promise.park(ticket),
        };
        match ready {
            Err(ticket) => hub.push_counted(ticket, self.seat.as_ref()),
            Ok(()) => hub.rest(self.seat.as_ref()),
        }
    }

    /// Without cooperative suspension: the same steps, but the context stays in this thread's hands, and the seat goes
    /// to a spare thread until a worker finds the ticket and hands its own seat over.
    fn block(&mut self, live: Live, promise: &Promise, fuel: &mut u32) -> Option<Live> {
        let trace = live.context.trace();
        let Live { id, mut context, mut tenant, cancels, .. } = live;
        self.count(&mut context);
        if self.shop.world.hub.is_watched() {
            tenant.note_moment();
        }
        let parker = Arc::new(Parker::default());
        let blocked = Blocked { parker: Arc::clone(&parker), awaited: context.awaited().cloned(), trace };
        let hub = Arc::clone(&self.shop.world.hub);
        let held = Held::Blocked(Box::new(blocked));
        count_waiting(&mut self.seat, &held, 1);
        let stored = hub.store.put(id, held, tenant, cancels);
        self.park(stored, promise);
        self.seat.iter_mut().filter_map(Seat::lane_mut).for_each(|lane| lane.end());
        let seat = self.seat.take().expect("a running worker has its seat");
        hub.settle_up(&seat);
        self.shop.crew.give(seat);
        if hub.is_stopped()
            && let Some(Taken { beside, .. }) = hub.store.recall(id)
        {
            // The end came before the wait was seen. The activity was given back by `park`.
            if beside.origin.is_none() {
                hub.bequeath(&mut context);
            }
            hub.store.end(id);
            drop(beside);
            hub.activity.end_contexts(1);
            return None;
        }
        match parker.wait() {
            Resume::Stop => None,
            Resume::Go { seat, tenant, cancels } => {
                self.seat = Some(seat);
                let mut live = Live { id, context, tenant, cancels, created: None };
                *fuel = self.resume(&mut live);
                Some(live)
            }
        }
    }
}

/// What a wait for this promise is in a trace.
fn kind_of_wait(promise: &Promise) -> Wait {
    match promise.source() {
        Some(Source::Timer) => Wait::Timer,
        Some(Source::Job) => Wait::Operation,
        _ => Wait::Inside,
    }
}
