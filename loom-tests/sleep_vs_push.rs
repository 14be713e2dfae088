//! L7: falling asleep against pushing. A lost wake-up is a deadlock, which loom reports.

use loom::thread;

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
