//! One context after the other in one runtime: a file's top level, then its tests.
//!
//! 1. `run_opening` runs the main context and all contexts that it creates to their end, and keeps its module-level variables:
//!    the estate; and with them the shared store, the changes of the environment and the state of the program's random numbers.
//! 2. Each `run_heir` runs a function in a context that owns a copy of the estate, until all contexts that it creates have
//!    ended. An error in it ends only itself.
//! 3. Contexts that are left after `exit`, a time limit or an interrupt are ended before the next one starts.
//!
//! Invariant: between two of these calls no context is alive, so nothing of one test reaches the next but what is in handles,
//! in files and in the working directory, which belongs to the process. Timers and jobs that nobody waits for any more may be
//! pending.

use std::sync::Arc;
use std::time::Duration;

use super::promise::Verdict;
use super::shared::{ChangedVariables, SharedValues};
use super::store::Progress;
use super::{Leftover, RunEnd, RunReport, Runtime};
use crate::bytecode::FunctionId;
use crate::context::Context;
use crate::sync::Instant;

/// How often contexts that must end are looked after. Those that compute stop by themselves when their budget is used up, but
/// may first begin to wait, which rings no bell.
const CLEARING: Duration = Duration::from_millis(1);

/// How long, in milliseconds, contexts of the series that are out of time may take for their `finally` clauses.
const LAST_WORDS: u64 = 1000;

/// What a main context left.
#[derive(Clone, Debug)]
pub struct Estate {
    /// The module-level variables, with what functions in them share.
    pub(super) context: Context,
    pub(super) shared: SharedValues,
    pub(super) environment: ChangedVariables,
    pub(super) random: Option<[u64; 4]>,
}

impl Runtime {
    /// Runs the main context to its end and gives what it left, or how it failed. To be called once, first.
    pub fn run_opening(&mut self, context: Context) -> Result<Estate, Box<RunReport>> {
        self.shop.world.hub.keep_estate();
        self.start(context);
        if let Err(fault) = self.man() {
            return Err(Box::new(self.report(RunEnd::Failed(fault))));
        }
        let end = self.oversee();
        let report = self.report(end);
        let world = &self.shop.world;
        match world.hub.take_estate() {
            Some(context) if report.is_success() => {
                world.hub.reopen();
                world.hub.begin_series();
                let (shared, random) = (world.shared.values(), world.random.state());
                Ok(Estate { context, shared, environment: world.environment.changed(), random })
            }
            _ => Err(Box::new(report)),
        }
    }

    /// Runs `function`, which takes nothing, as the owner of a copy of the estate, for at most so many milliseconds.
    pub fn run_heir(&mut self, estate: &Estate, function: FunctionId, limit: Option<u64>) -> RunReport {
        let world = &self.shop.world;
        let Estate { context: Context { globals, cells, .. }, shared, environment, random } = estate.clone();
        world.shared.reset(shared);
        world.environment.reset(environment);
        world.random.reset(random);
        let started = Context::start(&world.machine.program, function, None, Vec::new(), globals);
        let context = Context { cells, ..started };
        let (id, promise) = world.admit(context.into(), Progress::Unstarted, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise.clone()));
        self.timeout = limit;
        let end = self.oversee();
        if let RunEnd::TimedOut(_) = end {
            // So that `finally` clauses and teardowns are not left out; nobody is told how they end.
            self.shop.world.cancel(&promise);
            self.timeout = Some(LAST_WORDS);
            self.oversee();
        }
        let mut report = self.report(end);
        report.end = self.run_exits(report.end, &mut report.unawaited);
        self.clear();
        report
    }

    fn report(&self, end: RunEnd) -> RunReport {
        let unawaited = self.unawaited();
        // A closed stdout is noticed by the next print.
        let _ = self.shop.world.output.flush();
        RunReport { end, unawaited, stats: self.stats(), left: Leftover::default() }
    }

    /// Ends every context that is left.
    pub(super) fn clear(&mut self) {
        let hub = Arc::clone(&self.shop.world.hub);
        hub.stop();
        while hub.activity.counts().live > 0 {
            self.dispose();
            hub.activity.wait(Some(Instant::now() + CLEARING));
        }
        self.main = None;
        if let Some(outside) = &hub.outside {
            outside.forget();
            hub.ready.announce();
        }
        drop(hub.take_unawaited());
        let late = hub.take_verdict();
        hub.reopen();
        if let Some(Verdict::Interrupted) = late {
            hub.end(Verdict::Interrupted);
        }
    }
}

impl RunReport {
    fn is_success(&self) -> bool {
        matches!(self.end, RunEnd::Completed(_)) && self.unawaited.is_empty()
    }
}
