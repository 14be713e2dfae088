//! Locks, atomics, threads, clocks, the concurrent map and the deques: real ones, or loom's or shuttle's models of them.
//!
//! Owns: every use of `std::sync` locks and atomics, `std::thread`, `Instant`, `dashmap`, `crossbeam_deque` and
//! `cfg(ruff_loom)` and `cfg(ruff_shuttle)` in the crate. `real` and `model` offer the same names with the same meaning, as newtypes: a
//! re-export would let the banned types leak out, and clippy's `disallowed_types` sees through it.
//! Invariant: nothing here returns a guard of the map, so no shard of it is locked outside of one call (held guards
//! are dashmap's documented deadlock).
//! `one_slot` and `settle_lock` are one code over the atomics of all three; they hold the `unsafe` of `sync`.
//! Does not: model what is inside dashmap and crossbeam-deque. They know neither, so the models check our protocol
//! over `Mutex<HashMap>` and `Mutex<VecDeque>` and trust the originals to be linearisable.

mod one_slot;
mod raw;
#[cfg(not(any(ruff_loom, ruff_shuttle)))]
mod real;
#[cfg(any(ruff_loom, ruff_shuttle))]
mod model;
mod settle_lock;

pub use one_slot::OneSlot;
pub use settle_lock::{PendingGuard, SettleLock};

#[cfg(any(ruff_loom, ruff_shuttle))]
pub use model::{
    AtomicBool, AtomicU64, Condvar, Deque, Injector, Instant, JoinHandle, Map, Mutex, MutexGuard, Stealer,
    Tally, full_fence, spawn,
};
#[cfg(not(any(ruff_loom, ruff_shuttle)))]
pub use real::{
    AtomicBool, AtomicU64, Condvar, Deque, Injector, Instant, JoinHandle, Map, Mutex, MutexGuard, Stealer,
    Tally, full_fence, spawn,
};

/// Whether `sync` is a model: what needs an operating system is then not started, and a panic is the model's to see.
pub const MODELLED: bool = cfg!(any(ruff_loom, ruff_shuttle));

/// Whether deadlines come. Not under loom, which has no clock and few threads.
pub const TIME_PASSES: bool = cfg!(not(ruff_loom));

/// Whether the thread is unwinding from a panic: then a second one would abort the process.
pub fn is_unwinding() -> bool {
    std::thread::panicking()
}
