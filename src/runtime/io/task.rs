//! Work on tokio that one wait is for.
//!
//! Owns: the tie between a wait and its work. The wait keeps a guard beside the context; when it ends, because the promise
//! settled, the context was cancelled or the program ends, the guard goes and with it the work, wherever that stands.
//! Invariant: so nothing that a script no longer waits for goes on, and every future here must be one that may be dropped.
//! Such promises are for waits only: one that a script holds would have no guard.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle as Tokio;
use tokio::task::AbortHandle;

use super::Io;
use crate::runtime::failure::internal_fault;
use crate::runtime::promise::{Hub, Promise, Settler, Source};
use crate::value::{Fault, Handle, Outcome, Parcel, Resource, ResourceKind, Shared, Value};

/// How often work looks whether its promise was cancelled.
const GLANCE: Duration = Duration::from_millis(50);

/// What became of a request.
#[derive(Debug)]
pub enum Begun {
    /// It is done.
    Now(Result<Value, Fault>),
    /// It goes on while this is kept.
    Later(Shared<Promise>, Option<Handle>),
}

impl Io {
    /// Starts work that settles a promise.
    pub(super) fn task(
        &self,
        hub: &Arc<Hub>,
        work: impl Future<Output = Result<Value, Fault>> + Send + 'static,
    ) -> Begun {
        self.begun(hub, |tokio, settler| {
            let task = tokio.spawn(async move {
                settler.settle(outcome(caught(work).await));
            });
            Some(Handle::new(Guard(task.abort_handle())))
        })
    }

    /// Starts work whose promise scripts may hold: it ends when the promise is cancelled.
    pub(super) fn held_task(
        &self,
        hub: &Arc<Hub>,
        work: impl Future<Output = Result<Value, Fault>> + Send + 'static,
    ) -> Begun {
        self.begun(hub, |tokio, settler| {
            tokio.spawn(async move {
                tokio::select! {
                    biased;
                    result = caught(work) => { settler.settle(outcome(result)); }
                    () = given_up(settler.promise()) => {}
                }
            });
            None
        })
    }

    /// Work that `start` has started, with what it goes on for.
    fn begun(&self, hub: &Arc<Hub>, start: impl FnOnce(&Tokio, Settler) -> Option<Handle>) -> Begun {
        match self.tokio() {
            Ok(tokio) => {
                let (promise, settler) = Promise::pair(hub, Source::Job);
                if let Some(outside) = &hub.outside {
                    outside.add_open(promise.clone());
                }
                let guard = start(&tokio, settler);
                Begun::Later(promise, guard)
            }
            Err(fault) => Begun::Now(Err(fault)),
        }
    }
}

fn outcome(result: Result<Value, Fault>) -> Outcome {
    result.map(Parcel::plain).map_err(Parcel::from_fault)
}

/// When somebody else has settled a promise. Promises tell contexts and combinations, but not tasks: those look.
async fn given_up(promise: &Promise) {
    while !promise.is_settled() {
        tokio::time::sleep(GLANCE).await;
    }
}

/// A panic in work of ours is the failure of whoever waits for it.
async fn caught(work: impl Future<Output = Result<Value, Fault>>) -> Result<Value, Fault> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|panic| Poll::Ready(Err(internal_fault(&*panic))))
    })
    .await
}

/// Ends the work when the wait for it ends.
struct Guard(AbortHandle);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Resource for Guard {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("operation")
    }

    fn text(&self) -> String {
        "<operation>".to_owned()
    }
}
