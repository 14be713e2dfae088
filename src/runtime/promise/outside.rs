//! Operations outside of contexts, where a schedule decides when they begin and when their end is seen.
//!
//! Owns: operations that have not ended in the eyes of the program, numbered in the order in which it asked for them, and
//! outcomes that nobody was told of yet. There are two kinds. A *job* (a file operation, a computation) begins when the schedule
//! says so and ends by itself, so nothing else need happen meanwhile. An *open* operation (network, other programs, databases)
//! begins at once, and may be waiting for what another context is still to do.
//! Invariant: what other threads settle lies here until the worker delivers it, so only the worker makes contexts ready.
//! Does not: choose. The schedule does.

use super::{Hub, Promise, Ripple, Settler};
use crate::sync::Mutex;
use crate::value::{Outcome, Shared};

/// Starts a job on a thread of its own.
type Start = Box<dyn FnOnce() + Send>;

/// What a replay may expect of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The same outcome.
    Same,
    /// That it succeeds or fails as before.
    Alike,
}

struct Operation {
    number: u64,
    expect: Expect,
    promise: Shared<Promise>,
    /// Of a job that has not begun.
    start: Option<Start>,
}

struct Arrival {
    settler: Settler,
    outcome: Outcome,
}

#[derive(Default)]
struct State {
    begun: u64,
    jobs: Vec<Operation>,
    open: Vec<Operation>,
    arrivals: Vec<Arrival>,
    closed: bool,
}

/// The operations of a runtime with a schedule.
#[derive(Default)]
pub struct Outside {
    state: Mutex<State>,
}

/// An outcome that is to be delivered, with the number of its operation.
pub struct Ended {
    /// The operation's number.
    pub number: u64,
    expect: Expect,
    arrival: Arrival,
}

impl Ended {
    /// What it gave.
    pub fn outcome(&self) -> &Outcome {
        &self.arrival.outcome
    }

    /// Whether it gives the same whenever it is done again.
    pub fn is_repeatable(&self) -> bool {
        self.expect == Expect::Same
    }

    /// Settles the promise.
    pub fn deliver(self, hub: &Hub) {
        let mut ripple = Ripple::default();
        let _ = self.arrival.settler.offer(self.arrival.outcome, &mut ripple);
        ripple.run(hub, None);
    }
}

impl Outside {
    /// Adds a job that the schedule will start. Once closed it is dropped.
    pub fn add_job(&self, promise: Shared<Promise>, expect: Expect, start: Start) {
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            return drop(start);
        }
        let number = state.number();
        state.jobs.push(Operation { number, expect, promise, start: Some(start) });
    }

    /// Adds an operation that begins now.
    pub fn add_open(&self, promise: Shared<Promise>) {
        let mut state = self.state.lock();
        let number = state.number();
        state.open.retain(|operation| !operation.promise.is_settled());
        state.open.push(Operation { number, expect: Expect::Alike, promise, start: None });
    }

    /// The number of jobs that have not begun.
    pub fn jobs(&self) -> usize {
        self.state.lock().jobs.len()
    }

    /// Whether an open operation has not ended.
    pub fn is_waiting(&self) -> bool {
        self.state.lock().open.iter().any(|operation| !operation.promise.is_settled())
    }

    /// Starts a job and gives its number. `None` if nobody wants its outcome any more: then it never begins.
    pub fn start(&self, index: usize) -> Option<u64> {
        let mut job = self.state.lock().jobs.swap_remove(index);
        if job.promise.is_settled() {
            return None;
        }
        let (number, start) = (job.number, job.start.take());
        self.state.lock().open.push(job);
        start.into_iter().for_each(|start| start());
        Some(number)
    }

    /// The place of the job of this number among those that have not begun.
    pub fn job(&self, number: u64) -> Option<usize> {
        self.state.lock().jobs.iter().position(|job| job.number == number)
    }

    /// Whether the operation of this number has begun, and nobody ended or cancelled it.
    pub fn is_open(&self, number: u64) -> bool {
        let state = self.state.lock();
        let found = state.open.iter().find(|operation| operation.number == number);
        found.is_some_and(|operation| !operation.promise.is_settled())
    }

    /// The outcome of the operation of this number, or of any, if it is here. What came too late, because its promise was
    /// cancelled or timed out, is dropped.
    pub fn take(&self, wanted: Option<u64>) -> Option<Ended> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        let late: Vec<Arrival> =
            state.arrivals.extract_if(.., |arrival| arrival.settler.promise().is_settled()).collect();
        let ended = state.take(wanted);
        drop(guard);
        drop(late);
        ended
    }

    /// Takes an outcome in. Once closed it comes back.
    pub(super) fn arrive(&self, settler: Settler, outcome: Outcome) -> Result<(), (Settler, Outcome)> {
        let mut state = self.state.lock();
        if state.closed {
            return Err((settler, outcome));
        }
        state.arrivals.push(Arrival { settler, outcome });
        Ok(())
    }

    /// Nobody waits for what has been asked for so far: it may end or not.
    pub fn forget(&self) {
        let mut state = self.state.lock();
        let forgotten = (std::mem::take(&mut state.jobs), std::mem::take(&mut state.open));
        drop(state);
        drop(forgotten);
    }

    /// Forgets everything; from now on promises settle at once.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let rest = std::mem::take(&mut *state);
        state.closed = true;
        drop(state);
        drop(rest);
    }
}

impl State {
    fn take(&mut self, wanted: Option<u64>) -> Option<Ended> {
        for at in 0..self.arrivals.len() {
            let promise: &Promise = self.arrivals[at].settler.promise();
            let position = self.open.iter().position(|operation| std::ptr::eq(&*operation.promise, promise));
            let known = position.map(|position| &self.open[position]);
            let (number, expect) = known.map_or((0, Expect::Alike), |known| (known.number, known.expect));
            if wanted.is_none_or(|wanted| wanted == number) {
                position.map(|position| self.open.remove(position));
                return Some(Ended { number, expect, arrival: self.arrivals.remove(at) });
            }
        }
        None
    }

    fn number(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }
}
