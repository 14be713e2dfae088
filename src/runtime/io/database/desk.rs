//! Who may use a connection when.
//!
//! Invariant: a connection is in one place: free, in the hands of one statement, or kept for the context whose transaction is
//! open. Whoever has used it puts it back on the thread that used it, so that this happens also when nobody waits any more.
//! Others wait, but no longer than the database's `busy_timeout_ms`: a context that ends within its transaction must
//! not stop them for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use rusqlite::InterruptHandle;
use tokio::sync::Notify;

use super::fault::{busy, is_closed};
use super::pool::Pool;
use super::session::Session;
use crate::runtime::failure::{internal, internal_fault};
use crate::runtime::store::ContextId;
use crate::sync::{AtomicBool, Mutex};
use crate::value::{Fault, Resource, ResourceKind, Value};
use crate::vm::DatabaseOptions;

/// A database as scripts hold it.
pub(super) struct Database {
    desk: Arc<Desk>,
    path: String,
    wait: Duration,
    tokio: tokio::runtime::Handle,
}

struct Desk {
    place: Mutex<Place>,
    changed: Notify,
    /// Where the connection goes when the script lets go of it.
    pool: Weak<Pool>,
}

/// Where the connection is.
enum Place {
    Free(Session),
    /// A statement uses it.
    Used,
    /// The same, and then it is closed.
    Leaving,
    /// This context's transaction is open.
    Kept(ContextId, Session),
    Closed,
}

impl Database {
    /// Opens a database.
    pub(super) async fn open(options: DatabaseOptions) -> Result<Database, Fault> {
        let session = opened(options.clone()).await?;
        Ok(Database::around(session, &options, Weak::new()))
    }

    /// A database whose connection is this one.
    pub(super) fn around(session: Session, options: &DatabaseOptions, pool: Weak<Pool>) -> Database {
        Database {
            desk: Arc::new(Desk { place: Mutex::new(Place::Free(session)), changed: Notify::new(), pool }),
            path: options.path.clone(),
            wait: Duration::from_millis(options.busy_ms),
            tokio: tokio::runtime::Handle::current(),
        }
    }

    /// Does something with the connection, for a context.
    pub(super) async fn work(
        &self,
        id: ContextId,
        act: impl FnOnce(&mut Session) -> Result<Value, Fault> + Send + 'static,
    ) -> Result<Value, Fault> {
        let taken = tokio::time::timeout(self.wait, self.desk.take(id)).await;
        let mut session = taken.unwrap_or_else(|_| Err(busy()))?;
        let running = Running { statement: session.interrupt(), done: Arc::new(AtomicBool::new(false)) };
        let (desk, done) = (Arc::clone(&self.desk), Arc::clone(&running.done));
        let work = tokio::task::spawn_blocking(move || {
            let result = catch_unwind(AssertUnwindSafe(|| act(&mut session)));
            done.swap(true);
            desk.put(id, session);
            result.unwrap_or_else(|panic| Err(internal_fault(&*panic)))
        });
        work.await.unwrap_or_else(|_| Err(internal("a database operation was given up")))
    }

    /// Closes; false if it was closed. An open transaction is rolled back.
    pub(super) async fn close(&self) -> bool {
        let Some(session) = self.desk.take_for_good() else { return false };
        let desk = Arc::clone(&self.desk);
        let _ = tokio::task::spawn_blocking(move || desk.part_with(session)).await;
        true
    }

    /// Whether its connection came from this pool.
    pub(super) fn is_of(&self, pool: &Arc<Pool>) -> bool {
        std::ptr::eq(self.desk.pool.as_ptr(), Arc::as_ptr(pool))
    }
}

/// A connection to this database.
pub(super) async fn opened(options: DatabaseOptions) -> Result<Session, Fault> {
    let opened = tokio::task::spawn_blocking(move || Session::open(&options)).await;
    opened.unwrap_or_else(|_| Err(internal("a database was not opened")))
}

impl Desk {
    /// Takes the connection for a statement of this context.
    async fn take(&self, id: ContextId) -> Result<Session, Fault> {
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            {
                let mut place = self.place.lock();
                match std::mem::replace(&mut *place, Place::Used) {
                    Place::Free(session) => return Ok(session),
                    Place::Kept(owner, session) if owner == id => return Ok(session),
                    closed @ (Place::Closed | Place::Leaving) => {
                        *place = closed;
                        return Err(is_closed("Database"));
                    }
                    taken => *place = taken,
                }
            }
            changed.await;
        }
    }

    /// Puts it back.
    fn put(&self, id: ContextId, session: Session) {
        let leaving = {
            let mut place = self.place.lock();
            let leaves = matches!(*place, Place::Leaving);
            let (next, leaving) = match session.is_in_transaction() {
                _ if leaves => (Place::Closed, Some(session)),
                true => (Place::Kept(id, session), None),
                false => (Place::Free(session), None),
            };
            *place = next;
            leaving
        };
        self.changed.notify_waiters();
        self.part_with(leaving);
    }

    /// Closes: `None` if it was closed. The connection, unless a statement uses it, which then parts with it.
    fn take_for_good(&self) -> Option<Option<Session>> {
        let mut place = self.place.lock();
        let (next, taken) = match std::mem::replace(&mut *place, Place::Closed) {
            Place::Free(session) | Place::Kept(_, session) => (Place::Closed, Some(Some(session))),
            Place::Used => (Place::Leaving, Some(None)),
            closed @ (Place::Closed | Place::Leaving) => (closed, None),
        };
        *place = next;
        drop(place);
        self.changed.notify_waiters();
        taken
    }

    /// The connection goes back to its pool, or is closed. Blocks.
    fn part_with(&self, session: Option<Session>) {
        let Some(mut session) = session else { return };
        session.reset();
        if let Some(pool) = self.pool.upgrade() {
            pool.give_back(session);
        }
    }
}

/// A statement that runs for a wait: when the wait is given up, it is stopped.
struct Running {
    statement: InterruptHandle,
    done: Arc<AtomicBool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.done.load() {
            self.statement.interrupt();
        }
    }
}

/// Nobody can name it any more.
impl Drop for Database {
    fn drop(&mut self) {
        if let Some(Some(session)) = self.desk.take_for_good() {
            let desk = Arc::clone(&self.desk);
            self.tokio.spawn_blocking(move || desk.part_with(Some(session)));
        }
    }
}

impl Resource for Database {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("database")
    }

    fn text(&self) -> String {
        format!("<database {}>", self.path)
    }
}
