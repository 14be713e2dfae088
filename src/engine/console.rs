//! Where a script's output goes: to the process's own streams if nobody wants anything else, or into memory.
//!
//! Owns: the buffer of stdout. Written through at each line end on a terminal, else when it is large or flushed: the runtime does
//! that when it has nothing to do, and now and then.
//! Does not: report errors; what cannot be written stays in the buffer, and what follows is the runtime's to say.

use std::io::{self, IsTerminal, Write};

use super::{Output, Stream};
use crate::sync::Mutex;

/// How much is collected before it is written to a file or pipe.
const LARGE: usize = 32 * 1024;

/// The process's stdout and stderr.
pub struct Console {
    buffer: Mutex<Vec<u8>>,
    terminal: bool,
}

impl Default for Console {
    fn default() -> Console {
        Console { buffer: Mutex::default(), terminal: io::stdout().is_terminal() }
    }
}

impl Output for Console {
    fn write(&self, stream: Stream, text: &str) -> io::Result<()> {
        if stream == Stream::Err {
            self.flush()?;
            return io::stderr().lock().write_all(text.as_bytes());
        }
        let mut buffer = self.buffer.lock();
        buffer.extend_from_slice(text.as_bytes());
        let due = buffer.len() >= LARGE || (self.terminal && text.ends_with('\n'));
        if due { write_out(&mut buffer) } else { Ok(()) }
    }

    fn flush(&self) -> io::Result<()> {
        write_out(&mut self.buffer.lock())
    }

    #[cfg(unix)]
    fn width(&self) -> Option<u16> {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        (size.ws_col > 0).then_some(size.ws_col)
    }
}

/// Keeps what a script writes until somebody takes it.
#[derive(Default)]
pub struct Recorder {
    pieces: Mutex<Vec<(Stream, String)>>,
}

impl Recorder {
    /// What was written since the last time, in order; neighbouring pieces of one stream are one.
    pub fn take(&self) -> Vec<(Stream, String)> {
        std::mem::take(&mut *self.pieces.lock())
    }
}

impl Output for Recorder {
    fn write(&self, stream: Stream, text: &str) -> io::Result<()> {
        let mut pieces = self.pieces.lock();
        match pieces.last_mut() {
            Some((last, piece)) if *last == stream => piece.push_str(text),
            _ => pieces.push((stream, text.to_owned())),
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn write_out(buffer: &mut Vec<u8>) -> io::Result<()> {
    if buffer.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(buffer).and_then(|()| stdout.flush())?;
    buffer.clear();
    Ok(())
}
