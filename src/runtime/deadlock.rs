//! What happens when every context waits and nothing can wake one (LANGUAGE 10.11).
//!
//! Precondition of `break_up`: no activity is counted, so no worker, timer or job runs, and only the caller changes anything.

use std::fmt::Write;

use super::census::{Entry, circle, is_library, place};
use super::failure::internal;
use super::promise::Verdict;
use super::request::World;
use super::store::ContextId;
use crate::bytecode::Program;
use crate::value::{ErrorKind, Fault};

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
    let mut listed = vec![Entry::of(taken.id, Some((&taken.held, &taken.beside)))];
    let others = waiting.iter().take(LISTED);
    listed.extend(
        others.filter_map(|id| hub.store.with(*id, |held, tenant| Entry::of(*id, Some((held, tenant))))),
    );
    listed.sort_by_key(|entry| entry.id);
    taken.beside.throw(fault(&world.machine.program, &listed, waiting.len()));
    // Before anything runs: what is held here must not outlive the contexts that hold it.
    drop(listed);
    let stored = hub.store.put(taken.id, taken.held, taken.beside, taken.cancels);
    hub.push(stored.ticket(), None);
}

fn fault(program: &Program, listed: &[Entry], waiting: usize) -> Fault {
    let mut message = "All contexts wait and nothing can wake them:".to_owned();
    listed.iter().for_each(|entry| describe(program, listed, entry, &mut message));
    if waiting > listed.len() {
        let _ = write!(message, "\n  and {} more", waiting - listed.len());
    }
    if let Some(circle) = circle(listed) {
        let names: Vec<&str> = circle.iter().map(|at| listed[*at].name(program)).collect();
        let _ = write!(message, "\n  a circle: {} -> {}", names.join(" -> "), names[0]);
    }
    Fault::new(ErrorKind::DeadlockError, message)
}

/// A context, what it waits for, its stack and where it was created. The list is sorted by id.
pub(super) fn describe(program: &Program, listed: &[Entry], entry: &Entry, out: &mut String) {
    let name_of = |id| {
        let found = listed.binary_search_by_key(&id, |entry| entry.id).ok()?;
        Some(listed[found].name(program))
    };
    let wanted = entry.wanted(entry.source().as_ref(), name_of);
    let _ = write!(out, "\n  {} waits for {wanted}", entry.name(program));
    for point in entry.calls().into_iter().filter(|point| !is_library(program, point)) {
        let _ = write!(out, "\n    at {}", place(program, point));
    }
    if let Some(site) = entry.created.filter(|site| !is_library(program, site)) {
        let _ = write!(out, "\n    created at {}", place(program, site));
    }
}
