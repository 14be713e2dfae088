//! What scripts ask of databases (STDLIB section 19).

use crate::value::Handle;

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each is the kind of its name")]
pub enum SqlValue {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The parameters of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlParams {
    /// For `?`, in order.
    Positional(Vec<SqlValue>),
    /// For `:name`.
    Named(Vec<(String, SqlValue)>),
}

/// What is wanted of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlResult {
    /// int: how many rows changed.
    Changes,
    /// array of dicts.
    Rows,
    /// The first row, or null.
    Row,
    /// The first column of the first row, or null.
    Value,
}

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// A file, or `:memory:`.
    pub path: String,
    /// How long a statement waits for others.
    pub busy_ms: u64,
    /// Nothing can be changed.
    pub read_only: bool,
    /// Statements reach no other files.
    pub confined: bool,
}

/// How many connections a pool has.
#[derive(Clone, Copy, Debug)]
pub struct PoolLimits {
    /// So many are opened at once.
    pub min: usize,
    /// There are never more.
    pub max: usize,
    /// How long to wait for one.
    pub wait_ms: u64,
}

/// Requests about databases. All but `Stats` answer with a promise that must be waited for, unless `held` says otherwise.
/// A transaction belongs to the context that began it.
#[derive(Debug)]
#[allow(missing_docs, reason = "STDLIB section 19")]
pub enum DatabaseRequest {
    /// A database.
    Open(DatabaseOptions),
    /// As the result says.
    Run { database: Handle, sql: String, params: SqlParams, result: SqlResult, held: bool },
    /// int.
    LastId(Handle),
    /// true; DatabaseError within a transaction.
    Begin(Handle),
    /// true; DatabaseError outside of one.
    Commit(Handle),
    /// The same.
    Rollback(Handle),
    /// int: the depth of the transaction, or the savepoint within one, that begins.
    Enter(Handle),
    /// true: ends what began at this depth, with its changes or without.
    Leave { database: Handle, depth: i64, keep: bool },
    /// bool: false if it was closed.
    Close(Handle),
    /// A databasepool.
    Pool { options: DatabaseOptions, limits: PoolLimits },
    /// A database of the pool.
    Acquire(Handle),
    /// true.
    Release { pool: Handle, database: Handle },
    /// {available, in_use, total, max}; at once.
    Stats(Handle),
    /// true.
    ClosePool(Handle),
}
