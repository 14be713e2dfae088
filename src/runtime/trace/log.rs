//! What happened on one lane, in few bytes an event: a trace should not take the time that it tells of.
//!
//! Owns: the form of an event. Numbers have seven bits in each byte and a mark for more (LEB128); ids and moments are
//! differences to those of the event before, so that most take one byte. A run takes about nine bytes, as a struct it would
//! take 48, and what is written is never moved: new pages and copies were most of what tracing cost.
//! Invariant: what is read is what was written, in this order.

use super::{Readied, Run, Suspension, Wait};
use crate::bytecode::FunctionId;
use crate::runtime::store::ContextId;

/// Bytes that are allocated at once.
const PIECE: usize = 1 << 16;

/// An event takes no more: five numbers of at most ten bytes each.
const MOST_BYTES: usize = 50;

/// What the first number of an event says, from its lowest bit on: whether it is a run; then of a run two bits for what it waits
/// for and the function, 0 for none; of another event whether a context caused it.
const RUN: u64 = 1;

/// The events of one lane.
#[derive(Debug, Default)]
pub(super) struct Log {
    pieces: Vec<Vec<u8>>,
    last: Last,
    runs: usize,
    readied: usize,
    /// How many were dropped because there were too many.
    pub(super) dropped: u64,
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Run(Run),
    Readied(Readied),
}

impl Log {
    /// A context became ready. Of these events `most` are kept.
    pub(super) fn readied(&mut self, most: usize, event: Readied) {
        if self.readied >= most {
            self.dropped += 1;
            return;
        }
        self.readied += 1;
        let mut written = Written::default();
        written.number(u64::from(event.by.is_some()) << 1);
        self.last.suspension(&mut written, event.what);
        if let Some(by) = event.by {
            written.difference(event.what.0.number(), by.number());
        }
        self.last.moment(&mut written, event.at);
        self.push(&written);
    }

    /// A run ended. Of these events `most` are kept.
    pub(super) fn ran(&mut self, most: usize, event: Run) {
        if self.runs >= most {
            self.dropped += 1;
            return;
        }
        self.runs += 1;
        let mut written = Written::default();
        let function = event.function.map_or(0, |function| function.index() as u64 + 1);
        written.number(RUN | (event.wait as u64) << 1 | function << 3);
        self.last.suspension(&mut written, event.what);
        self.last.moment(&mut written, event.begin);
        self.last.moment(&mut written, event.end);
        self.push(&written);
    }

    /// All events in their order.
    pub(super) fn events(&self) -> impl Iterator<Item = Event> {
        let mut last = Last::default();
        let mut pieces = self.pieces.iter();
        let mut rest: &[u8] = &[];
        std::iter::from_fn(move || {
            while rest.is_empty() {
                rest = pieces.next()?;
            }
            last.event(&mut rest)
        })
    }

    /// The runs among them.
    pub(super) fn runs(&self) -> impl Iterator<Item = Run> {
        self.events().filter_map(|event| match event {
            Event::Run(run) => Some(run),
            Event::Readied(_) => None,
        })
    }

    /// The others.
    pub(super) fn readied_events(&self) -> impl Iterator<Item = Readied> {
        self.events().filter_map(|event| match event {
            Event::Readied(readied) => Some(readied),
            Event::Run(_) => None,
        })
    }

    #[inline]
    fn push(&mut self, written: &Written) {
        let bytes = &written.bytes[..written.length];
        match self.pieces.last_mut() {
            Some(piece) if piece.len() + bytes.len() <= PIECE => piece.extend_from_slice(bytes),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.extend_from_slice(bytes);
                self.pieces.push(piece);
            }
        }
    }
}

/// The bytes of an event that is being written.
struct Written {
    bytes: [u8; MOST_BYTES],
    length: usize,
}

impl Default for Written {
    fn default() -> Written {
        Written { bytes: [0; MOST_BYTES], length: 0 }
    }
}

impl Written {
    #[inline]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// How far it is from one number to another, in either direction.
    #[inline]
    fn difference(&mut self, from: u64, to: u64) {
        let difference = to.wrapping_sub(from) as i64;
        self.number((difference << 1 ^ difference >> 63) as u64);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }
}

/// Reads what `number` wrote; `None` at the end.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, more) = rest.split_first()?;
        *rest = more;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

