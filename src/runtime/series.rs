//! One context after the other in one runtime: a file's top level, then its tests.
//!
//! 1. `run_opening` runs the main context and all contexts that it creates to their end, and keeps its module-level variables:
//!    the estate.
//! 2. Each `run_heir` runs a function in a context that owns a copy of the estate, until all contexts that it creates have
//!    ended. An error in it ends only itself.
//! 3. Contexts that are left after `exit`, a time limit or an interrupt are ended before the next one starts.
//!
//! Invariant: between two of these calls no context is alive, so nothing of one test reaches the next but what is in handles
//! and in the shared store. Timers and jobs that nobody waits for any more may be pending.

use std::sync::Arc;
use std::time::Duration;

use super::promise::Verdict;
use super::store::Held;
use super::{RunEnd, RunReport, Runtime};
use crate::bytecode::FunctionId;
use crate::context::Context;
use crate::sync::Instant;

/// How often contexts that must end are looked after. Those that compute stop by themselves when their budget is used up, but
/// may first begin to wait, which rings no bell.
const CLEARING: Duration = Duration::from_millis(1);

/// The module-level variables that a main context left, with what functions in them share.
#[derive(Clone, Debug)]
pub struct Estate {
    context: Context,
}

impl Runtime {
    /// Runs the main context to its end and gives what it left, or how it failed. To be called once, first.
    pub fn run_opening(&mut self, context: Context) -> Result<Estate, RunReport> {
        self.shop.world.hub.keep_estate();
        self.start(context);
        if let Err(fault) = self.man() {
            return Err(self.report(RunEnd::Failed(fault)));
        }
        let end = self.oversee();
        let report = self.report(end);
        match self.shop.world.hub.take_estate() {
            Some(context) if report.is_success() => {
                self.shop.world.hub.reopen();
                self.shop.world.hub.begin_series();
                Ok(Estate { context })
            }
            _ => Err(report),
        }
    }

    /// Runs `function`, which takes nothing, as the owner of a copy of the estate, for at most so many milliseconds.
    pub fn run_heir(&mut self, estate: &Estate, function: FunctionId, limit: Option<u64>) -> RunReport {
        let world = &self.shop.world;
        let Context { globals, cells, .. } = estate.context.clone();
        let started = Context::start(&world.machine.program, function, None, Vec::new(), globals);
        let mut context = Context { cells, ..started };
        let (id, promise) = world.admit(&mut context, Held::New, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise));
        self.timeout = limit;
        let end = self.oversee();
        let report = self.report(end);
        self.clear();
        report
    }

    fn report(&self, end: RunEnd) -> RunReport {
        let unawaited = self.unawaited();
        // A closed stdout is noticed by the next print.
        let _ = self.shop.world.output.flush();
        RunReport { end, unawaited, stats: self.stats() }
    }

    /// Ends every context that is left.
    fn clear(&mut self) {
        let hub = Arc::clone(&self.shop.world.hub);
        hub.stop();
        while hub.activity.counts().live > 0 {
            self.dispose();
            hub.activity.wait(Some(Instant::now() + CLEARING));
        }
        self.main = None;
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
