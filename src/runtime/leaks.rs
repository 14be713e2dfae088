//! Leaks: contexts that wait and that nothing can wake any more, while others go on (TRAPS R27).
//!
//! A context that sends to a channel or receives from it waits in vain if only contexts that wait in vain refer to the channel;
//! one that waits for the promise of another does if that one does. Either only if nobody else refers to its own promise, by
//! which it could be cancelled. Found is the largest set of contexts of which that is true.
//! Invariant: what is found is a leak, as long as the program does not end. Every reference to a channel or promise that was not
//! seen in a context of the set counts as one through which somebody may use it: those of contexts that run, of combinations
//! and timeouts, of values that several contexts share, of what lies in channels and shared variables. And a context counts only
//! if it is still in the suspension in which it was looked at after all references have been counted: then it has done nothing
//! in between.
//! Does not: find main, which an error for a deadlock may wake; a context with an `async_scope`, whose children may; one that
//! waits for one of several things, or that blocks its thread.

use std::collections::{HashMap, HashSet};

use super::census::{Entry, Missing};
use super::promise::{Blocked, Hub, Tenant};
use super::store::{ContextId, Held};
use crate::value::{Handle, References};

/// A context that may wait in vain.
struct Waiter {
    entry: Entry,
    suspension: u32,
    missing: Missing,
    /// Its promise: whoever has that can cancel it.
    own: Handle,
    /// What is referred to from it, by address, and how often.
    refers: Vec<(usize, usize)>,
}

impl Waiter {
    fn of(hub: &Hub, id: ContextId) -> Option<Waiter> {
        let suspension = hub.store.suspension(id)?;
        let (entry, own, references) = hub.store.look(id, |lodger| {
            let (held, tenant) = lodger?;
            if tenant.origin.is_none() || tenant.scope().is_some() || tenant.is_thrown() {
                return None;
            }
            let own = tenant.result.promise().handle().clone();
            let mut references = References::default();
            refer(held, tenant, &mut references);
            Some((Entry::of(id, lodger), own, references))
        })??;
        let missing = entry.missing()?;
        Some(Waiter { entry, suspension, missing, own, refers: references.counts().collect() })
    }

    /// Whether it has waited all the time since it was looked at, and still does.
    fn still_waits(&self, hub: &Hub) -> bool {
        hub.store.suspension(self.entry.id) == Some(self.suspension) && self.entry.missing().is_some()
    }

    /// The channel that it waits at.
    fn channel(&self) -> Option<&Handle> {
        self.entry.held().filter(|_| self.missing == Missing::Channel)
    }
}

/// Called with the store's lock held.
fn refer(held: &Held<Blocked>, tenant: &Tenant, references: &mut References) {
    match held {
        Held::Warm(context) => context.refer(references),
        Held::Frozen(snapshot) => snapshot.refer(references),
        Held::Blocked(_) => {}
    }
    tenant.anchor.iter().for_each(|anchor| references.handle(anchor));
    references.handle(tenant.result.promise().handle());
}

/// The contexts that wait in vain, oldest first, and how many were looked at because they wait for another or at a channel. `None`
/// if the program ends meanwhile.
pub(super) fn find(hub: &Hub) -> Option<(Vec<Entry>, usize)> {
    let mut waiters = Vec::new();
    for id in hub.store.ids() {
        if hub.is_stopped() {
            return None;
        }
        waiters.extend(Waiter::of(hub, id));
    }
    let (looked_at, alive) = (waiters.len(), alive(hub, &waiters));
    let leaked = waiters.into_iter().zip(alive).filter(|(_, is_alive)| !is_alive);
    Some((leaked.map(|(waiter, _)| waiter.entry).collect(), looked_at))
}

/// Which of them may go on: those that something outside may wake, those that these may wake, and so forth.
fn alive(hub: &Hub, waiters: &[Waiter]) -> Vec<bool> {
    // Whom somebody could wake who refers to a channel or a promise, and who waits for each context.
    let mut through: HashMap<usize, (&Handle, Vec<usize>)> = HashMap::new();
    let mut for_context: HashMap<ContextId, Vec<usize>> = HashMap::new();
    for (at, waiter) in waiters.iter().enumerate() {
        for handle in waiter.channel().into_iter().chain([&waiter.own]) {
            through.entry(handle.address()).or_insert_with(|| (handle, Vec::new())).1.push(at);
        }
        if let Missing::Context(id) = waiter.missing {
            for_context.entry(id).or_default().push(at);
        }
    }
    // What refers to each: contexts that wait, and what this look holds.
    let mut seen: HashMap<usize, usize> = HashMap::new();
    for waiter in waiters {
        waiter.refers.iter().for_each(|(address, count)| *seen.entry(*address).or_default() += count);
        let ours = waiter.entry.handles().chain([&waiter.own]);
        ours.for_each(|handle| *seen.entry(handle.address()).or_default() += 1);
    }
    let is_in_use = |address: &usize, handle: &Handle| seen.get(address) != Some(&handle.references());
    let in_use = through.iter().filter(|(address, (handle, _))| is_in_use(address, handle));
    let mut used: HashSet<usize> = in_use.map(|(address, _)| *address).collect();
    let mut woken: Vec<usize> = used.iter().flat_map(|address| &through[address].1).copied().collect();
    // Only now that the references have been counted.
    woken.extend((0..waiters.len()).filter(|at| !waiters[*at].still_waits(hub)));
    let here: HashSet<ContextId> = waiters.iter().map(|waiter| waiter.entry.id).collect();
    let elsewhere = for_context.iter().filter(|(id, _)| !here.contains(id));
    woken.extend(elsewhere.flat_map(|(_, waiting)| waiting));

    let mut alive = vec![false; waiters.len()];
    while let Some(at) = woken.pop() {
        if std::mem::replace(&mut alive[at], true) {
            continue;
        }
        woken.extend(for_context.get(&waiters[at].entry.id).into_iter().flatten());
        for (address, _) in &waiters[at].refers {
            if let Some((_, waiting)) = through.get(address)
                && used.insert(*address)
            {
                woken.extend(waiting);
            }
        }
    }
    alive
}
