//! The counted pointer under every handle: one allocation with the count, what is known of the resource's type, and the
//! resource. The pointer is thin, so that a handle is as small as every other value; `Counted<Box<dyn Resource>>` would be a
//! second allocation, and each look at the resource a second pointer to follow.
//!
//! Owns: the allocation. How references are counted is `counted`'s.
//! Invariant: `Head` is the first field of the `Held<T>` that it was allocated as, and `Head::table` is that of `T`.
#![allow(
    unsafe_code,
    reason = "with a box behind a count, a promise is two allocations, 16 bytes more, and two steps away"
)]

use std::any::TypeId;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::counted::Count;
use super::{Outcome, Resource, ResourceKind, release};

/// A shared pointer to a resource.
pub(super) struct Erased {
    head: NonNull<Head>,
    /// It owns a part of the resource.
    owns: PhantomData<Box<dyn Resource>>,
}

/// What lies before each resource.
struct Head {
    count: Count,
    table: &'static Table,
}

#[repr(C)]
struct Held<T> {
    head: Head,
    resource: T,
}

/// What is done with a resource whose type is known here alone. All are to be called with the head of a `Held` of this type.
struct Table {
    id: TypeId,
    kind: unsafe fn(NonNull<Head>) -> ResourceKind,
    resource: unsafe fn(NonNull<Head>) -> NonNull<dyn Resource>,
    /// What `Resource::poll` gives: by one jump, because awaiting what is settled should cost little.
    poll: for<'a> unsafe fn(&'a Head) -> Option<&'a Outcome>,
    free: unsafe fn(NonNull<Head>),
}

impl<T: Resource> Held<T> {
    const TABLE: &'static Table = &Table {
        id: TypeId::of::<T>(),
        kind: Self::kind,
        resource: Self::resource,
        poll: Self::poll,
        free: Self::free,
    };

    unsafe fn kind(head: NonNull<Head>) -> ResourceKind {
        // SAFETY: the caller has a reference, and the head is that of a `Held<T>`.
        unsafe { head.cast::<Held<T>>().as_ref() }.resource.kind()
    }

    unsafe fn resource(head: NonNull<Head>) -> NonNull<dyn Resource> {
        // SAFETY: the head is that of a `Held<T>`, so the field lies within its allocation.
        let resource: *mut T = unsafe { &raw mut (*head.cast::<Held<T>>().as_ptr()).resource };
        // SAFETY: a field of an allocation is not at address zero.
        unsafe { NonNull::new_unchecked(resource as *mut dyn Resource) }
    }

    unsafe fn poll(head: &Head) -> Option<&Outcome> {
        // SAFETY: the head is that of a `Held<T>`, which stays while the reference to its head is borrowed.
        unsafe { NonNull::from(head).cast::<Held<T>>().as_ref() }.resource.poll()
    }

    unsafe fn free(head: NonNull<Head>) {
        // SAFETY: the caller has the last reference, and the allocation was made as a box of a `Held<T>`.
        drop(unsafe { Box::from_raw(head.cast::<Held<T>>().as_ptr()) });
    }
}

// SAFETY: resources are `Send` and `Sync`: references to one may be held and let go by different threads.
unsafe impl Send for Erased {}
// SAFETY: as above; a shared reference to the pointer can be cloned to another pointer.
unsafe impl Sync for Erased {}

impl Erased {
    /// The first references to a resource: several at once need not be counted one by one.
    pub(super) fn several<T: Resource, const N: usize>(resource: T) -> [Erased; N] {
        const { assert!(N > 0, "nobody would free it") };
        let head = Head { count: Count::of(N), table: Held::<T>::TABLE };
        let held = NonNull::from(Box::leak(Box::new(Held { head, resource })));
        std::array::from_fn(|_| Erased { head: held.cast(), owns: PhantomData })
    }

    #[inline]
    fn head(&self) -> &Head {
        // SAFETY: while this reference is counted, nobody frees the allocation.
        unsafe { self.head.as_ref() }
    }

    /// See `Counted::hold`.
    #[inline(always)]
    pub(super) fn hold(&self) {
        self.head().count.add();
    }

