//! Ctrl-C while runs are going on: the command learns of it, ends the run and leaves nothing behind.
//!
//! The signal writes a byte into a pair of sockets; waiting for that byte with a time limit is at once the pause between two
//! looks at the run and the way to hear of the interrupt.

#[cfg(unix)]
use std::{io::Read, os::unix::net::UnixStream};

use std::time::Duration;

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    Interrupt,
    Key(u8),
}

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

    /// Waits so long, or until Ctrl-C or, with `keys`, a byte on stdin, which then has to be a terminal without lines. `None`
    /// where there is no such wait.
    pub(super) fn or_key_within(&mut self, pause: Duration, keys: bool) -> Option<Heard> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdin = std::io::stdin();
        let mut waits = Vec::new();
        if keys {
            waits.push(PollFd::new(&stdin, PollFlags::IN));
        }
        if let Some(signals) = &self.signals {
            waits.push(PollFd::new(signals, PollFlags::IN));
        }
        let pause = Timespec { tv_sec: pause.as_secs() as _, tv_nsec: pause.subsec_nanos().into() };
        // A wait that is cut short by a signal is like one that heard nothing: the next one hears it.
        if poll(&mut waits, Some(&pause)).is_err() {
            return Some(Heard::Nothing);
        }
        let came: Vec<bool> = waits.iter().map(|wait| !wait.revents().is_empty()).collect();
        let mut byte = [0];
        if came.len() > usize::from(keys) && came[usize::from(keys)] {
            return Some(Heard::Interrupt);
        }
        Some(match keys && came[0] && rustix::io::read(&stdin, &mut byte) == Ok(1) {
            true => Heard::Key(byte[0]),
            false => Heard::Nothing,
        })
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

    pub(super) fn or_key_within(&mut self, _: Duration, _: bool) -> Option<Heard> {
        None
    }
}
