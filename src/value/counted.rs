//! The counted pointer under every large value.
//!
//! Owns: how references are counted, and nothing else, so that it can become "a plain count until a value crosses
//! to another context, atomic afterwards" without touching the rest.
//! Invariant: letting go of the last reference never overflows the Rust stack, however deep the value nests
//! (`release` does it).

use std::ops::Deref;
use std::sync::Arc;

use super::{Value, release};

/// What a `Counted` can point to.
pub trait Body {
    /// Whether it can hold values that hold values. Bodies that cannot are dropped without a look.
    const NESTS: bool;

    /// Visits every value it holds directly. What the visitor leaves behind is never looked at again.
    fn each_value(&mut self, visit: impl FnMut(&mut Value));
}

/// A shared, copy-on-write pointer.
#[derive(Debug, Default)]
pub struct Counted<T: Body>(Arc<T>);

impl<T: Body> Counted<T> {
    /// A first reference to `body`.
    pub fn new(body: T) -> Counted<T> {
        Counted(Arc::new(body))
    }

    /// Whether both are references to one body.
    pub fn same(a: &Counted<T>, b: &Counted<T>) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// Whether this is the only reference.
    pub fn is_unique(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// The number of references.
    pub fn count(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    /// The address of the body, as an identity while a reference is held.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// The body for changing, if this is the only reference.
    pub(super) fn get_mut(this: &mut Counted<T>) -> Option<&mut T> {
        Arc::get_mut(&mut this.0)
    }
}

impl<T: Body + Clone> Counted<T> {
    /// The body for changing: itself if this is the only reference, else a copy that replaces it here.
    pub fn make_mut(this: &mut Counted<T>) -> &mut T {
        Arc::make_mut(&mut this.0)
    }

    /// The body by value: moved out if this is the only reference, else a copy.
    pub fn into_inner(this: Counted<T>) -> T {
        // `Drop` forbids moving the pointer out. The second reference keeps it from emptying the body.
        let body = Arc::clone(&this.0);
        drop(this);
        Arc::unwrap_or_clone(body)
    }
}

impl<T: Body> Clone for Counted<T> {
    fn clone(&self) -> Counted<T> {
        Counted(Arc::clone(&self.0))
    }
}

impl<T: Body> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Body> Drop for Counted<T> {
    // If two threads drop the last two references at once, both may see a count of 2. Then the body is dropped with
    // one uncounted level of recursion, and its own parts are counted again.
    #[inline]
    fn drop(&mut self) {
        if T::NESTS && Arc::strong_count(&self.0) == 1 {
            release::parts_of(self);
        }
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
