//! The ready queue: which context runs next.
//!
//! Owns: the injector (one queue that everybody pushes to), one deque and one *next* place per worker, and the choice in
//! `find`. In the next place lies what the running context made ready by what it did, such as the receiver of what it sent:
//! it runs here, where what it needs is at hand, and no other thread is woken for it. Others may take it when they find
//! nothing else. A context that computes for long gives its worker up, so nothing lies there for longer than a turn.
//! Invariant: of tickets from the next place at most `MOST_IN_A_ROW` run before one from a queue, if there is one.
//! Invariant: a worker does not sit among few contexts while another has many: now and then it compares its deque with another
//! one and takes a share of what that has more, so that contexts which are always ready get about equally many turns.
//! Invariant: with one worker there is one queue, its deque, first in first out: what is pushed without its seat joins before the next
//! push from it, and before each choice; so the order of execution is a function of the program (LANGUAGE 10.5).
//! Does not: know what a ticket stands for; a void ticket is found like any other.

use std::sync::Arc;

use super::counters::{Counters, Pace, Waiting};
use super::sleep::{Epoch, MOST_WORKERS, Role, Sleep, Woken};
use super::store::Ticket;
use super::trace::{Lane, Trace};
use super::warm::Warm;
use crate::sync::{Deque, Injector, Instant, OneSlot, Stealer};

/// A worker looks beyond its own deque first once in so many turns: at the injector, so that a full local deque cannot starve
/// it, and at the deque of another worker. Prime, so that it does not fall into step with a pattern of the program.
const LOOK_AROUND_PERIOD: u32 = 61;

/// Deques that differ by no more than this are equally long: contexts should not wander for nothing.
const SMALL_DIFFERENCE: usize = 4;

/// Two contexts that talk without end take so many turns before a third has one.
const MOST_IN_A_ROW: u32 = 3;

/// The place of one worker: its deque and its counters. It goes from thread to thread when one blocks.
#[derive(Debug)]
pub struct Seat {
    index: usize,
    deque: Deque<Ticket>,
    turns: u32,
    /// Turns since one came from a queue.
    in_a_row: u32,
    pace: Pace,
    /// Contexts that began to wait here less those that went on, since that was told.
    untold: i64,
    waiting: Arc<Waiting>,
    /// What it did when, if somebody wants to know.
    lane: Option<Box<Lane>>,
    /// What this worker left warm.
    pub warm: Warm,
    /// What this worker did.
    pub counters: Arc<Counters>,
}

impl Seat {
    /// The worker runs one more context.
    pub fn ran(&mut self) {
        if self.pace.ran(&self.counters) {
            self.tell();
        }
    }

    /// So many more contexts wait, or fewer.
    pub fn count_waiting(&mut self, by: i64) {
        self.untold += by;
    }

    fn tell(&mut self) {
        if self.untold != 0 {
            self.waiting.change(std::mem::take(&mut self.untold));
        }
    }

    /// The worker looks for something to do, and may fall asleep.
    fn pause(&mut self) {
        self.tell();
        self.pace.pause(&self.counters);
    }

    /// What ended here and is still counted: see `Hub::rest`. Kept where others can read it.
    pub fn resting(&self) -> Resting {
        let Counters { resting_contexts, resting_activities, .. } = &*self.counters;
        Resting { contexts: resting_contexts.get(), activities: resting_activities.get() }
    }

    /// Changes that.
    pub fn set_resting(&self, resting: Resting) {
        self.counters.resting_contexts.set_alone(resting.contexts);
        self.counters.resting_activities.set_alone(resting.activities);
    }

    /// Has what happens on it recorded.
    pub fn record(&mut self, trace: &Arc<Trace>) {
        self.lane = Some(Box::new(Lane::new(trace, self.index)));
    }

    /// Where what happens on it is recorded.
    pub fn lane(&self) -> Option<&Lane> {
        self.lane.as_deref()
    }

    /// The same, to begin and end runs.
    pub fn lane_mut(&mut self) -> Option<&mut Lane> {
        self.lane.as_deref_mut()
    }
}

/// Contexts and activities that ended on a seat and are still counted in the word that all share, for those that begin there next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resting {
    /// Contexts.
    pub contexts: u64,
    /// Activities.
    pub activities: u64,
}

/// The next place of one worker, which whoever has its seat fills. Others hardly ever look; a cache line of its own keeps
/// what lies beside it out of that.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Next(OneSlot<Ticket>);

