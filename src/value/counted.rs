//! The counted pointer under every large value.
//!
//! Owns: how references are counted, and nothing else, so that it can become "a plain count until a value crosses
//! to another context, atomic afterwards" without touching the rest.

use std::ops::Deref;
use std::sync::Arc;

/// A shared, copy-on-write pointer.
#[derive(Debug, Default)]
pub struct Counted<T>(Arc<T>);

impl<T> Counted<T> {
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
}

impl<T: Clone> Counted<T> {
    /// The body for changing: itself if this is the only reference, else a copy that replaces it here.
    pub fn make_mut(this: &mut Counted<T>) -> &mut T {
        Arc::make_mut(&mut this.0)
    }

    /// The body by value: moved out if this is the only reference, else a copy.
    pub fn into_inner(this: Counted<T>) -> T {
        Arc::unwrap_or_clone(this.0)
    }
}

impl<T> Clone for Counted<T> {
    fn clone(&self) -> Counted<T> {
        Counted(Arc::clone(&self.0))
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
