//! Databases (STDLIB section 19): what is asked of them. Transactions and pools with callbacks are in `prelude/database.ruff`.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::options::Options;
use super::promise::handle;
use crate::value::{Fault, Key, Value};
use crate::vm::{
    Answer, Call, Capability, DatabaseOptions, DatabaseRequest, Native, PoolLimits, Request, SqlParams,
    SqlResult, SqlValue,
};

/// How long a statement waits for others unless `busy_timeout_ms` says otherwise.
const BUSY_TIMEOUT: u64 = 5_000;
const MOST_CONNECTIONS: u64 = 10_000;

/// A native that runs a statement, and its async twin.
macro_rules! runs {
    ($signature:literal, $summary:literal, $result:ident) => {
        plain($signature, $summary, |call| {
            let request = run(call, SqlResult::$result, false)?;
            wait(request)
        })
    };
    (async $signature:literal, $summary:literal, $result:ident) => {
        plain($signature, $summary, |call| {
            let request = run(call, SqlResult::$result, true)?;
            Ok(Answer::ask(Request::Database(request.into())))
        })
    };
}

/// What a database in a file needs besides: reading alone if it is opened so.
const FILES: &[Capability] = &[Capability::FilesystemRead, Capability::FilesystemWrite];

/// The natives of this family.
pub(super) const NATIVES: &[Native] = &[
    plain(
        "db_connect(type: string, conn: string = unset, opts: dict = {}) -> database",
        "Opens a database; a single argument is the path of one of SQLite.",
        |call| {
            let path = path(call)?;
            let options = call.options(2, &["busy_timeout_ms", "read_only"])?;
            wait(DatabaseRequest::Open(opening(call, path, &options)?))
        },
    )
    .needs(Capability::Database)
    .may_need(FILES),
    plain("close db_close(db: database) -> bool", "Closes; false if it was closed.", |call| {
        wait(DatabaseRequest::Close(handle(call, 0)))
    }),
    runs!(
        "db_execute(db: database, sql: string, params: array|dict = []) -> int",
        "Runs a statement; the number of rows that changed.",
        Changes
    ),
    runs!(async
        "async_db_execute(db: database, sql: string, params: array|dict = []) -> promise",
        "Its twin.",
        Changes
    ),
    runs!(
        "db_query(db: database, sql: string, params: array|dict = []) -> array",
        "The rows that a statement gives, as dicts.",
        Rows
    ),
    plain("__db_is_blank(sql: string) -> bool", "Whether a text holds no statement.", |call| {
        answer::bool(!has_statement(call.str(0)))
    }),
    runs!(async
        "async_db_query(db: database, sql: string, params: array|dict = []) -> promise",
        "Its twin.",
        Rows
    ),
    runs!(
        "db_query_one(db: database, sql: string, params: array|dict = []) -> any",
        "The first row, or null.",
        Row
    ),
    runs!(
        "db_query_value(db: database, sql: string, params: array|dict = []) -> any",
        "The first column of the first row, or null.",
        Value
    ),
    plain(
        "db_last_insert_id(db: database) -> int",
        "The id of the row that this context inserted last, or 0.",
        |call| wait(DatabaseRequest::LastId(handle(call, 0))),
    ),
    plain("db_begin(db: database) -> bool", "Begins a transaction.", |call| {
        wait(DatabaseRequest::Begin(handle(call, 0)))
    }),
    plain("db_commit(db: database) -> bool", "Ends a transaction with its changes.", |call| {
        wait(DatabaseRequest::Commit(handle(call, 0)))
    }),
    plain("db_rollback(db: database) -> bool", "Ends a transaction without its changes.", |call| {
        wait(DatabaseRequest::Rollback(handle(call, 0)))
    }),
    plain("__db_enter(db: database) -> int", "Begins a transaction or a savepoint.", |call| {
        wait(DatabaseRequest::Enter(handle(call, 0)))
    }),
    plain("__db_leave(db: database, depth: int, keep: bool) -> bool", "Ends what was begun.", |call| {
        let (depth, keep) = (call.int(1), call.truth(2));
        wait(DatabaseRequest::Leave { database: handle(call, 0), depth, keep })
    }),
    plain(
        "db_pool(type: string, conn: string, opts: dict = {}) -> databasepool",
        "Several connections to one database.",
        pool,
    )
    .needs(Capability::Database)
    .may_need(FILES),
    plain("db_pool_acquire(p: databasepool) -> database", "A database of the pool.", |call| {
        wait(DatabaseRequest::Acquire(handle(call, 0)))
    }),
    plain("db_pool_release(p: databasepool, db: database) -> bool", "Gives it back.", |call| {
        wait(DatabaseRequest::Release { pool: handle(call, 0), database: handle(call, 1) })
    }),
    plain("db_pool_stats info(p: databasepool) -> dict", "{available, in_use, total, max}.", |call| {
        Ok(Answer::ask(Request::Database(DatabaseRequest::Stats(handle(call, 0)).into())))
    }),
    plain("db_pool_close close(p: databasepool) -> bool", "Closes all connections.", |call| {
        wait(DatabaseRequest::ClosePool(handle(call, 0)))
    }),
];

