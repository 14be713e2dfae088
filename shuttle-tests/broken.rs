//! A protocol with a seeded bug: exploring must catch it, or it has no teeth.

use ruff::bytecode::Program;
use ruff::context::Context;
use ruff::runtime::promise::{Hub, Promise, Source, Tenant};
use ruff::runtime::ready::{Ready, Seat};
use ruff::runtime::store::{Held, Progress};
use ruff::snapshot::{Form, freeze};
use shuttle::thread;

/// A worker that reads the epoch after its search sleeps through what was pushed in between.
pub(crate) fn epoch_after_search() {
    let (ready, mut seats) = Ready::new(1);
    let hub = Hub::new(ready);
    let mut seat = seats.remove(0);
    let worker = thread::spawn({
        let hub = hub.clone();
        move || find(&hub, &mut seat)
    });
    let id = hub.store.reserve();
    let (_promise, result) = Promise::pair(&hub, Source::Context(id));
    let held = Held::Frozen(freeze(&mut Context::default(), &Program::default(), Form::Packed));
    hub.activity.begin(1, 0);
    hub.push(hub.store.add(id, held, Tenant::new(result, None), Progress::Unstarted), None);
    worker.join().expect("the worker does not panic");
}

fn find(hub: &Hub, seat: &mut Seat) {
    loop {
        if let Some(ticket) = hub.ready.next(seat) {
            return drop(hub.store.take(ticket).expect("each ticket is found once"));
        }
        let seen = hub.ready.epoch();
        hub.ready.doze(seen, None);
    }
}
