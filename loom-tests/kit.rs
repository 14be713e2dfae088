//! What all models share: counting, and a hub with contexts that hold nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ruff::bytecode::Program;
use ruff::context::Context;
use ruff::runtime::promise::{Blocked, Hub, Promise, Source, Tenant};
use ruff::runtime::ready::{Ready, Seat};
use ruff::runtime::store::{ContextId, Held, Progress, Stored, Taken, Ticket};
use ruff::runtime::warm::Suspension;
use ruff::snapshot::{Form, Snapshot, freeze};
use ruff::value::{Outcome, Parcel, Shared, Value};

static MODELS: AtomicUsize = AtomicUsize::new(0);
static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn models() -> usize {
    MODELS.load(Ordering::Relaxed)
}

pub(crate) fn executions() -> usize {
    EXECUTIONS.load(Ordering::Relaxed)
}

/// Explores one model.
pub(crate) fn explore(model: impl Fn() + Sync + Send + 'static) {
    MODELS.fetch_add(1, Ordering::Relaxed);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(2));
    builder.max_branches = 10_000;
    builder.check(move || {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        model();
    });
}

/// A hub for `workers`, and their seats.
pub(crate) fn hub(workers: usize) -> (Arc<Hub>, Vec<Seat>) {
    let (ready, seats) = Ready::new(workers);
    (Hub::new(ready), seats)
}

pub(crate) fn snapshot() -> Snapshot {
    freeze(&mut Context::default(), &Program::default(), Form::Packed)
}

/// A context and its first ticket, which is nowhere yet.
pub(crate) fn context(hub: &Arc<Hub>) -> (ContextId, Ticket, Shared<Promise>) {
    let id = hub.store.reserve();
    let (promise, result) = Promise::pair(hub, Source::Context(id));
    let tenant = Tenant::new(result, None);
    hub.activity.begin(1, 0);
    (id, hub.store.add(id, Held::Frozen(snapshot()), tenant, Progress::Unstarted), promise)
}

/// What a worker does when its context waits: put, then park; pushed if there is nothing to wait for.
pub(crate) fn suspend(hub: &Hub, taken: Taken<Tenant, Blocked>, promise: &Promise) {
    let ready = match hub.store.put(taken.id, taken.held, taken.beside, taken.cancels) {
        Stored::Cancelled(ticket) => Err(ticket),
        Stored::Waiting(ticket) => promise.park(ticket),
    };
    if let Err(ticket) = ready {
        hub.push(ticket, None);
    }
}

/// What a worker does with a suspension that has been warm for long.
pub(crate) fn chill(hub: &Hub, (id, suspension): Suspension) {
    let Some((_context, beside)) = hub.store.chill(id, suspension) else { return };
    if let Some(ticket) = hub.store.put_chilled(id, Held::Frozen(snapshot()), beside) {
        hub.push(ticket, None);
    }
}

/// Ends a context like a worker does.
pub(crate) fn end(hub: &Hub, taken: Taken<Tenant, Blocked>, outcome: Outcome) {
    hub.store.end(taken.id);
    if let Held::Frozen(snapshot) = taken.held {
        drop(snapshot);
    }
    taken.beside.result.settle(outcome);
}

/// Finds everything that is ready, and counts the tickets that were valid.
pub(crate) fn resume_all(hub: &Hub, seat: &mut Seat) -> Vec<Taken<Tenant, Blocked>> {
    std::iter::from_fn(|| hub.ready.next(seat)).filter_map(|ticket| hub.store.take(ticket)).collect()
}

pub(crate) fn int(value: i64) -> Outcome {
    Ok(Parcel::plain(Value::Int(value)))
}

pub(crate) fn as_int(outcome: Option<&Outcome>) -> i64 {
    match outcome {
        Some(Ok(Parcel { value: Value::Int(value), .. })) => *value,
        other => panic!("no int: {other:?}"),
    }
}
