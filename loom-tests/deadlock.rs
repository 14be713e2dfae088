//! R26: counting what goes on against looking whether anything does.

use loom::thread;
use ruff::runtime::activity::Counts;
use ruff::runtime::promise::{Promise, Source};
use ruff::runtime::store::{Held, Progress};

use crate::kit::{context, end, explore, hub, int, resume_all, snapshot, suspend};

/// A context ends, and its end makes another ready: at no moment does it look as if nothing could go on.
pub(crate) fn no_false_alarm() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ending, _a) = context(&hub);
        let (_, waiting, _b) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let waiting = hub.store.take(waiting).expect("the only ticket is valid");
        suspend(&hub, waiting, &promise);
        hub.activity.enter(); // The ticket of the other one.
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || {
                let taken = hub.store.take(ending).expect("the only ticket is valid");
                settler.settle(int(1));
                end(&hub, taken, int(0));
                hub.activity.end_running();
            })
        };
        for _ in 0..2 {
            assert!(hub.activity.counts().active > 0, "a deadlock was seen where there is none");
        }
        worker.join().expect("ending does not panic");
        assert_eq!(hub.activity.counts(), Counts { live: 1, active: 1 });
        end(&hub, resume_all(&hub, &mut seats[0]).remove(0), int(0));
    });
}

/// What rests on a seat hides nothing: a context begins to wait, another is made ready from outside meanwhile, that one creates a
/// third, and when all have ended the overseer is called, and not before.
pub(crate) fn what_rests_is_settled_up() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let mut seat = seats.remove(0);
        let (_, ticket, _promise) = context(&hub);
        hub.activity.enter(); // A context in the worker's hand.
        hub.activity.enter(); // Something outside, which pushes.
        let outside = {
            let hub = hub.clone();
            thread::spawn(move || {
                hub.push(ticket, None);
                hub.activity.leave(1);
            })
        };
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || {
                hub.rest(Some(&seat));
                let found = hub.ready.at_hand(&mut seat).or_else(|| {
                    hub.settle_up(&seat);
                    hub.ready.find(&mut seat)
                });
                let taken = found.and_then(|ticket| hub.store.take(ticket)).expect("it was pushed");
                end(&hub, taken, int(0));
                // It creates another, which runs and ends, before it ends itself.
                let (_, _promise) =
                    hub.admit(Held::Frozen(snapshot()), Progress::Unstarted, None, Some(&seat));
                hub.end_running(Some(&seat));
                let child = hub.ready.at_hand(&mut seat).and_then(|ticket| hub.store.take(ticket));
                end(&hub, child.expect("it is ready"), int(0));
                hub.end_running(Some(&seat));
                hub.settle_up(&seat);
            })
        };
        while hub.activity.counts() != (Counts { live: 0, active: 0 }) {
            hub.activity.wait(None);
        }
        assert!(hub.store.ids().is_empty(), "an end was seen where there is none");
        outside.join().expect("pushing does not panic");
        worker.join().expect("working does not panic");
    });
}

/// A context ended on a seat, and what the seat makes ready afterwards is stolen and ends elsewhere: what rests there looks like no
/// deadlock.
pub(crate) fn what_rests_is_no_deadlock() {
    explore(|| {
        let (hub, mut seats) = hub(2);
        let (_, ending, _a) = context(&hub);
        let (_, stolen, _b) = context(&hub);
        let (seat, mut other) = (seats.remove(0), seats.remove(0));
        hub.activity.enter(); // The first, in a worker's hand.
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || {
                end(&hub, hub.store.take(ending).expect("the only ticket is valid"), int(0));
                hub.end_running(Some(&seat));
                hub.push(stolen, Some(&seat));
                hub.settle_up(&seat);
            })
        };
        let thief = {
            let hub = hub.clone();
            thread::spawn(move || {
                let found = hub.ready.find(&mut other).expect("nobody closes the queues");
                end(&hub, hub.store.take(found).expect("the only ticket is valid"), int(0));
                hub.end_running(Some(&other));
                hub.settle_up(&other);
            })
        };
        loop {
            let counts = hub.activity.counts();
            if counts.live == 0 {
                break;
            }
            assert!(counts.active > 0, "a deadlock was seen where there is none");
            hub.activity.wait(None);
        }
        worker.join().expect("working does not panic");
        thief.join().expect("stealing does not panic");
    });
}

/// The overseer is about to sleep when the last activity ends: it is called.
pub(crate) fn the_bell_is_heard() {
    explore(|| {
        let (hub, _seats) = hub(1);
        hub.activity.enter();
        let driver = {
            let hub = hub.clone();
            thread::spawn(move || hub.activity.leave(1))
        };
        while hub.activity.counts().active > 0 {
            hub.activity.wait(None);
        }
        driver.join().expect("leaving does not panic");
    });
}