/// All queues of ready contexts.
#[derive(Debug)]
pub struct Ready {
    next: Vec<Next>,
    injector: Injector<Ticket>,
    stealers: Vec<Stealer<Ticket>>,
    sleep: Sleep,
    waiting: Arc<Waiting>,
}

impl Ready {
    /// Queues for so many workers (at least 1, at most `MOST_WORKERS`), and the workers' seats.
    pub fn new(workers: usize) -> (Ready, Vec<Seat>) {
        let waiting = Arc::new(Waiting::default());
        let seats: Vec<Seat> = (0..workers.clamp(1, MOST_WORKERS))
            .map(|index| Seat {
                index,
                deque: Deque::default(),
                turns: 0,
                in_a_row: 0,
                pace: Pace::default(),
                untold: 0,
                waiting: Arc::clone(&waiting),
                lane: None,
                warm: Warm::default(),
                counters: Arc::default(),
            })
            .collect();
        let stealers = seats.iter().map(|seat| seat.deque.stealer()).collect();
        let next = seats.iter().map(|_| Next::default()).collect();
        (Ready { next, injector: Injector::default(), stealers, sleep: Sleep::default(), waiting }, seats)
    }

    /// The number of workers.
    pub fn workers(&self) -> usize {
        self.stealers.len()
    }

    /// How many contexts wait.
    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Adds a ticket at the end. From a worker's seat it joins that worker's deque.
    pub fn push(&self, ticket: Ticket, seat: Option<&Seat>) {
        let Some(seat) = seat else {
            self.injector.push(ticket);
            return self.sleep.announce();
        };
        if self.workers() == 1 {
            // It is awake, and looks at its own deque before it sleeps.
            self.line_up(seat);
            return seat.deque.push(ticket);
        }
        seat.deque.push(ticket);
        self.sleep.announce_own();
    }

    /// What was pushed without the only worker's seat joins its deque: before each push from the seat, so that all stand in the order
    /// in which they came, and before each choice.
    fn line_up(&self, seat: &Seat) {
        if !self.injector.is_empty() {
            std::iter::from_fn(|| self.injector.pop()).for_each(|ticket| seat.deque.push(ticket));
        }
    }

    /// Makes a ticket the next one of the worker on this seat; what was to be the next joins its deque. With one worker
    /// the ticket joins the end of the queue.
    pub fn hand_on(&self, ticket: Ticket, seat: &Seat) {
        if self.workers() == 1 {
            return self.push(ticket, Some(seat));
        }
        let next = &self.next[seat.index].0;
        let before = next.take();
        // It is empty now, unless somebody is just taking what was there.
        let refused = next.put_alone(ticket).err();
        before.into_iter().chain(refused).for_each(|ticket| self.push(ticket, Some(seat)));
    }

    /// The next ticket for this worker, if it has one or nobody has: most often there is. Nothing need be known of pushes.
    pub fn at_hand(&self, seat: &mut Seat) -> Option<Ticket> {
        if self.sleep.is_closed() { None } else { self.next(seat) }
    }

    /// The next ticket for this worker; sleeps until there is one. `None` once closed.
    pub fn find(&self, seat: &mut Seat) -> Option<Ticket> {
        let mut role = Role::Working;
        loop {
            let seen = self.sleep.epoch();
            if self.sleep.is_closed() {
                self.sleep.found(role, || false);
                seat.pause();
                return None;
            }
            if let Some(ticket) = self.next(seat).or_else(|| self.search(seat, &mut role)) {
                self.sleep.found(role, || !self.is_empty());
                return Some(ticket);
            }
            seat.pause();
            let woken = self.sleep.sleep(seen, role, || !self.is_empty());
            seat.pace.go_on(&seat.counters, woken == Woken::ToSearch);
            seat.lane.iter_mut().for_each(|lane| lane.woke());
            match woken {
                Woken::NotSlept => {}
                Woken::ToSearch => role = Role::Searching,
                Woken::Closed | Woken::TooLate => return None,
            }
        }
    }

    /// The number of pushes and announcements up to now, for `doze`.
    pub fn epoch(&self) -> Epoch {
        self.sleep.epoch()
    }

    /// Sleeps until something is pushed or announced after `seen`, or until the deadline: for a schedule, which does its own
    /// search. False if the deadline came first.
    pub fn doze(&self, seen: Epoch, deadline: Option<Instant>) -> bool {
        let woken = self.sleep.sleep_until(seen, Role::Working, deadline, || false);
        if woken == Woken::ToSearch {
            self.sleep.found(Role::Searching, || false); // There is no other worker.
        }
        woken != Woken::TooLate
    }

