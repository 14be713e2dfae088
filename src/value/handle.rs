//! Handles: shared references to what lives outside of contexts.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::erased::Erased;
use super::{Parcel, Value};

/// What a handle refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// A promise.
    Promise,
    /// A channel.
    Channel,
    /// Anything else, by the name that `type(v)` gives.
    Other(&'static str),
}

impl ResourceKind {
    /// The kind whose name this is.
    pub fn of(name: &'static str) -> ResourceKind {
        match name {
            "promise" => ResourceKind::Promise,
            "channel" => ResourceKind::Channel,
            other => ResourceKind::Other(other),
        }
    }

    /// The name that `type(v)` gives.
    pub fn name(self) -> &'static str {
        match self {
            ResourceKind::Promise => "promise",
            ResourceKind::Channel => "channel",
            ResourceKind::Other(name) => name,
        }
    }
}

/// Something that scripts hold by reference. `runtime` implements it for promises, channels and so on.
pub trait Resource: Any + Send + Sync {
    /// What it is.
    fn kind(&self) -> ResourceKind;

    /// What printing gives, `<promise pending>` for instance.
    fn text(&self) -> String;

    /// For promises: the outcome, if it is settled. Looking counts as awaiting. Holds no lock when it returns (DESIGN 2.3), and
    /// takes none if it is settled. Everything that is not a promise gives `None`.
    fn poll(&self) -> Option<&Outcome> {
        None
    }

    /// The same where nobody else can ask again: the outcome may be moved out.
    fn take_outcome(&mut self) -> Option<Outcome> {
        self.poll().cloned()
    }

    /// What handles to it are compared by, if one resource may have several first handles.
    fn identity(&self) -> Option<usize> {
        None
    }
}

/// What others than scripts refer to as well.
impl<T: Resource> Resource for Arc<T> {
    fn kind(&self) -> ResourceKind {
        (**self).kind()
    }

    fn text(&self) -> String {
        (**self).text()
    }

    fn poll(&self) -> Option<&Outcome> {
        (**self).poll()
    }

    fn identity(&self) -> Option<usize> {
        Some(Arc::as_ptr(self) as usize)
    }
}

/// A handle value: equal only to itself.
#[derive(Clone)]
pub struct Handle(Erased);

impl Handle {
    /// A first handle to a resource.
    pub fn new(resource: impl Resource) -> Handle {
        let [first] = Erased::several(resource);
        Handle(first)
    }

    /// See `Counted::hold`.
    #[inline(always)]
    pub(super) fn hold(&self) {
        self.0.hold();
    }

    /// The resource.
    #[inline]
    pub fn resource(&self) -> &dyn Resource {
        self.0.resource()
    }

    /// What it refers to.
    #[inline]
    pub fn kind(&self) -> ResourceKind {
        self.0.kind()
    }

    /// The resource as what it is, if it is a `T`.
    #[inline]
    pub fn get<T: Resource>(&self) -> Option<&T> {
        self.0.get()
    }

    /// The outcome, if it is a promise that is settled. Looking counts as awaiting. Taken out where this handle is the only
    /// one, so whoever calls it does not ask a second time.
    #[inline]
    pub fn take_outcome(&mut self) -> Option<Outcome> {
        match self.0.get_mut() {
            Some(resource) => resource.take_outcome(),
            None => self.0.poll().cloned(),
        }
    }

    /// The value, if it is a promise that is settled with one that brings no shared variables. Looking counts as awaiting.
    #[inline]
    pub fn plain_outcome(&self) -> Option<&Value> {
        match self.0.poll() {
            Some(Ok(Parcel { value, cells: None })) => Some(value),
            _ => None,
        }
    }

    /// A reference to the resource as what it is, if it is a `T`.
    pub fn shared<T: Resource>(&self) -> Option<Shared<T>> {
        self.get::<T>()?;
        Some(Shared { handle: self.clone(), kind: PhantomData })
    }

    /// Whether it is a promise.
    pub fn is_promise(&self) -> bool {
        self.kind() == ResourceKind::Promise
    }

    /// How many references to it there are, a moment ago. Those of a resource with several first handles are counted apart.
    pub fn references(&self) -> usize {
        self.0.references()
    }

    /// Whether both refer to one resource.
    pub fn same(a: &Handle, b: &Handle) -> bool {
        a.address() == b.address()
    }

    /// An identity of the resource while a handle to it is held.
    pub fn address(&self) -> usize {
        self.resource().identity().unwrap_or_else(|| self.0.address())
    }
}

/// A handle that is known to refer to a `T`: what handles and the runtime share is one allocation and one count.
pub struct Shared<T> {
    handle: Handle,
    kind: PhantomData<T>,
}

impl<T: Resource> Shared<T> {
    /// A first reference to a resource.
    pub fn new(resource: T) -> Shared<T> {
        Shared { handle: Handle::new(resource), kind: PhantomData }
    }

    /// The first references to a resource, as many as wanted: quicker than clones.
    pub fn several<const N: usize>(resource: T) -> [Shared<T>; N] {
        Erased::several(resource).map(|first| Shared { handle: Handle(first), kind: PhantomData })
    }

    /// The value that scripts hold.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The same, without keeping the reference.
    pub fn into_handle(self) -> Handle {
        self.handle
    }
}

impl<T: Resource> Deref for Shared<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.handle.get().expect("it was made of a T")
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared { handle: self.handle.clone(), kind: PhantomData }
    }
}

impl<T> std::fmt::Debug for Shared<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.handle.fmt(out)
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.resource().text())
    }
}

/// The outcome of a promise: a value, or the error that was thrown, detached from the context that made it.
pub type Outcome = Result<Parcel, Parcel>;

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A resource that holds something, for the tests of values.
    pub(in crate::value) struct Chest<T>(pub(in crate::value) T);

    impl<T: Send + Sync + 'static> Resource for Chest<T> {
        fn kind(&self) -> ResourceKind {
            ResourceKind::Other("chest")
        }

        fn text(&self) -> String {
            "<chest>".into()
        }
    }

    #[test]
    fn a_handle_that_is_taken_is_the_same_reference() {
        let mut value = Value::Handle(Handle::new(Chest(())));
        let taken = value.take_handle().expect("it is one");
        assert!(matches!(value, Value::Null));
        assert_eq!(taken.references(), 1);
        assert!(value.take_handle().is_none());
        assert!(Value::Int(1).take_handle().is_none());
    }
}
