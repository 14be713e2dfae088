//! Looking at a running program from outside: `ruff ps`, `ruff inspect` and `ruff top`.
//!
//! Owns: the answers. `answer` is one line of JSON for one line of JSON (docs/INSPECT.md), whoever carries them.
//! Invariant: it reads what is published and changes nothing. Contexts are copied out of the store with one block of it locked
//! at a time, and decoded outside of all locks; no worker waits for it, and no script code runs for it.
//! Invariant: while it holds copies, an activity is counted. A copy may be the last to hold a channel or a promise, so the
//! overseer must not take what waits there for a deadlock.
//! Does not: see contexts that run. Of those a worker publishes the number and the outermost function.

mod ask;
mod list;
mod stack;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use self::ask::Ask;
use super::counters::Counters;
use super::promise::Hub;
use super::store::ContextId;
use super::time::Time;
use crate::bytecode::{FunctionId, Program};
use crate::sync::Mutex;
use crate::value::TracePoint;
use crate::vm::Machine;

/// The version of questions and answers.
pub const VERSION: u64 = 1;

/// Answers questions about one run, one at a time.
pub struct Inspector {
    hub: Arc<Hub>,
    machine: Arc<Machine>,
    counters: Vec<Arc<Counters>>,
    time: Arc<Time>,
    /// Whether the run is over. Held during an answer, so that whoever sets it knows that nobody looks any more.
    over: Mutex<bool>,
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Inspector")
    }
}

/// Holds copies of what contexts hold.
struct Look<'a>(&'a Hub);

impl<'a> Look<'a> {
    fn begin(hub: &'a Hub) -> Look<'a> {
        hub.activity.enter();
        Look(hub)
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.0.activity.leave(1);
    }
}

impl Inspector {
    pub(super) fn new(
        hub: Arc<Hub>,
        machine: Arc<Machine>,
        counters: Vec<Arc<Counters>>,
        time: Arc<Time>,
    ) -> Inspector {
        hub.watch();
        Inspector { hub, machine, counters, time, over: Mutex::new(false) }
    }

    /// The answer to one question, without a line break. A question that is not understood is answered with an error.
    pub fn answer(&self, question: &str) -> String {
        let answer = match ask::read(question) {
            Ok(ask) => self.reply(ask),
            Err(problem) => return self.refusal(&problem),
        };
        answer.to_string()
    }

    /// What is said when nothing is answered, for this reason.
    pub fn refusal(&self, why: &str) -> String {
        error(why).to_string()
    }

    /// The run ends: from now on every answer is an error. Waits for the one that is being given.
    pub(super) fn close(&self) {
        *self.over.lock() = true;
    }

    fn reply(&self, ask: Ask) -> Json {
        let over = self.over.lock();
        if *over {
            return error("the program has ended");
        }
        let look = Look::begin(&self.hub);
        let answer = match ask {
            Ask::Summary => json!({ "version": VERSION, "summary": self.summary() }),
            Ask::Contexts { after, limit } => self.contexts(after, limit),
            Ask::Leaks => match self.leaks() {
                Some(leaks) => json!({ "version": VERSION, "leaks": leaks }),
                None => error("the program has ended"),
            },
            Ask::Context(id) => match self.context(ContextId::from_number(id)) {
                Some(context) => json!({ "version": VERSION, "context": context }),
                None => error(&format!("there is no context {id}")),
            },
        };
        // Only now: what was copied is let go of before the activity ends.
        drop(look);
        drop(over);
        answer
    }

    fn program(&self) -> &Program {
        &self.machine.program
    }

    /// The worker that has a context in hand, and that one's outermost function.
    fn at_work(&self, id: ContextId) -> Option<(usize, Option<FunctionId>)> {
        let works = self.counters.iter().map(|counters| counters.at_work()).enumerate();
        works
            .into_iter()
            .find_map(|(worker, (number, function))| (number == id.number()).then_some((worker, function)))
    }

    /// A place in the source.
    fn place(&self, point: TracePoint) -> Json {
        let program = self.program();
        let (file, position) = program.place_of(point.function, point.ip);
        let function = &program.function(point.function).name;
        json!({ "function": &**function, "file": file, "line": position.line, "column": position.column })
    }

    fn is_library(&self, point: &TracePoint) -> bool {
        self.program().function(point.function).flags.is_prelude
    }
}

fn error(why: &str) -> Json {
    json!({ "version": VERSION, "error": why })
}

#[cfg(unix)]
impl super::io::Porter for Inspector {
    fn answer(&self, question: &str) -> String {
        Inspector::answer(self, question)
    }

    fn refusal(&self, why: &str) -> String {
        Inspector::refusal(self, why)
    }
}
