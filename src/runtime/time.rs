//! What the clock says: the system's, or one that a schedule moves.
//!
//! Owns: the moment at which the program started, and the virtual time since then if a schedule decides about time.
//! Invariant: virtual time never goes back. Only the one worker of a schedule moves it; it also moves a little with every
//! look that a script takes, so that a loop which waits for the clock ends.

use std::time::{Duration, SystemTime};

use crate::sync::{AtomicU64, Instant};

/// How far a look at a virtual clock moves it.
const LOOK: Duration = Duration::from_micros(1);

/// The clock of a runtime.
#[derive(Debug)]
pub struct Time {
    started: Instant,
    virtual_time: Option<Virtual>,
}

#[derive(Debug)]
struct Virtual {
    /// Nanoseconds since the start.
    elapsed: AtomicU64,
    /// The date of the start, since 1970.
    date: Duration,
}

impl Time {
    /// The system's clock; it starts now.
    pub fn real() -> Time {
        Time { started: Instant::now(), virtual_time: None }
    }

    /// A clock that is moved by hand. It starts at this date (since 1970).
    pub fn moved_from(date: Duration) -> Time {
        let virtual_time = Some(Virtual { elapsed: AtomicU64::new(0), date });
        Time { virtual_time, ..Time::real() }
    }

    /// Whether it is moved by hand.
    pub fn is_virtual(&self) -> bool {
        self.virtual_time.is_some()
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        match &self.virtual_time {
            Some(moved) => Duration::from_nanos(moved.elapsed.latest()),
            None => self.started.elapsed(),
        }
    }

    /// The same by the system's clock, whatever scripts see.
    pub fn really_elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The moment by the system's clock at which so much time has passed since the start.
    pub fn moment(&self, elapsed: Duration) -> Instant {
        self.started + elapsed
    }

    /// A script looks at the time since the start.
    pub fn look(&self) -> Duration {
        self.advance(LOOK);
        self.elapsed()
    }

    /// A script looks at the date, since 1970.
    pub fn look_at_date(&self) -> Duration {
        match &self.virtual_time {
            Some(moved) => moved.date + self.look(),
            None => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
        }
    }

    /// Moves a virtual clock on.
    pub fn advance(&self, by: Duration) {
        if let Some(moved) = &self.virtual_time {
            moved.elapsed.fetch_add(by.as_nanos().try_into().unwrap_or(u64::MAX));
        }
    }

    /// Moves a virtual clock on to this time since the start, if that lies ahead.
    pub fn advance_to(&self, elapsed: Duration) {
        self.advance(elapsed.saturating_sub(self.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LOOK, Time};

    #[test]
    fn a_moved_clock_stands_but_for_looks_and_never_goes_back() {
        let time = Time::moved_from(Duration::from_secs(100));
        assert_eq!(time.elapsed(), Duration::ZERO);
        time.advance_to(Duration::from_secs(3600));
        time.advance_to(Duration::from_secs(5));
        assert_eq!(time.look(), Duration::from_secs(3600) + LOOK);
        assert_eq!(time.look_at_date(), Duration::from_secs(3700) + 2 * LOOK);
    }
}
