//! All that is concurrent: contexts that wait, contexts that are ready, and the workers that run them.
//!
//! The protocol (DESIGN 2). A context's life is a walk through these steps:
//! 1. *Create.* `World::admit` puts the new context into the store under a new id and pushes the ticket it gets. From now
//!    on there is exactly one valid ticket for it, or one worker has it in hand.
//! 2. *Find.* A worker reads the sleep epoch, looks into its deque, the injector and other workers' deques, and sleeps only if
//!    the epoch has not moved (`sleep`, `ready`).
//! 3. *Take.* `Store::take` spends the ticket. A void ticket finds nothing. The worker owns the context now.
//! 4. *Run.* `Machine::run` executes until it must stop, and says why. A request is answered and the context goes on; most
//!    never leave the worker.
//! 5. *Wait.* The machine looked at a promise, found it pending and let its lock go. The worker puts the context into the
//!    store, which mints the ticket of this suspension; only then does `Promise::park` take the lock again. It pushes the ticket to the waiters or, if the promise settled meanwhile, gives it back, and the worker makes the
//!    context ready. Either way the ticket is in one place.
//! 6. *Settle.* The first settle takes all waiters out under the lock and pushes them after it is released. What is
//!    delivered stays in the promise: the resumed context replays its await and finds it.
//! 7. *Cancel.* `Store::cancel` voids all tickets of a suspended context and mints one that resumes it with the
//!    cancellation pending; it flags a running one, whose worker sees the flag when it stores it or when the budget is used up.
//!    A context that never started ends. On resuming, a value that was delivered already is taken first.
//! 8. *End.* The context leaves the store, its promise settles, and the counts go down; the last one rings for the
//!    overseer, which knows three endings: nobody is left, nobody can go on (a deadlock, broken up by an error), or a verdict.
//!
//! A context in the store is warm (as it was) or frozen. Each worker remembers a bounded number that it left warm (`warm`) and
//! freezes those that fall out: `Store::chill` takes such a one out if that is still its suspension, `Store::put_chilled` puts
//! it back frozen. Its ticket is valid all the while; if a worker or a cancellation came for it meanwhile, the freezing worker,
//! whose own activity is still counted, makes it ready again.
//!
//! Locks are held one at a time, but for a channel's, under which promises are settled: channel before promise. No lock
//! is held while a context runs, is frozen or thawed, or is pushed.
//!
//! Without cooperative suspension step 5 leaves the context in the blocked thread's hands and gives the worker's seat to a
//! spare thread; everything else, the order of execution included, is the same.

pub mod store;
pub mod warm;
pub mod sleep;
pub mod time;
pub mod activity;
pub mod counters;
pub mod output;
pub mod deadlines;
pub mod trace;
pub mod ready;
pub mod promise;
pub mod failure;
pub mod channel;
pub mod timer;
pub mod io;
pub mod shared;
pub mod keep;
pub mod signal;
pub mod gate;
pub mod deferred;
pub mod random;
pub mod schedule;
pub mod request;
pub mod crew;
mod freezer;
mod live;
pub mod worker;
mod census;
pub mod inspect;
mod deadlock;
mod exit;
mod leaks;
mod leftover;
mod host;
mod series;
mod dialogue;

use std::sync::Arc;
use std::time::Duration;

pub use counters::WorkerStats;
pub use dialogue::Interrupter;
pub use host::{Execution, Round};
pub use inspect::Inspector;
pub use leftover::{LeftAt, Leftover};
pub use output::Output;
pub use schedule::{Journal, Recording, Schedule};
pub use series::Estate;
pub use store::ContextId;

use self::counters::Counters;
use self::crew::Crew;
use self::deadlock::Deadlocks;
#[cfg(unix)]
use self::io::Door;
use self::io::Io;
use self::keep::Memory;
use self::output::Shown;
use self::promise::{Hub, Origin, Outside, Promise, Resume};
use self::random::Generator;
use self::ready::{Ready, Seat};
use self::request::World;
use self::schedule::Conductor;
use self::shared::{Environment, SharedStore};
use self::store::{Held, Progress};
use self::time::Time;
use self::timer::Timers;
use self::trace::Trace;
use self::worker::{Mode, Shop, serve};
use crate::bytecode::Program;
use crate::context::Context;
use crate::snapshot::{self, Form};
use crate::sync::Instant;
use crate::value::{ErrorKind, Fault, Hop, Shared, TracePoint, Value};
use crate::vm::Machine;

