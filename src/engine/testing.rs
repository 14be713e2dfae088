//! Running the tests of a script (docs/LANGUAGE.md, 13).
//!
//! Owns: one run of the script's top level and of as many of its tests as the host wants, one after the other, in one
//! runtime: a channel that the top level made is the same for all of them.
//! Invariant: each test starts with the module-level variables as the top level left them, and when `run` returns no context
//! of it is left.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Error, Output, Script, explain, main_context, milliseconds};
use crate::runtime::{Estate, RunEnd, RunReport, Runtime};

/// A script whose top level has run.
pub struct TestRun {
    script: Script,
    runtime: Runtime,
    estate: Estate,
    /// What the top level and all tests together may take.
    limit: Option<Duration>,
}

/// How a test ended.
#[derive(Debug)]
pub struct TestEnd {
    /// Why it failed. A test that calls `exit` fails with `Error::Exit`, whatever the code.
    pub outcome: Result<(), Error>,
    /// How long it took.
    pub time: Duration,
}

impl TestRun {
    /// Runs the script's top level until all its contexts have ended. The engine's `timeout` holds for the top level and the
    /// tests together.
    pub fn start(engine: &Engine, script: &Script, output: Arc<dyn Output>) -> Result<TestRun, Error> {
        let mut runtime = engine.runtime(script, output);
        let (script, limit) = (script.clone(), engine.options.timeout);
        match runtime.run_opening(main_context(script.program())) {
            Ok(estate) => Ok(TestRun { script, runtime, estate, limit }),
            Err(report) => Err(failure(&script, *report).unwrap_or(Error::Exit(0))),
        }
    }

    /// Runs one test: the one at this position of `Script::tests`. It fails if it takes longer than the limit.
    pub fn run(&mut self, position: usize, limit: Option<Duration>) -> Result<TestEnd, Error> {
        let test = self.script.tests().get(position);
        let function = test.ok_or_else(|| Error::Host(format!("there is no test {position}")))?.function;
        let before = self.elapsed();
        let left = self.limit.map(|limit| limit.saturating_sub(before));
        let own = left.into_iter().chain(limit).min();
        let report = self.runtime.run_heir(&self.estate, function, own.map(milliseconds));
        let time = self.elapsed().saturating_sub(before);
        let outcome = match (failure(&self.script, report), self.limit) {
            (None, _) => Ok(()),
            // What ran out is the whole run's time, not the rest that this test had.
            (Some(Error::TimedOut(_)), Some(whole)) if own != limit => {
                Err(Error::TimedOut(milliseconds(whole)))
            }
            (Some(error), _) => Err(error),
        };
        Ok(TestEnd { outcome, time })
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs_f64(self.runtime.stats().milliseconds / 1e3)
    }
}

/// Why a run is no success. `exit(0)` is none either: it leaves the rest undone.
fn failure(script: &Script, report: RunReport) -> Option<Error> {
    match report.end {
        RunEnd::Exit(code) => Some(Error::Exit(code)),
        _ => explain(script.program(), report).end.err(),
    }
}
