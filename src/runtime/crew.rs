//! The threads that workers run on.
//!
//! Owns: the seats that have no thread at the moment, and the threads that have no seat. With cooperative suspension
//! every thread keeps its seat; without, a thread that blocks with its context hands the seat to a spare thread, and
//! the thread that wakes it becomes a spare.
//! Invariant: a seat is given away only after a thread was reserved for it, so there are always as many workers as seats.

use std::collections::VecDeque;

use super::ready::Seat;
use crate::sync::{Condvar, JoinHandle, Mutex, spawn};

/// At most so many threads. A context that would need one more is frozen instead of blocking its thread, with the same
/// result.
const MOST_THREADS: usize = 512;

#[derive(Debug, Default)]
struct State {
    seats: VecDeque<Seat>,
    /// Threads without a seat, or about to be.
    spare: usize,
    /// Seats that will be given soon.
    reserved: usize,
    threads: Vec<JoinHandle>,
    /// Seats that were empty when the crew was closed, or that their threads left or gave away since.
    left: Vec<Seat>,
    closed: bool,
}

/// Seats and threads.
#[derive(Debug, Default)]
pub struct Crew {
    state: Mutex<State>,
    changed: Condvar,
}

impl Crew {
    /// Makes sure that a thread will take the next seat that is given; starts one with `body` if none is spare.
    pub fn reserve(&self, body: impl FnOnce() + Send + 'static) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        if state.spare <= state.seats.len() + state.reserved {
            if state.threads.len() >= MOST_THREADS {
                return false;
            }
            let Ok(thread) = spawn("ruff-worker", body) else { return false };
            state.threads.push(thread);
            state.spare += 1;
        }
        state.reserved += 1;
        true
    }

    /// Gives a seat to the reserved thread, which may have ended by now if the crew was closed.
    pub fn give(&self, seat: Seat) {
        let mut state = self.state.lock();
        state.reserved -= 1;
        if state.closed {
            return state.left.push(seat);
        }
        state.seats.push_back(seat);
        drop(state);
        self.changed.notify_one();
    }

    /// Sleeps until there is a seat; `None` once closed.
    pub fn take(&self) -> Option<Seat> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(seat) = state.seats.pop_front() {
                state.spare -= 1;
                return Some(seat);
            }
            state = self.changed.wait(state);
        }
    }

    /// The calling thread has no seat any more, or leaves the one that it has.
    pub fn rest(&self, seat: Option<Seat>) {
        let mut state = self.state.lock();
        state.spare += 1;
        state.left.extend(seat);
    }

    /// Threads without a seat end, and seats stay empty.
    pub fn close(&self) {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.closed = true;
        state.left.extend(state.seats.drain(..));
        drop(guard);
        self.changed.notify_all();
    }

    /// Waits until all threads ended. To be called after `close`.
    pub fn join(&self) {
        let threads = std::mem::take(&mut self.state.lock().threads);
        threads.into_iter().for_each(JoinHandle::join);
    }

    /// Makes a crew whose threads have ended ready for new ones, and gives the seats that they left.
    pub fn reopen(&self) -> Vec<Seat> {
        std::mem::take(&mut *self.state.lock()).left
    }
}