/// How a program is to be run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Workers, at least 1.
    pub workers: usize,
    /// Whether a wait suspends the context (the default) or blocks the worker's thread.
    pub cooperative: bool,
    /// The form of parked snapshots.
    pub form: Form,
    /// For tests: freeze and thaw after every instruction.
    pub frozen: bool,
    /// The whole run may last so many milliseconds.
    pub timeout: Option<u64>,
    /// Whether the interrupt key ends the program in order. Process-wide.
    pub catch_interrupt: bool,
    /// Who decides about the order of everything. All but `Stealing` use one worker, whatever `workers` says; they are for runs
    /// from beginning to end, not for those that a host drives or a session.
    pub schedule: Schedule,
    /// Whether to record what happens when.
    pub trace: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            workers: num_cpus::get(),
            cooperative: true,
            form: Form::Packed,
            frozen: false,
            timeout: None,
            catch_interrupt: false,
            schedule: Schedule::Stealing,
            trace: false,
        }
    }
}

/// How a program ended.
#[derive(Debug)]
pub enum RunEnd {
    /// All contexts ended; the main one with this.
    Completed(Value),
    /// This error left the main context.
    Failed(Fault),
    /// `exit(code)`, or stdout was closed.
    Exit(u8),
    /// What it printed could not be written, for this reason.
    Unwritable(String),
    /// It did not end within so many milliseconds.
    TimedOut(u64),
    /// The user interrupted it.
    Interrupted,
    /// Its schedule could not go on, for this reason.
    OffSchedule(String),
}

/// What `--stats` shows.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Contexts created, the main one included.
    pub contexts: u64,
    /// Directly awaited async calls that needed no context.
    pub inline_awaits: u64,
    /// Times a context left its worker.
    pub switches: u64,
    /// Batches of tickets taken from another worker.
    pub steals: u64,
    /// Times a context began to wait.
    pub parks: u64,
    /// Times a worker that slept was woken.
    pub wakes: u64,
    /// Most contexts waiting at once.
    pub most_waiting: u64,
    /// The most values that a channel without a bound held at once.
    pub longest_channel: u64,
    /// The whole run.
    pub milliseconds: f64,
    /// What each worker did.
    pub workers: Box<[WorkerStats]>,
}

/// What became of a program.
#[derive(Debug)]
pub struct RunReport {
    /// How it ended.
    pub end: RunEnd,
    /// Rejections that nothing awaited, in the order in which they happened. The hint of each says which call created the
    /// context.
    pub unawaited: Vec<Fault>,
    /// Counters.
    pub stats: Stats,
    /// What still waited when the program was ended early.
    pub left: Leftover,
}

/// A program about to run, running, or driven by its host.
pub struct Runtime {
    shop: Arc<Shop>,
    seats: Vec<Seat>,
    counters: Vec<Arc<Counters>>,
    main: Option<(ContextId, Shared<Promise>)>,
    timeout: Option<u64>,
    trace: Option<Arc<Trace>>,
    inspector: Option<Arc<Inspector>>,
    /// The socket at which the inspector is asked.
    #[cfg(unix)]
    door: Option<Door>,
}

impl Runtime {
    /// A runtime in which nothing runs yet. No thread is started.
    pub fn new(machine: Arc<Machine>, config: &Config, output: Arc<dyn Output>) -> Runtime {
        let (ready, mut seats) = Ready::new(if config.schedule.is_fixed() { 1 } else { config.workers });
        let (schedule, time) = match Conductor::new(&config.schedule, &machine.program) {
            Some((schedule, time)) => (Some(schedule), time),
            None => (None, Time::real()),
        };
        let trace = config.trace.then(|| Trace::new(seats.len()));
        if let Some(trace) = &trace {
            seats.iter_mut().for_each(|seat| seat.record(trace));
        }
        let hub = Hub::with(ready, schedule.as_ref().map(|_| Outside::default()), trace.clone());
        let time = Arc::new(time);
        let random = Generator::new(schedule.as_ref().map(Conductor::entropy));
        let world = World {
            hub: Arc::clone(&hub),
            machine,
            form: config.form,
            keeps_warm: config.form == Form::Packed && !config.frozen,
            output,
            shown: Shown::default(),
            timers: Timers::new(Arc::clone(&time)),
            io: Io::default(),
            shared: SharedStore::default(),
            memory: Memory::default(),
            random,
            environment: Environment::default(),
            time,
            schedule,
        };
        if config.catch_interrupt {
            world.io.watch_interrupt(&hub, &world.memory.signals);
        }
        let mode = match (config.frozen, config.cooperative) {
            (true, _) => Mode::Frozen,
            (false, true) => Mode::Cooperative,
            (false, false) => Mode::Blocking,
        };
        let counters = seats.iter().map(|seat| Arc::clone(&seat.counters)).collect();
        let shop = Arc::new(Shop { world, crew: Crew::default(), mode });
        Runtime {
            shop,
            seats,
            counters,
            main: None,
            timeout: config.timeout,
            trace,
            inspector: None,
            #[cfg(unix)]
            door: None,
        }
    }

