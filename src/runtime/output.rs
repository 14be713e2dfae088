//! What the host gives for printed text.

use std::time::Duration;

use crate::sync::{MODELLED, Tally};
use crate::vm::Stream;

/// Printed text is made visible so often, in milliseconds, while a program computes without a pause.
const PERIOD: u64 = 100;

/// Where what scripts print goes. Given by the host.
pub trait Output: Send + Sync {
    /// Appends `text` as one piece: nothing else of this program may get in between. An error on `Stream::Out` ends
    /// the program: silently if its reader has gone (STDLIB 2).
    fn write(&self, stream: Stream, text: &str) -> std::io::Result<()>;

    /// Makes everything written visible. Called whenever a worker has nothing to do, now and then while all compute, and at the
    /// end. An error ends the program as one of `write` does. What could not be written stays, so that the next call says so again.
    fn flush(&self) -> std::io::Result<()>;

    /// The columns of the terminal that shows it, if one does.
    fn width(&self) -> Option<u16> {
        None
    }
}

/// When what contexts print was last made visible because it was time.
#[derive(Debug, Default)]
pub struct Shown(Tally);

impl Shown {
    /// Whether that was long ago, at this time since the start; from now on it was now. Of several threads that ask at the same
    /// moment more than one may hear so.
    pub fn is_due(&self, now: Duration) -> bool {
        if MODELLED {
            return false;
        }
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let is_due = now >= self.0.get() + PERIOD;
        if is_due {
            self.0.raise(now);
        }
        is_due
    }
}
