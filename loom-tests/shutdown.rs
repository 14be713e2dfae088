//! L8: closing against pushing and parking. Nothing hangs, and what is left in the queues is void, not lost.

use loom::thread;
use ruff::runtime::promise::{Promise, Source};

use crate::kit::{context, explore, hub, int, suspend};

/// A worker sleeps or searches, work arrives, and the queues close.
pub(crate) fn close_vs_push() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, result) = context(&hub);
        let mut seat = seats.remove(0);
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || {
                while let Some(ticket) = hub.ready.find(&mut seat) {
                    drop(hub.store.take(ticket));
                }
            })
        };
        let pusher = {
            let hub = hub.clone();
            thread::spawn(move || hub.push(ticket, None))
        };
        hub.ready.close();
        worker.join().expect("the worker ends");
        pusher.join().expect("pushing does not panic");
        finish(&hub);
        assert!(result.is_settled(), "a context was disposed and its promise left pending");
    });
}

/// A context parks while everything is disposed of.
pub(crate) fn close_vs_park() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let (_, ticket, result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let worker = {
            let (hub, promise) = (hub.clone(), promise.clone());
            let taken = hub.store.take(ticket).expect("the only ticket is valid");
            thread::spawn(move || suspend(&hub, taken, &promise))
        };
        hub.stop();
        hub.ready.close();
        let driver = thread::spawn(move || drop(settler));
        worker.join().expect("parking does not panic");
        driver.join().expect("dropping a duty does not panic");
        finish(&hub);
        assert!(promise.is_settled() && result.is_settled());
        assert!(int(0).is_ok());
    });
}

/// What the runtime's shutdown does after the threads have ended.
fn finish(hub: &ruff::runtime::promise::Hub) {
    for id in hub.store.ids() {
        let taken = hub.store.recall(id);
        hub.store.end(id);
        drop(taken);
    }
    drop(hub.take_unawaited());
    hub.ready.clear();
    assert!(hub.store.ids().is_empty() && hub.ready.is_empty());
}
