//! Who is there: contexts as copies of what the store knows about them, and what they wait for, in words.
//!
//! Invariant: a copy is made with one block of the store locked and takes no other lock (`Entry::of`); everything that needs
//! decoding, names or a promise's lock is asked of the copy afterwards. Nobody waits for whoever looks.
//! An entry holds what its context waits for. So whoever keeps one counts as an activity (`Hub::activity`), or is the
//! overseer: a deadlock is not declared while somebody looks, and what an entry is the last to hold is let go in time.
//! Does not: look into contexts that run. They are in their workers' hands.

use std::collections::HashMap;

use super::channel::Channel;
use super::gate::Gate;
use super::promise::{Blocked, Hub, Promise, Source, Tenant, awaited, children_of};
use super::store::{ContextId, Held};
use crate::bytecode::{FunctionId, Program};
use crate::snapshot::Calls;
use crate::sync::Instant;
use crate::value::{Handle, Shared, TracePoint};

/// What a context does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum State {
    /// A worker has it in hand.
    Running,
    /// It could run.
    Ready,
    /// It could run, and has not begun.
    New,
    /// It waits.
    Waiting,
}

impl State {
    /// As reports say it.
    pub(super) fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Ready => "ready",
            State::New => "new",
            State::Waiting => "waiting",
        }
    }
}

/// One context at one moment.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: ContextId,
    waits_for: Option<Shared<Promise>>,
    standing: Standing,
    /// The call that created it; `None` for the main context and for one that runs.
    pub(super) created: Option<TracePoint>,
    /// The channel that it waits on, or the mutex or semaphore.
    anchor: Option<Handle>,
    /// When it was put into the store, if that was noted.
    pub(super) since: Option<Instant>,
}

/// Where a context stands.
#[derive(Debug)]
enum Standing {
    /// In a worker's hand.
    Running,
    /// As its snapshot has it.
    Frozen(Calls),
    /// As it was when it was put away as it is, or blocked its thread.
    Known(Vec<TracePoint>),
}

impl Standing {
    /// Called with the store's lock held.
    fn of(held: &Held<Blocked>) -> Standing {
        match held {
            Held::Warm(context) => Standing::Known(context.trace()),
            Held::Frozen(snapshot) => Standing::Frozen(snapshot.calls()),
            Held::Blocked(blocked) => Standing::Known(blocked.trace.clone()),
        }
    }

    /// Its calls, outermost first.
    fn trace(&self) -> Vec<TracePoint> {
        match self {
            Standing::Running => Vec::new(),
            Standing::Frozen(calls) => calls.trace(),
            Standing::Known(trace) => trace.clone(),
        }
    }
}

/// What an entry says once it is decoded.
pub(super) struct Seen {
    pub(super) state: State,
    /// Where what it waits for comes from.
    pub(super) source: Option<Source>,
    /// The innermost call that is not the library's.
    pub(super) at: Option<TracePoint>,
}

/// What a context waits for, if that is one thing that others bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// A value from a channel, or room in it.
    Channel,
    /// The promise of this context.
    Context(ContextId),
}

/// Contexts that do the same at the same place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) state: State,
    /// What a running one runs.
    pub(super) function: Option<FunctionId>,
    pub(super) at: Option<TracePoint>,
    /// In words; empty if it does not wait.
    pub(super) waits_for: String,
}

/// What contexts run.
pub(super) type Names<'p> = HashMap<ContextId, &'p str>;

/// What these contexts run.
pub(super) fn names<'p>(program: &'p Program, entries: &[Entry]) -> Names<'p> {
    entries.iter().map(|entry| (entry.id, entry.name(program))).collect()
}

