//! Timers: promises that settle at a moment.
//!
//! Owns: what is to be settled, ordered by deadline and then by creation, and one thread that sleeps until the first
//! deadline and fires what is due. The thread starts with the first timer. Where a schedule moves the clock there is no
//! thread: the schedule fires what is due.
//! Invariant: timers that are due together fire in that order in one ripple, so their contexts become ready in that
//! order.
//! Does not: remove a timer whose promise was settled otherwise at once. Such entries are swept where they could be half of
//! those that lie together.

use std::sync::Arc;
use std::time::Duration;

use super::deadlines::Deadlines;
use super::promise::{Hub, Ripple, Settler};
use super::time::Time;
use crate::sync::{Condvar, JoinHandle, Mutex, TIME_PASSES, spawn};
use crate::value::{Outcome, Parcel, Value};

/// No timer lies further ahead: about 30 years.
const FARTHEST: f64 = 1e12;

/// So many milliseconds, from what a script gives.
pub fn duration(ms: f64) -> Duration {
    let ms = if ms > 0.0 { ms.min(FARTHEST) } else { 0.0 };
    Duration::from_secs_f64(ms / 1000.0)
}

/// What a timer does. Dropped without being done, it settles its promise like every dropped duty.
#[derive(Debug)]
pub enum Alarm {
    /// Ends a sleep: its promise becomes null. Most timers are this, so it needs no allocation.
    Wake(Settler),
    /// Settles something that others may settle too.
    Settle(Arc<Settler>, Box<Outcome>),
}

impl Alarm {
    /// Whether it has become pointless.
    fn is_dead(&self) -> bool {
        match self {
            Alarm::Wake(settler) => settler.promise().is_settled(),
            Alarm::Settle(settler, _) => settler.promise().is_settled(),
        }
    }

    fn go_off(self, ripple: &mut Ripple) {
        let _ = match self {
            Alarm::Wake(settler) => settler.offer(Ok(Parcel::plain(Value::Null)), ripple),
            Alarm::Settle(settler, outcome) => settler.offer(*outcome, ripple),
        };
    }
}

#[cfg(not(ruff_loom))]
const _: () = assert!(size_of::<Alarm>() <= 24, "a timer is small");

#[derive(Debug, Default)]
struct State {
    /// By nanoseconds since the start of the clock.
    alarms: Deadlines<Alarm>,
    closed: bool,
    thread: Option<JoinHandle>,
}

#[derive(Debug)]
struct Shared {
    time: Arc<Time>,
    state: Mutex<State>,
    changed: Condvar,
}

/// All timers of a runtime.
#[derive(Debug)]
pub struct Timers {
    shared: Arc<Shared>,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers::new(Arc::new(Time::real()))
    }
}

impl Timers {
    /// No timers yet; deadlines are moments of this clock.
    pub fn new(time: Arc<Time>) -> Timers {
        let (state, changed) = Default::default();
        Timers { shared: Arc::new(Shared { time, state, changed }) }
    }

    /// Lets it go off after `after`, unless its promise is settled before. Once closed it is dropped instead.
    pub fn set(&self, hub: &Arc<Hub>, after: Duration, alarm: Alarm) {
        let at = self.shared.now().saturating_add(nanoseconds(after));
        let mut state = self.shared.state.lock();
        if state.closed {
            drop(state);
            return drop(alarm);
        }
        let first = state.alarms.first().is_none_or(|earliest| at < earliest);
        let swept = state.alarms.insert(at, alarm, Alarm::is_dead);
        if state.thread.is_none() && TIME_PASSES && !self.shared.time.is_virtual() {
            state.thread = self.start(Arc::clone(hub));
        }
        drop(state);
        drop(swept);
        if first {
            self.shared.changed.notify_one();
        }
    }

    /// Fires what is due now, as the thread does. Whether there was anything.
    pub fn fire(&self, hub: &Arc<Hub>) -> bool {
        let due = self.shared.state.lock().alarms.due(self.shared.now());
        let any = !due.is_empty();
        fire(hub, due);
        any
    }

    /// When the first timer fires that still has something to do, as a time since the start.
    pub fn first(&self) -> Option<Duration> {
        let (first, dead) = self.shared.state.lock().alarms.first_living(Alarm::is_dead);
        drop(dead);
        first.map(Duration::from_nanos)
    }

    /// Drops every alarm and ends the thread.
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

impl Shared {
    fn now(&self) -> u64 {
        nanoseconds(self.time.elapsed())
    }

    fn serve(&self, hub: &Arc<Hub>) {
        let mut state = self.state.lock();
        while !state.closed {
            let due = state.alarms.due(self.now());
            if !due.is_empty() {
                drop(state);
                fire(hub, due);
                state = self.state.lock();
                continue;
            }
            state = match state.alarms.first() {
                Some(at) => self.changed.wait_until(state, self.time.moment(Duration::from_nanos(at))),
                None => self.changed.wait(state),
            };
        }
    }
}

fn fire(hub: &Arc<Hub>, due: Vec<Alarm>) {
    let mut ripple = Ripple::default();
    for alarm in due {
        alarm.go_off(&mut ripple);
    }
    ripple.run(hub, None);
}

/// Enough for 584 years.
fn nanoseconds(span: Duration) -> u64 {
    span.as_nanos().try_into().unwrap_or(u64::MAX)
}
