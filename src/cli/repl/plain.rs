//! Inputs from a stdin that is no terminal: line by line until an input is complete or wrong.
//!
//! Invariant: no more than the lines of one input are taken from stdin, so that what an input reads itself (`input()`) is the
//! line after it; and an input grows no larger than a source text may be.

use std::io::BufRead;

use super::openings::Openings;
use crate::engine::Repl;

/// What a source text may have at most, in bytes; the engine refuses more.
const LARGEST: usize = 16 << 20;

/// The inputs of stdin.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    ended: bool,
}

impl Inputs {
    /// The bytes of the next input; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let mut openings = Openings::default();
        while !self.ended {
            let start = text.len();
            // An unreadable stdin has ended.
            let read = std::io::stdin().lock().read_until(b'\n', &mut text).unwrap_or(0);
            self.ended = read == 0;
            openings.add(&String::from_utf8_lossy(&text[start..]));
            if !wants_more(&text, &openings) {
                break;
            }
        }
        (!self.ended || !text.is_empty()).then_some(text)
    }
}

fn wants_more(text: &[u8], openings: &Openings) -> bool {
    if text.len() > LARGEST {
        return false;
    }
    match std::str::from_utf8(text) {
        Ok(text) if super::command::words(text.as_bytes()).is_some() => false,
        Ok(text) => openings.is_open() || Repl::is_incomplete(text),
        Err(_) => false,
    }
}
