//! Where everything about waiting meets: the store, the ready queue, the counts and the verdict.
//!
//! Owns: one of each per runtime. Every settler holds the hub, so that a duty dropped anywhere, on any thread, can
//! still make its waiters ready.

use std::sync::Arc;

use super::{Origin, Outside, Promise, Scope, Settler, Source};
use crate::context::Context;
use crate::runtime::activity::Activity;
use crate::runtime::ready::{Ready, Seat};
use crate::runtime::sleep::Parker;
use crate::runtime::store::{ContextId, Held, Progress, Store, Ticket};
use crate::runtime::trace::Trace;
use crate::sync::{AtomicBool, AtomicU64, Instant, Mutex, Tally};
use crate::value::{Fault, Handle, Resource, ResourceKind, Shared, TracePoint};
use crate::vm::SignalName;

/// What must stay alive beside a suspended context.
#[derive(Debug)]
pub struct Tenant {
    /// The duty to settle its promise.
    pub result: Settler,
    /// The channel that it waits on, or `Channels`: alive as long as the wait, even if the script holds it no longer.
    pub anchor: Option<Handle>,
    /// Where it comes from; `None` for the main context.
    pub origin: Option<Arc<Origin>>,
    /// What few contexts have.
    rare: Option<Box<Rare>>,
}

/// What few contexts have, so that most need no room for it.
#[derive(Debug, Default)]
struct Rare {
    thrown: Option<Fault>,
    scope: Option<Arc<Scope>>,
    /// The origin of the context that it created last.
    created: Option<Arc<Origin>>,
    /// When it was put into the store, if somebody watches.
    since: Option<Instant>,
    /// The signal that the context which it creates next is for.
    enlisted: Option<SignalName>,
}

impl Tenant {
    /// What is kept beside a new context.
    pub fn new(result: Settler, origin: Option<Arc<Origin>>) -> Tenant {
        Tenant { result, anchor: None, origin, rare: None }
    }

    /// The origin of a context that this one creates at `site`. Those created at one place in a row share it.
    pub fn origin_at(&mut self, site: TracePoint) -> Arc<Origin> {
        let above = &self.origin;
        let created = &mut self.rare.get_or_insert_default().created;
        match created {
            Some(last) if last.site() == site => Arc::clone(last),
            _ => Arc::clone(created.insert(Origin::new(site, above.clone()))),
        }
    }

    /// The innermost `async_scope` that it has open.
    pub fn scope(&self) -> Option<&Arc<Scope>> {
        self.rare.as_ref()?.scope.as_ref()
    }

    /// Takes the innermost scope out.
    pub fn take_scope(&mut self) -> Option<Arc<Scope>> {
        self.rare.as_mut()?.scope.take()
    }

    /// Sets the innermost scope.
    pub fn set_scope(&mut self, scope: Option<Arc<Scope>>) {
        self.rare.get_or_insert_default().scope = scope;
    }

    /// It is put into the store now.
    pub fn note_moment(&mut self) {
        self.rare.get_or_insert_default().since = Some(Instant::now());
    }

    /// When it was put into the store, if that was noted.
    pub fn since(&self) -> Option<Instant> {
        self.rare.as_ref()?.since
    }

    /// The context that it creates next is what a signal starts.
    pub fn enlist(&mut self, signal: SignalName) {
        self.rare.get_or_insert_default().enlisted = Some(signal);
    }

    /// The signal that a new context of its making is for.
    pub fn take_enlisted(&mut self) -> Option<SignalName> {
        self.rare.as_mut()?.enlisted.take()
    }

    /// An error to throw in it when it next runs (DeadlockError).
    pub fn throw(&mut self, fault: Fault) {
        self.rare.get_or_insert_default().thrown = Some(fault);
    }

    /// Whether there is one.
    pub fn is_thrown(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.thrown.is_some())
    }

    /// Takes it out.
    pub fn take_thrown(&mut self) -> Option<Fault> {
        self.rare.as_mut()?.thrown.take()
    }
}

/// The channels that a `select` waits on, kept alive as one.
#[derive(Debug)]
pub struct Channels(pub Vec<Handle>);

impl Resource for Channels {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("channels")
    }

    fn text(&self) -> String {
        "<channels>".to_owned()
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
    /// The promise that the context waits for.
    pub awaited: Option<Handle>,
    /// The context's call stack, for reports.
    pub trace: Vec<TracePoint>,
}

/// The promise that a suspended context waits for.
pub fn awaited(held: &Held<Blocked>) -> Option<&Handle> {
    match held {
        Held::Warm(context) => context.awaited(),
        Held::Frozen(snapshot) => snapshot.awaited(),
        Held::Blocked(blocked) => blocked.awaited.as_ref(),
    }
}

/// How the program ended before all its contexts did.
#[derive(Debug)]
pub enum Verdict {
    /// An error left the main context.
    Failed(Fault),
    /// `exit(code)`, or stdout was closed.
    Exit(u8),
    /// What it printed could not be written, for this reason.
    Unwritable(String),
    /// The user interrupted it.
    Interrupted,
    /// The schedule cannot go on, for this reason.
    OffSchedule(String),
}

impl Verdict {
    /// What follows from an error of the program's output. A reader that went away wanted no more: that is no error.
    pub fn of_output(error: &std::io::Error) -> Verdict {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Verdict::Exit(0),
            _ => Verdict::Unwritable(format!("Cannot write to stdout: {error}")),
        }
    }
}

/// A rejected promise, with the origin of its context.
pub type Rejection = (Shared<Promise>, Option<Arc<Origin>>);

