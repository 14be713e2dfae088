//! The terminal while `ruff top` has it: a second screen, and keys that come without a line end.
//!
//! Invariant: dropped, it leaves the terminal as it was.

use std::io::IsTerminal;

use crate::cli::paint;

/// The size that is assumed where nobody knows.
const USUAL: (usize, usize) = (100, 30);

/// A terminal's second screen.
pub(super) struct Screen {
    /// What stdin was set to; `None` if it is no terminal.
    #[cfg(unix)]
    keys: Option<rustix::termios::Termios>,
}

impl Screen {
    /// Takes the terminal that stdout is; `None` if it is none.
    pub(super) fn open() -> Option<Screen> {
        if !std::io::stdout().is_terminal() {
            return None;
        }
        paint::out("\x1b[?1049h\x1b[?25l");
        Some(Screen {
            #[cfg(unix)]
            keys: single_keys(),
        })
    }

    /// Whether keys come one by one.
    pub(super) fn has_keys(&self) -> bool {
        #[cfg(unix)]
        return self.keys.is_some();
        #[cfg(not(unix))]
        return false;
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> (usize, usize) {
        #[cfg(unix)]
        if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout())
            && size.ws_col > 0
            && size.ws_row > 0
        {
            return (size.ws_col.into(), size.ws_row.into());
        }
        USUAL
    }

    /// Shows rows in place of what was there.
    pub(super) fn show(&self, rows: &str) {
        paint::out(&format!("\x1b[H{rows}\x1b[J"));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.keys {
            let now = rustix::termios::OptionalActions::Flush;
            // A terminal that is gone needs nothing.
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
        }
        paint::out("\x1b[?25h\x1b[?1049l");
    }
}

/// Has stdin give each key at once and show none. Ctrl-C stays a signal. What it was set to before.
#[cfg(unix)]
fn single_keys() -> Option<rustix::termios::Termios> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = std::io::stdin();
    let before = tcgetattr(&stdin).ok()?;
    let mut single = before.clone();
    single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Now, &single).ok()?;
    Some(before)
}
