//! Where contexts are while they do not run.
//!
//! Owns: every context that is not in a worker's hand, under its id, with what must stay alive beside it (`A`; generic,
//! so that the store lies below promises).
//! Invariant: a ticket is the only licence to run a context. Only the store mints tickets, each for one suspension; a
//! new suspension makes all earlier tickets void, so a late wake-up can never resume a later wait.
//! Does not: know why a context waits, or who will make it ready.

use std::fmt;

use crate::snapshot::Snapshot;
use crate::sync::{AtomicU64, Map, is_unwinding};

/// The name of a context, in the order of creation. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextId(u64);

impl ContextId {
    /// As a number, for people and for hosts.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The id of this number, which may name no context.
    pub fn from_number(number: u64) -> ContextId {
        ContextId(number)
    }
}

/// The right to run one frozen context once. Move-only: it is in a worker's hand, among one promise's waiters, or in
/// one ready queue. Dropping it would strand its context, so that is a bug, and debug builds panic.
#[must_use = "a ticket that is not passed on strands its context"]
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    id: ContextId,
    suspension: u32,
}

impl Ticket {
    /// Whose ticket it is.
    pub fn id(&self) -> ContextId {
        self.id
    }

    /// Gives the right up: the runtime is ending, or the ticket is known to be void.
    pub fn void(self) {
        std::mem::forget(self);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        debug_assert!(is_unwinding(), "a ticket was dropped: {:?} is stranded", self.id);
    }
}

/// How a suspended context is kept: frozen, or (without cooperative suspension) on the stack of a blocked thread.
pub enum Held<P> {
    /// As data.
    Frozen(Snapshot),
    /// In the hands of the thread that sleeps here.
    Blocked(P),
}

impl<P> fmt::Debug for Held<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Held::Frozen(_) => "Frozen",
            Held::Blocked(_) => "Blocked",
        })
    }
}

/// Whether a context has executed anything yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing: a cancellation ends it at once.
    Unstarted,
    /// Something: a cancellation is thrown in it.
    Underway,
}

struct Entry<A, P> {
    /// `None` while it runs. Apart, so that the map's free entries are small: a third to a half of them are free.
    held: Option<Box<(Held<P>, A)>>,
    suspension: u32,
    progress: Progress,
    /// Cancellations requested and not yet thrown.
    cancels: u32,
}

impl<A, P> Entry<A, P> {
    /// Takes the context out, unless it runs.
    fn take(&mut self, id: ContextId) -> Option<Taken<A, P>> {
        let (held, beside) = *self.held.take()?;
        Some(Taken { id, held, beside, cancels: std::mem::take(&mut self.cancels) })
    }
}

/// A context in the hand of whoever took it.
#[derive(Debug)]
pub struct Taken<A, P> {
    /// Its id.
    pub id: ContextId,
    /// The context.
    pub held: Held<P>,
    /// What was kept beside it.
    pub beside: A,
    /// Cancellations to throw in it.
    pub cancels: u32,
}

/// What `put` gives.
#[must_use]
#[derive(Debug)]
pub enum Stored {
    /// It may wait.
    Waiting(Ticket),
    /// It was cancelled while it ran: it must not wait.
    Cancelled(Ticket),
}

impl Stored {
    /// The ticket, for contexts that become ready anyway.
    pub fn ticket(self) -> Ticket {
        match self {
            Stored::Waiting(ticket) | Stored::Cancelled(ticket) => ticket,
        }
    }
}

/// What a cancellation met.
#[must_use]
#[derive(Debug)]
pub enum Recalled<A, P> {
    /// No such context: it ended.
    Gone,
    /// It runs: whoever runs it sees the request when it stores it or when its budget is used up.
    Running,
    /// It waited or was ready: earlier tickets are void, this one resumes it with the cancellation pending.
    Ready(Ticket),
    /// It had executed nothing and is no longer in the store.
    Unstarted(Held<P>, A),
}

/// The contexts that do not run. `A` is kept beside each, `P` is where a blocked thread sleeps.
pub struct Store<A, P> {
    entries: Map<ContextId, Entry<A, P>>,
    next: AtomicU64,
}

