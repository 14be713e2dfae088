//! Databases (STDLIB section 19): SQLite, on threads that may block.
//!
//! Owns: what each `DatabaseRequest` means. Does not: know SQL; the library below does.

mod desk;
mod fault;
mod keeping;
mod pool;
mod session;

use std::sync::Arc;

use desk::Database;
pub(in crate::runtime) use fault::left_open;
pub(super) use keeping::Keeping;
use keeping::Ties;
use pool::Pool;

use super::{Begun, Io};
use crate::runtime::failure::internal;
use crate::runtime::promise::Hub;
use crate::runtime::store::ContextId;
use crate::value::{Fault, Handle, Resource, Value};
use crate::vm::DatabaseRequest;

impl Io {
    /// Answers one request of the context `id`.
    pub fn database(&self, hub: &Arc<Hub>, request: DatabaseRequest, id: ContextId) -> Begun {
        self.begin_query(hub, request, id).unwrap_or_else(|fault| Begun::Now(Err(fault)))
    }

    fn begin_query(&self, hub: &Arc<Hub>, request: DatabaseRequest, id: ContextId) -> Result<Begun, Fault> {
        let with = |handle: &Handle| of::<Database>(handle);
        let ties = || Ties { keeping: Arc::clone(&self.keeping), hub: Arc::downgrade(hub) };
        Ok(match request {
            DatabaseRequest::Open(options) => {
                let ties = ties();
                self.task(hub, async move { Ok(handle(Database::open(options, ties).await?)) })
            }
            DatabaseRequest::Run { database, sql, params, result, held } => {
                let database = with(&database)?;
                let work =
                    async move { database.work(id, move |session| session.run(&sql, &params, result)).await };
                if held { self.held_task(hub, work) } else { self.task(hub, work) }
            }
            DatabaseRequest::LastId(database) => Begun::Now(with(&database)?.last_id(id)),
            DatabaseRequest::Begin(database) => {
                let database = with(&database)?;
                self.task(hub, async move { database.work(id, |session| session.begin()).await })
            }
            DatabaseRequest::Commit(database) => {
                let database = with(&database)?;
                self.task(hub, async move { database.work(id, |session| session.end("COMMIT")).await })
            }
            DatabaseRequest::Rollback(database) => {
                let database = with(&database)?;
                self.task(hub, async move { database.work(id, |session| session.end("ROLLBACK")).await })
            }
            DatabaseRequest::Enter(database) => {
                let database = with(&database)?;
                self.task(hub, async move { database.work(id, |session| session.enter()).await })
            }
            DatabaseRequest::Leave { database, depth, keep } => {
                let database = with(&database)?;
                self.task(
                    hub,
                    async move { database.work(id, move |session| session.leave(depth, keep)).await },
                )
            }
            DatabaseRequest::Close(database) => {
                let database = with(&database)?;
                self.task(hub, async move { Ok(Value::Bool(database.close().await)) })
            }
            DatabaseRequest::Pool { options, limits } => {
                let ties = ties();
                self.task(hub, async move { Ok(handle(Pool::open(options, limits, ties).await?)) })
            }
            DatabaseRequest::Acquire(pool) => {
                let pool = of::<Pool>(&pool)?;
                self.task(hub, async move { Ok(handle(pool.acquire().await?)) })
            }
            DatabaseRequest::Release { pool, database } => {
                let (pool, database) = (of::<Pool>(&pool)?, with(&database)?);
                self.task(hub, async move { pool.release(&database).await })
            }
            DatabaseRequest::Stats(pool) => Begun::Now(Ok(of::<Pool>(&pool)?.stats())),
            DatabaseRequest::ClosePool(pool) => {
                let pool = of::<Pool>(&pool)?;
                self.task(hub, async move { pool.close().await })
            }
        })
    }
}

fn of<T: Resource>(handle: &Handle) -> Result<Arc<T>, Fault> {
    handle.get::<Arc<T>>().cloned().ok_or_else(|| internal("a request about a database names another thing"))
}

fn handle(resource: impl Resource) -> Value {
    Value::Handle(Handle::new(Arc::new(resource)))
}
