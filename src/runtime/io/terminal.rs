//! Lines that are typed unseen.
//!
//! Invariant: the terminal shows what is typed again when the line is read, and at the latest when the program ends, however
//! it ends in order; a thread that waits for a line cannot be stopped.

use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault, Value};

#[cfg(unix)]
type Settings = rustix::termios::Termios;
#[cfg(not(unix))]
type Settings = ();

/// The settings of the terminal as they were, while they are others.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    before: Mutex<Option<Settings>>,
}

impl Terminal {
    /// Reads while nothing is shown.
    pub(super) fn unseen(&self, read: impl FnOnce() -> Result<Value, Fault>) -> Result<Value, Fault> {
        self.hide()?;
        let line = read();
        self.restore();
        line
    }

    #[cfg(unix)]
    fn hide(&self) -> Result<(), Fault> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).map_err(|_| no_terminal())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        let mut kept = self.before.lock();
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &hidden).map_err(|_| no_terminal())?;
        // Two of them at once: the first settings are the right ones.
        kept.get_or_insert(before);
        Ok(())
    }

    #[cfg(not(unix))]
    fn hide(&self) -> Result<(), Fault> {
        Err(no_terminal())
    }

    /// Shows what is typed again.
    pub(super) fn restore(&self) {
        let before = self.before.lock().take();
        #[cfg(unix)]
        if let Some(before) = before {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
        }
        #[cfg(not(unix))]
        drop(before);
    }
}

fn no_terminal() -> Fault {
    let message = "read_password: stdin is no terminal, so what is typed cannot be hidden";
    Fault::new(ErrorKind::UnsupportedError, message)
}
