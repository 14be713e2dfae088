//! A trace as text: the Chrome trace event format, which Perfetto opens.
//!
//! One complete event (`X`) per run of a context, named by its function; an arrow (`s`, `f`) from where it was made ready
//! to where it ran; a slice of its own (`b`, `e`) for each wait for a timer or an operation; two counters over time.
//! Moments are microseconds.

use std::collections::HashMap;
use std::fmt::Write;

use super::log::Log;
use super::{Readied, Run, Suspension, Trace, Wait};
use crate::bytecode::{FunctionId, Program};

/// The counters have at most one point in so many nanoseconds.
const COUNTER_STEP: u64 = 100_000;

/// Who made each suspension ready: the lane and the event.
type ByTicket = HashMap<Suspension, (usize, Readied), foldhash::fast::RandomState>;

impl Trace {
    /// How many events were dropped because there were too many.
    pub fn dropped(&self) -> u64 {
        let workers: u64 = self.workers.lock().iter().map(|log| log.dropped).sum();
        workers + self.outside.lock().dropped
    }

    /// All events as JSON. To be called when no seat is left.
    pub fn to_json(&self, program: &Program) -> String {
        let dropped = self.dropped();
        let workers = self.workers.lock();
        let outside = self.outside.lock();
        let mut writer = Writer { text: String::from("{\"displayTimeUnit\":\"ns\","), program, first: true };
        let _ = write!(writer.text, "\"otherData\":{{\"dropped\":{dropped}}},\"traceEvents\":[");
        writer.names(workers.len());
        let readied = readied(&workers, &outside);
        let mut runs = lanes_of_runs(&workers, &readied);
        runs.iter().for_each(|(lane, run)| writer.run(*lane, run));
        runs.sort_by_key(|(_, run)| (run.what.0, run.begin, run.end));
        writer.arrows(&readied, &runs);
        writer.waits(&readied, &runs);
        writer.counters(&readied, &runs);
        writer.text += "\n]}\n";
        writer.text
    }
}

/// Each run and its lane, lane by lane. A worker's look at the clock may be older than the ticket that it found after it:
/// no run begins before its context was made ready.
fn lanes_of_runs(workers: &[Log], readied: &ByTicket) -> Vec<(usize, Run)> {
    let lanes = workers.iter().enumerate();
    let mut runs: Vec<(usize, Run)> =
        lanes.flat_map(|(lane, log)| log.runs().map(move |run| (lane, run))).collect();
    for (_, run) in &mut runs {
        let ready = readied.get(&run.what).map_or(0, |(_, event)| event.at);
        run.begin = run.begin.max(ready).min(run.end);
    }
    runs
}

fn readied(workers: &[Log], outside: &Log) -> ByTicket {
    let lanes = workers.iter().chain([outside]).enumerate();
    lanes.flat_map(|(lane, log)| log.readied_events().map(move |it| (it.what, (lane, it)))).collect()
}

struct Writer<'p> {
    text: String,
    program: &'p Program,
    first: bool,
}