/// How many contexts do what at which place, the most first. `running` knows what those in hand run.
pub(super) fn grouped(
    program: &Program,
    entries: &[Entry],
    running: impl Fn(ContextId) -> Option<FunctionId>,
) -> Vec<(Group, usize)> {
    let names = names(program, entries);
    let mut groups: HashMap<Group, usize> = HashMap::new();
    for entry in entries {
        let Seen { state, source, at } = entry.seen(program);
        let function = if state == State::Running { running(entry.id) } else { None };
        let wanted = |source| entry.wanted(Some(source), |id| names.get(&id).copied());
        let waits_for = source.as_ref().map(wanted).unwrap_or_default();
        *groups.entry(Group { state, function, at, waits_for }).or_default() += 1;
    }
    let mut groups: Vec<(Group, usize)> = groups.into_iter().collect();
    groups.sort_by_cached_key(|(group, count)| {
        let at = group.at.map(|at| (at.function, at.ip));
        (usize::MAX - count, group.state, group.function, at, group.waits_for.clone())
    });
    groups
}

impl Entry {
    /// A copy; a context that is not in the store runs. Called with the store's lock held, so it takes no other.
    pub(super) fn of(id: ContextId, lodger: Option<(&Held<Blocked>, &Tenant)>) -> Entry {
        let Some((held, tenant)) = lodger else {
            let standing = Standing::Running;
            return Entry { id, waits_for: None, standing, created: None, anchor: None, since: None };
        };
        Entry {
            id,
            waits_for: awaited(held).and_then(Handle::shared),
            standing: Standing::of(held),
            created: tenant.origin.as_ref().map(|origin| origin.site()),
            anchor: tenant.anchor.clone(),
            since: tenant.since(),
        }
    }

    /// What it waits for; `None` if that is there already.
    pub(super) fn source(&self) -> Option<Source> {
        self.waits_for.as_deref()?.source()
    }

    /// What it does, where, and for what it waits.
    pub(super) fn seen(&self, program: &Program) -> Seen {
        let source = self.source();
        let calls = self.calls();
        let at = calls.iter().find(|call| !is_library(program, call)).or(calls.first()).copied();
        Seen { state: self.state(&calls, source.as_ref()), source, at }
    }

    /// What it does, if these are its calls and this is what it waits for.
    fn state(&self, calls: &[TracePoint], source: Option<&Source>) -> State {
        match (&self.standing, calls) {
            (Standing::Running, _) => State::Running,
            _ if source.is_some() => State::Waiting,
            (_, [first]) if first.ip == 0 && self.waits_for.is_none() => State::New,
            _ => State::Ready,
        }
    }

    /// Its calls, outermost first.
    fn trace(&self) -> Vec<TracePoint> {
        self.standing.trace()
    }

