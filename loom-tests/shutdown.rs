//! L8: closing against pushing and parking. Nothing hangs, and what is left in the queues is void, not lost.

use loom::thread;
use ruff::runtime::promise::{Hub, Promise, Source};
use ruff::runtime::store::Ticket;

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
                    stop(&hub, ticket);
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

/// A running context creates another while everything is disposed of.
pub(crate) fn close_vs_spawn() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let mut seat = seats.remove(0);
        let worker = {
            let hub = hub.clone();
            thread::spawn(move || {
                let (_, ticket, result) = context(&hub);
                hub.push(ticket, Some(&seat));
                while let Some(ticket) = hub.ready.find(&mut seat) {
                    stop(&hub, ticket);
                }
                result
            })
        };
        hub.stop();
        hub.ready.close();
        dispose(&hub);
        let result = worker.join().expect("the worker ends");
        finish(&hub);
        assert!(result.is_settled(), "a context was created and never ended");
    });
}

/// What the runtime's shutdown does after the threads have ended.
fn finish(hub: &Hub) {
    dispose(hub);
    drop(hub.take_unawaited());
    hub.ready.clear();
    assert!(hub.store.ids().is_empty() && hub.ready.is_empty());
}

/// Ends every context that is not in a worker's hand.
fn dispose(hub: &Hub) {
    for id in hub.store.ids() {
        let Some(taken) = hub.store.recall(id) else { continue };
        hub.store.end(id);
        drop(taken);
    }
}

/// What a worker does with a context when the program ends.
fn stop(hub: &Hub, ticket: Ticket) {
    if let Some(taken) = hub.store.take(ticket) {
        hub.store.end(taken.id);
    }
}
