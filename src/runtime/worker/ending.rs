//! How a context leaves a worker for good: with a result, with an error, or because the program ended.
//!
//! Invariant: the context is out of the store before its promise settles, and its activity is given back last.

use super::Worker;
use crate::runtime::live::Live;
use crate::runtime::promise::Ripple;
use crate::value::{Fault, Hop, Outcome, Value};

impl Worker {
    /// The context failed.
    pub(super) fn fail(&mut self, live: Live, fault: Fault) {
        let fault = match &live.tenant.origin {
            Some(origin) => fault.passing(Hop::Spawned(origin.site())),
            None => {
                self.shop.world.hub.main_failed(&fault);
                fault
            }
        };
        let packed = live.context.pack(Value::Error(fault));
        self.end(live, Err(packed));
    }

    /// The context ended.
    pub(super) fn end(&mut self, live: Live, outcome: Outcome) {
        let Live { id, mut context, tenant, .. } = live;
        let hub = &self.shop.world.hub;
        self.count(&mut context);
        if let Some(scope) = tenant.scope() {
            scope.give_up(hub);
        }
        let is_main = tenant.origin.is_none();
        if is_main {
            hub.bequeath(&mut context);
        }
        // Before its promise settles: what the context held must not look alive to those who awaited it.
        self.freezer.reuse(context);
        hub.store.end(id);
        self.shop.world.left(id, outcome.is_ok(), tenant.origin.as_ref());
        let ripple = Ripple::from_context(if outcome.is_err() { tenant.origin } else { None });
        match &self.seat {
            Some(seat) => tenant.result.settle_at(outcome, ripple, seat),
            None => tenant.result.settle(outcome),
        };
        hub.end_running(self.seat.as_ref());
        if is_main {
            hub.activity.ring(); // Somebody may wait for it alone.
        }
    }

    /// The program ended while this context ran.
    pub(super) fn drop_stopped(&self, mut live: Live) {
        if live.tenant.origin.is_none() {
            self.shop.world.hub.bequeath(&mut live.context);
        }
        self.shop.world.hub.store.end(live.id);
        drop(live);
        self.shop.world.hub.end_running(self.seat.as_ref());
    }
}
