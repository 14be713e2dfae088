//! Something that a lock guards until it is settled, and that anybody may read from then on without a lock.
//!
//! Owns: access to the settled part without the lock. It is the same code for threads and for the models; loom checks the
//! accesses to the state.
//! Invariant: `settled` is stored once, under the lock, after the last change of the state; whoever has seen it only reads.
#![allow(
    unsafe_code,
    reason = "with a lock, the await of a promise that is settled takes four locked instructions instead of none"
)]

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::raw::{AtomicBool, Ordering, UnsafeCell};
use super::{Mutex, MutexGuard};

/// What is pending (`P`) behind a lock, until it is settled (`S`) for good; and something beside it (`B`) that no lock guards,
/// in room that would be left empty.
pub struct SettleLock<P, S, B = ()> {
    settled: AtomicBool,
    lock: Mutex<()>,
    /// What lies beside it.
    pub beside: B,
    state: UnsafeCell<State<P, S>>,
}

enum State<P, S> {
    Pending(P),
    Settled(S),
}

/// The right to change what is pending, or to settle it.
pub struct PendingGuard<'a, P, S, B> {
    owner: &'a SettleLock<P, S, B>,
    _held: MutexGuard<'a, ()>,
}

// SAFETY: the state goes along with what owns it.
unsafe impl<P: Send, S: Send, B: Send> Send for SettleLock<P, S, B> {}
// SAFETY: what is pending is reached by one thread at a time, since it is under the lock; what is settled is only read, by any
// number of threads.
unsafe impl<P: Send, S: Send + Sync, B: Sync> Sync for SettleLock<P, S, B> {}

impl<P, S, B> SettleLock<P, S, B> {
    /// Something that is pending.
    pub fn pending(pending: P, beside: B) -> SettleLock<P, S, B> {
        SettleLock::of(false, State::Pending(pending), beside)
    }

    /// Something that is settled.
    pub fn settled(settled: S, beside: B) -> SettleLock<P, S, B> {
        SettleLock::of(true, State::Settled(settled), beside)
    }

    fn of(settled: bool, state: State<P, S>, beside: B) -> SettleLock<P, S, B> {
        SettleLock {
            settled: AtomicBool::new(settled),
            lock: Mutex::new(()),
            beside,
            state: UnsafeCell::new(state),
        }
    }

    /// What it was settled with, if it was. Takes no lock.
    #[inline]
    pub fn get(&self) -> Option<&S> {
        if !self.settled.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: the state was changed for the last time before the flag that was just read was stored.
        match self.state.with(|state| unsafe { &*state }) {
            State::Settled(settled) => Some(settled),
            State::Pending(_) => None,
        }
    }

    /// The lock of what is pending, or what it was settled with.
    #[inline]
    pub fn lock(&self) -> Result<PendingGuard<'_, P, S, B>, &S> {
        if let Some(settled) = self.get() {
            return Err(settled);
        }
        let held = self.lock.lock();
        match self.get() {
            Some(settled) => Err(settled),
            None => Ok(PendingGuard { owner: self, _held: held }),
        }
    }

    /// What is pending or what it was settled with, where nobody else can reach it.
    pub fn get_mut(&mut self) -> Result<&mut P, &mut S> {
        // SAFETY: nobody else has a reference to it.
        match self.state.with_mut(|state| unsafe { &mut *state }) {
            State::Pending(pending) => Ok(pending),
            State::Settled(settled) => Err(settled),
        }
    }
}

impl<P, S, B> PendingGuard<'_, P, S, B> {
    /// Settles it, and gives back what was pending.
    pub fn settle(self, with: S) -> P {
        // SAFETY: the lock is held, and nobody reads the state without it before the flag is stored.
        let before = self
            .owner
            .state
            .with_mut(|state| std::mem::replace(unsafe { &mut *state }, State::Settled(with)));
        self.owner.settled.store(true, Ordering::Release);
        match before {
            State::Pending(pending) => pending,
            State::Settled(_) => unreachable!("guards are made of what is pending"),
        }
    }
}

impl<P, S, B> Deref for PendingGuard<'_, P, S, B> {
    type Target = P;

    fn deref(&self) -> &P {
        // SAFETY: the lock is held, and what is pending is only reached under it.
        match self.owner.state.with(|state| unsafe { &*state }) {
            State::Pending(pending) => pending,
            State::Settled(_) => unreachable!("guards are made of what is pending"),
        }
    }
}

impl<P, S, B> DerefMut for PendingGuard<'_, P, S, B> {
    fn deref_mut(&mut self) -> &mut P {
        // SAFETY: as above, and the guard is borrowed exclusively.
        match self.owner.state.with_mut(|state| unsafe { &mut *state }) {
            State::Pending(pending) => pending,
            State::Settled(_) => unreachable!("guards are made of what is pending"),
        }
    }
}

impl<P: fmt::Debug, S: fmt::Debug, B> fmt::Debug for SettleLock<P, S, B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lock() {
            Ok(pending) => out.debug_tuple("Pending").field(&*pending).finish(),
            Err(settled) => out.debug_tuple("Settled").field(settled).finish(),
        }
    }
}
