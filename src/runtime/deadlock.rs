//! What happens when every context waits and nothing can wake one (LANGUAGE 10.11).
//!
//! Precondition of everything here: no activity is counted, so no worker, timer or job runs, and only the caller changes
//! anything.

use std::fmt::Write;

use super::channel::Channel;
use super::failure::internal;
use super::promise::{Blocked, Promise, Source, Tenant, Verdict, awaited, children_of};
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
    let mut listed = vec![entry(taken.id, &taken.held, &taken.beside)];
    let others = waiting.iter().take(LISTED);
    listed.extend(others.filter_map(|id| hub.store.with(*id, |held, tenant| entry(*id, held, tenant))));
    listed.sort_by_key(|entry| entry.id);
    taken.beside.throw(fault(&world.machine.program, &listed, waiting.len()));
    // Before anything runs: what is held here must not outlive the contexts that hold it.
    drop(listed);
    let stored = hub.store.put(taken.id, taken.held, taken.beside, taken.cancels);
    hub.push(stored.ticket(), None);
}

/// One waiting context.
struct Entry {
    id: ContextId,
    waits_for: Option<Shared<Promise>>,
    trace: Vec<TracePoint>,
    /// The call that created it; `None` for the main context.
    created: Option<TracePoint>,
    /// The channel that it waits on.
    anchor: Option<Handle>,
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
fn entry(id: ContextId, held: &Held<Blocked>, tenant: &Tenant) -> Entry {
    let trace = match held {
        Held::New(snapshot) | Held::Frozen(snapshot) => snapshot.trace(),
        Held::Blocked(blocked) => blocked.trace.clone(),
    };
    let created = tenant.origin.as_ref().map(|origin| origin.site());
    Entry {
        id,
        waits_for: awaited(held).and_then(Handle::shared),
        trace,
        created,
        anchor: tenant.anchor.clone(),
    }
}

fn fault(program: &Program, listed: &[Entry], waiting: usize) -> Fault {
    let mut message = "All contexts wait and nothing can wake them:".to_owned();
    for entry in listed {
        let (name, what) = (entry.name(program), wanted(program, listed, entry));
        let _ = write!(message, "\n  {name} waits for {what}");
        for point in entry.calls() {
            let _ = write!(message, "\n    at {}", place(program, point));
        }
        if let Some(site) = entry.created {
            let _ = write!(message, "\n    created at {}", place(program, site));
        }
    }
    if waiting > listed.len() {
        let _ = write!(message, "\n  and {} more", waiting - listed.len());
    }
    if let Some(circle) = circle(listed) {
        let names: Vec<&str> = circle.iter().map(|at| listed[*at].name(program)).collect();
        let _ = write!(message, "\n  a circle: {} -> {}", names.join(" -> "), names[0]);
    }
    Fault::new(ErrorKind::DeadlockError, message)
}

/// Contexts that wait for each other's promises in a circle: their places in the list, each before the one it waits for.
/// Never empty.
fn circle(listed: &[Entry]) -> Option<Vec<usize>> {
    let awaited = |entry: &Entry| match entry.waits_for.as_deref().and_then(Promise::source) {
        Some(Source::Context(id)) => listed.binary_search_by_key(&id, |entry| entry.id).ok(),
        _ => None,
    };
    let next: Vec<Option<usize>> = listed.iter().map(awaited).collect();
    // The walk on which each context was met first: each is walked over once.
    let mut met: Vec<Option<usize>> = vec![None; listed.len()];
    for start in 0..listed.len() {
        let mut walker = Some(start);
        while let Some(at) = walker {
            if met[at] == Some(start) {
                let around = std::iter::successors(next[at], |place| next[*place].filter(|_| *place != at));
                let mut circle: Vec<usize> = around.collect();
                circle.rotate_right(1);
                return Some(circle);
            }
            walker = if met[at].is_none() { next[at] } else { None };
            met[at].get_or_insert(start);
        }
    }
    None
}

/// What a context waits for, in words.
fn wanted(program: &Program, listed: &[Entry], entry: &Entry) -> String {
    let channel = entry.anchor.as_ref().and_then(|anchor| anchor.get::<Channel>());
    let words = match entry.waits_for.as_deref().and_then(Promise::source) {
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
        Some(Source::Send) => {
            let held = channel.map_or(0, Channel::len);
            return format!("room in a channel, which holds {held}");
        }
        Some(Source::Deferred) => "a promise that a script resolves",
        Some(Source::Hold) => "its turn at a shared value",
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
