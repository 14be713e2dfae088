//! The counted pointer under every large value.
//!
//! Owns: how references are counted, and nothing else, so that it can become "a plain count until a value crosses
//! to another context, atomic afterwards" without touching the rest.
//! Invariant: letting go of the last reference never overflows the Rust stack, however deep the value nests
//! (`release` does it).
//!
//! It is `std::sync::Arc` without weak references, and the orders of its accesses are argued as there. Nothing can turn a
//! weak reference into a strong one, so whoever finds a count of 1 is alone: to change the body in place, to take it out
//! and to free it need a plain load where `Arc` needs compare-and-swap operations and a second count.
#![allow(
    unsafe_code,
    reason = "with Arc, a change in place takes two compare-and-swap operations, and each body 8 bytes more"
)]

use std::marker::PhantomData;
use std::ops::Deref;
use std::process::abort;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use super::{Value, release};

/// What a `Counted` can point to.
pub trait Body {
    /// Whether it can hold values that hold values. Bodies that cannot are dropped without a look.
    const NESTS: bool;

    /// Visits every value it holds directly. What the visitor leaves behind is never looked at again.
    fn each_value(&mut self, visit: impl FnMut(&mut Value));
}

/// A shared, copy-on-write pointer.
pub struct Counted<T: Body> {
    inner: NonNull<Inner<T>>,
    /// It owns a part of the body.
    owns: PhantomData<Inner<T>>,
}

/// The count is first, so that counting is the same for all bodies.
#[repr(C)]
struct Inner<T> {
    count: Count,
    body: T,
}

/// How many references there are.
pub(super) struct Count(AtomicUsize);

/// More references than memory can hold; one more could make the count wrap round.
const MOST: usize = isize::MAX as usize;

impl Count {
    /// Of so many first references.
    pub(super) fn of(references: usize) -> Count {
        Count(AtomicUsize::new(references))
    }

    /// The number, by now.
    #[inline]
    pub(super) fn get(&self) -> usize {
        // What others did with the body before they let go of it has happened.
        self.0.load(Ordering::Acquire)
    }

    /// There is one more reference.
    #[inline]
    pub(super) fn add(&self) {
        if self.0.fetch_add(1, Ordering::Relaxed) > MOST {
            abort();
        }
    }

    /// One reference goes, which whoever holds it knows to be the only one, or not. Whether it was the last.
    #[inline]
    pub(super) fn release(&self, is_unique: bool) -> bool {
        if !is_unique && self.0.fetch_sub(1, Ordering::Release) != 1 {
            return false;
        }
        fence(Ordering::Acquire);
        true
    }
}

// SAFETY: references to one body may be held by different threads, which read it at the same time (`Sync`), and the last
// one of them drops it or takes it out (`Send`).
unsafe impl<T: Body + Send + Sync> Send for Counted<T> {}
// SAFETY: as above; a shared reference to the pointer can be cloned to another pointer.
unsafe impl<T: Body + Send + Sync> Sync for Counted<T> {}

impl<T: Body> Counted<T> {
    /// A first reference to `body`.
    pub fn new(body: T) -> Counted<T> {
        let inner = Box::new(Inner { count: Count::of(1), body });
        Counted { inner: NonNull::from(Box::leak(inner)), owns: PhantomData }
    }

    #[inline(always)]
    fn inner(&self) -> &Inner<T> {
        // SAFETY: while this reference is counted, nobody frees the body.
        unsafe { self.inner.as_ref() }
    }

    /// Whether both are references to one body.
    pub fn same(a: &Counted<T>, b: &Counted<T>) -> bool {
        a.inner == b.inner
    }

    /// Whether this is the only reference.
    #[inline(always)]
    pub fn is_unique(&self) -> bool {
        self.inner().count.get() == 1
    }

    /// Counts one more reference, which whoever asks makes of the bits of this one.
    #[inline(always)]
    pub(super) fn hold(&self) {
        self.inner().count.add();
    }

    /// The number of references.
    pub fn count(&self) -> usize {
        self.inner().count.get()
    }

    /// The address of the body, as an identity while a reference is held.
    pub fn address(&self) -> usize {
        std::ptr::from_ref(&self.inner().body) as usize
    }

