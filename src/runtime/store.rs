//! Where contexts are while they do not run.
//!
//! Owns: every context that is not in a worker's hand, under its id (four ids have one entry), with what must stay alive
//! beside it (`A`; generic, so that the store lies below promises).
//! Invariant: a ticket is the only licence to run a context. Only the store mints tickets, each for one suspension; a
//! new suspension makes all earlier tickets void, so a late wake-up can never resume a later wait.
//! Invariant: freezing a warm context (`chill`, `put_chilled`) is no new suspension: its ticket stays valid, and one that is
//! spent while the context is in the hand of the worker that freezes it comes back from `put_chilled`.
//! Does not: know why a context waits, or who will make it ready.

use std::fmt;

use crate::context::Context;
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

    /// Its block, and its place there. Numbers begin with 1.
    fn place(self) -> (u64, usize) {
        let number = self.0.wrapping_sub(1);
        (number / BLOCK as u64, (number % BLOCK as u64) as usize)
    }

    /// The id of this number, which may name no context.
    pub fn from_number(number: u64) -> ContextId {
        ContextId(number)
    }
}

/// The right to run one frozen context once. Move-only: it is in a worker's hand, among one promise's waiters, or in
/// one ready queue. Dropping it would strand its context, so that is a bug, and debug builds panic.
#[must_use = "a ticket that is not passed on strands its context"]
// Packed: so a ticket takes 12 bytes, and a million that wait for one promise 16 each.
#[derive(Debug, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub struct Ticket {
    id: u64,
    suspension: u32,
}

const _: () = assert!(size_of::<Ticket>() == 12);

impl Ticket {
    fn new(id: ContextId, suspension: u32) -> Ticket {
        Ticket { id: id.0, suspension }
    }

    /// Whose ticket it is.
    pub fn id(&self) -> ContextId {
        ContextId(self.id)
    }

    /// Whose ticket it is, and of which of its suspensions: 1 before its first run.
    pub fn suspension(&self) -> (ContextId, u32) {
        (self.id(), self.suspension)
    }

    /// Gives the right up: the runtime is ending, or the ticket is known to be void.
    pub fn void(self) {
        std::mem::forget(self);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        debug_assert!(is_unwinding(), "a ticket was dropped: {:?} is stranded", self.id());
    }
}

/// How a suspended context is kept: warm, frozen, or (without cooperative suspension) on the stack of a blocked thread.
pub enum Held<P> {
    /// As it was, without what it no longer reads: it has been suspended for a short while only.
    Warm(Box<Context>),
    /// As data.
    Frozen(Snapshot),
    /// In the hands of the thread that sleeps here.
    Blocked(Box<P>),
}

impl<P> fmt::Debug for Held<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Held::Warm(_) => "Warm",
            Held::Frozen(_) => "Frozen",
            Held::Blocked(_) => "Blocked",
        })
    }
}

/// Whether anything of a context was executed: if not, a cancellation ends it at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was.
    Unstarted,
    /// It may have run.
    Started,
}

/// The first suspension of every context: before its first run.
pub const FIRST: u32 = 1;

/// So many contexts whose ids follow each other have one entry in the map. The entry is 17 bytes, and a third to a half of
/// all entries are free. One context of a block keeps the memory of all: more would cost those that outlive their
/// neighbours more than they save the others.
const BLOCK: usize = 4;

/// A few contexts. Taken out of the map when all have ended.
type Block<A, P> = Box<[Place<A, P>; BLOCK]>;

/// What a context of a block has come to.
#[derive(Default)]
enum Place<A, P> {
    /// It is still to be added.
    #[default]
    Reserved,
    /// It is alive.
    Taken(Slot<A, P>),
    /// It is no more.
    Ended,
}

/// The place of a live context, from `add` to `end`.
struct Slot<A, P> {
    /// `None` while it runs or is chilled.
    lodger: Option<(Held<P>, A)>,
    suspension: u32,
    /// Cancellations requested and not yet thrown. More than it can hold are forgotten.
    cancels: u16,
    progress: Progress,
    chill: Chill,
}

/// Whether a context is being frozen outside of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chill {
    /// It is not.
    None,
    /// It is. Its ticket is where it was.
    Pending,
    /// It is, and its ticket was spent meanwhile: whoever freezes it gets it back.
    Due,
}

impl<A, P> Slot<A, P> {
    /// Takes the context out, unless it runs.
    fn take(&mut self, id: ContextId) -> Option<Taken<A, P>> {
        let (held, beside) = self.lodger.take()?;
        Some(Taken { id, held, beside, cancels: std::mem::take(&mut self.cancels).into() })
    }