fn wait(request: DatabaseRequest) -> Outcome {
    Ok(Answer::wait(Request::Database(request.into())))
}

/// The path of `(type, path)` or `(path)`.
fn path(call: &Call<'_>) -> Result<String, Fault> {
    let Some(path) = call.text_opt(1) else { return Ok(call.str(0).to_owned()) };
    match call.str(0) {
        "sqlite" => Ok(path.as_str().to_owned()),
        other => Err(Fault::new(
            crate::value::ErrorKind::ValueError,
            format!("Unsupported database type: {other}"),
        )),
    }
}

/// Files need the rights to files too. Without these, statements must not get at files by `ATTACH` or `VACUUM INTO`.
fn opening(call: &Call<'_>, path: String, options: &Options<'_>) -> Result<DatabaseOptions, Fault> {
    let read_only = options.bool("read_only", false)?;
    if !matches!(path.as_str(), "" | ":memory:") {
        call.requires(Capability::FilesystemRead)?;
        if !read_only {
            call.requires(Capability::FilesystemWrite)?;
        }
    }
    let confined = !call.may(Capability::FilesystemRead) || !call.may(Capability::FilesystemWrite);
    let busy_ms = options.milliseconds("busy_timeout_ms")?.unwrap_or(BUSY_TIMEOUT);
    // SQLite counts in 31 bits.
    Ok(DatabaseOptions { path, busy_ms: busy_ms.min(1 << 30), read_only, confined })
}

fn pool(call: &mut Call<'_>) -> Outcome {
    const VALID: &[&str] =
        &["max_connections", "min_connections", "connection_timeout", "busy_timeout_ms", "read_only"];
    let path = path(call)?;
    let options = call.options(2, VALID)?;
    let max = options.count("max_connections")?.unwrap_or(10);
    let min = options.count("min_connections")?.unwrap_or(0);
    if !(1..=MOST_CONNECTIONS).contains(&max) {
        let wrong = format!("must be 1 to {MOST_CONNECTIONS}, got {max}");
        return Err(options.value_fault("max_connections", wrong));
    }
    if min > max {
        return Err(options.value_fault("min_connections", format!("must be at most {max}, got {min}")));
    }
    let wait_ms = match options.get("connection_timeout") {
        None => 30_000,
        Some(Value::Int(seconds @ 0..=1_000_000_000)) => *seconds as u64 * 1000,
        Some(Value::Float(seconds)) if (0.0..=1e9).contains(seconds) => (seconds * 1e3).ceil() as u64,
        Some(Value::Int(_) | Value::Float(_)) => {
            return Err(options.value_fault("connection_timeout", "must be a number of seconds"));
        }
        Some(other) => return Err(options.unlike("connection_timeout", "number", other)),
    };
    let limits = PoolLimits { min: min as usize, max: max as usize, wait_ms };
    wait(DatabaseRequest::Pool { options: opening(call, path, &options)?, limits })
}

fn run(call: &mut Call<'_>, result: SqlResult, held: bool) -> Result<DatabaseRequest, Fault> {
    if !has_statement(call.str(1)) {
        return Err(call.value_fault("argument 'sql' holds no statement"));
    }
    let params = match &call.args[2] {
        Value::Dict(given) => SqlParams::Named(
            given
                .iter()
                .map(|(name, value)| match name {
                    Key::Text(name) => Ok((name.as_str().to_owned(), sql_value(call, value)?)),
                    Key::Int(number) => Ok((number.to_string(), sql_value(call, value)?)),
                })
                .collect::<Result<_, Fault>>()?,
        ),
        _ => SqlParams::Positional(
            call.array(2).iter().map(|value| sql_value(call, value)).collect::<Result<_, _>>()?,
        ),
    };
    Ok(DatabaseRequest::Run { database: handle(call, 0), sql: call.str(1).to_owned(), params, result, held })
}

/// Whether there is more than white space, comments and semicolons. SQLite runs such a text as if it were a statement.
fn has_statement(sql: &str) -> bool {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, behind)| behind);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, behind)| behind);
        } else {
            return !rest.is_empty();
        }
    }
}

fn sql_value(call: &Call<'_>, value: &Value) -> Result<SqlValue, Fault> {
    Ok(match value {
        Value::Null => SqlValue::Null,
        Value::Bool(truth) => SqlValue::Int((*truth).into()),
        Value::Int(number) => SqlValue::Int(*number),
        Value::Float(number) => SqlValue::Float(*number),
        Value::Text(text) => SqlValue::Text(text.as_str().to_owned()),
        Value::Bytes(bytes) => SqlValue::Bytes(bytes.to_vec()),
        other => return Err(call.type_fault("params", "null, bool, int, float, string or bytes", other)),
    })
}
