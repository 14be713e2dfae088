//! One input after the other in one runtime whose program grows: what a REPL runs on.
//!
//! 1. `begin_dialogue` starts the workers. They run whatever is ready, also between two inputs.
//! 2. `grow` lets all workers finish their turn and leave, so that nobody else knows the machine; the program is added to,
//!    and new threads sit down on the same seats. Everything that waits or is ready stays where it is.
//! 3. `run_input` runs one function as the main context, which owns what earlier main contexts left (the estate), until *it*
//!    ends; contexts that it created live on. What it left is the next one's, however it ended.
//!
//! Invariant: there is at most one main context, and none between two inputs. Contexts that other inputs created see the
//! module-level variables as they were then, as always.

use std::sync::Arc;
use std::time::Duration;

use super::deadlock::Deadlocks;
use super::promise::{Promise, Rejection};
use super::store::{ContextId, Progress};
use super::{Estate, Leftover, RunEnd, RunReport, Runtime, unawaited_fault};
use crate::bytecode::{FunctionId, Program};
use crate::context::{Context, Globals};
use crate::sync::Instant;
use crate::value::{ErrorKind, Fault, Shared, Value};
use crate::vm::Machine;

impl Runtime {
    /// Starts the workers. To be called once, first.
    pub fn begin_dialogue(&mut self) -> Result<Estate, Fault> {
        let hub = &self.shop.world.hub;
        hub.begin_series();
        hub.keep_interrupts();
        self.man()?;
        Ok(Estate::default())
    }

    /// Lets `change` add to the program while nothing runs.
    pub fn grow<R>(&mut self, change: impl FnOnce(&mut Machine) -> R) -> Result<R, Fault> {
        let world = &self.shop.world;
        world.hub.ready.close();
        self.shop.crew.close();
        self.shop.crew.join();
        self.seats.extend(self.shop.crew.reopen());
        world.hub.ready.reopen();
        let shop = Arc::get_mut(&mut self.shop).expect("all threads that shared it have ended");
        let machine = Arc::get_mut(&mut shop.world.machine).expect("only the shop has it");
        let changed = change(machine);
        self.man()?;
        Ok(changed)
    }