    /// Who answers questions about this run, until it ends.
    pub fn inspector(&mut self) -> Arc<Inspector> {
        let World { hub, machine, time, .. } = &self.shop.world;
        let made = || {
            let (hub, machine, time) = (Arc::clone(hub), Arc::clone(machine), Arc::clone(time));
            Arc::new(Inspector::new(hub, machine, self.counters.clone(), time))
        };
        Arc::clone(self.inspector.get_or_insert_with(made))
    }

    /// Has the inspector answer at a Unix socket, whose file is removed when the run ends.
    #[cfg(unix)]
    pub fn open_socket(&mut self, path: &std::path::Path) -> std::io::Result<()> {
        self.door = Some(Door::open(path, self.inspector())?);
        Ok(())
    }

    /// There are no Unix sockets here.
    #[cfg(not(unix))]
    pub fn open_socket(&mut self, _: &std::path::Path) -> std::io::Result<()> {
        Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "this system has no Unix sockets"))
    }

    /// Runs a program from its main context to its end.
    pub fn run_main(mut self, context: Context) -> RunReport {
        self.start(context);
        self.run_to_end()
    }

    /// The record of what happens, if the configuration wants one. It is complete when the run has ended.
    pub fn trace(&self) -> Option<Arc<Trace>> {
        self.trace.clone()
    }

    /// Makes the main context ready. Nothing runs it yet.
    pub fn start(&mut self, context: Context) -> ContextId {
        let (id, promise) = self.shop.world.admit(context.into(), Progress::Unstarted, None, None);
        promise.mark_awaited();
        self.main = Some((id, promise));
        id
    }

    /// Lets the workers run all contexts to the end of the program.
    pub fn run_to_end(mut self) -> RunReport {
        let end = match self.man() {
            Ok(()) => self.oversee(),
            Err(fault) => RunEnd::Failed(fault),
        };
        let mut unawaited = self.unawaited();
        let left = self.leftover(&end);
        let end = self.run_exits(end, &mut unawaited);
        self.shutdown();
        let end = self.on_schedule(end);
        let end = self.shown(end);
        // The seats hand in what they recorded.
        drop(self.shop.crew.reopen());
        RunReport { end, unawaited, stats: self.stats(), left }
    }

    /// What still waits, if the program did not end by itself. To be called when it has stopped.
    fn leftover(&self, end: &RunEnd) -> Leftover {
        let World { hub, machine, .. } = &self.shop.world;
        match end {
            RunEnd::Completed(_) => Leftover::default(),
            // The error tells of the circle itself.
            RunEnd::Failed(fault) if fault.is(ErrorKind::DeadlockError) => {
                Leftover { circles: Vec::new(), ..leftover::survey(hub, &machine.program) }
            }
            _ => leftover::survey(hub, &machine.program),
        }
    }

    /// The end of a run as its schedule sees it: a replay must end where the recording does.
    fn on_schedule(&self, end: RunEnd) -> RunEnd {
        let is_whole = !matches!(end, RunEnd::TimedOut(_) | RunEnd::Interrupted | RunEnd::OffSchedule(_));
        match self.shop.world.schedule.as_ref().map(|schedule| schedule.finish(is_whole)) {
            Some(Err(message)) if is_whole => RunEnd::OffSchedule(message),
            _ => end,
        }
    }

    /// The counters so far.
    pub fn stats(&self) -> Stats {
        let sum = |of: fn(&Counters) -> u64| self.counters.iter().map(|counters| of(counters)).sum();
        let hub = &self.shop.world.hub;
        Stats {
            contexts: hub.store.created(),
            inline_awaits: sum(|counters| counters.inline_awaits.get()),
            switches: sum(|counters| counters.switches.get()),
            steals: sum(|counters| counters.steals.get()),
            parks: sum(|counters| counters.parks.get()),
            wakes: sum(|counters| counters.wakes.get()),
            most_waiting: hub.ready.waiting().most(),
            longest_channel: hub.longest_channel.get(),
            milliseconds: self.shop.world.time.really_elapsed().as_secs_f64() * 1e3,
            workers: self.counters.iter().map(|counters| counters.read()).collect(),
        }
    }

    /// Starts one thread per seat.
    fn man(&mut self) -> Result<(), Fault> {
        for seat in self.seats.drain(..) {
            let shop = Arc::clone(&self.shop);
            if !self.shop.crew.reserve(move || serve(&shop)) {
                return Err(failure::internal("the system refuses to start a worker thread"));
            }
            self.shop.crew.give(seat);
        }
        Ok(())
    }

    /// Sleeps until the program is at an end; breaks up deadlocks on the way.
    fn oversee(&self) -> RunEnd {
        let hub = &self.shop.world.hub;
        let deadline = self.timeout.map(|ms| Instant::now() + Duration::from_millis(ms.min(1 << 40)));
        let mut deadlocks = Deadlocks::default();
        loop {
            if let Some(verdict) = hub.take_verdict() {
                return verdict.into();
            }
            let counts = hub.activity.counts();
            if counts.live == 0 {
                return self.completed();
            }
            if counts.active == 0 {
                deadlocks.break_up(&self.shop.world, self.main.as_ref().map(|(id, _)| *id));
            } else if !hub.activity.wait(deadline) {
                return RunEnd::TimedOut(self.timeout.unwrap_or(0));
            }
        }
    }

    fn completed(&self) -> RunEnd {
        match self.main.as_ref().and_then(|(_, promise)| promise.outcome()) {
            Some(Ok(parcel)) => RunEnd::Completed(parcel.value.clone()),
            Some(Err(parcel)) => match &parcel.value {
                Value::Error(fault) => RunEnd::Failed(fault.clone()),
                _ => RunEnd::Failed(failure::internal("the main context failed without an error")),
            },
            None => RunEnd::Completed(Value::Null),
        }
    }

    /// The rejections that nothing awaited. What is rejected from now on does not count.
    fn unawaited(&self) -> Vec<Fault> {
        let program = &self.shop.world.machine.program;
        let hub = &self.shop.world.hub;
        hub.stop();
        let unawaited = hub.take_unawaited().into_iter();
        unawaited.map(|(fault, origin)| unawaited_fault(program, fault, origin.as_deref())).collect()
    }

    /// Ends everything: threads, contexts, drivers, queues, in this order. What each drops may settle promises and so
    /// push tickets; the queues come last and void them.
    fn shutdown(&mut self) {
        self.inspector.iter().for_each(|inspector| inspector.close());
        #[cfg(unix)]
        drop(self.door.take());
        let Shop { world, crew, .. } = &*self.shop;
        world.hub.stop();
        world.hub.ready.close();
        crew.close();
        self.dispose(); // Blocked threads end only when their context is taken from them.
        crew.join();
        self.dispose();
        debug_assert_eq!(world.hub.activity.counts().live, 0, "a context was lost");
        debug_assert!(world.hub.ready.is_quiet(), "a worker that ended is still counted");
        world.timers.close();
        world.io.close();
        world.shared.reset(Default::default());
        world.forget_exits();
        drop(world.hub.take_unawaited());
        world.hub.outside.iter().for_each(Outside::close);
        world.hub.ready.clear();
        world.schedule.iter().for_each(Conductor::clear);
    }

    /// Drops every suspended context. What a main one owns is kept if somebody wants it.
    fn dispose(&self) {
        let store = &self.shop.world.hub.store;
        for id in store.ids() {
            let Some(taken) = store.recall(id) else { continue };
            store.end(id);
            self.shop.world.hub.activity.end_contexts(1);
            match taken.held {
                Held::Blocked(blocked) => blocked.parker.hand(Resume::Stop),
                Held::Warm(mut main) if taken.beside.origin.is_none() => {
                    self.shop.world.hub.bequeath(&mut main);
                }
                Held::Frozen(snapshot) if taken.beside.origin.is_none() => {
                    let mut main = Context::default();
                    if snapshot::thaw(snapshot, &self.shop.world.machine.program, &mut main).is_ok() {
                        self.shop.world.hub.bequeath(&mut main);
                    }
                }
                Held::Warm(_) | Held::Frozen(_) => {}
            }
            drop(taken.beside);
        }
    }
}

/// A rejection that nothing awaited, with the calls that led to its context.
fn unawaited_fault(program: &Program, fault: Fault, origin: Option<&Origin>) -> Fault {
    let sites: Vec<TracePoint> = origin.iter().flat_map(|origin| origin.sites()).collect();
    let Some(site) = sites.first() else { return fault };
    let hint = format!("nothing awaited the promise made at {}", census::place(program, *site));
    sites.iter().fold(fault.with_hint(hint), |fault, site| fault.passing(Hop::Spawned(*site)))
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.shutdown();
    }
}
