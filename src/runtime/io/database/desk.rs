//! Who may use a connection when.
//!
//! Invariant: a connection is in one place: free, in the hands of one statement, or kept for the context whose transaction is
//! open. Whoever has used it puts it back on the thread that used it, so that this happens also when nobody waits any more.
//! Others wait, but no longer than the database's `busy_timeout_ms`. A transaction ends with its context at the latest.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use rusqlite::InterruptHandle;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use super::fault::{busy, is_closed};
use super::keeping::Ties;
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
    wait: Duration,
}

/// Where a database's connection is taken and put back.
pub(super) struct Desk {
    place: Mutex<Place>,
    changed: Notify,
    /// Where the connection goes when the script lets go of it.
    pool: Weak<Pool>,
    /// The row that each context inserted last.
    inserted: Mutex<FxHashMap<ContextId, i64>>,
    path: String,
    ties: Ties,
    tokio: tokio::runtime::Handle,
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
    pub(super) async fn open(options: DatabaseOptions, ties: Ties) -> Result<Database, Fault> {
        let session = opened(options.clone()).await?;
        Ok(Database::around(session, &options, Weak::new(), ties))
    }

    /// A database whose connection is this one.
    pub(super) fn around(
        session: Session,
        options: &DatabaseOptions,
        pool: Weak<Pool>,
        ties: Ties,
    ) -> Database {
        let desk = Desk {
            place: Mutex::new(Place::Free(session)),
            changed: Notify::new(),
            pool,
            inserted: Mutex::default(),
            path: options.path.clone(),
            ties,
            tokio: tokio::runtime::Handle::current(),
        };
        Database { desk: Arc::new(desk), wait: Duration::from_millis(options.busy_ms) }
    }

    /// The id of the row that a context inserted last; 0 if it inserted none.
    pub(super) fn last_id(&self, id: ContextId) -> Result<Value, Fault> {
        if matches!(*self.desk.place.lock(), Place::Closed | Place::Leaving) {
            return Err(is_closed("Database"));
        }
        Ok(Value::Int(self.desk.inserted.lock().get(&id).copied().unwrap_or_default()))
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

    /// Puts it back. Blocks.
    fn put(self: &Arc<Desk>, id: ContextId, mut session: Session) {
        let inserted = session.take_inserted();
        if let Some(row) = inserted {
            self.inserted.lock().insert(id, row);
        }
        let keeps = session.is_in_transaction();
        self.place_back(session, keeps.then_some(id));
        if (keeps || inserted.is_some()) && !self.ties.note(id, self) {
            self.inserted.lock().remove(&id);
            self.roll_back(id);
        }
    }

    /// The connection is where the next statement finds it: free, or kept for a context. Blocks.
    fn place_back(&self, session: Session, keeper: Option<ContextId>) {
        let leaving = {
            let mut place = self.place.lock();
            let leaves = matches!(*place, Place::Leaving);
            let (next, leaving) = match keeper {
                _ if leaves => (Place::Closed, Some(session)),
                Some(id) => (Place::Kept(id, session), None),
                None => (Place::Free(session), None),
            };
            *place = next;
            leaving
        };
        self.changed.notify_waiters();
        self.part_with(leaving);
    }

    /// The context has ended: what is kept for it is let go. The database's name if its transaction was open.
    pub(super) fn let_go(self: &Arc<Desk>, id: ContextId) -> Option<String> {
        self.inserted.lock().remove(&id);
        if !matches!(&*self.place.lock(), Place::Kept(owner, _) if *owner == id) {
            return None;
        }
        let desk = Arc::clone(self);
        self.tokio.spawn_blocking(move || desk.roll_back(id));
        Some(self.path.clone())
    }

    /// Rolls back the transaction of a context, if one is open. Blocks.
    fn roll_back(&self, id: ContextId) {
        let kept = {
            let mut place = self.place.lock();
            match std::mem::replace(&mut *place, Place::Used) {
                Place::Kept(owner, session) if owner == id => Some(session),
                other => {
                    *place = other;
                    None
                }
            }
        };
        if let Some(mut session) = kept {
            session.reset();
            self.place_back(session, None);
        }
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
            self.desk.tokio.spawn_blocking(move || desk.part_with(Some(session)));
        }
    }
}

impl Resource for Database {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("database")
    }

    fn text(&self) -> String {
        format!("<database {}>", self.desk.path)
    }
}
