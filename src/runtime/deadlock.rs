//! What happens when every context waits and nothing can wake one (LANGUAGE 10.11).
//!
//! Precondition of `Deadlocks::break_up`: no activity is counted, so no worker, timer or job runs, and only the caller changes anything.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use indexmap::IndexMap;

use super::census::{Entry, circle, is_library, place};
use super::failure::internal;
use super::promise::{Blocked, Hub, Tenant, Verdict};
use super::request::World;
use super::store::{ContextId, Taken};
use crate::bytecode::Program;
use crate::value::{ErrorKind, Fault};

/// So many contexts are listed that no error has listed before; a message about 100,000 would help nobody.
const LISTED: usize = 1000;

/// Up to so many in all are filled up with others: as many as each of a million errors can repeat.
const REPEATED: usize = 10;

/// So far it is followed who waits for whom.
const FOLLOWED: usize = 100;

/// So many ids are looked up one by one.
const NEW_IDS: u64 = 10_000;

/// The deadlocks of one run. Main may have ended long ago, with a million contexts left that wait in vain: each is found without
/// going through all of them again.
#[derive(Debug, Default)]
pub(super) struct Deadlocks {
    /// Contexts that waited when they were looked up, oldest first.
    waiting: VecDeque<ContextId>,
    /// Those before them that had their error and may not have ended yet, oldest first.
    told: Vec<ContextId>,
    /// Those that no error has listed.
    unlisted: Vec<ContextId>,
    /// The number of the youngest context that was looked up.
    youngest: u64,
}

impl Deadlocks {
    /// Throws a DeadlockError in the main context or, if that does not wait, in the oldest waiting one.
    pub(super) fn break_up(&mut self, world: &World, main: Option<ContextId>) {
        let hub = &world.hub;
        self.look(hub);
        // The message is written while the victim lies in the store like the others.
        let victim = main.and_then(|main| hub.store.recall(main)).or_else(|| self.oldest(hub));
        let Some(mut taken) = victim else {
            return hub.end(Verdict::Failed(internal("contexts are alive but none waits")));
        };
        let listed = self.list(hub, Entry::of(taken.id, Some((&taken.held, &taken.beside))));
        let alive = usize::try_from(hub.activity.counts().live).unwrap_or(usize::MAX);
        taken.beside.throw(fault(&world.machine.program, &listed, alive));
        // Before anything runs: what is held here must not outlive the contexts that hold it.
        drop(listed);
        let stored = hub.store.put(taken.id, taken.held, taken.beside, taken.cancels);
        hub.push(stored.ticket(), None);
    }

    /// Looks up the contexts that began since it last did.
    fn look(&mut self, hub: &Hub) {
        let created = hub.store.created();
        if self.youngest + NEW_IDS < created {
            self.waiting = hub.store.ids().into();
            self.told.clear();
            self.unlisted = self.waiting.iter().copied().collect();
        } else {
            let new = (self.youngest + 1..=created).map(ContextId::from_number);
            let new: Vec<ContextId> = new.filter(|id| hub.store.is_there(*id)).collect();
            self.waiting.extend(&new);
            self.unlisted.extend(new);
        }
        self.youngest = created;
    }

    /// Takes the oldest context.
    fn oldest(&mut self, hub: &Hub) -> Option<Taken<Tenant, Blocked>> {
        self.told.retain(|id| hub.store.is_there(*id));
        if let Some(taken) = self.told.iter().find_map(|id| hub.store.recall(*id)) {
            return Some(taken);
        }
        let taken = std::iter::from_fn(|| self.waiting.pop_front()).find_map(|id| hub.store.recall(id))?;
        self.told.push(taken.id);
        Some(taken)
    }

    /// The contexts that its message lists, sorted by id: the victim, those without which it cannot go on, those that no error has
    /// listed, and a few others.
    fn list(&mut self, hub: &Hub, victim: Entry) -> Vec<Entry> {
        let entry_of = |id: ContextId| hub.store.with(id, |held, tenant| Entry::of(id, Some((held, tenant))));
        let mut listed = BTreeMap::from([(victim.id, victim)]);
        let mut at = listed.values().next().and_then(Entry::needed);
        for _ in 0..FOLLOWED {
            let Some(entry) = at.filter(|id| !listed.contains_key(id)).and_then(entry_of) else { break };
            at = entry.needed();
            listed.insert(entry.id, entry);
        }
        for id in std::mem::take(&mut self.unlisted) {
            if listed.len() >= LISTED {
                break;
            }
            listed.extend(entry_of(id).map(|entry| (id, entry)));
        }
        for id in self.told.iter().chain(&self.waiting) {
            if listed.len() >= REPEATED {
                break;
            }
            listed.extend(entry_of(*id).map(|entry| (*id, entry)));
        }
        listed.into_values().collect()
    }
}

fn fault(program: &Program, listed: &[Entry], waiting: usize) -> Fault {
    let mut message = "All contexts wait and nothing can wake them:".to_owned();
    let mut counts: IndexMap<String, usize> = IndexMap::new();
    for entry in listed {
        let mut text = String::new();
        describe(program, listed, entry, &mut text);
        *counts.entry(text).or_default() += 1;
    }
    for (text, count) in counts {
        message.push_str(&text);
        if count > 1 {
            let _ = write!(message, "\n    and {} more do", count - 1);
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