    /// Mints the ticket of a new suspension.
    fn suspend(&mut self, id: ContextId) -> Ticket {
        self.suspension = self.suspension.wrapping_add(1);
        Ticket::new(id, self.suspension)
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
    /// Whose suspension began, and which.
    pub fn suspension(&self) -> (ContextId, u32) {
        let (Stored::Waiting(ticket) | Stored::Cancelled(ticket)) = self;
        ticket.suspension()
    }

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
    blocks: Map<u64, Block<A, P>>,
    next: AtomicU64,
}

impl<A, P> Default for Store<A, P> {
    fn default() -> Store<A, P> {
        Store { blocks: Map::default(), next: AtomicU64::new(1) }
    }
}

impl<A, P> Store<A, P> {
    /// A name for a context to be added.
    pub fn reserve(&self) -> ContextId {
        ContextId(self.next.fetch_add(1))
    }

    /// How many names were given.
    pub fn created(&self) -> u64 {
        self.next.latest() - 1
    }

    /// Adds a context under a reserved name.
    pub fn add(&self, id: ContextId, held: Held<P>, beside: A, progress: Progress) -> Ticket {
        let lodger = Some((held, beside));
        let slot = Slot { lodger, suspension: FIRST, cancels: 0, progress, chill: Chill::None };
        let (block, at) = id.place();
        self.blocks.change(block, Block::default, |block| {
            debug_assert!(matches!(block[at], Place::Reserved), "a context's name was used twice");
            block[at] = Place::Taken(slot);
        });
        Ticket::new(id, FIRST)
    }

    /// Puts a context back that was taken, with the cancellations that were not thrown. Mints the ticket of this
    /// suspension.
    pub fn put(&self, id: ContextId, held: Held<P>, beside: A, cancels: u32) -> Stored {
        let stored = self.update(id, |slot| {
            debug_assert!(slot.lodger.is_none(), "a context was in two places");
            slot.lodger = Some((held, beside));
            slot.cancels = slot.cancels.saturating_add(cancels.try_into().unwrap_or(u16::MAX));
            let ticket = slot.suspend(id);
            if slot.cancels > 0 { Stored::Cancelled(ticket) } else { Stored::Waiting(ticket) }
        });
        stored.expect("the slot of a taken context stays until `end`")
    }

    /// Spends a ticket. `None` if it is void: the context was resumed otherwise, or ended.
    pub fn take(&self, ticket: Ticket) -> Option<Taken<A, P>> {
        let (id, suspension) = ticket.suspension();
        ticket.void();
        // Written where it is given back: what is wrapped on its way is copied each time.
        let mut taken = None;
        self.update(id, |slot| {
            if slot.suspension != suspension {
                return;
            }
            if slot.chill == Chill::Pending {
                slot.chill = Chill::Due;
            }
            slot.progress = Progress::Started;
            taken = slot.take(id);
        });
        taken
    }

    /// Takes a warm context out to be frozen, if this is still its suspension. To be given back by `put_chilled`; until
    /// then it counts as running, but for its ticket, which stays valid.
    pub fn chill(&self, id: ContextId, suspension: u32) -> Option<(Box<Context>, A)> {
        self.update(id, |slot| match slot.lodger.take() {
            Some((Held::Warm(context), beside)) if slot.suspension == suspension => {
                slot.chill = Chill::Pending;
                Some((context, beside))
            }
            other => {
                slot.lodger = other;
                None
            }
        })?
    }

    /// Puts a chilled context back. Gives a ticket that is to be made ready if its own was spent meanwhile, or if it was
    /// cancelled.
    pub fn put_chilled(&self, id: ContextId, held: Held<P>, beside: A) -> Option<Ticket> {
        let put = self.update(id, |slot| {
            debug_assert!(slot.lodger.is_none(), "a context was in two places");
            slot.lodger = Some((held, beside));
            let is_due = std::mem::replace(&mut slot.chill, Chill::None) == Chill::Due;
            (is_due || slot.cancels > 0).then(|| slot.suspend(id))
        });
        put.expect("the slot of a chilled context stays until `end`")
    }

    /// Takes a suspended context without its ticket; what it was is void after the next `put`.
    pub fn recall(&self, id: ContextId) -> Option<Taken<A, P>> {
        self.update(id, |slot| slot.take(id))?
    }

    /// Asks for a cancellation.
    pub fn cancel(&self, id: ContextId) -> Recalled<A, P> {
        let recalled = self.update(id, |slot| match slot.lodger.take() {
            None => {
                slot.cancels = slot.cancels.saturating_add(1);
                Recalled::Running
            }
            Some((held, beside)) if slot.progress == Progress::Unstarted => Recalled::Unstarted(held, beside),
            suspended => {
                slot.lodger = suspended;
                slot.cancels = slot.cancels.saturating_add(1);
                Recalled::Ready(slot.suspend(id))
            }
        });
        let recalled = recalled.unwrap_or(Recalled::Gone);
        if let Recalled::Unstarted(..) = recalled {
            self.end(id);
        }
        recalled
    }