    /// The resource.
    #[inline]
    pub(super) fn resource(&self) -> &dyn Resource {
        // SAFETY: the table is that of the head's type, and while this reference is counted the resource is there.
        unsafe { (self.head().table.resource)(self.head).as_ref() }
    }

    /// The outcome, if it is a promise that is settled.
    #[inline]
    pub(super) fn poll(&self) -> Option<&Outcome> {
        // SAFETY: as above.
        unsafe { (self.head().table.poll)(self.head()) }
    }

    /// What the resource is.
    #[inline]
    pub(super) fn kind(&self) -> ResourceKind {
        // SAFETY: as above.
        unsafe { (self.head().table.kind)(self.head) }
    }

    /// The resource as what it is, if it is a `T`.
    #[inline]
    pub(super) fn get<T: Resource>(&self) -> Option<&T> {
        if self.head().table.id != TypeId::of::<T>() {
            return None;
        }
        // SAFETY: the table is that of `T`, so the head is that of a `Held<T>`, which stays while `self` is borrowed.
        Some(&unsafe { self.head.cast::<Held<T>>().as_ref() }.resource)
    }

    /// The resource for changing, if this is the only reference.
    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut dyn Resource> {
        if !self.is_unique() {
            return None;
        }
        // SAFETY: nobody else can reach the resource, and `self` stays borrowed.
        Some(unsafe { (self.head().table.resource)(self.head).as_mut() })
    }

    #[inline]
    fn is_unique(&self) -> bool {
        self.head().count.get() == 1
    }

    /// The number of references.
    pub(super) fn references(&self) -> usize {
        self.head().count.get()
    }

    /// The address of the allocation, as an identity while a reference is held.
    #[inline]
    pub(super) fn address(&self) -> usize {
        self.head.as_ptr() as usize
    }
}

impl Clone for Erased {
    #[inline]
    fn clone(&self) -> Erased {
        self.head().count.add();
        Erased { head: self.head, owns: PhantomData }
    }
}

impl Drop for Erased {
    #[inline]
    fn drop(&mut self) {
        if !self.head().count.release(self.is_unique()) {
            return;
        }
        // What it held is let go of in the order of all values: a promise may hold a promise that holds a promise and so on.
        release::resource(Last(self.head));
    }
}

/// What the last reference left.
pub(super) struct Last(NonNull<Head>);

impl Drop for Last {
    fn drop(&mut self) {
        // SAFETY: it was made of the last reference, once.
        unsafe { (self.0.as_ref().table.free)(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::value::handle::tests::Chest;

    struct Other;

    impl Resource for Other {
        fn kind(&self) -> ResourceKind {
            ResourceKind::Channel
        }

        fn text(&self) -> String {
            "<other>".into()
        }
    }

    #[test]
    fn a_resource_is_seen_as_what_it_is_alone() {
        let inside = Arc::new(());
        let [chest] = Erased::several(Chest(Arc::clone(&inside)));
        assert!(chest.get::<Chest<Arc<()>>>().is_some_and(|chest| Arc::ptr_eq(&chest.0, &inside)));
        assert!(chest.get::<Other>().is_none());
        assert_eq!(
            (chest.kind(), chest.resource().text()),
            (ResourceKind::Other("chest"), "<chest>".to_owned())
        );
        assert_eq!(Erased::several::<_, 1>(Other)[0].kind(), ResourceKind::Channel);
    }

    #[test]
    fn the_last_of_many_threads_frees_it_once() {
        let inside = Arc::new(());
        for _ in 0..200 {
            let [mut first] = Erased::several(Chest(Arc::clone(&inside)));
            assert!(first.get_mut().is_some());
            let threads = [(); 3].map(|()| {
                let mut reference = first.clone();
                std::thread::spawn(move || {
                    let copy = reference.clone();
                    assert!(reference.get_mut().is_none());
                    copy.address()
                })
            });
            assert!(first.get_mut().is_none() || Arc::strong_count(&inside) == 2);
            let address = first.address();
            drop(first);
            assert!(threads.into_iter().all(|thread| thread.join().expect("no panic") == address));
            assert_eq!(Arc::strong_count(&inside), 1);
        }
    }
}
