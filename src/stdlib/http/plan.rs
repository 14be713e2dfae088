//! A server as a value: where it is to listen, what it admits, and who answers.
//!
//! Invariant: a plan never changes. Each builder makes a new one, so that copies of a server go their own ways; what they
//! share is whether it runs.

use std::sync::Arc;

use super::pattern::Pattern;
use crate::value::{Handle, Parcel, Resource, ResourceKind, Value};
use crate::vm::{ServerKeys, ServerLimits};

/// A server.
#[derive(Clone)]
pub(super) struct Plan {
    /// The part that the runtime knows.
    pub(super) state: Handle,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) limits: ServerLimits,
    pub(super) keys: Option<ServerKeys>,
    /// Failures are shown to clients.
    pub(super) debug: bool,
    /// Each request is written to stderr.
    pub(super) access_log: bool,
    pub(super) routes: Vec<Arc<Route>>,
    pub(super) mounts: Vec<Arc<Mount>>,
    /// The outermost first.
    pub(super) layers: Vec<Arc<Parcel>>,
}

/// A handler and what it is for.
pub(super) struct Route {
    /// In upper case, or `*`.
    pub(super) method: String,
    pub(super) pattern: Pattern,
    pub(super) handler: Parcel,
}

impl Route {
    /// The handler, if it needs nothing to be found in the context that calls it; else null.
    pub(super) fn plain_handler(&self) -> Value {
        match &self.handler.cells {
            None => self.handler.value.clone(),
            Some(_) => Value::Null,
        }
    }
}

/// A folder and where it is served.
pub(super) struct Mount {
    /// Segments of a path.
    pub(super) prefix: Vec<String>,
    pub(super) folder: String,
    pub(super) max_age: Option<u64>,
    pub(super) index: String,
    pub(super) listing: bool,
}

impl Plan {
    /// The plan that a handle refers to.
    pub(super) fn of(value: &Value) -> Option<Arc<Plan>> {
        match value {
            Value::Handle(handle) => handle.get::<Arc<Plan>>().cloned(),
            _ => None,
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::Handle(Handle::new(Arc::new(self)))
    }
}

impl Resource for Plan {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpserver")
    }

    fn text(&self) -> String {
        format!("<httpserver {}:{}>", self.host, self.port)
    }
}
