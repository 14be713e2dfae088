//! Pools of connections.
//!
//! Invariant: each permit is a connection that is idle or could be opened; whoever holds a database of the pool has one, and
//! gives it back when the database is released, closed or forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::desk::{Database, opened};
use super::fault::is_closed;
use super::keeping::Ties;
use super::session::Session;
use crate::runtime::failure::timed_out;
use crate::sync::Mutex;
use crate::value::{Dict, ErrorKind, Fault, Resource, ResourceKind, Value};
use crate::vm::{DatabaseOptions, PoolLimits};

/// A pool.
pub(super) struct Pool {
    options: DatabaseOptions,
    limits: PoolLimits,
    ties: Ties,
    permits: Semaphore,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    idle: Vec<Session>,
    in_use: usize,
    closed: bool,
}

impl Pool {
    /// A pool with its first connections.
    pub(super) async fn open(
        options: DatabaseOptions,
        limits: PoolLimits,
        ties: Ties,
    ) -> Result<Pool, Fault> {
        let mut kept = Kept::default();
        for _ in 0..limits.min {
            kept.idle.push(opened(options.clone()).await?);
        }
        Ok(Pool { options, limits, ties, permits: Semaphore::new(limits.max), kept: Mutex::new(kept) })
    }

    /// A database of the pool; waits for one if all are in use.
    pub(super) async fn acquire(self: &Arc<Pool>) -> Result<Database, Fault> {
        let wait = Duration::from_millis(self.limits.wait_ms);
        let permit = tokio::time::timeout(wait, self.permits.acquire()).await;
        let permit = permit.map_err(|_| timed_out(self.limits.wait_ms as f64))?;
        let permit = permit.map_err(|_| is_closed("Database pool"))?;
        let idle = self.kept.lock().idle.pop();
        let session = match idle {
            Some(session) => session,
            None => opened(self.options.clone()).await?,
        };
        self.kept.lock().in_use += 1;
        permit.forget();
        Ok(Database::around(session, &self.options, Arc::downgrade(self), self.ties.clone()))
    }

    /// Takes a database back: true.
    pub(super) async fn release(self: &Arc<Pool>, database: &Database) -> Result<Value, Fault> {
        if !database.is_of(self) {
            let message = "db_pool_release: the database is not of this pool";
            return Err(Fault::new(ErrorKind::ValueError, message));
        }
        match database.close().await {
            true => Ok(Value::Bool(true)),
            false => Err(is_closed("Database")),
        }
    }

    /// A connection that nobody uses any more.
    pub(super) fn give_back(&self, session: Session) {
        let mut kept = self.kept.lock();
        kept.in_use -= 1;
        let surplus = match kept.closed {
            true => Some(session),
            false => {
                kept.idle.push(session);
                None
            }
        };
        drop(kept);
        drop(surplus);
        self.permits.add_permits(1);
    }

    /// {available, in_use, total, max}.
    pub(super) fn stats(&self) -> Value {
        let kept = self.kept.lock();
        let (idle, in_use) = (kept.idle.len() as i64, kept.in_use as i64);
        drop(kept);
        let mut dict = Dict::with_capacity(4);
        dict.insert_text("available", Value::Int(idle));
        dict.insert_text("in_use", Value::Int(in_use));
        dict.insert_text("total", Value::Int(idle + in_use));
        dict.insert_text("max", Value::Int(self.limits.max as i64));
        Value::dict(dict)
    }

    /// Closes what is idle; what is in use is closed when it comes back.
    pub(super) async fn close(&self) -> Result<Value, Fault> {
        self.permits.close();
        let idle = {
            let mut kept = self.kept.lock();
            kept.closed = true;
            std::mem::take(&mut kept.idle)
        };
        let _ = tokio::task::spawn_blocking(move || drop(idle)).await;
        Ok(Value::Bool(true))
    }
}

impl Resource for Pool {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("databasepool")
    }

    fn text(&self) -> String {
        format!("<databasepool {}>", self.options.path)
    }
}