    /// Which of its suspensions a context is in; `None` if it runs, ended, or was cancelled and will go on for that.
    pub fn suspension(&self, id: ContextId) -> Option<u32> {
        let waits = |slot: &Slot<A, P>| slot.lodger.is_some() && slot.cancels == 0;
        self.read(id, |slot| waits(slot).then_some(slot.suspension))?
    }

    /// Takes the cancellations requested while a context ran.
    pub fn take_cancels(&self, id: ContextId) -> u32 {
        self.update(id, |slot| std::mem::take(&mut slot.cancels)).unwrap_or(0).into()
    }

    /// Whether a context has not ended.
    pub fn is_there(&self, id: ContextId) -> bool {
        self.update(id, |_| ()).is_some()
    }

    /// Forgets a context that ended.
    pub fn end(&self, id: ContextId) {
        let (block, at) = id.place();
        let mut last = Place::Ended;
        let emptied = self.blocks.remove_if(block, |block| {
            std::mem::swap(&mut block[at], &mut last);
            block.iter().all(|place| matches!(place, Place::Ended))
        });
        // What is dropped here may do anything, so the map's lock is not held.
        drop((last, emptied));
    }

    fn update<R>(&self, id: ContextId, change: impl FnOnce(&mut Slot<A, P>) -> R) -> Option<R> {
        let (block, at) = id.place();
        self.blocks.update(block, |block| match &mut block[at] {
            Place::Taken(slot) => Some(change(slot)),
            Place::Reserved | Place::Ended => None,
        })?
    }

    /// Looks at a suspended context; `None` if it runs or ended.
    pub fn with<R>(&self, id: ContextId, look: impl FnOnce(&Held<P>, &A) -> R) -> Option<R> {
        self.look(id, |lodger| lodger.map(|(held, beside)| look(held, beside)))?
    }

    /// Looks at one context; one that runs is `None`. Gives `None` if there is no such context.
    pub fn look<R>(&self, id: ContextId, look: impl FnOnce(Option<(&Held<P>, &A)>) -> R) -> Option<R> {
        self.read(id, |slot| look(slot.lodger.as_ref().map(|(held, beside)| (held, beside))))
    }

    /// The same as `update`, without changing anything.
    fn read<R>(&self, id: ContextId, read: impl FnOnce(&Slot<A, P>) -> R) -> Option<R> {
        let (block, at) = id.place();
        self.blocks.with(block, |block| match &block[at] {
            Place::Taken(slot) => Some(read(slot)),
            Place::Reserved | Place::Ended => None,
        })?
    }

    /// Looks at contexts, oldest first, from `first` on: at one block of ids in `step`, and at `most` contexts at most. A
    /// context that runs is `None`. Each block is locked by itself, for as long as `look` takes for its contexts.
    pub fn survey<R>(
        &self,
        first: ContextId,
        step: usize,
        most: usize,
        mut look: impl FnMut(ContextId, Option<(&Held<P>, &A)>) -> R,
    ) -> Vec<R> {
        let mut blocks = self.blocks.keys();
        blocks.retain(|block| *block >= first.place().0);
        blocks.sort_unstable();
        let mut seen = Vec::new();
        for block in blocks.into_iter().step_by(step.max(1)) {
            if seen.len() >= most {
                break;
            }
            self.blocks.with(block, |places| {
                let numbers = block * BLOCK as u64 + 1..;
                for (id, place) in numbers.map(ContextId).zip(&**places).filter(|(id, _)| *id >= first) {
                    if let Place::Taken(slot) = place {
                        seen.push(look(id, slot.lodger.as_ref().map(|(held, beside)| (held, beside))));
                    }
                }
            });
        }
        seen.truncate(most);
        seen
    }

    /// The contexts there are, suspended or running, oldest first.
    pub fn ids(&self) -> Vec<ContextId> {
        let mut blocks = self.blocks.keys();
        blocks.sort_unstable();
        blocks.into_iter().flat_map(|block| self.ids_in(block)).collect()
    }

    fn ids_in(&self, block: u64) -> impl Iterator<Item = ContextId> {
        let alive = |block: &Block<A, P>| block.each_ref().map(|place| matches!(place, Place::Taken(_)));
        let alive = self.blocks.with(block, alive).unwrap_or_default();
        let first = block * BLOCK as u64 + 1;
        (first..).zip(alive).filter_map(|(id, is_alive)| is_alive.then_some(ContextId(id)))
    }
}