impl Writer<'_> {
    fn event(&mut self, phase: &str, lane: usize, at: u64, rest: std::fmt::Arguments) {
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        let (whole, part) = (at / 1000, at % 1000);
        let _ = write!(
            self.text,
            "{comma}\n{{\"ph\":\"{phase}\",\"pid\":1,\"tid\":{lane},\"ts\":{whole}.{part:03},{rest}}}"
        );
    }

    /// One lane per worker, and one for other threads.
    fn names(&mut self, workers: usize) {
        self.event("M", 0, 0, format_args!("\"name\":\"process_name\",\"args\":{{\"name\":\"ruff\"}}"));
        for lane in 0..=workers {
            let name = if lane < workers { format!("worker {lane}") } else { "timers and I/O".to_owned() };
            let args = format_args!("\"name\":\"thread_name\",\"args\":{{\"name\":\"{name}\"}}");
            self.event("M", lane, 0, args);
        }
    }

    fn name_of(&self, function: Option<FunctionId>) -> String {
        let name = function.map_or("", |function| &self.program.function(function).name);
        serde_json::Value::from(name).to_string()
    }

    fn run(&mut self, lane: usize, run: &Run) {
        let (name, id) = (self.name_of(run.function), run.what.0.number());
        let took = run.end - run.begin;
        let (whole, part) = (took / 1000, took % 1000);
        let waits = match run.wait {
            Wait::None => "nothing",
            Wait::Inside => "a promise",
            Wait::Timer => "a timer",
            Wait::Operation => "an operation",
        };
        let args = format_args!(
            "\"cat\":\"run\",\"name\":{name},\"dur\":{whole}.{part:03},\
             \"args\":{{\"context\":{id},\"waits for\":\"{waits}\"}}"
        );
        self.event("X", lane, run.begin, args);
    }

    /// From the creation of a context to its first run, and from each settling to the run after it.
    fn arrows(&mut self, readied: &ByTicket, runs: &[(usize, Run)]) {
        let mut arrow = 0_u64;
        for (lane, run) in runs {
            let Some((from, event)) = readied.get(&run.what) else { continue };
            // A context that gave its turn up made itself ready.
            if event.by == Some(run.what.0) {
                continue;
            }
            arrow += 1;
            let name = if run.what.1 == 1 { "create" } else { "settle" };
            let rest = format!("\"cat\":\"{name}\",\"name\":\"{name}\",\"id\":{arrow}");
            if event.by.is_none() {
                let args = format_args!("\"cat\":\"outside\",\"name\":\"{name}\",\"dur\":1.000");
                self.event("X", *from, event.at, args);
            }
            self.event("s", *from, event.at, format_args!("{rest}"));
            self.event("f", *lane, run.begin, format_args!("{rest},\"bp\":\"e\""));
        }
    }

    /// From the begin of a wait for the world to its end.
    fn waits(&mut self, readied: &ByTicket, runs: &[(usize, Run)]) {
        let mut wait = 0_u64;
        for pair in runs.windows(2) {
            let [(lane, run), (_, next)] = pair else { continue };
            let name = match run.wait {
                Wait::Timer => "timer",
                Wait::Operation => "operation",
                Wait::None | Wait::Inside => continue,
            };
            if run.what.0 != next.what.0 {
                continue;
            }
            wait += 1;
            let end = readied.get(&next.what).map_or(next.begin, |(_, event)| event.at).max(run.end);
            let rest = format!("\"cat\":\"{name}\",\"name\":\"{name}\",\"id\":{wait}");
            let function = self.name_of(run.function);
            let id = run.what.0.number();
            let args = format_args!("{rest},\"args\":{{\"context\":{id},\"in\":{function}}}");
            self.event("b", *lane, run.end, args);
            self.event("e", *lane, end, format_args!("{rest}"));
        }
    }

    /// Contexts that are ready and contexts that wait, over time.
    fn counters(&mut self, readied: &ByTicket, runs: &[(usize, Run)]) {
        let mut changes: Vec<(u64, i64, i64)> = Vec::with_capacity(3 * runs.len());
        for (_, run) in runs {
            let waited = run.what.1 > 1;
            let Some((_, event)) = readied.get(&run.what) else { continue };
            let at = event.at.min(run.begin);
            let gave_up_its_turn = event.by == Some(run.what.0);
            changes.push((at, 1, -i64::from(waited && !gave_up_its_turn)));
            changes.push((run.begin, -1, 0));
        }
        changes.extend(runs.iter().filter(|(_, run)| run.wait != Wait::None).map(|(_, run)| (run.end, 0, 1)));
        changes.sort_unstable_by_key(|(at, ..)| *at);
        let (mut ready, mut parked, mut written) = (0, 0, None);
        for (index, (at, more_ready, more_parked)) in changes.iter().enumerate() {
            (ready, parked) = (ready + more_ready, parked + more_parked);
            let is_last = index + 1 == changes.len();
            if is_last || written.is_none_or(|written| at - written >= COUNTER_STEP) {
                written = Some(*at);
                let (ready, parked) = (ready.max(0), parked.max(0));
                let args =
                    format_args!("\"name\":\"contexts\",\"args\":{{\"ready\":{ready},\"parked\":{parked}}}");
                self.event("C", 0, *at, args);
            }
        }
    }
}
