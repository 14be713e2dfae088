//! Values that several contexts keep in one place and reach through a handle: what a library function remembers.
//!
//! Invariant: every call is atomic, as in the shared store, whose code this is; but a keep goes with its last handle, and no
//! script can name its keys.

use std::sync::Arc;

use super::shared::SharedStore;
use super::signal::Signals;
use crate::sync::Mutex;
use crate::value::{Handle, Parcel, Resource, ResourceKind};

/// Kept values.
#[derive(Debug)]
pub struct Keep {
    /// What scripts take it for.
    kind: &'static str,
    /// The values.
    pub values: SharedStore,
}

impl Keep {
    /// An empty one; `kind` is the name of its type.
    pub fn new(kind: &'static str) -> Keep {
        Keep { kind, values: SharedStore::default() }
    }
}

/// What a program remembers besides its contexts.
#[derive(Debug)]
pub struct Memory {
    /// What library functions keep as long as the program runs.
    pub kept: Handle,
    /// The functions of `on_exit`, in the order in which they were registered.
    pub exits: Mutex<Vec<Parcel>>,
    /// The functions of `on_signal`.
    pub signals: Arc<Signals>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { kept: Handle::new(Keep::new("keep")), exits: Mutex::default(), signals: Arc::default() }
    }
}

impl Resource for Keep {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other(self.kind)
    }

    fn text(&self) -> String {
        format!("<{}>", self.kind)
    }
}