    /// Tells a dozing worker that something happened which is no push.
    pub fn announce(&self) {
        self.sleep.announce();
    }

    /// The next ticket without looking at other workers and without sleeping: the one place that orders contexts.
    pub fn next(&self, seat: &mut Seat) -> Option<Ticket> {
        if self.workers() == 1 {
            self.line_up(seat);
            return seat.deque.pop();
        }
        seat.turns = seat.turns.wrapping_add(1);
        if seat.turns.is_multiple_of(LOOK_AROUND_PERIOD)
            && let Some(ticket) = self.injector.pop().or_else(|| self.share(seat))
        {
            return Some(ticket);
        }
        if seat.in_a_row < MOST_IN_A_ROW
            && let Some(ticket) = self.next[seat.index].0.take()
        {
            seat.in_a_row += 1;
            return Some(ticket);
        }
        seat.in_a_row = 0;
        let queued = seat.deque.pop().or_else(|| self.batch(seat, self.injector.pop_batch(&seat.deque)));
        queued.or_else(|| self.next[seat.index].0.take())
    }

    /// Takes a share from one other worker, another each time, if that has many more contexts than this one.
    fn share(&self, seat: &Seat) -> Option<Ticket> {
        let workers = self.workers();
        let step = 1 + (seat.turns / LOOK_AROUND_PERIOD) as usize % (workers - 1);
        let other = &self.stealers[(seat.index + step) % workers];
        let (own, others) = (seat.deque.len(), other.len());
        if others <= own + own / 4 + SMALL_DIFFERENCE {
            return None;
        }
        self.batch(seat, other.steal_at_most(&seat.deque, (others - own) / 2))
    }

    /// A batch may lie in this worker's deque now, where a searcher that passed by earlier did not see it.
    fn batch(&self, seat: &Seat, first: Option<Ticket>) -> Option<Ticket> {
        if first.is_some() && !seat.deque.is_empty() {
            self.sleep.announce_own();
        }
        first
    }

    /// Whether nothing seems to be ready anywhere.
    pub fn is_empty(&self) -> bool {
        let is_free = |next: &Next| next.0.is_empty();
        self.injector.is_empty()
            && self.stealers.iter().all(Stealer::is_empty)
            && self.next.iter().all(is_free)
    }

    /// `find` gives nothing from now on. What is queued stays.
    pub fn close(&self) {
        self.sleep.close();
    }

    /// Whether no worker sleeps or searches.
    pub fn is_quiet(&self) -> bool {
        self.sleep.is_quiet()
    }

    /// Whether workers are to leave.
    pub fn is_closed(&self) -> bool {
        self.sleep.is_closed()
    }

    /// `find` gives tickets again. To be called when no worker is left that looks for one.
    pub fn reopen(&self) {
        self.sleep.reopen();
    }

    /// Voids everything that is queued. Deques are reached through their stealers, so seats may be anywhere.
    pub fn clear(&self) {
        let refuge = Deque::default();
        self.next.iter().filter_map(|next| next.0.take()).for_each(Ticket::void);
        while let Some(ticket) = self.injector.pop() {
            ticket.void();
        }
        for stealer in &self.stealers {
            while let Some(ticket) = stealer.steal(&refuge).or_else(|| refuge.pop()) {
                ticket.void();
            }
        }
        while let Some(ticket) = refuge.pop() {
            ticket.void();
        }
    }

    /// Steals from another worker, if not too many do.
    fn search(&self, seat: &mut Seat, role: &mut Role) -> Option<Ticket> {
        if self.workers() == 1 {
            return None;
        }
        if *role == Role::Working {
            *role = self.sleep.try_search(self.workers());
        }
        if *role == Role::Working {
            return None;
        }
        seat.counters.searches.add_alone(1);
        let workers = self.workers();
        let mut victims = (1..workers).map(|step| (seat.index + step) % workers);
        let stolen = victims.clone().find_map(|victim| self.stealers[victim].steal(&seat.deque));
        // What is next elsewhere runs there in a moment, unless its worker is busy for long.
        let stolen = stolen.or_else(|| victims.find_map(|victim| self.next[victim].0.take()));
        seat.counters.steals.add_alone(u64::from(stolen.is_some()));
        self.batch(seat, stolen)
    }
}

impl Drop for Ready {
    /// A driver's thread may settle something after the end; its tickets are void here at the latest.
    fn drop(&mut self) {
        self.clear();
    }
}
