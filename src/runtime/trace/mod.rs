//! What happened when, for `--trace`: which worker ran which context, and who made it ready.
//!
//! Owns: one lane of events per worker, which lies in the worker's seat and is written without a lock, and one lane for
//! all other threads (timers, files), behind a lock.
//! Invariant: an event is a copy of ids and a moment. Names are looked up when the trace is written (`chrome`).
//! Invariant: memory is bounded (`log`). A lane that is full drops what comes later, and counts it.
//! A worker looks at the clock once per run of a context: what it makes ready meanwhile counts from the begin of the run.

mod chrome;
mod log;

use std::cell::RefCell;
use std::sync::Arc;

use self::log::Log;
use super::store::{ContextId, Ticket};
use crate::bytecode::FunctionId;
use crate::sync::{Instant, Mutex};

/// All lanes together keep at most so many events of each kind.
const MOST_EVENTS: usize = 1 << 21;

/// One suspension of a context: what a ticket names.
type Suspension = (ContextId, u32);

/// What a context waits for after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It does not: it ended, or gave its turn up.
    None,
    /// For another context, a channel or several promises.
    Inside,
    /// For a timer.
    Timer,
    /// For a file, the network or a computation.
    Operation,
}

/// A worker ran a context. Moments are nanoseconds since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    what: Suspension,
    function: Option<FunctionId>,
    begin: u64,
    end: u64,
    wait: Wait,
}

/// A ticket joined a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Readied {
    what: Suspension,
    /// The context that ran meanwhile on this lane.
    by: Option<ContextId>,
    at: u64,
}

/// The trace of one run.
#[derive(Debug)]
pub struct Trace {
    started: Instant,
    /// What one lane may keep of each kind.
    most: usize,
    /// Worker by worker, what their seats handed in.
    workers: Mutex<Vec<Log>>,
    outside: Mutex<Log>,
}

impl Trace {
    /// An empty trace that begins now.
    pub fn new(workers: usize) -> Arc<Trace> {
        Arc::new(Trace {
            started: Instant::now(),
            most: MOST_EVENTS / (workers + 1),
            workers: Mutex::new((0..workers).map(|_| Log::default()).collect()),
            outside: Mutex::new(Log::default()),
        })
    }

    /// Something that is no worker made a context ready.
    pub fn readied_outside(&self, ticket: &Ticket) {
        let event = Readied { what: ticket.suspension(), by: None, at: self.now() };
        self.outside.lock().readied(self.most, event);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The lane of one worker. Hands its events in when it is dropped with the seat.
#[derive(Debug)]
pub struct Lane {
    trace: Arc<Trace>,
    worker: usize,
    state: RefCell<LaneState>,
}

#[derive(Debug, Default)]
struct LaneState {
    log: Log,
    running: Option<Run>,
    now: u64,
}

impl Lane {
    /// The lane of the worker of this number.
    pub fn new(trace: &Arc<Trace>, worker: usize) -> Lane {
        let state = LaneState { now: trace.now(), ..LaneState::default() };
        Lane { trace: Arc::clone(trace), worker, state: RefCell::new(state) }
    }

    /// The worker slept, or has only now a thread.
    pub fn woke(&mut self) {
        self.state.get_mut().now = self.trace.now();
    }

    /// A run begins, where the last one ended.
    pub fn begin(&mut self, ticket: &Ticket) {
        let state = self.state.get_mut();
        let (begin, what) = (state.now, ticket.suspension());
        state.running = Some(Run { what, function: None, begin, end: begin, wait: Wait::None });
    }

    /// The context that runs is in this function.
    pub fn runs(&mut self, function: Option<FunctionId>) {
        if let Some(running) = &mut self.state.get_mut().running {
            running.function = function;
        }
    }

    /// The context that runs begins to wait.
    pub fn waits(&mut self, wait: Wait) {
        if let Some(running) = &mut self.state.get_mut().running {
            running.wait = wait;
        }
    }

    /// The run is over.
    pub fn end(&mut self) {
        let state = self.state.get_mut();
        let Some(running) = state.running.take() else { return };
        state.now = self.trace.now();
        // A void ticket runs nothing.
        if running.function.is_some() {
            state.log.ran(self.trace.most, Run { end: state.now, ..running });
        }
    }

    /// This worker makes a context ready.
    pub fn readied(&self, ticket: &Ticket) {
        let mut state = self.state.borrow_mut();
        let by = state.running.map(|running| running.what.0);
        let event = Readied { what: ticket.suspension(), by, at: state.now };
        state.log.readied(self.trace.most, event);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.end();
        let log = std::mem::take(&mut self.state.get_mut().log);
        if let Some(place) = self.trace.workers.lock().get_mut(self.worker) {
            *place = log;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::Program;

    #[test]
    fn a_trace_says_how_many_events_it_lacks() {
        let trace = Trace::new(1);
        let event = |at| Readied { what: (ContextId::from_number(1), 1), by: None, at };
        (0..5).for_each(|at| trace.outside.lock().readied(2, event(at)));
        assert_eq!(trace.dropped(), 3);
        assert!(trace.to_json(&Program::default()).contains("\"otherData\":{\"dropped\":3}"));
    }

    #[test]
    fn no_run_begins_before_its_context_was_ready() {
        let (trace, what) = (Trace::new(1), (ContextId::from_number(1), 2));
        // The worker looked at the clock, then a timer was due, then the worker found the ticket.
        trace.outside.lock().readied(1, Readied { what, by: None, at: 50_000 });
        let run = Run { what, function: None, begin: 40_000, end: 60_000, wait: Wait::None };
        trace.workers.lock()[0].ran(1, run);
        let json = trace.to_json(&Program::default());
        let run = json.lines().find(|line| line.contains("\"cat\":\"run\"")).expect("the run is there");
        assert!(run.contains("\"ts\":50.000") && run.contains("\"dur\":10.000"), "{run}");
        assert!(json.contains("\"ph\":\"f\",\"pid\":1,\"tid\":0,\"ts\":50.000"), "{json}");
    }
}
