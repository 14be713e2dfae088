//! What databases keep for contexts: connections whose transaction is open, and what was inserted last.
//!
//! Invariant: nothing is kept for a context that ended. Whoever keeps something notes it here first and then looks whether the
//! context is still there; whoever ends a context first takes it out of the store and then looks here.

use std::sync::{Arc, Weak};

use rustc_hash::FxHashMap;

use super::desk::Desk;
use crate::runtime::io::Io;
use crate::runtime::promise::Hub;
use crate::runtime::store::ContextId;
use crate::sync::{AtomicBool, Mutex};

/// For which contexts which databases keep something.
#[derive(Default)]
pub(in crate::runtime::io) struct Keeping {
    by_context: Mutex<FxHashMap<ContextId, Vec<Weak<Desk>>>>,
    /// Whether there ever was one: most programs have no database, and contexts end often.
    any: AtomicBool,
}

impl std::fmt::Debug for Keeping {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Keeping")
    }
}

impl Keeping {
    fn note(&self, id: ContextId, desk: &Arc<Desk>) {
        let mut by_context = self.by_context.lock();
        let desks = by_context.entry(id).or_default();
        if !desks.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(desk))) {
            desks.push(Arc::downgrade(desk));
        }
        drop(by_context);
        self.any.swap(true);
    }

    fn take(&self, id: ContextId) -> Vec<Arc<Desk>> {
        if !self.any.load() {
            return Vec::new();
        }
        let desks = self.by_context.lock().remove(&id).unwrap_or_default();
        desks.iter().filter_map(Weak::upgrade).collect()
    }
}

/// What a database needs to know of contexts.
#[derive(Clone)]
pub(super) struct Ties {
    pub(super) keeping: Arc<Keeping>,
    pub(super) hub: Weak<Hub>,
}

impl Ties {
    /// Notes that something is kept for a context. False if that has ended: then nothing may be kept.
    pub(super) fn note(&self, id: ContextId, desk: &Arc<Desk>) -> bool {
        self.keeping.note(id, desk);
        let is_there = self.hub.upgrade().is_some_and(|hub| hub.store.is_there(id));
        if !is_there {
            drop(self.keeping.take(id));
        }
        is_there
    }
}

impl Io {
    /// The context `id` has ended: transactions that it left open are rolled back. The names of their databases.
    pub fn let_go(&self, id: ContextId) -> Vec<String> {
        let desks = self.keeping.take(id);
        desks.iter().filter_map(|desk| desk.let_go(id)).collect()
    }
}
