//! One run of a script, between the moment it is ready to begin and its end: to look at it meanwhile.
//!
//! Does not: step through it; that is a `Session`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Output, Report, Script, Timeline, explain, main_context};
use crate::bytecode::Program;
use crate::runtime::{Inspector, Interrupter, Runtime};
use crate::sync::{Condvar, JoinHandle, Mutex, spawn};

/// A run that has not begun.
pub struct Run {
    runtime: Runtime,
    program: Arc<Program>,
}

impl Engine {
    /// Makes a run ready to begin. Its contexts get the engine's workers when it does.
    pub fn prepare(&self, script: &Script, output: Arc<dyn Output>) -> Run {
        Run { runtime: self.runtime(script, output), program: Arc::clone(&script.program) }
    }
}

impl Run {
    /// Who answers questions about the run (docs/INSPECT.md). From now on it is noted when contexts begin to wait, which
    /// takes 40 bytes more for each.
    pub fn inspector(&mut self) -> Arc<Inspector> {
        self.runtime.inspector()
    }

    /// Answers the same questions at a Unix socket with the mode 0600, whose file is removed when the run ends. An error if
    /// something is there already, or if the system has no such sockets.
    pub fn open_socket(&mut self, path: &Path) -> std::io::Result<()> {
        self.runtime.open_socket(path)
    }

    /// Runs it, until all its contexts have ended.
    pub fn execute(self) -> Report {
        let trace = self.runtime.trace();
        let report = explain(&self.program, self.runtime.run_main(main_context(&self.program)));
        let trace =
            trace.map(|trace| Timeline { json: trace.to_json(&self.program), dropped: trace.dropped() });
        Report { trace, ..report }
    }

    /// Runs it on a thread of its own. An error if the system refuses one.
    pub fn start(self) -> std::io::Result<Running> {
        let interrupter = self.runtime.interrupter();
        let report = Arc::new(Outcome::default());
        let outcome = Arc::clone(&report);
        let thread = spawn("ruff-run", move || {
            let report = self.execute();
            *outcome.place.lock() = Some(report);
            outcome.settled.notify_all();
        })?;
        Ok(Running { thread, report, interrupter })
    }
}

/// Where the report of a run goes.
#[derive(Default)]
struct Outcome {
    place: Mutex<Option<Report>>,
    settled: Condvar,
}

/// A run that goes on on a thread of its own.
pub struct Running {
    thread: JoinHandle,
    report: Arc<Outcome>,
    interrupter: Interrupter,
}

impl Running {
    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.report.place.lock().is_some()
    }

    /// Waits for its end, but not for longer than this; sometimes shorter. Whether it has ended.
    pub fn wait(&self, limit: Duration) -> bool {
        let mut report = self.report.place.lock();
        if report.is_none() {
            report = self.report.settled.wait_for(report, limit);
        }
        report.is_some()
    }

    /// Ends it as the interrupt key does.
    pub fn interrupt(&self) {
        self.interrupter.interrupt();
    }

    /// Waits for its end. `None` if the run's own thread panicked, which is a bug of ours.
    pub fn finish(self) -> Option<Report> {
        self.thread.join();
        self.report.place.lock().take()
    }
}
