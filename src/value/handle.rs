//! Handles: shared references to what lives outside of contexts.

use std::any::Any;
use std::sync::Arc;

use super::counted::Body;
use super::{Counted, Parcel, Value, release};

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

    /// For promises: the outcome, if it is settled. Looking counts as awaiting. Takes a lock for a moment and holds
    /// none when it returns (DESIGN 2.3). Everything that is not a promise gives `None`.
    fn poll(&self) -> Option<Outcome> {
        None
    }
}

/// A handle value: equal only to itself.
#[derive(Clone)]
pub struct Handle(Counted<Held>);

/// The one reference that all copies of a handle share; `None` only while it is dropped.
struct Held(Option<Arc<dyn Resource>>);

impl Handle {
    /// A first handle to a resource.
    pub fn new(resource: Arc<dyn Resource>) -> Handle {
        Handle(Counted::new(Held(Some(resource))))
    }

    /// The resource.
    pub fn resource(&self) -> &Arc<dyn Resource> {
        self.0.0.as_ref().expect("only a dropped handle holds none")
    }

    /// What it refers to.
    pub fn kind(&self) -> ResourceKind {
        self.resource().kind()
    }

    /// The resource as what it is, if it is a `T`.
    pub fn downcast<T: Resource>(&self) -> Option<Arc<T>> {
        let any: Arc<dyn Any + Send + Sync> = Arc::<dyn Resource>::clone(self.resource());
        any.downcast::<T>().ok()
    }

    /// Whether it is a promise.
    pub fn is_promise(&self) -> bool {
        self.kind() == ResourceKind::Promise
    }

    /// Whether both refer to one resource.
    pub fn same(a: &Handle, b: &Handle) -> bool {
        Arc::ptr_eq(a.resource(), b.resource())
    }

    /// An identity of the resource while a handle to it is held.
    pub fn address(&self) -> usize {
        Arc::as_ptr(self.resource()).cast::<()>() as usize
    }
}

impl Body for Held {
    const NESTS: bool = false;

    fn each_value(&mut self, _: impl FnMut(&mut Value)) {}
}

// A promise may hold a promise that holds a promise and so on.
impl Drop for Held {
    fn drop(&mut self) {
        if let Some(resource) = self.0.take() {
            release::resource(resource);
        }
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.resource().text())
    }
}

/// The outcome of a promise: a value, or the error that was thrown, detached from the context that made it.
pub type Outcome = Result<Parcel, Parcel>;