impl<A, P> Default for Store<A, P> {
    fn default() -> Store<A, P> {
        Store { entries: Map::default(), next: AtomicU64::new(1) }
    }
}

impl<A, P> Store<A, P> {
    /// A name for a context to be added.
    pub fn reserve(&self) -> ContextId {
        ContextId(self.next.fetch_add(1))
    }

    /// Adds a context under a reserved name.
    pub fn add(&self, id: ContextId, snapshot: Snapshot, beside: A, progress: Progress) -> Ticket {
        let held = Some(Box::new((Held::Frozen(snapshot), beside)));
        let replaced = self.entries.insert(id, Entry { held, suspension: 1, progress, cancels: 0 });
        debug_assert!(replaced.is_none(), "a context's name was used twice");
        Ticket { id, suspension: 1 }
    }

    /// Puts a context back that was taken, with the cancellations that were not thrown. Mints the ticket of this
    /// suspension.
    pub fn put(&self, id: ContextId, held: Held<P>, beside: A, cancels: u32) -> Stored {
        let lodger = Box::new((held, beside));
        let stored = self.entries.update(id, |entry| {
            debug_assert!(entry.held.is_none(), "a context was in two places");
            entry.held = Some(lodger);
            entry.suspension = entry.suspension.wrapping_add(1);
            entry.cancels += cancels;
            let ticket = Ticket { id, suspension: entry.suspension };
            if entry.cancels > 0 { Stored::Cancelled(ticket) } else { Stored::Waiting(ticket) }
        });
        stored.expect("the entry of a taken context stays until `end`")
    }

    /// Spends a ticket. `None` if it is void: the context was resumed otherwise, or ended.
    pub fn take(&self, ticket: Ticket) -> Option<Taken<A, P>> {
        let (id, suspension) = (ticket.id, ticket.suspension);
        ticket.void();
        self.entries.update(id, |entry| {
            if entry.suspension != suspension {
                return None;
            }
            entry.progress = Progress::Underway;
            entry.take(id)
        })?
    }

    /// Takes a suspended context without its ticket; what it was is void after the next `put`.
    pub fn recall(&self, id: ContextId) -> Option<Taken<A, P>> {
        self.entries.update(id, |entry| entry.take(id))?
    }

    /// Asks for a cancellation.
    pub fn cancel(&self, id: ContextId) -> Recalled<A, P> {
        let recalled = self.entries.update(id, |entry| {
            if entry.held.is_none() {
                entry.cancels += 1;
                return Recalled::Running;
            }
            if entry.progress == Progress::Unstarted {
                let (held, beside) = *entry.held.take().expect("it was there a line above");
                return Recalled::Unstarted(held, beside);
            }
            entry.cancels += 1;
            entry.suspension = entry.suspension.wrapping_add(1);
            Recalled::Ready(Ticket { id, suspension: entry.suspension })
        });
        let recalled = recalled.unwrap_or(Recalled::Gone);
        if let Recalled::Unstarted(..) = recalled {
            self.end(id);
        }
        recalled
    }

    /// Takes the cancellations requested while a context ran.
    pub fn take_cancels(&self, id: ContextId) -> u32 {
        self.entries.update(id, |entry| std::mem::take(&mut entry.cancels)).unwrap_or(0)
    }

    /// Forgets a context that ended.
    pub fn end(&self, id: ContextId) {
        drop(self.entries.remove(id));
    }

    /// Looks at a suspended context; `None` if it runs or ended.
    pub fn with<R>(&self, id: ContextId, look: impl FnOnce(&Held<P>, &A) -> R) -> Option<R> {
        self.entries.with(id, |entry| {
            let (held, beside) = &**entry.held.as_ref()?;
            Some(look(held, beside))
        })?
    }

    /// The contexts there are, suspended or running, oldest first.
    pub fn ids(&self) -> Vec<ContextId> {
        let mut ids = self.entries.keys();
        ids.sort_unstable();
        ids
    }
}
