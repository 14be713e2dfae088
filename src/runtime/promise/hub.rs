//! Where everything about waiting meets: the store, the ready queue, the counts and the verdict.
//!
//! Owns: one of each per runtime. Every settler holds the hub, so that a duty dropped anywhere, on any thread, can
//! still make its waiters ready.

use std::sync::Arc;

use super::{Origin, Promise, Scope, Settler};
use crate::bytecode::FunctionId;
use crate::context::Context;
use crate::runtime::activity::Activity;
use crate::runtime::ready::{Ready, Seat};
use crate::runtime::sleep::Parker;
use crate::runtime::store::{Store, Ticket};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Tally};
use crate::value::{Fault, Handle, TracePoint};

/// The channels that a wait keeps alive. Almost always none or one, which needs no allocation.
#[derive(Debug, Default)]
#[allow(clippy::box_collection, reason = "in place it would make every tenant larger")]
pub enum Anchors {
    /// The wait is for no channel.
    #[default]
    None,
    /// For one.
    One(Handle),
    /// For one of several.
    Many(Box<Vec<Handle>>),
}

/// What must stay alive beside a suspended context.
#[derive(Debug)]
pub struct Tenant {
    /// The duty to settle its promise.
    pub result: Settler,
    /// An error to throw in it when it next runs (DeadlockError).
    pub thrown: Option<Fault>,
    /// What it waits for.
    pub waits_for: Option<Arc<Promise>>,
    /// The channels it waits on: alive as long as the wait, even if the script holds them no longer.
    pub anchors: Anchors,
    /// The innermost `async_scope` that it has open.
    pub scope: Option<Arc<Scope>>,
    /// What it runs, for reports.
    pub function: FunctionId,
    /// The call that created it; `None` for the main context.
    pub site: Option<TracePoint>,
    /// Its creator's origin; `None` if that is the main context.
    pub above: Option<Arc<Origin>>,
    /// Its own, once it has created a context.
    own: Option<Arc<Origin>>,
}

impl Tenant {
    /// What is kept beside a new context that runs `function`.
    pub fn new(
        result: Settler,
        function: FunctionId,
        site: Option<TracePoint>,
        above: Option<Arc<Origin>>,
    ) -> Tenant {
        Tenant {
            result,
            thrown: None,
            waits_for: None,
            anchors: Anchors::None,
            scope: None,
            function,
            site,
            above,
            own: None,
        }
    }

    /// Where it comes from; `None` for the main context.
    pub fn origin(&mut self) -> Option<Arc<Origin>> {
        let site = self.site?;
        Some(Arc::clone(self.own.get_or_insert_with(|| Origin::new(site, self.above.clone()))))
    }
}

/// What a blocked thread is handed when its context may go on.
#[derive(Debug)]
pub enum Resume {
    /// It goes on as the worker on this seat.
    Go {
        /// The seat.
        seat: Seat,
        /// What was kept beside its context.
        tenant: Tenant,
        /// Cancellations to throw.
        cancels: u32,
    },
    /// The runtime ends.
    Stop,
}

/// A thread that blocks with a context in its hands.
#[derive(Debug)]
pub struct Blocked {
    /// Where it sleeps.
    pub parker: Arc<Parker<Resume>>,
    /// The context's call stack, for reports.
    pub trace: Vec<TracePoint>,
}

/// How the program ended before all its contexts did.
#[derive(Debug)]
pub enum Verdict {
    /// An error left the main context.
    Failed(Fault),
    /// `exit(code)`, or stdout was closed.
    Exit(u8),
    /// The user interrupted it.
    Interrupted,
}

#[derive(Debug, Default)]
struct Rejections {
    noted: Vec<(Arc<Promise>, Option<Arc<Origin>>)>,
    /// When to drop those that have been awaited since.
    sweep_at: usize,
}

