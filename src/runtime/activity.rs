//! How much is going on: contexts alive, and activities that could still wake one.
//!
//! Owns: one word with both counts, and the bell that calls the overseer (`Runtime::run_main`) when either falls to zero.
//! An *activity* is a ticket in a ready queue, a context in a worker's hand, or an external operation that is pending (a
//! timer, a file job). Whoever causes an activity counts it up before the one it acts in counts itself down, so when
//! the count is zero nothing inside the runtime can happen any more: if contexts are alive they are deadlocked.
//! Does not: decide anything. The overseer does.

use crate::sync::{AtomicU64, Condvar, Instant, Mutex};

const ACTIVE: u64 = 1;
const LIVE: u64 = 1 << 32;

/// Both counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Contexts that have not ended.
    pub live: u64,
    /// Activities.
    pub active: u64,
}

/// Counts contexts and activities.
#[derive(Debug, Default)]
pub struct Activity {
    word: AtomicU64,
    rung: Mutex<bool>,
    bell: Condvar,
}

impl Activity {
    /// Contexts are created, and with them so many activities: one for each that is ready from the start.
    pub fn begin(&self, contexts: u64, activities: u64) {
        self.word.fetch_add(LIVE * contexts + ACTIVE * activities);
    }

    /// So many contexts ended, and so many activities, both at once. What they caused has been counted.
    pub fn end(&self, contexts: u64, activities: u64) {
        self.lower(LIVE * contexts + ACTIVE * activities);
    }

    /// `contexts` ended.
    pub fn end_contexts(&self, contexts: u64) {
        self.end(contexts, 0);
    }

    /// An activity begins.
    pub fn enter(&self) {
        self.word.fetch_add(ACTIVE);
    }

    /// `activities` end. What they caused has been counted.
    pub fn leave(&self, activities: u64) {
        self.end(0, activities);
    }

    /// A running context ended: both at once.
    pub fn end_running(&self) {
        self.end(1, 1);
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        let word = self.word.latest();
        Counts { live: word / LIVE, active: word % LIVE }
    }

    /// Calls the overseer.
    pub fn ring(&self) {
        *self.rung.lock() = true;
        self.bell.notify_all();
    }

    /// The overseer sleeps until it is called, or until the deadline. Whether it was called.
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut rung = self.rung.lock();
        while !*rung {
            match deadline {
                None => rung = self.bell.wait(rung),
                Some(deadline) if Instant::now() < deadline => rung = self.bell.wait_until(rung, deadline),
                Some(_) => return false,
            }
        }
        *rung = false;
        true
    }

    fn lower(&self, by: u64) {
        if by == 0 {
            return;
        }
        let before = self.word.fetch_sub(by);
        debug_assert!(before / LIVE >= by / LIVE && before % LIVE >= by % LIVE, "counted down twice");
        let after = before - by;
        if after < LIVE || after.is_multiple_of(LIVE) {
            self.ring();
        }
    }
}
