//! The atomics and the cell under `one_slot` and `settle_lock`: real ones, loom's or shuttle's, so that both are one code over
//! all three.

#[cfg(ruff_loom)]
pub(super) use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
};
#[cfg(ruff_shuttle)]
pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicU8, Ordering};
#[cfg(not(any(ruff_loom, ruff_shuttle)))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// A cell with loom's interface, where there is no loom to see what is done with it.
#[cfg(not(ruff_loom))]
pub(super) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(ruff_loom))]
impl<T> UnsafeCell<T> {
    pub(super) fn new(value: T) -> UnsafeCell<T> {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(super) fn with<R>(&self, with: impl FnOnce(*const T) -> R) -> R {
        with(self.0.get())
    }

    #[inline(always)]
    pub(super) fn with_mut<R>(&self, with: impl FnOnce(*mut T) -> R) -> R {
        with(self.0.get())
    }
}
