//! Threads without work: how they fall asleep and how they are woken.
//!
//! Owns: one word that counts pushes (the *epoch*), searching threads and sleeping threads together, and the place
//! where the sleepers sleep.
//!
//! The protocol, in the order in which it must happen:
//! 1. A thread reads the epoch, *then* searches all queues.
//! 2. It found nothing: it counts itself as a sleeper and reads the epoch in one step; if that differs from step 1,
//!    something was pushed since, and it searches again. Otherwise it sleeps until it is woken. There is no time limit:
//!    a lost wake-up is a hang that tests can see.
//! 3. A push puts its item into a queue, *then* counts the epoch up, and sees in the same step whether anybody sleeps
//!    and nobody searches; then it wakes one sleeper, which wakes as a searcher.
//! 4. A searcher that finds something counts itself out and the epoch up; if it was the last one and others sleep it
//!    looks *then* whether there is more, and if so wakes one of them: a push that saw it searching woke nobody. The new
//!    epoch is for threads that did not search because this one did, and are about to sleep (`two_sleepers` in loom-tests
//!    found that). Without the look, each lone piece of work would wake two threads (TRAPS R8).
//!
//! 5. A push into the pusher's own queue, which that thread will search itself before it sleeps, need not count: it is lost to
//!    nobody. It looks, behind a fence, whether anybody sleeps, and only then does step 3; a searcher that is about to sleep looks, behind
//!    its step 2 and a fence, whether there is something after all. One of both sees the other, so no thread sleeps beside
//!    work for long; and threads that are all at work do not write to one word for each context that they make ready.
//!
//! Every other step is one read-modify-write of one word, so they have a total order: either the push of step 3 comes before
//! the check of step 2, which sees the new epoch, or after it, and then the push sees the sleeper. In the same way a push
//! comes before step 4, whose look finds it, or after, and then it sees that nobody searches.

use crate::sync::{AtomicBool, AtomicU64, Condvar, Instant, Mutex, full_fence};

const SLEEPER: u64 = 1;
const SEARCHER: u64 = 1 << 12;
const EPOCH: u64 = 1 << 24;
const COUNT: u64 = SEARCHER - 1;

/// At most so many workers: what a count in the word can hold.
pub const MOST_WORKERS: usize = 1024;

fn sleepers(word: u64) -> u64 {
    word & COUNT
}

fn searchers(word: u64) -> u64 {
    (word / SEARCHER) & COUNT
}

fn epoch(word: u64) -> u64 {
    word / EPOCH
}

/// The number of pushes up to some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(u64);

/// What a thread does between two tickets, for the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has work, or looks only at its own queue and the injector.
    Working,
    /// It is counted as one that looks into other workers' queues.
    Searching,
}

/// Why `sleep` returned.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something was pushed meanwhile; the role is unchanged.
    NotSlept,
    /// Another thread woke it; it counts as searching.
    ToSearch,
    /// The queues are closed.
    Closed,
    /// The deadline came first; it counts as working.
    TooLate,
}

#[derive(Debug, Default)]
struct Bed {
    asleep: u64,
    /// Wake-ups that no sleeper has used yet.
    permits: u64,
}

/// The threads without work.
#[derive(Debug, Default)]
pub struct Sleep {
    word: AtomicU64,
    bed: Mutex<Bed>,
    condvar: Condvar,
    closed: AtomicBool,
}

impl Sleep {
    /// Step 1: to be read before searching.
    pub fn epoch(&self) -> Epoch {
        Epoch(epoch(self.word.latest()))
    }

    /// Counts the thread as searching, unless half of all `workers` search already.
    pub fn try_search(&self, workers: usize) -> Role {
        let before = self.word.fetch_add(SEARCHER);
        if 2 * searchers(before) < workers as u64 {
            return Role::Searching;
        }
        self.word.fetch_sub(SEARCHER);
        Role::Working
    }

    /// Step 2. Everything pushed before `seen` was read has been looked for. `is_more` looks once more, for what was pushed as in
    /// step 5.
    pub fn sleep(&self, seen: Epoch, role: Role, is_more: impl FnOnce() -> bool) -> Woken {
        self.sleep_until(seen, role, None, is_more)
    }

