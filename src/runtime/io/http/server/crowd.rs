//! The connections of a server, and how far it is with ending them.
//!
//! Invariant: a server that stops never waits for whoever asked it to: a handler that stops its own server waits for all
//! requests but its own, and is not ended with them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::watch;

use crate::runtime::store::ContextId;
use crate::sync::Mutex;

/// How far a server is. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It accepts connections.
    Serving,
    /// Requests that have begun may end.
    Draining,
    /// Only those may whose handlers asked it to stop.
    Emptying,
    /// None may.
    Over,
}

/// The connections of a server.
#[derive(Debug)]
pub(super) struct Crowd {
    phase: watch::Sender<Phase>,
    members: watch::Sender<Members>,
}

#[derive(Debug, Default)]
struct Members {
    open: FxHashMap<u64, Arc<Member>>,
    joined: u64,
    /// Contexts that asked the server to stop.
    stopping: FxHashSet<ContextId>,
}

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Member(Mutex<Option<ContextId>>);

impl Member {
    /// The context that answers its request.
    pub(super) fn set_handler(&self, id: ContextId) {
        *self.0.lock() = Some(id);
    }

    fn is_in(&self, contexts: &FxHashSet<ContextId>) -> bool {
        self.0.lock().is_some_and(|id| contexts.contains(&id))
    }
}

/// A connection is there as long as this is.
pub(super) struct Presence {
    crowd: Arc<Crowd>,
    number: u64,
    member: Arc<Member>,
}

impl Crowd {
    /// Nobody yet.
    pub(super) fn new() -> Crowd {
        Crowd { phase: watch::Sender::new(Phase::Serving), members: watch::Sender::new(Members::default()) }
    }

    /// How far it is.
    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// From now on it is at least so far.
    pub(super) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let further = *phase < to;
            *phase = to.max(*phase);
            further
        });
    }

    /// How far it is, and whenever it gets further.
    pub(super) fn phases(&self) -> watch::Receiver<Phase> {
        let mut phases = self.phase.subscribe();
        phases.mark_changed();
        phases
    }

    /// When no request may begin any more.
    pub(super) async fn draining(&self) {
        let _ = self.phase.subscribe().wait_for(|phase| *phase != Phase::Serving).await;
    }

    /// Adds a connection.
    pub(super) fn join(self: &Arc<Crowd>) -> Presence {
        let member = Arc::<Member>::default();
        let mut number = 0;
        self.members.send_modify(|members| {
            members.joined += 1;
            number = members.joined;
            members.open.insert(number, Arc::clone(&member));
        });
        Presence { crowd: Arc::clone(self), number, member }
    }

    /// Notes that a context asked it to stop. Whether it answers one of the requests.
    pub(super) fn stops(&self, id: ContextId) -> bool {
        let mut answers = false;
        self.members.send_modify(|members| {
            members.stopping.insert(id);
            answers = members.open.values().any(|member| *member.0.lock() == Some(id));
        });
        answers
    }

    /// When nobody is left.
    pub(super) async fn left(&self) {
        let _ = self.members.subscribe().wait_for(|members| members.open.is_empty()).await;
    }

    /// When only those are left whose handlers asked it to stop.
    pub(super) async fn others_left(&self) {
        let alone = |members: &Members| members.open.values().all(|member| member.is_in(&members.stopping));
        let _ = self.members.subscribe().wait_for(alone).await;
    }
}

impl Presence {
    /// The connection.
    pub(super) fn member(&self) -> &Arc<Member> {
        &self.member
    }

    /// Whether the handler of its request asked the server to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.member.is_in(&self.crowd.members.borrow().stopping)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.crowd.members.send_modify(|members| {
            members.open.remove(&self.number);
        });
    }
}