/// The meeting point.
pub struct Hub {
    /// Contexts that do not run.
    pub store: Store<Tenant, Blocked>,
    /// Contexts that may.
    pub ready: Ready,
    /// How much is going on.
    pub activity: Activity,
    /// Contexts created.
    pub created: Tally,
    /// Most contexts waiting at once.
    pub most_waiting: Tally,
    waiting: AtomicU64,
    rejections: Mutex<Rejections>,
    verdict: Mutex<Option<Verdict>>,
    stopped: AtomicBool,
    /// Whether main contexts follow each other, so that the error of one is not the program's end.
    in_series: AtomicBool,
    /// Where the main context leaves its module-level variables when it ends, if somebody wants them.
    estate: Mutex<Option<Context>>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hub")
    }
}

impl Hub {
    /// A hub around these queues.
    pub fn new(ready: Ready) -> Arc<Hub> {
        Arc::new(Hub {
            store: Store::default(),
            ready,
            activity: Activity::default(),
            created: Tally::default(),
            most_waiting: Tally::default(),
            waiting: AtomicU64::new(0),
            rejections: Mutex::new(Rejections::default()),
            verdict: Mutex::new(None),
            stopped: AtomicBool::new(false),
            in_series: AtomicBool::new(false),
            estate: Mutex::new(None),
        })
    }

    /// Makes a context ready: its ticket joins the end of the queue.
    pub fn push(&self, ticket: Ticket, seat: Option<&Seat>) {
        self.activity.enter();
        self.ready.push(ticket, seat);
    }

    /// A context began to wait.
    pub fn count_waiting(&self) {
        self.most_waiting.raise(self.waiting.fetch_add(1) + 1);
    }

    /// It no longer waits.
    pub fn count_resumed(&self) {
        self.waiting.fetch_sub(1);
    }

    /// Ends the program early. The first verdict counts.
    pub fn end(&self, verdict: Verdict) {
        self.verdict.lock().get_or_insert(verdict);
        self.stopped.swap(true);
        self.activity.ring();
    }

    /// The verdict, if there is one.
    pub fn take_verdict(&self) -> Option<Verdict> {
        self.verdict.lock().take()
    }

    /// Whether contexts are to stop where they are.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load()
    }

    /// Contexts stop where they are.
    pub fn stop(&self) {
        self.stopped.swap(true);
    }

    /// An error left the main context.
    pub fn main_failed(&self, fault: &Fault) {
        if !self.in_series.load() {
            self.end(Verdict::Failed(fault.clone()));
        }
    }

    /// From now on an error of the main context ends that context alone.
    pub fn begin_series(&self) {
        self.in_series.swap(true);
    }

    /// Contexts may run again after a stop. To be called when none is left.
    pub fn reopen(&self) {
        self.stopped.swap(false);
    }

    /// The variables of the main context are to be kept when it ends.
    pub fn keep_estate(&self) {
        self.estate.lock().get_or_insert_default();
    }

    /// The main context ended: takes its variables if they are to be kept.
    pub fn bequeath(&self, main: &mut Context) {
        if let Some(estate) = &mut *self.estate.lock() {
            std::mem::swap(&mut estate.globals, &mut main.globals);
            std::mem::swap(&mut estate.cells, &mut main.cells);
        }
    }

    /// What the main context left.
    pub fn take_estate(&self) -> Option<Context> {
        self.estate.lock().take()
    }

    /// Remembers a rejection that nothing has awaited yet. What is rejected because the program ends does not count.
    pub fn note_rejection(&self, promise: Arc<Promise>, origin: Option<Arc<Origin>>) {
        if self.is_stopped() {
            return;
        }
        let mut rejections = self.rejections.lock();
        if rejections.noted.len() >= rejections.sweep_at.max(64) {
            rejections.noted.retain(|(promise, _)| promise.unawaited().is_some());
            rejections.sweep_at = rejections.noted.len() * 2;
        }
        rejections.noted.push((promise, origin));
    }

    /// The rejections that nothing awaited, in the order in which they happened, each with the origin of its context.
    /// Forgets them.
    pub fn take_unawaited(&self) -> Vec<(Fault, Option<Arc<Origin>>)> {
        let noted = std::mem::take(&mut self.rejections.lock().noted);
        noted.into_iter().filter_map(|(promise, origin)| Some((promise.unawaited()?, origin))).collect()
    }
}