    /// The body for changing, if this is the only reference.
    #[inline(always)]
    pub fn get_mut(this: &mut Counted<T>) -> Option<&mut T> {
        if !this.is_unique() {
            return None;
        }
        // SAFETY: nobody else can reach the body, and `this` stays borrowed.
        Some(unsafe { &mut this.inner.as_mut().body })
    }
}

impl<T: Body + Clone> Counted<T> {
    /// The body for changing: itself if this is the only reference, else a copy that replaces it here.
    #[inline]
    pub fn make_mut(this: &mut Counted<T>) -> &mut T {
        if !this.is_unique() {
            *this = Counted::new(T::clone(this));
        }
        // SAFETY: nobody else can reach the body, and `this` stays borrowed.
        unsafe { &mut this.inner.as_mut().body }
    }

    /// The body by value: moved out if this is the only reference, else a copy.
    pub fn into_inner(this: Counted<T>) -> T {
        if !this.is_unique() {
            return T::clone(&this);
        }
        // SAFETY: nobody else can reach the allocation; it came from a box, and `this` is forgotten, not dropped.
        let inner = unsafe { Box::from_raw(this.inner.as_ptr()) };
        std::mem::forget(this);
        inner.body
    }
}

impl<T: Body> Clone for Counted<T> {
    #[inline]
    fn clone(&self) -> Counted<T> {
        self.inner().count.add();
        Counted { inner: self.inner, owns: PhantomData }
    }
}

impl<T: Body + Default> Default for Counted<T> {
    fn default() -> Counted<T> {
        Counted::new(T::default())
    }
}

impl<T: Body + std::fmt::Debug> std::fmt::Debug for Counted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner().body.fmt(f)
    }
}

impl<T: Body> Deref for Counted<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.inner().body
    }
}

impl<T: Body> Drop for Counted<T> {
    // If two threads drop the last two references at once, both may see a count of 2. Then the body is dropped with
    // one uncounted level of recursion, and its own parts are counted again.
    #[inline]
    fn drop(&mut self) {
        let is_unique = self.is_unique();
        if T::NESTS && is_unique {
            release::parts_of(self);
        }
        if !self.inner().count.release(is_unique) {
            return;
        }
        // SAFETY: this was the last reference, and the allocation came from a box.
        drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
    }
}

impl Body for Vec<u8> {
    const NESTS: bool = false;

    fn each_value(&mut self, _: impl FnMut(&mut Value)) {}
}

impl Body for u32 {
    const NESTS: bool = false;

    fn each_value(&mut self, _: impl FnMut(&mut Value)) {}
}

impl Body for Vec<Value> {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.iter_mut().for_each(visit);
    }
}

impl Body for Value {
    const NESTS: bool = true;

    fn each_value(&mut self, mut visit: impl FnMut(&mut Value)) {
        visit(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_changed_in_place_only_by_its_last_owner() {
        let mut first = Counted::new(vec![1_u8]);
        let address = first.address();
        Counted::make_mut(&mut first).push(2);
        assert_eq!(first.address(), address);
        let second = first.clone();
        assert!(Counted::get_mut(&mut first).is_none());
        Counted::make_mut(&mut first).push(3);
        assert_eq!((&first[..], &second[..]), (&[1, 2, 3][..], &[1, 2][..]));
        assert!(first.is_unique() && second.is_unique());
        assert_eq!(Counted::into_inner(first), [1, 2, 3]);
    }

    #[test]
    fn threads_that_let_go_at_once_free_the_body_once() {
        for _ in 0..200 {
            let shared = Counted::new(vec![Value::array(vec![Value::text("part")])]);
            let held = shared[0].clone();
            let threads = [shared.clone(), shared.clone(), shared].map(|mut reference| {
                std::thread::spawn(move || {
                    let copy = reference.clone();
                    Counted::make_mut(&mut reference).push(Value::Null);
                    copy.len() + reference.len()
                })
            });
            let sums = threads.map(|thread| thread.join().expect("no panic"));
            assert_eq!(sums, [3, 3, 3]);
            let Value::Array(held) = held else { panic!("an array") };
            assert!(held.is_unique(), "all others are gone");
        }
    }
}
