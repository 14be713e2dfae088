//! A place for one item that one thread fills and any thread empties: cheaper than a lock around an option, because filling
//! it needs no locked instruction and emptying it one.
//!
//! Owns: access to the item without a lock. It is the same code for threads and for the
//! models; loom checks the accesses to the item.
//! Invariant: the item is there from the store of `FULL` to the exchange of `FULL` for `BUSY`; between that and the store of
//! `EMPTY` it is read by the one thread whose exchange succeeded.
#![allow(
    unsafe_code,
    reason = "behind a lock, what one context hands to the next of its worker costs four locked instructions instead of one"
)]

use std::fmt;
use std::mem::MaybeUninit;

use super::raw::{AtomicU8, Ordering, UnsafeCell};

const EMPTY: u8 = 0;
const FULL: u8 = 1;
/// Somebody takes the item out.
const BUSY: u8 = 2;

/// A place for one item.
pub struct OneSlot<T> {
    state: AtomicU8,
    item: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: the item goes from the thread that puts it to the one that takes it, and is never reached by two.
unsafe impl<T: Send> Send for OneSlot<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for OneSlot<T> {}

impl<T> Default for OneSlot<T> {
    fn default() -> OneSlot<T> {
        OneSlot { state: AtomicU8::new(EMPTY), item: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

impl<T> OneSlot<T> {
    /// Puts an item there, where only one thread at a time ever does. Gives it back if there is one, or if the last one is
    /// just being taken.
    pub fn put_alone(&self, item: T) -> Result<(), T> {
        // What the last one who took from here read was read before this.
        if self.state.load(Ordering::Acquire) != EMPTY {
            return Err(item);
        }
        // SAFETY: nobody but this thread changes `EMPTY` to anything else, and nobody looks at the item while it is that.
        self.item.with_mut(|place| unsafe { (*place).write(item) });
        self.state.store(FULL, Ordering::Release);
        Ok(())
    }

    /// Takes the item out.
    pub fn take(&self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        self.state.compare_exchange(FULL, BUSY, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: the item was put there before `FULL`, and this thread alone has exchanged that for `BUSY`.
        let item = self.item.with_mut(|place| unsafe { (*place).assume_init_read() });
        self.state.store(EMPTY, Ordering::Release);
        Some(item)
    }

    /// Whether there is none, a moment ago.
    pub fn is_empty(&self) -> bool {
        self.state.load(Ordering::Relaxed) != FULL
    }
}

impl<T> fmt::Debug for OneSlot<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.is_empty() { "OneSlot(empty)" } else { "OneSlot(full)" })
    }
}

impl<T> Drop for OneSlot<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}