#[derive(Debug, Default)]
struct Rejections {
    noted: Vec<Rejection>,
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
    /// Operations whose begin and end a schedule decides about, if there is one.
    pub outside: Option<Outside>,
    /// The most values that a channel without a bound held at once.
    pub longest_channel: Tally,
    rejections: Mutex<Rejections>,
    verdict: Mutex<Option<Verdict>>,
    stopped: AtomicBool,
    /// Whether main contexts follow each other, so that the error of one is not the program's end.
    in_series: AtomicBool,
    /// Whether an interrupt is the overseer's to act on, and how many there were.
    keeps_interrupts: AtomicBool,
    interrupts: AtomicU64,
    /// Where the main context leaves its module-level variables when it ends, if somebody wants them.
    estate: Mutex<Option<Context>>,
    /// Whether somebody may ask since when contexts wait.
    watched: AtomicBool,
    /// What happens when, if somebody wants to know.
    trace: Option<Arc<Trace>>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Hub")
    }
}

impl Hub {
    /// A hub around these queues.
    pub fn new(ready: Ready) -> Arc<Hub> {
        Hub::with(ready, None, None)
    }

    /// The same for a runtime with a schedule, which delivers what settles outside, or one that records what happens.
    pub fn with(ready: Ready, outside: Option<Outside>, trace: Option<Arc<Trace>>) -> Arc<Hub> {
        Arc::new(Hub {
            outside,
            store: Store::default(),
            ready,
            activity: Activity::default(),
            longest_channel: Tally::default(),
            rejections: Mutex::new(Rejections::default()),
            verdict: Mutex::new(None),
            stopped: AtomicBool::new(false),
            in_series: AtomicBool::new(false),
            keeps_interrupts: AtomicBool::new(false),
            interrupts: AtomicU64::new(0),
            estate: Mutex::new(None),
            watched: AtomicBool::new(false),
            trace,
        })
    }

    /// The record of what happened when, if there is one.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// From now on it is noted when contexts are put into the store.
    pub fn watch(&self) {
        self.watched.swap(true);
    }

    /// Whether that is noted.
    pub fn is_watched(&self) -> bool {
        self.watched.load()
    }

    /// Makes a context ready: its ticket joins the end of the queue.
    pub fn push(&self, ticket: Ticket, seat: Option<&Seat>) {
        self.enter(seat);
        self.push_counted(ticket, seat);
    }

    /// The same for a ticket whose activity is counted already: a context that gives its turn up goes on counting.
    pub fn push_counted(&self, ticket: Ticket, seat: Option<&Seat>) {
        self.note_ready(&ticket, seat);
        self.ready.push(ticket, seat);
    }

    /// Makes a context ready that waited for what the context on this seat did.
    pub fn hand_on(&self, ticket: Ticket, seat: &Seat) {
        self.enter(Some(seat));
        self.hand_on_counted(ticket, seat);
    }

    fn hand_on_counted(&self, ticket: Ticket, seat: &Seat) {
        self.note_ready(&ticket, Some(seat));
        self.ready.hand_on(ticket, seat);
    }

    fn note_ready(&self, ticket: &Ticket, seat: Option<&Seat>) {
        if let Some(trace) = &self.trace {
            match seat.and_then(Seat::lane) {
                Some(lane) => lane.readied(ticket),
                None => trace.readied_outside(ticket),
            }
        }
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

    /// From now on an interrupt does not end the program: it is kept for the overseer.
    pub fn keep_interrupts(&self) {
        self.keeps_interrupts.swap(true);
    }

    /// Each interrupt ends the program from now on.
    pub fn end_at_interrupts(&self) {
        self.keeps_interrupts.swap(false);
    }

    /// Adds a context and makes it ready. `origin` says where it comes from, if it is not
    /// the main context.
    pub fn admit(
        self: &Arc<Hub>,
        held: Held<Blocked>,
        progress: Progress,
        origin: Option<Arc<Origin>>,
        seat: Option<&Seat>,
    ) -> (ContextId, Shared<Promise>) {
        if awaited(&held).is_some() {
            self.ready.waiting().change(1);
        }
        let id = self.store.reserve();
        let (promise, result) = Promise::pair(self, Source::Context(id));
        self.begin_context(seat);
        let mut tenant = Tenant::new(result, origin);
        if self.is_watched() {
            tenant.note_moment();
        }
        let ticket = self.store.add(id, held, tenant, progress);
        match seat {
            Some(seat) => self.hand_on_counted(ticket, seat),
            None => self.push_counted(ticket, None),
        }
        (id, promise)
    }

    /// The user interrupts the program.
    pub fn interrupt(&self) {
        if self.keeps_interrupts.load() {
            self.interrupts.fetch_add(1);
            self.activity.ring();
        } else {
            self.end(Verdict::Interrupted);
        }
    }

    /// How many interrupts were kept. Forgets them.
    pub fn take_interrupts(&self) -> u64 {
        let count = self.interrupts.latest();
        self.interrupts.fetch_sub(count);
        count
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
    pub fn note_rejection(&self, promise: Shared<Promise>, origin: Option<Arc<Origin>>) {
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
        let noted = self.take_rejections().into_iter();
        noted.filter_map(|(promise, origin)| Some((promise.unawaited()?, origin))).collect()
    }

    /// The rejections noted so far, some of which may have been awaited since. Forgets them.
    pub fn take_rejections(&self) -> Vec<Rejection> {
        std::mem::take(&mut self.rejections.lock().noted)
    }
}
