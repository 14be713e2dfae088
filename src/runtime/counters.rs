//! What each worker did, in numbers that are always counted.
//!
//! Invariant: a worker's counters are written by it alone, so counting needs no locked instruction; others may read them
//! at any time, perhaps a little late.
//! Does not: read the clock for every context. A worker looks at it when it falls asleep, when it wakes and at least once
//! in `STRETCH` contexts; the longest time between two looks is the longest stretch. A context that keeps its worker for
//! long makes up almost all of its stretch.

use crate::bytecode::FunctionId;
use crate::sync::{Instant, Tally};

/// So many contexts in a row are timed together at most.
const STRETCH: u32 = 16;

/// What one worker did.
#[derive(Debug)]
pub struct Counters {
    born: Instant,
    /// Times it took a context and ran it.
    pub runs: Tally,
    /// Contexts that ended and are still counted as alive,
    pub resting_contexts: Tally,
    /// and activities.
    pub resting_activities: Tally,
    /// Contexts put back into the store.
    pub switches: Tally,
    /// Batches of tickets taken from another worker.
    pub steals: Tally,
    /// Contexts that began to wait.
    pub parks: Tally,
    /// Directly awaited async calls.
    pub inline_awaits: Tally,
    /// Times it was woken.
    pub wakes: Tally,
    /// Times it looked into all other workers' queues.
    pub searches: Tally,
    /// Time asleep, in nanoseconds, up to when it last woke.
    pub asleep: Tally,
    /// When it fell asleep, in nanoseconds since `born` and plus one; 0 while it is awake.
    asleep_since: Tally,
    /// The longest stretch, in nanoseconds.
    pub longest: Tally,
    /// The number of the context that it runs, or ran last,
    context: Tally,
    /// and the number of that one's outermost function, plus one.
    function: Tally,
}

impl Default for Counters {
    fn default() -> Counters {
        Counters {
            born: Instant::now(),
            runs: Tally::new(),
            resting_contexts: Tally::new(),
            resting_activities: Tally::new(),
            switches: Tally::new(),
            steals: Tally::new(),
            parks: Tally::new(),
            inline_awaits: Tally::new(),
            wakes: Tally::new(),
            searches: Tally::new(),
            asleep: Tally::new(),
            asleep_since: Tally::new(),
            longest: Tally::new(),
            context: Tally::new(),
            function: Tally::new(),
        }
    }
}

impl Counters {
    /// It runs this context, whose outermost function this is.
    pub fn runs_now(&self, context: u64, function: Option<FunctionId>) {
        self.context.set_alone(context);
        self.function.set_alone(function.map_or(0, |function| u64::from(function.0) + 1));
    }

    /// The number of the context that it runs, or ran last, and that one's outermost function. Both at about this moment.
    pub fn at_work(&self) -> (u64, Option<FunctionId>) {
        let function = self.function.get().checked_sub(1).and_then(|number| u32::try_from(number).ok());
        (self.context.get(), function.map(FunctionId))
    }

    /// For how many nanoseconds it has been asleep by now.
    fn asleep_now(&self) -> u64 {
        match self.asleep_since.get() {
            0 => 0,
            since => (nanoseconds(self.born) + 1).saturating_sub(since),
        }
    }

    /// The numbers so far.
    pub fn read(&self) -> WorkerStats {
        let milliseconds = |tally: &Tally| tally.get() as f64 / 1e6;
        WorkerStats {
            runs: self.runs.get(),
            parks: self.parks.get(),
            steals: self.steals.get(),
            wakes: self.wakes.get(),
            searches: self.searches.get(),
            asleep: milliseconds(&self.asleep) + self.asleep_now() as f64 / 1e6,
            longest: milliseconds(&self.longest),
        }
    }
}

/// One worker's line of `--stats`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkerStats {
    /// Times it took a context and ran it.
    pub runs: u64,
    /// Contexts that began to wait.
    pub parks: u64,
    /// Batches of contexts taken from another worker.
    pub steals: u64,
    /// Times it was woken.
    pub wakes: u64,
    /// Times it looked into all other workers' queues.
    pub searches: u64,
    /// Milliseconds asleep.
    pub asleep: f64,
    /// The longest time, in milliseconds, for which a few contexts in a row kept it.
    pub longest: f64,
}

/// How many contexts wait, and the most there were. Workers tell what became of theirs when they look at the clock, so for
/// each that runs `STRETCH` may be missing or too many.
#[derive(Debug, Default)]
pub struct Waiting {
    now: Tally,
    most: Tally,
}

impl Waiting {
    /// So many more wait, or fewer.
    pub fn change(&self, by: i64) {
        let now = self.now.change(by);
        // One worker may tell that contexts go on before another tells that they waited.
        self.most.raise(u64::try_from(now).unwrap_or(0));
    }

    /// The number.
    pub fn now(&self) -> u64 {
        u64::try_from(self.now.get().cast_signed()).unwrap_or(0)
    }

    /// The most there were at once.
    pub fn most(&self) -> u64 {
        self.most.get()
    }
}

/// When a worker last looked at the clock.
#[derive(Debug)]
pub struct Pace {
    since: Instant,
    contexts: u32,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { since: Instant::now(), contexts: 0 }
    }
}

impl Pace {
    /// The worker runs one more context. Whether it looked at the clock.
    pub fn ran(&mut self, counters: &Counters) -> bool {
        counters.runs.add_alone(1);
        self.contexts += 1;
        let is_due = self.contexts >= STRETCH;
        if is_due {
            self.look(counters);
        }
        is_due
    }

    /// The worker falls asleep.
    pub fn pause(&mut self, counters: &Counters) {
        self.look(counters);
        counters.asleep_since.set_alone(nanoseconds(counters.born) + 1);
    }

    /// The worker slept since `pause`, or was about to.
    pub fn go_on(&mut self, counters: &Counters, was_woken: bool) {
        counters.asleep_since.set_alone(0);
        counters.asleep.add_alone(nanoseconds(self.since));
        counters.wakes.add_alone(u64::from(was_woken));
        *self = Pace::default();
    }

    fn look(&mut self, counters: &Counters) {
        if self.contexts > 0 {
            counters.longest.raise(nanoseconds(self.since));
        }
        *self = Pace::default();
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
