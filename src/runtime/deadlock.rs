//! What happens when every context waits and nothing can wake one (LANGUAGE 10.11).
//!
//! Precondition of everything here: no activity is counted, so no worker, timer or job runs, and only the caller changes
//! anything.

use std::fmt::Write;

use super::failure::internal;
use super::promise::{Promise, Source, Tenant, Verdict};
use super::request::World;
use super::store::{ContextId, Held};
use crate::bytecode::Program;
use crate::value::{ErrorKind, Fault, TracePoint};

/// So many contexts are listed; a message about 100,000 would help nobody.
const LISTED: usize = 1000;

/// Throws a DeadlockError in the main context or, if that does not wait, in the oldest waiting one.
pub(super) fn break_up(world: &World, main: Option<ContextId>) {
    let hub = &world.hub;
    let waiting = hub.store.ids();
    let recalled = main.and_then(|main| hub.store.recall(main));
    // The message is written while the victim lies in the store like the others.
    let victim = match recalled {
        Some(taken) => Some(taken),
        None => waiting.iter().find_map(|id| hub.store.recall(*id)),
    };
    let Some(mut taken) = victim else {
        return hub.end(Verdict::Failed(internal("contexts are alive but none waits")));
    };
    let mut listed: Vec<(ContextId, String)> = Vec::new();
    listed.push((taken.id, entry(world, &taken.held, &taken.beside)));
    for id in waiting.iter().take(LISTED) {
        let text = hub.store.with(*id, |held, tenant| describe_other(world, held, tenant));
        listed.extend(text.map(|text| (*id, text)));
    }
    listed.sort_by_key(|(id, _)| *id);
    taken.beside.thrown = Some(fault(&listed, waiting.len()));
    let stored = hub.store.put(taken.id, taken.held, taken.beside, taken.cancels);
    hub.push(stored.ticket(), None);
}

fn fault(listed: &[(ContextId, String)], waiting: usize) -> Fault {
    let mut message = "All contexts wait and nothing can wake them:".to_owned();
    for (_, text) in listed {
        message.push_str(text);
    }
    if waiting > listed.len() {
        let _ = write!(message, "\n  and {} more", waiting - listed.len());
    }
    Fault::new(ErrorKind::DeadlockError, message)
}

/// The store's lock is held by the caller, so names of other contexts are not looked up through it: the promise's
/// function is told by its own entry in the list.
fn describe_other(world: &World, held: &Held<super::promise::Blocked>, tenant: &Tenant) -> String {
    entry(world, held, tenant)
}

/// `<main> waits for ...` and the stack.
fn entry(world: &World, held: &Held<super::promise::Blocked>, tenant: &Tenant) -> String {
    let program: &Program = &world.machine.program;
    let trace = match held {
        Held::Frozen(snapshot) => snapshot.trace(),
        Held::Blocked(blocked) => blocked.trace.clone(),
    };
    let name = &program.function(tenant.function).name;
    let mut text = format!("\n  {name} waits for {}", tenant.waits_for.as_deref().map_or("nothing", awaited));
    for point in trace.iter().rev() {
        let _ = write!(text, "\n    at {}", place(program, *point));
    }
    text
}

/// What a context waits for, in words.
fn awaited(promise: &Promise) -> &'static str {
    match promise.source() {
        None => "a settled promise",
        Some(Source::Context(_)) => "another context's promise",
        Some(Source::Combination(_)) => "several promises",
        Some(Source::Timer) => "a timer",
        Some(Source::Job) => "an operation",
        Some(Source::Receive | Source::TimedReceive) => "a value from a channel",
        Some(Source::Send) => "room in a channel",
        Some(Source::Select | Source::TimedSelect) => "a value from one of several channels",
    }
}

/// `name (file:line:column)`.
pub(super) fn place(program: &Program, point: TracePoint) -> String {
    let (file, position) = program.place_of(point.function, point.ip);
    let name = &program.function(point.function).name;
    format!("{name} ({file}:{}:{})", position.line, position.column)
}
