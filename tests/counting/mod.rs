//! An allocator that counts, for tests whose subject is memory instead of time.
//!
//! Counts are of the whole process: what must be exact holds `alone()` while it counts.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(unsafe_code, reason = "a global allocator cannot be written without; this one only adds up")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The system's allocator, with a pencil.
pub(crate) struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static BLOCKS: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

static EXCLUSIVE: Mutex<()> = Mutex::new(());

/// To be held while counting, because tests of one program run beside each other.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    EXCLUSIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// The bytes that this thread asked for. Needs no destructor, so it may be used at any time of a thread's life.
    static OWN: Cell<usize> = const { Cell::new(0) };
}

fn note(size: usize, held_before: usize) {
    OWN.set(OWN.get() + size);
    BYTES.fetch_add(size, Relaxed);
    BLOCKS.fetch_add(1, Relaxed);
    let held = HELD.fetch_add(size, Relaxed).wrapping_add(size).wrapping_sub(held_before);
    PEAK.fetch_max(held, Relaxed);
}

#[allow(clippy::missing_safety_doc, reason = "the contract is the trait's")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    // The whole new size counts: that a block could be grown where it lies is luck.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size, layout.size());
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// What some work allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// All bytes ever asked for.
    pub(crate) bytes: usize,
    /// How often.
    pub(crate) blocks: usize,
    /// The most bytes held at once, beyond those held before.
    pub(crate) peak: usize,
}

/// Does some work and counts.
pub(crate) fn count<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (bytes, blocks, held) = (BYTES.load(Relaxed), BLOCKS.load(Relaxed), HELD.load(Relaxed));
    PEAK.store(held, Relaxed);
    let done = work();
    let cost = Cost {
        bytes: BYTES.load(Relaxed) - bytes,
        blocks: BLOCKS.load(Relaxed) - blocks,
        peak: PEAK.load(Relaxed).saturating_sub(held),
    };
    (done, cost)
}

/// Does some work and gives the bytes that this thread asked for meanwhile; other threads do not matter.
pub(crate) fn count_here<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = OWN.get();
    let done = work();
    (done, OWN.get() - before)
}
