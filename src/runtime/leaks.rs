//! Leaks: contexts that wait and that nothing can wake any more, while others go on (TRAPS R27).
//!
//! A context that sends to a channel or receives from it waits in vain if only contexts that wait in vain refer to the channel;
//! one that waits for the promise of another does if that one does. Found is the largest set of which that is true.
//! Invariant: what is found is a leak. Every reference to a channel that was not seen in a context which waits counts as one
//! through which somebody may use it: those of contexts that run, of values that several contexts share, of what lies in
//! channels and shared variables. And a context counts only if it is still in the suspension in which it was looked at after all
//! references have been counted: then it has done nothing in between.
//! Does not: find a context that waits for one of several things, or that blocks its thread.

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
    /// What is referred to from it, by address, and how often.
    refers: Vec<(usize, usize)>,
}

impl Waiter {
    fn of(hub: &Hub, id: ContextId) -> Option<Waiter> {
        let suspension = hub.store.suspension(id)?;
        let (entry, references) = hub.store.look(id, |lodger| {
            let mut references = References::default();
            lodger.into_iter().for_each(|(held, tenant)| refer(held, tenant, &mut references));
            (Entry::of(id, lodger), references)
        })?;
        let missing = entry.missing()?;
        Some(Waiter { entry, suspension, missing, refers: references.counts().collect() })
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
}

/// The contexts that wait in vain, oldest first, and how many were looked at because they wait for another or at a channel.
pub(super) fn find(hub: &Hub) -> (Vec<Entry>, usize) {
    let waiters: Vec<Waiter> = hub.store.ids().into_iter().filter_map(|id| Waiter::of(hub, id)).collect();
    let (looked_at, alive) = (waiters.len(), alive(hub, &waiters));
    let leaked = waiters.into_iter().zip(alive).filter(|(_, is_alive)| !is_alive);
    (leaked.map(|(waiter, _)| waiter.entry).collect(), looked_at)
}

/// Which of them may go on: those that something outside may wake, those that these may wake, and so forth.
fn alive(hub: &Hub, waiters: &[Waiter]) -> Vec<bool> {
    // Who waits at each channel, and who for each context.
    let mut at_channel: HashMap<usize, (&Handle, Vec<usize>)> = HashMap::new();
    let mut for_context: HashMap<ContextId, Vec<usize>> = HashMap::new();
    for (at, waiter) in waiters.iter().enumerate() {
        if let Some(channel) = waiter.channel() {
            at_channel.entry(channel.address()).or_insert_with(|| (channel, Vec::new())).1.push(at);
        }
        if let Missing::Context(id) = waiter.missing {
            for_context.entry(id).or_default().push(at);
        }
    }
    // What refers to each channel: contexts that wait, and the entries of this look.
    let mut seen: HashMap<usize, usize> = HashMap::new();
    for waiter in waiters {
        waiter.refers.iter().for_each(|(address, count)| *seen.entry(*address).or_default() += count);
        waiter.entry.held().into_iter().for_each(|held| *seen.entry(held.address()).or_default() += 1);
    }
    let is_in_use = |address: &usize, channel: &Handle| seen.get(address) != Some(&channel.references());
    let in_use = at_channel.iter().filter(|(address, (channel, _))| is_in_use(address, channel));
    let mut used: HashSet<usize> = in_use.map(|(address, _)| *address).collect();
    let mut woken: Vec<usize> = used.iter().flat_map(|address| &at_channel[address].1).copied().collect();
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
            if let Some((_, waiting)) = at_channel.get(address)
                && used.insert(*address)
            {
                woken.extend(waiting);
            }
        }
    }
    alive
}
