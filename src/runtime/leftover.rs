//! What an early end leaves: contexts that still waited when `exit`, an error of the main context, a time limit or an interrupt
//! ended the program (LANGUAGE 10.11). A program that ends by itself leaves none: there, who cannot go on gets a DeadlockError.
//!
//! Precondition: the program has stopped, so nothing that waits goes on any more. What waits in a circle therefore did so
//! before, and nothing but a cancellation could have ended it, however long the program had run.

use super::census::{self, State, circles, place};
use super::deadlock::describe;
use super::promise::Hub;
use super::store::ContextId;
use crate::bytecode::Program;

/// So many contexts are looked at,
const LOOKED_AT: usize = 100_000;
/// so many circles are told,
const MOST_CIRCLES: usize = 10;
/// and so many places.
const MOST_PLACES: usize = 20;

/// Contexts that wait for the same at the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAt {
    /// How many.
    pub count: usize,
    /// Where: `name (file:line:column)`.
    pub at: String,
    /// What they wait for, in words.
    pub waits_for: String,
}

/// Contexts that waited at the end.
#[derive(Clone, Debug, Default)]
pub struct Leftover {
    /// Where most of them wait.
    pub places: Vec<LeftAt>,
    /// Contexts that wait for each other's promises in a circle: a deadlock that others hid. A text of several lines each.
    pub circles: Vec<String>,
}

/// Looks at what is left.
pub(super) fn survey(hub: &Hub, program: &Program) -> Leftover {
    let entries = census::take(hub, ContextId::from_number(1), 1, LOOKED_AT);
    let groups = census::grouped(program, &entries, |_| None);
    let waiting = groups.into_iter().filter(|(group, _)| group.state == State::Waiting);
    let left = waiting.filter_map(|(group, count)| {
        Some(LeftAt { count, at: place(program, group.at?), waits_for: group.waits_for })
    });
    let told = |circle: Vec<usize>| {
        let mut text = String::new();
        circle.iter().for_each(|at| describe(program, &entries, &entries[*at], &mut text));
        text
    };
    Leftover {
        places: left.take(MOST_PLACES).collect(),
        circles: circles(&entries).into_iter().take(MOST_CIRCLES).map(told).collect(),
    }
}