    /// What it runs: of the script, if it runs anything of that.
    pub(super) fn name<'p>(&self, program: &'p Program) -> &'p str {
        let trace = self.trace();
        let name_of = |point: &TracePoint| &*program.function(point.function).name;
        let own = trace.iter().find(|point| !is_library(program, point)).map(name_of);
        let name = own.or(trace.first().map(name_of)).unwrap_or_default();
        if name.starts_with("__") { "<library>" } else { name }
    }

    /// Its calls, innermost first.
    pub(super) fn calls(&self) -> Vec<TracePoint> {
        let mut calls: Vec<TracePoint> = self.trace().into_iter().rev().collect();
        // The instruction that leaves a scope is run again after the wait: the context stands before it, not behind.
        if let (Some(Source::Scope(_)), Some(innermost)) = (self.source(), calls.first_mut()) {
            innermost.ip += 1;
        }
        calls
    }

    /// What it waits for, if that is one thing that others bring.
    pub(super) fn missing(&self) -> Option<Missing> {
        match self.source()? {
            Source::Context(id) => Some(Missing::Context(id)),
            Source::Receive | Source::Send => self.held()?.get::<Channel>().map(|_| Missing::Channel),
            _ => None,
        }
    }

    /// What its context keeps alive while it waits, and so does the copy.
    pub(super) fn held(&self) -> Option<&Handle> {
        self.anchor.as_ref()
    }

    /// All that the copy refers to.
    pub(super) fn handles(&self) -> impl Iterator<Item = &Handle> {
        let promise = self.waits_for.as_ref().map(Shared::handle);
        self.held().into_iter().chain(promise)
    }

    /// The mutex or semaphore that it waits for.
    fn gate(&self) -> Option<&Gate> {
        self.anchor.as_ref()?.get::<Gate>()
    }

    /// The context without which it cannot go on, if that is one.
    pub(super) fn needed(&self) -> Option<ContextId> {
        match self.source()? {
            Source::Context(id) => Some(id),
            Source::Receive => self.gate()?.sole_holder(),
            _ => None,
        }
    }

    /// What something from this source is, in words; `name_of` knows what other contexts run.
    pub(super) fn wanted<'p>(
        &self,
        source: Option<&Source>,
        name_of: impl FnOnce(ContextId) -> Option<&'p str>,
    ) -> String {
        let channel = self.anchor.as_ref().and_then(|anchor| anchor.get::<Channel>());
        let words = match source {
            Some(Source::Receive) if let Some(gate) = self.gate() => {
                let holder = gate.sole_holder().and_then(name_of);
                return holder
                    .map_or(gate.wanted().to_owned(), |name| format!("{}, held by {name}", gate.wanted()));
            }
            None => "nothing",
            Some(Source::Context(id)) => {
                return format!("the promise of {}", name_of(*id).unwrap_or("another context"));
            }
            Some(Source::Combination(_)) => "several promises",
            Some(Source::Timer) => "a timer",
            Some(Source::Job) => "an operation",
            Some(Source::Receive | Source::TimedReceive) => "a value from a channel",
            Some(Source::Send) => {
                let held = channel.map_or(0, Channel::len);
                return format!("room in a channel, which holds {held}");
            }
            Some(Source::Deferred) => "a promise that a script resolves",
            Some(Source::Hold) => "its turn at a shared value",
            Some(Source::Select | Source::TimedSelect) => "a value from one of several channels",
            Some(Source::Scope(scope)) => {
                return format!("{} of its async_scope", children(children_of(scope)));
            }
        };
        words.to_owned()
    }
}

/// Contexts that wait for each other's promises, or for what the other holds, in a circle: their places in the list, which is
/// sorted by id, each before the one it waits for. Never empty.
pub(super) fn circle(listed: &[Entry]) -> Option<Vec<usize>> {
    circles(listed).into_iter().next()
}

/// All such circles.
pub(super) fn circles(listed: &[Entry]) -> Vec<Vec<usize>> {
    let awaited = |entry: &Entry| {
        let id = entry.needed()?;
        listed.binary_search_by_key(&id, |entry| entry.id).ok()
    };
    let next: Vec<Option<usize>> = listed.iter().map(awaited).collect();
    // The walk on which each context was met first: each is walked over once.
    let mut met: Vec<Option<usize>> = vec![None; listed.len()];
    let mut circles = Vec::new();
    for start in 0..listed.len() {
        let mut walker = Some(start);
        while let Some(at) = walker {
            if met[at] == Some(start) {
                let around = std::iter::successors(next[at], |place| next[*place].filter(|_| *place != at));
                let mut circle: Vec<usize> = around.collect();
                circle.rotate_right(1);
                circles.push(circle);
                break;
            }
            walker = if met[at].is_none() { next[at] } else { None };
            met[at].get_or_insert(start);
        }
    }
    circles
}

/// The contexts of `most` at most that are suspended or run, oldest first, from `first` on; with `step`, a sample of them.
pub(super) fn take(hub: &Hub, first: ContextId, step: usize, most: usize) -> Vec<Entry> {
    hub.store.survey(first, step, most, Entry::of)
}

fn children(count: usize) -> String {
    if count == 1 { "1 child".to_owned() } else { format!("{count} children") }
}

/// Whether this is a call of the library's own Ruff code.
pub(super) fn is_library(program: &Program, point: &TracePoint) -> bool {
    program.function(point.function).flags.is_prelude
}

/// `name (file:line:column)`.
pub(super) fn place(program: &Program, point: TracePoint) -> String {
    let (file, position) = program.place_of(point.function, point.ip);
    let name = &program.function(point.function).name;
    format!("{name} ({file}:{}:{})", position.line, position.column)
}
