//! L7: falling asleep against pushing. A lost wake-up is a deadlock, which loom reports.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use ruff::sync::full_fence;

use crate::kit::{context, end, explore, hub, int};

/// A worker may be about to sleep while work arrives.
pub(crate) fn one_sleeper() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let pusher = {
            let hub = hub.clone();
            thread::spawn(move || hub.push(ticket, None))
        };
        let found = hub.ready.find(&mut seats[0]).expect("nobody closes the queues");
        end(&hub, hub.store.take(found).expect("the only ticket is valid"), int(0));
        pusher.join().expect("pushing does not panic");
    });
}

/// A worker pushes into its own queue and computes for long: a worker that is about to sleep takes it over.
pub(crate) fn own_push() {
    explore(|| {
        let (hub, mut seats) = hub(2);
        let (_, ticket, _result) = context(&hub);
        let mut other = seats.remove(1);
        let thief = {
            let hub = hub.clone();
            thread::spawn(move || {
                let found = hub.ready.find(&mut other).expect("nobody closes the queues");
                end(&hub, hub.store.take(found).expect("the only ticket is valid"), int(0));
            })
        };
        hub.push(ticket, Some(&seats[0]));
        thief.join().expect("stealing does not panic");
    });
}

/// What `own_push` rests on: the deque of the models is a lock, which orders more than the real one.
pub(crate) fn fences() {
    push_and_look(full_fence);
}

/// A push into an own deque and a look whether anybody sleeps, with `fence` between them, beside a worker that falls asleep.
pub(crate) fn push_and_look(fence: fn()) {
    explore(move || {
        let (pushed, asleep) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let pusher = {
            let (pushed, asleep) = (pushed.clone(), asleep.clone());
            thread::spawn(move || {
                pushed.store(true, Ordering::Release);
                fence();
                asleep.load(Ordering::Relaxed)
            })
        };
        asleep.store(true, Ordering::Relaxed);
        full_fence();
        let found = pushed.load(Ordering::Acquire);
        let wakes = pusher.join().expect("pushing does not panic");
        assert!(found || wakes, "a worker sleeps beside work");
    });
}

/// Two workers, two pushes: both find one, though a push that sees a searcher wakes nobody.
pub(crate) fn two_sleepers() {
    explore(|| {
        let (hub, mut seats) = hub(2);
        let (_, first, _a) = context(&hub);
        let (_, second, _b) = context(&hub);
        let mut seat = seats.remove(1);
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || {
                let found = hub.ready.find(&mut seat).expect("nobody closes the queues");
                end(&hub, hub.store.take(found).expect("each ticket is found once"), int(0));
                seat
            })
        };
        let pusher = {
            let hub = hub.clone();
            thread::spawn(move || {
                hub.push(first, None);
                hub.push(second, None);
            })
        };
        let found = hub.ready.find(&mut seats[0]).expect("nobody closes the queues");
        end(&hub, hub.store.take(found).expect("each ticket is found once"), int(0));
        pusher.join().expect("pushing does not panic");
        worker.join().expect("the worker does not panic");
    });
}
