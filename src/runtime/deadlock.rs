//! What happens when every context waits and nothing can wake one (LANGUAGE 10.11).
//!
//! Precondition of everything here: no activity is counted, so no worker, timer or job runs, and only the caller changes
//! anything.

use std::fmt::Write;

use super::failure::internal;
use super::promise::{Blocked, Promise, Source, Verdict, awaited, children_of};
use super::request::World;
use super::store::{ContextId, Held};
use crate::bytecode::Program;
use crate::value::{ErrorKind, Fault, Handle, Shared, TracePoint};

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
    let mut listed = vec![entry(taken.id, &taken.held)];
    let others = waiting.iter().take(LISTED);
    listed.extend(others.filter_map(|id| hub.store.with(*id, |held, _| entry(*id, held))));
    listed.sort_by_key(|entry| entry.id);
    taken.beside.throw(fault(&world.machine.program, &listed, waiting.len()));
    let stored = hub.store.put(taken.id, taken.held, taken.beside, taken.cancels);
    hub.push(stored.ticket(), None);
}

/// One waiting context.
struct Entry {
    id: ContextId,
    waits_for: Option<Shared<Promise>>,
    trace: Vec<TracePoint>,
}

impl Entry {
    /// What it runs.
    fn name<'p>(&self, program: &'p Program) -> &'p str {
        self.trace.first().map_or("", |point| &program.function(point.function).name)
    }

    /// Its calls, innermost first.
    fn calls(&self) -> Vec<TracePoint> {
        let mut calls: Vec<TracePoint> = self.trace.iter().rev().copied().collect();
        // The instruction that leaves a scope is run again after the wait: the context stands before it, not behind.
        if let (Some(Source::Scope(_)), Some(innermost)) =
            (self.waits_for.as_ref().and_then(|promise| promise.source()), calls.first_mut())
        {
            innermost.ip += 1;
        }
        calls
    }
}

/// Called with the store's lock held, so it takes no other.
fn entry(id: ContextId, held: &Held<Blocked>) -> Entry {
    let trace = match held {
        Held::New(snapshot) | Held::Frozen(snapshot) => snapshot.trace(),
        Held::Blocked(blocked) => blocked.trace.clone(),
    };
    Entry { id, waits_for: awaited(held).and_then(Handle::shared), trace }
}

fn fault(program: &Program, listed: &[Entry], waiting: usize) -> Fault {
    let mut message = "All contexts wait and nothing can wake them:".to_owned();
    for entry in listed {
        let (name, what) = (entry.name(program), wanted(program, listed, entry.waits_for.as_deref()));
        let _ = write!(message, "\n  {name} waits for {what}");
        for point in entry.calls() {
            let _ = write!(message, "\n    at {}", place(program, point));
        }
    }
    if waiting > listed.len() {
        let _ = write!(message, "\n  and {} more", waiting - listed.len());
    }
    Fault::new(ErrorKind::DeadlockError, message)
}

/// What a context waits for, in words.
fn wanted(program: &Program, listed: &[Entry], promise: Option<&Promise>) -> String {
    let words = match promise.and_then(Promise::source) {
        None => "nothing",
        Some(Source::Context(id)) => {
            let found = listed.binary_search_by_key(&id, |entry| entry.id);
            let name = found.map_or("another context", |at| listed[at].name(program));
            return format!("the promise of {name}");
        }
        Some(Source::Combination(_)) => "several promises",
        Some(Source::Timer) => "a timer",
        Some(Source::Job) => "an operation",
        Some(Source::Receive | Source::TimedReceive) => "a value from a channel",
        Some(Source::Send) => "room in a channel",
        Some(Source::Select | Source::TimedSelect) => "a value from one of several channels",
        Some(Source::Scope(scope)) => return format!("{} of its async_scope", children(children_of(&scope))),
    };
    words.to_owned()
}

fn children(count: usize) -> String {
    if count == 1 { "1 child".to_owned() } else { format!("{count} children") }
}

/// `name (file:line:column)`.
pub(super) fn place(program: &Program, point: TracePoint) -> String {
    let (file, position) = program.place_of(point.function, point.ip);
    let name = &program.function(point.function).name;
    format!("{name} ({file}:{}:{})", position.line, position.column)
}
