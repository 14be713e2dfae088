//! One connection, and statements on it. All of this blocks.

use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, InterruptHandle, OpenFlags, Statement};

use super::fault::{fault, told, transaction};
use crate::value::{Dict, Fault, Value};
use crate::vm::{DatabaseOptions, SqlParams, SqlResult, SqlValue};

/// A connection.
pub(super) struct Session {
    connection: Connection,
    /// How many savepoints stand within the transaction, and the transaction itself.
    depth: i64,
    /// The row that was inserted since this was last asked for.
    inserted: Option<i64>,
}

impl Session {
    /// Opens a database.
    pub(super) fn open(options: &DatabaseOptions) -> Result<Session, Fault> {
        let access = match options.read_only {
            true => OpenFlags::SQLITE_OPEN_READ_ONLY,
            false => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        };
        let failed = |error: rusqlite::Error| fault(&error, "");
        // One context at a time uses it, so the library needs no lock of its own.
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&options.path, flags).map_err(failed)?;
        connection.authorizer(Some(authorized)).map_err(failed)?;
        connection.busy_timeout(Duration::from_millis(options.busy_ms)).map_err(failed)?;
        if options.confined {
            connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0).map_err(failed)?;
        }
        // A file that is no database is only noticed when it is read.
        connection.query_row("PRAGMA schema_version", [], |_| Ok(())).map_err(failed)?;
        Ok(Session { connection, depth: 0, inserted: None })
    }

    /// What stops a running statement.
    pub(super) fn interrupt(&self) -> InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Runs a statement. Several at once are run if there are no parameters and only changes are wanted.
    pub(super) fn run(&mut self, sql: &str, params: &SqlParams, result: SqlResult) -> Result<Value, Fault> {
        let (row, changes) = (self.connection.last_insert_rowid(), self.connection.total_changes());
        let value = self.evaluate(sql, params, result);
        let inserts = self.connection.total_changes() != changes && is_insert(sql);
        let last = self.connection.last_insert_rowid();
        self.inserted = (inserts || last != row).then_some(last);
        value
    }

    fn evaluate(&self, sql: &str, params: &SqlParams, result: SqlResult) -> Result<Value, Fault> {
        let failed = |error: rusqlite::Error| fault(&error, sql);
        let before = self.connection.total_changes();
        let mut statement = match self.connection.prepare_cached(sql) {
            Ok(statement) => statement,
            // The library prepares what follows, too, before what it refers to has been made.
            Err(_) if is_plain(params, result) && sql.trim_end().trim_end_matches(';').contains(';') => {
                self.connection.execute_batch(sql).map_err(failed)?;
                return Ok(Value::Int((self.connection.total_changes() - before) as i64));
            }
            Err(error) => return Err(failed(error)),
        };
        bind(&mut statement, params, sql)?;
        let value = match result {
            SqlResult::Changes => {
                let mut rows = statement.raw_query();
                while rows.next().map_err(failed)?.is_some() {}
                drop(rows);
                let changed = self.connection.total_changes() != before;
                Value::Int(if changed { self.connection.changes() as i64 } else { 0 })
            }
            SqlResult::Rows => Value::array(rows(&mut statement, usize::MAX).map_err(failed)?),
            SqlResult::Row => rows(&mut statement, 1).map_err(failed)?.into_iter().next().unwrap_or_default(),
            SqlResult::Value => {
                let mut rows = statement.raw_query();
                match rows.next().map_err(failed)? {
                    Some(row) => value(row.get_ref(0).map_err(failed)?),
                    None => Value::Null,
                }
            }
        };
        Ok(value)
    }

    /// The id of the row that the last statement inserted last. Forgets it.
    pub(super) fn take_inserted(&mut self) -> Option<i64> {
        self.inserted.take()
    }

    /// Begins a transaction.
    pub(super) fn begin(&mut self) -> Result<Value, Fault> {
        if self.is_in_transaction() {
            return Err(transaction("Transaction already in progress on this connection"));
        }
        self.execute("BEGIN")?;
        self.depth = 1;
        Ok(Value::Bool(true))
    }

    /// Ends a transaction by this statement.
    pub(super) fn end(&mut self, sql: &str) -> Result<Value, Fault> {
        if !self.is_in_transaction() {
            return Err(transaction("No transaction in progress on this connection"));
        }
        self.execute(sql)?;
        self.depth = 0;
        Ok(Value::Bool(true))
    }

    /// Begins a transaction, or a savepoint within one. Gives its depth.
    pub(super) fn enter(&mut self) -> Result<Value, Fault> {
        if self.is_in_transaction() {
            self.depth = self.depth.max(1) + 1;
            self.execute(&format!("SAVEPOINT ruff_{}", self.depth))?;
        } else {
            self.begin()?;
        }
        Ok(Value::Int(self.depth))
    }

    /// Ends what began at this depth.
    pub(super) fn leave(&mut self, depth: i64, keep: bool) -> Result<Value, Fault> {
        match (depth, keep) {
            (1, true) => {
                let committed = self.end("COMMIT");
                if committed.is_err() && self.is_in_transaction() {
                    // A commit that fails leaves the transaction open; nobody would end it.
                    let _ = self.end("ROLLBACK");
                }
                return committed;
            }
            (1, false) if !self.is_in_transaction() => {} // An error of SQLite itself may have ended it.
            (1, false) => return self.end("ROLLBACK"),
            (_, true) => self.execute(&format!("RELEASE ruff_{depth}"))?,
            (_, false) if self.is_in_transaction() => {
                self.execute(&format!("ROLLBACK TO ruff_{depth}"))?;
                self.execute(&format!("RELEASE ruff_{depth}"))?;
            }
            (_, false) => {}
        }
        self.depth = depth - 1;
        Ok(Value::Bool(true))
    }

    /// Ends a transaction that was left open.
    pub(super) fn reset(&mut self) {
        if self.is_in_transaction() {
            let _ = self.end("ROLLBACK");
        }
    }

    fn execute(&self, sql: &str) -> Result<(), Fault> {
        self.connection.execute_batch(sql).map_err(|error| fault(&error, sql))
    }
}