    /// Runs `function`, which takes nothing, as the owner of the estate, until it ends, for at most so many milliseconds.
    /// The first interrupt cancels it; a second one, `exit` and the time limit end all contexts. Reported as unawaited is
    /// what had been rejected before the input began and was not awaited by it either.
    pub fn run_input(&mut self, estate: &mut Estate, function: FunctionId, limit: Option<u64>) -> RunReport {
        let world = &self.shop.world;
        let earlier = world.hub.take_rejections();
        world.hub.take_interrupts();
        world.hub.keep_estate();
        let program = &world.machine.program;
        let Context { mut globals, cells, .. } = std::mem::take(&mut estate.context);
        globals.grow(program.globals.len());
        let started = Context::start(program, function, None, Vec::new(), globals);
        let context = Context { cells, ..started };
        let (id, promise) = world.admit(context.into(), Progress::Unstarted, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise.clone()));
        self.timeout = limit;
        let end = self.oversee_input(id, &promise);
        self.main = None;
        estate.context = self.shop.world.hub.take_estate().unwrap_or_default();
        // A closed stdout is noticed by the next print.
        let _ = self.shop.world.output.flush();
        RunReport {
            end,
            unawaited: self.still_unawaited(earlier),
            stats: self.stats(),
            left: Leftover::default(),
        }
    }

    /// Waits until all contexts of all inputs have ended, then reports what nothing awaited.
    pub fn end_dialogue(&mut self) -> RunReport {
        self.main = None;
        self.timeout = None;
        self.shop.world.hub.take_interrupts();
        let mut deadlocks = Deadlocks::default();
        let end = loop {
            if self.shop.world.hub.take_interrupts() > 0 {
                break RunEnd::Interrupted;
            }
            if let Some(end) = self.glance(&mut deadlocks) {
                break end;
            }
            self.shop.world.hub.activity.wait(None);
        };
        self.last_report(end)
    }

    /// The same without waiting: contexts that are left stop where they are.
    pub fn leave_dialogue(&mut self) -> RunReport {
        self.last_report(RunEnd::Completed(Value::Null))
    }

    /// Calls the functions of `on_exit`, which own the estate; an interrupt ends them. To be called last.
    pub fn close_dialogue(&mut self, estate: &mut Estate) -> RunReport {
        let hub = &self.shop.world.hub;
        hub.end_at_interrupts();
        hub.keep_estate();
        hub.bequeath(&mut estate.context);
        self.timeout = None;
        let mut report = self.last_report(RunEnd::Completed(Value::Null));
        report.end = self.run_exits(report.end, &mut report.unawaited);
        let _ = self.shop.world.output.flush();
        report
    }

    fn last_report(&self, end: RunEnd) -> RunReport {
        let unawaited = self.unawaited();
        let _ = self.shop.world.output.flush();
        RunReport { end, unawaited, stats: self.stats(), left: Leftover::default() }
    }

    fn oversee_input(&mut self, id: ContextId, promise: &Shared<Promise>) -> RunEnd {
        let hub = Arc::clone(&self.shop.world.hub);
        let deadline = self.timeout.map(|ms| Instant::now() + Duration::from_millis(ms.min(1 << 40)));
        let (mut interrupted, mut deadlocks) = (false, Deadlocks::default());
        loop {
            // Before the outcome: if nothing is active and the input has not ended, it is the one that waits.
            let counts = hub.activity.counts();
            if let Some(verdict) = hub.take_verdict() {
                return self.end_all(verdict.into());
            }
            if promise.is_settled() {
                return self.input_end(interrupted);
            }
            let interrupts = hub.take_interrupts();
            if interrupts > 1 || (interrupts == 1 && interrupted) {
                return self.end_all(RunEnd::Interrupted);
            } else if interrupts == 1 {
                interrupted = true;
                self.shop.world.cancel(promise);
            } else if counts.active == 0 {
                deadlocks.break_up(&self.shop.world, Some(id));
            } else if !hub.activity.wait(deadline) {
                return self.end_all(RunEnd::TimedOut(self.timeout.unwrap_or(0)));
            }
        }
    }

    fn input_end(&self, interrupted: bool) -> RunEnd {
        match self.completed() {
            RunEnd::Failed(fault) if interrupted && is_cancellation(&fault) => RunEnd::Interrupted,
            end => end,
        }
    }

    /// Ends every context, the main one included, which leaves what it owns.
    fn end_all(&mut self, end: RunEnd) -> RunEnd {
        self.clear();
        end
    }

    /// How the rest of the dialogue has ended, if it has; breaks up a deadlock.
    fn glance(&self, deadlocks: &mut Deadlocks) -> Option<RunEnd> {
        let hub = &self.shop.world.hub;
        let counts = hub.activity.counts();
        match hub.take_verdict() {
            Some(verdict) => Some(verdict.into()),
            None if counts.live == 0 => Some(RunEnd::Completed(Value::Null)),
            None => {
                if counts.active == 0 {
                    deadlocks.break_up(&self.shop.world, None);
                }
                None
            }
        }
    }

    fn still_unawaited(&self, earlier: Vec<Rejection>) -> Vec<Fault> {
        let program = &self.shop.world.machine.program;
        let unawaited = |(promise, origin): Rejection| {
            Some(unawaited_fault(program, promise.unawaited()?, origin.as_deref()))
        };
        earlier.into_iter().filter_map(unawaited).collect()
    }
}

fn is_cancellation(fault: &Fault) -> bool {
    fault.body().kind.as_str() == ErrorKind::CancelledError.text()
}

impl Estate {
    /// A module-level variable.
    pub fn get(&self, slot: u32) -> &Value {
        self.context.globals.get(slot)
    }
}

impl Default for Estate {
    fn default() -> Estate {
        Estate {
            context: Context { globals: Globals::own(0), ..Context::default() },
            shared: Default::default(),
            environment: Default::default(),
            random: None,
        }
    }
}

/// Asks a runtime to stop what it does for its user. From any thread.
#[derive(Clone)]
pub struct Interrupter {
    hub: Arc<super::Hub>,
}

impl Runtime {
    /// The program so far.
    pub fn program(&self) -> &Program {
        &self.shop.world.machine.program
    }

    /// What interrupts it.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter { hub: Arc::clone(&self.shop.world.hub) }
    }
}

impl Interrupter {
    /// Interrupts.
    pub fn interrupt(&self) {
        self.hub.interrupt();
    }
}
