//! The wording of what goes wrong in a database.

use rusqlite::ErrorCode;

use crate::value::{Dict, ErrorKind, Fault, Value};

/// A DatabaseError with its details.
pub(super) fn fault(error: &rusqlite::Error, sql: &str) -> Fault {
    let text = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::InvalidParameterCount(given, wanted) => {
            format!("the statement has {wanted} parameters, got {given}")
        }
        other => other.to_string(),
    };
    told(&text, code(error), sql)
}

/// A failure that the library below does not know.
pub(super) fn told(text: &str, code: &str, sql: &str) -> Fault {
    let mut details = Dict::new();
    details.insert_text("code", Value::text(code));
    details.insert_text("sql", if sql.is_empty() { Value::Null } else { Value::text(sql) });
    Fault::new(ErrorKind::DatabaseError, format!("SQLite: {text}")).with_value(Value::dict(details))
}

/// Another context's transaction lasts too long.
pub(super) fn busy() -> Fault {
    told("the database is busy with another context's transaction", "busy", "")
}

/// A statement about a transaction in the wrong place.
pub(super) fn transaction(text: &str) -> Fault {
    told(text, "transaction", "")
}

/// A transaction that its context left open.
pub(in crate::runtime) fn left_open(path: &str) -> Fault {
    let text = format!("a transaction on '{path}' was open when its context ended, and was rolled back");
    told(&text, "transaction", "").with_hint("db_transaction(db, f) ends a transaction whatever happens")
}

/// Use of what was closed.
pub(super) fn is_closed(what: &str) -> Fault {
    Fault::new(ErrorKind::ValueError, format!("{what} is closed"))
}

fn code(error: &rusqlite::Error) -> &'static str {
    match error {
        rusqlite::Error::InvalidParameterCount(..) => return "parameters",
        rusqlite::Error::MultipleStatement => return "statements",
        _ => {}
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => "constraint",
        Some(ErrorCode::DatabaseBusy) => "busy",
        Some(ErrorCode::DatabaseLocked) => "locked",
        Some(ErrorCode::ReadOnly) => "read_only",
        Some(ErrorCode::CannotOpen) => "cannot_open",
        Some(ErrorCode::NotADatabase) => "not_a_database",
        Some(ErrorCode::DatabaseCorrupt) => "corrupt",
        Some(ErrorCode::OperationInterrupted) => "interrupted",
        Some(ErrorCode::DiskFull) => "full",
        Some(ErrorCode::TooBig) => "too_big",
        Some(ErrorCode::TypeMismatch) => "type",
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => "permission",
        Some(ErrorCode::SystemIoFailure) => "io",
        _ => "error",
    }
}