/// Reads what `difference` wrote.
fn difference(rest: &mut &[u8], from: u64) -> Option<u64> {
    let folded = number(rest)?;
    Some(from.wrapping_add(folded >> 1 ^ (folded & 1).wrapping_neg()))
}

/// The id and the moment that the event before said last.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    id: u64,
    moment: u64,
}

impl Last {
    #[inline]
    fn suspension(&mut self, written: &mut Written, (id, suspension): Suspension) {
        written.difference(self.id, id.number());
        written.number(suspension.into());
        self.id = id.number();
    }

    #[inline]
    fn moment(&mut self, written: &mut Written, moment: u64) {
        written.difference(self.moment, moment);
        self.moment = moment;
    }

    fn event(&mut self, rest: &mut &[u8]) -> Option<Event> {
        let head = number(rest)?;
        self.id = difference(rest, self.id)?;
        let what = (ContextId::from_number(self.id), number(rest)? as u32);
        let mut moment = |rest: &mut &[u8]| {
            self.moment = difference(rest, self.moment)?;
            Some(self.moment)
        };
        if head & RUN == 0 {
            let by = if head == 0 { None } else { Some(ContextId::from_number(difference(rest, self.id)?)) };
            return Some(Event::Readied(Readied { what, by, at: moment(rest)? }));
        }
        let wait = [Wait::None, Wait::Inside, Wait::Timer, Wait::Operation][(head >> 1 & 3) as usize];
        let function = (head >> 3).checked_sub(1).map(|index| FunctionId(index as u32));
        Some(Event::Run(Run { what, function, begin: moment(rest)?, end: moment(rest)?, wait }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id() -> impl Strategy<Value = ContextId> {
        prop_oneof![0..200_u64, any::<u64>()].prop_map(ContextId::from_number)
    }

    fn moment() -> impl Strategy<Value = u64> {
        prop_oneof![0..1_000_u64, any::<u64>()]
    }

    fn event() -> impl Strategy<Value = Event> {
        let wait =
            prop_oneof![Just(Wait::None), Just(Wait::Inside), Just(Wait::Timer), Just(Wait::Operation)];
        let function = prop::option::of(any::<u32>().prop_map(FunctionId));
        let run = ((id(), any::<u32>()), function, moment(), moment(), wait);
        let readied = ((id(), any::<u32>()), prop::option::of(id()), moment());
        prop_oneof![
            run.prop_map(|(what, function, begin, end, wait)| Event::Run(Run {
                what,
                function,
                begin,
                end,
                wait
            })),
            readied.prop_map(|(what, by, at)| Event::Readied(Readied { what, by, at })),
        ]
    }

    fn record(log: &mut Log, most: usize, event: Event) {
        match event {
            Event::Run(run) => log.ran(most, run),
            Event::Readied(readied) => log.readied(most, readied),
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(events in prop::collection::vec(event(), 0..200), times in 1..40_usize) {
            let mut log = Log::default();
            let written: Vec<Event> = std::iter::repeat_n(events, times).flatten().collect();
            written.iter().for_each(|event| record(&mut log, usize::MAX, *event));
            prop_assert_eq!(log.events().collect::<Vec<_>>(), written);
        }
    }

    #[test]
    fn a_full_log_keeps_what_came_first_and_counts_the_rest() {
        let mut log = Log::default();
        for at in 0..5 {
            record(
                &mut log,
                2,
                Event::Readied(Readied { what: (ContextId::from_number(1), 1), by: None, at }),
            );
        }
        assert_eq!(log.readied_events().map(|event| event.at).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(log.dropped, 3);
    }

    #[test]
    fn events_are_small() {
        let mut log = Log::default();
        for turn in 0..1_000_u32 {
            let what = (ContextId::from_number(2 + u64::from(turn % 2)), 20_000 + turn);
            let (begin, other) = (u64::from(turn) * 400, ContextId::from_number(3 - u64::from(turn % 2)));
            log.readied(usize::MAX, Readied { what: (other, 20_000 + turn), by: Some(what.0), at: begin });
            let function = Some(FunctionId(17));
            log.ran(usize::MAX, Run { what, function, begin, end: begin + 400, wait: Wait::Inside });
        }
        let bytes: usize = log.pieces.iter().map(Vec::len).sum();
        assert!(bytes <= 18_000, "{bytes} bytes for a thousand changes");
    }
}
