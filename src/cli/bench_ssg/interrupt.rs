//! Ctrl-C while runs are going on: the command learns of it, ends the run and removes its files.
//!
//! The signal writes a byte into a pair of sockets; waiting for that byte with a time limit is at once the pause between two
//! looks at the run and the way to hear of the interrupt.

#[cfg(unix)]
use std::{io::Read, os::unix::net::UnixStream};

use std::time::Duration;

/// Hears of Ctrl-C from its creation on.
pub(super) struct Interrupt {
    #[cfg(unix)]
    signals: Option<UnixStream>,
}

#[cfg(unix)]
impl Interrupt {
    /// Where signals cannot be caught, Ctrl-C ends the process as it always does.
    pub(super) fn new() -> Interrupt {
        let connect = || -> std::io::Result<UnixStream> {
            let (read, write) = UnixStream::pair()?;
            for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
                signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
            }
            Ok(read)
        };
        Interrupt { signals: connect().ok() }
    }

    /// Waits so long, or until Ctrl-C; whether it was that. `None` if there is nothing to wait for.
    pub(super) fn within(&mut self, pause: Duration) -> Option<bool> {
        let signals = self.signals.as_mut()?;
        signals.set_read_timeout(Some(pause)).ok()?;
        Some(matches!(signals.read(&mut [0]), Ok(1)))
    }
}

#[cfg(not(unix))]
impl Interrupt {
    pub(super) fn new() -> Interrupt {
        Interrupt {}
    }

    pub(super) fn within(&mut self, _: Duration) -> Option<bool> {
        None
    }
}
