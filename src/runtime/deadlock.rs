//! What happens when every context waits and nothing can wake one (LANGUAGE 10.11).
//!
//! Precondition of `Deadlocks::break_up`: no activity is counted, so no worker, timer or job runs, and only the caller changes anything.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;

use super::census::{Entry, circle, is_library, place};
use super::failure::internal;
use super::promise::{Blocked, Hub, Tenant, Verdict};
use super::request::World;
use super::store::{ContextId, Taken};
use crate::bytecode::Program;
use crate::value::{ErrorKind, Fault};

/// So many contexts are listed when a deadlock is found; a message about 100,000 would help nobody.
const LISTED: usize = 1000;

/// So many are when it goes on, which each of those that are left is told: together they would fill the memory.
const LISTED_AGAIN: usize = 10;

/// The deadlocks of one run. Main may have ended long ago, with a million contexts left that wait in vain: each is found without
/// going through all of them again.
#[derive(Debug, Default)]
pub(super) struct Deadlocks {
    /// Contexts that waited when this was last looked up, oldest first. Contexts that are not among them are younger.
    waiting: VecDeque<ContextId>,
    /// Those before them that had their error and may not have ended yet, oldest first.
    told: Vec<ContextId>,
}

impl Deadlocks {
    /// Throws a DeadlockError in the main context or, if that does not wait, in the oldest waiting one.
    pub(super) fn break_up(&mut self, world: &World, main: Option<ContextId>) {
        let hub = &world.hub;
        // The message is written while the victim lies in the store like the others.
        let victim = match main.and_then(|main| hub.store.recall(main)) {
            Some(main) => {
                self.look(hub);
                Some((main, LISTED))
            }
            None => self.oldest(hub),
        };
        let Some((mut taken, most)) = victim else {
            return hub.end(Verdict::Failed(internal("contexts are alive but none waits")));
        };
        let mut listed = vec![Entry::of(taken.id, Some((&taken.held, &taken.beside)))];
        let look = |id: &ContextId| hub.store.with(*id, |held, tenant| Entry::of(*id, Some((held, tenant))));
        listed.extend(self.told.iter().chain(&self.waiting).filter_map(look).take(most - 1));
        listed.sort_by_key(|entry| entry.id);
        let alive = usize::try_from(hub.activity.counts().live).unwrap_or(usize::MAX);
        taken.beside.throw(fault(&world.machine.program, &listed, alive));
        // Before anything runs: what is held here must not outlive the contexts that hold it.
        drop(listed);
        let stored = hub.store.put(taken.id, taken.held, taken.beside, taken.cancels);
        hub.push(stored.ticket(), None);
    }

    fn look(&mut self, hub: &Hub) {
        self.waiting = hub.store.ids().into();
        self.told.clear();
    }

    /// Takes the oldest context, and says how many are to be listed.
    fn oldest(&mut self, hub: &Hub) -> Option<(Taken<Tenant, Blocked>, usize)> {
        self.told.retain(|id| hub.store.is_there(*id));
        if let Some(taken) = self.told.iter().find_map(|id| hub.store.recall(*id)) {
            return Some((taken, LISTED_AGAIN));
        }
        let mut most = LISTED_AGAIN;
        loop {
            while let Some(id) = self.waiting.pop_front() {
                if let Some(taken) = hub.store.recall(id) {
                    self.told.push(id);
                    return Some((taken, most));
                }
            }
            if most == LISTED {
                return None;
            }
            self.look(hub);
            most = LISTED;
        }
    }
}

fn fault(program: &Program, listed: &[Entry], waiting: usize) -> Fault {
    let mut message = "All contexts wait and nothing can wake them:".to_owned();
    let mut texts: Vec<String> = Vec::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for entry in listed {
        let mut text = String::new();
        describe(program, listed, entry, &mut text);
        let count = counts.entry(text).or_insert_with_key(|text| {
            texts.push(text.clone());
            0
        });
        *count += 1;
    }
    for text in texts {
        message.push_str(&text);
        if counts[&text] > 1 {
            let _ = write!(message, "\n    and {} more do", counts[&text] - 1);
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