    /// The same, but not beyond the deadline: for a schedule, which fires timers itself.
    pub fn sleep_until(
        &self,
        seen: Epoch,
        role: Role,
        deadline: Option<Instant>,
        is_more: impl FnOnce() -> bool,
    ) -> Woken {
        let is_overlooked = || {
            full_fence();
            // One that may not search leaves it to those who do.
            role == Role::Searching && is_more()
        };
        let mut bed = self.bed.lock();
        let searched = if role == Role::Searching { SEARCHER } else { 0 };
        let before = self.word.fetch_add(SLEEPER.wrapping_sub(searched));
        if epoch(before) != seen.0 || is_overlooked() {
            self.word.fetch_sub(SLEEPER.wrapping_sub(searched));
            return Woken::NotSlept;
        }
        bed.asleep += 1;
        let is_late = || deadline.is_some_and(|deadline| deadline <= Instant::now());
        while bed.permits == 0 && !self.closed.load() && !is_late() {
            bed = match deadline {
                Some(deadline) => self.condvar.wait_until(bed, deadline),
                None => self.condvar.wait(bed),
            };
        }
        bed.asleep -= 1;
        if bed.permits == 0 {
            self.word.fetch_sub(SLEEPER);
            return if self.closed.load() { Woken::Closed } else { Woken::TooLate };
        }
        bed.permits -= 1;
        Woken::ToSearch
    }

    /// Step 3, after the item is in its queue.
    pub fn announce(&self) {
        let before = self.word.fetch_add(EPOCH);
        if sleepers(before) > 0 && searchers(before) == 0 {
            self.wake_one();
        }
    }

    /// Step 5, after the item is in the pusher's own queue.
    pub fn announce_own(&self) {
        full_fence();
        if sleepers(self.word.glance()) > 0 {
            self.announce();
        }
    }

    /// Step 4. `is_more` looks whether there is work for another.
    pub fn found(&self, role: Role, is_more: impl FnOnce() -> bool) {
        if role == Role::Searching {
            let before = self.word.fetch_add(EPOCH.wrapping_sub(SEARCHER));
            if searchers(before) == 1 && sleepers(before) > 0 && is_more() {
                self.wake_one();
            }
        }
    }

    /// Whether no thread is counted: so it is when all have ended.
    pub fn is_quiet(&self) -> bool {
        let word = self.word.latest();
        sleepers(word) == 0 && searchers(word) == 0
    }

    /// Nobody sleeps any more from now on.
    pub fn close(&self) {
        let bed = self.bed.lock();
        self.closed.swap(true);
        self.word.fetch_add(EPOCH);
        drop(bed);
        self.condvar.notify_all();
    }

    /// Threads may sleep again. To be called when none does.
    pub fn reopen(&self) {
        self.closed.swap(false);
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load()
    }

    /// The one place that wakes: turns one sleeper into a searcher.
    fn wake_one(&self) {
        let mut bed = self.bed.lock();
        if bed.asleep > bed.permits {
            bed.permits += 1;
            let before = self.word.fetch_add(SEARCHER - SLEEPER);
            debug_assert!(sleepers(before) > 0, "a sleeper was woken twice");
            self.condvar.notify_one();
        }
    }
}

/// Where one thread sleeps until it is handed something.
#[derive(Debug)]
pub struct Parker<T> {
    slot: Mutex<Option<T>>,
    condvar: Condvar,
}

impl<T> Default for Parker<T> {
    fn default() -> Parker<T> {
        Parker { slot: Mutex::new(None), condvar: Condvar::new() }
    }
}

impl<T> Parker<T> {
    /// Hands something to the thread and wakes it.
    pub fn hand(&self, item: T) {
        *self.slot.lock() = Some(item);
        self.condvar.notify_one();
    }

    /// Sleeps until something was handed over.
    pub fn wait(&self) -> T {
        let mut slot = self.slot.lock();
        loop {
            match slot.take() {
                Some(item) => return item,
                None => slot = self.condvar.wait(slot),
            }
        }
    }
}
