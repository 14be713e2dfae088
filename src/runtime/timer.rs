//! Timers: promises that settle at a moment.
//!
//! Owns: the deadlines, ordered by moment and then by creation, each beside what it will settle, and one thread that
//! sleeps until the first of them. The thread starts with the first timer.
//! Invariant: timers that are due together fire in that order in one ripple, so their contexts become ready in that
//! order.
//! Does not: remove a timer whose promise was settled otherwise at once. Such entries are swept when they could be half
//! of all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::promise::{Hub, Ripple, Settler};
use crate::sync::{Condvar, Instant, JoinHandle, MODELLED, Mutex, spawn};
use crate::value::Outcome;

/// No timer lies further ahead: about 30 years.
const FARTHEST: f64 = 1e12;

/// So many milliseconds, from what a script gives.
pub fn duration(ms: f64) -> Duration {
    let ms = if ms > 0.0 { ms.min(FARTHEST) } else { 0.0 };
    Duration::from_secs_f64(ms / 1000.0)
}

#[derive(Debug)]
struct Alarm {
    settler: Arc<Settler>,
    outcome: Outcome,
}

#[derive(Debug, Default)]
struct State {
    alarms: BTreeMap<(Instant, u64), Alarm>,
    created: u64,
    sweep_at: usize,
    closed: bool,
    thread: Option<JoinHandle>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// All timers of a runtime.
#[derive(Debug, Default)]
pub struct Timers {
    shared: Arc<Shared>,
}

impl Timers {
    /// Settles with `outcome` after `after`, unless it is settled before. After `close` the duty is dropped.
    pub fn set(&self, hub: &Arc<Hub>, after: Duration, settler: Arc<Settler>, outcome: Outcome) {
        let deadline = Instant::now() + after;
        let mut state = self.shared.state.lock();
        if state.closed {
            return;
        }
        let swept = state.sweep();
        state.created += 1;
        let key = (deadline, state.created);
        let first = state.alarms.first_key_value().is_none_or(|(earliest, _)| key < *earliest);
        state.alarms.insert(key, Alarm { settler, outcome });
        if state.thread.is_none() && !MODELLED {
            state.thread = self.start(Arc::clone(hub));
        }
        drop(state);
        drop(swept);
        if first {
            self.shared.changed.notify_one();
        }
    }

    /// Drops every duty and ends the thread.
    pub fn close(&self) {
        let mut state = self.shared.state.lock();
        state.closed = true;
        let (alarms, thread) = (std::mem::take(&mut state.alarms), state.thread.take());
        drop(state);
        drop(alarms);
        self.shared.changed.notify_all();
        if let Some(thread) = thread {
            thread.join();
        }
    }

    /// Without a thread (the system refuses one) timers fire late: with the next one that finds a thread.
    fn start(&self, hub: Arc<Hub>) -> Option<JoinHandle> {
        let shared = Arc::clone(&self.shared);
        spawn("ruff-timer", move || shared.serve(&hub)).ok()
    }
}

impl State {
    /// Takes out timers whose promise is settled. They are dropped by the caller, outside the lock.
    fn sweep(&mut self) -> Vec<Alarm> {
        if self.alarms.len() < self.sweep_at.max(1024) {
            return Vec::new();
        }
        let dead = self.alarms.extract_if(.., |_, alarm| alarm.settler.promise().is_settled());
        let dead = dead.map(|(_, alarm)| alarm).collect();
        self.sweep_at = self.alarms.len() * 2;
        dead
    }

    /// Takes out the timers that are due.
    fn due(&mut self, now: Instant) -> Vec<Alarm> {
        let mut due = Vec::new();
        while let Some(entry) = self.alarms.first_entry() {
            if entry.key().0 > now {
                break;
            }
            due.push(entry.remove());
        }
        due
    }
}

impl Shared {
    fn serve(&self, hub: &Arc<Hub>) {
        let mut state = self.state.lock();
        while !state.closed {
            let due = state.due(Instant::now());
            if !due.is_empty() {
                drop(state);
                fire(hub, due);
                state = self.state.lock();
                continue;
            }
            state = match state.alarms.first_key_value() {
                Some(((deadline, _), _)) => {
                    let deadline = *deadline;
                    self.changed.wait_until(state, deadline)
                }
                None => self.changed.wait(state),
            };
        }
    }
}

fn fire(hub: &Arc<Hub>, due: Vec<Alarm>) {
    let mut ripple = Ripple::default();
    for alarm in due {
        let _ = alarm.settler.offer(alarm.outcome, &mut ripple);
    }
    ripple.run(hub, None);
}