/// The folder for temporary files is one of the whole process: no statement may choose it.
fn authorized(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Pragma { pragma_name, .. }
            if ["temp_store_directory", "data_store_directory"]
                .iter()
                .any(|name| pragma_name.eq_ignore_ascii_case(name)) =>
        {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }
}

/// Whether it may insert rows. One that does and gives a row an id that another has had changes no number to see it by.
fn is_insert(sql: &str) -> bool {
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["insert", "replace", "with"].iter().any(|insert| word.eq_ignore_ascii_case(insert))
}

fn is_plain(params: &SqlParams, result: SqlResult) -> bool {
    let none = match params {
        SqlParams::Positional(values) => values.is_empty(),
        SqlParams::Named(values) => values.is_empty(),
    };
    none && result == SqlResult::Changes
}

fn bind(statement: &mut Statement<'_>, params: &SqlParams, sql: &str) -> Result<(), Fault> {
    let failed = |error: rusqlite::Error| fault(&error, sql);
    let wanted = statement.parameter_count();
    match params {
        SqlParams::Positional(values) if values.len() != wanted => {
            Err(failed(rusqlite::Error::InvalidParameterCount(values.len(), wanted)))
        }
        SqlParams::Positional(values) => {
            for (at, value) in values.iter().enumerate() {
                statement.raw_bind_parameter(at + 1, value).map_err(failed)?;
            }
            Ok(())
        }
        SqlParams::Named(values) => bind_named(statement, values, sql),
    }
}

fn bind_named(statement: &mut Statement<'_>, values: &[(String, SqlValue)], sql: &str) -> Result<(), Fault> {
    let failed = |error: rusqlite::Error| fault(&error, sql);
    let bare = |name: &str| name.trim_start_matches([':', '@', '$']).to_owned();
    for at in 1..=statement.parameter_count() {
        let Some(name) = statement.parameter_name(at).map(bare) else {
            return Err(told("the statement has parameters without names", "parameters", sql));
        };
        let Some((_, value)) = values.iter().find(|(given, _)| bare(given) == name) else {
            return Err(told(&format!("parameter '{name}' is missing"), "parameters", sql));
        };
        statement.raw_bind_parameter(at, value).map_err(failed)?;
    }
    for (given, _) in values {
        let known = (1..=statement.parameter_count())
            .any(|at| statement.parameter_name(at).map(bare) == Some(bare(given)));
        if !known {
            return Err(told(&format!("the statement has no parameter '{given}'"), "parameters", sql));
        }
    }
    Ok(())
}

impl ToSql for SqlValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Int(number) => ValueRef::Integer(*number),
            SqlValue::Float(number) => ValueRef::Real(*number),
            SqlValue::Text(text) => ValueRef::Text(text.as_bytes()),
            SqlValue::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// At most so many rows, as dicts in column order.
fn rows(statement: &mut Statement<'_>, most: usize) -> rusqlite::Result<Vec<Value>> {
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while found.len() < most
        && let Some(row) = rows.next()?
    {
        let mut dict = Dict::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            dict.insert_text(name, value(row.get_ref(at)?));
        }
        found.push(Value::dict(dict));
    }
    Ok(found)
}

fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Float(number),
        ValueRef::Text(text) => Value::text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::bytes(bytes.to_vec()),
    }
}
