//! CSV (RFC 4180, STDLIB section 14).
//!
//! Owns: options, and what cells mean as values. The format itself is in `read.rs` and `write.rs`: by hand, since errors
//! name their line and column, and a text that ends inside of quotes is one.

mod read;
mod write;

use super::answer::{self, Outcome};
use super::declare::plain;
use super::options::Options;
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Job, Native, Request};

/// Texts beyond this many bytes are read off the workers, so that no other context waits for them (R9).
const LONG: usize = 256 << 10;

pub(super) const NATIVES: &[Native] = &[
    plain("parse_csv(s: string, opts: dict = {}) -> array", "The rows that a CSV text writes.", parse),
    plain("to_csv(rows: array, opts: dict = {}) -> string", "Rows as CSV.", to_csv),
];

fn parse(call: &mut Call<'_>) -> Outcome {
    let options = call.options(1, &["header", "delimiter", "quote", "trim", "types"])?;
    let rules = read::Rules {
        delimiter: mark(&options, "delimiter", ',')?,
        quote: mark(&options, "quote", '"')?,
        trim: options.bool("trim", false)?,
        header: options.bool("header", true)?,
        types: options.bool("types", true)?,
    };
    if rules.delimiter == rules.quote {
        return Err(options.value_fault("quote", "must differ from the delimiter"));
    }
    let text = call.text(0).clone();
    if text.as_str().len() < LONG {
        return answer::value(read::rows(text.as_str(), rules)?);
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || read::rows(text.as_str(), rules))))))
}

/// An option that is one character, and none that ends lines.
fn mark(options: &Options<'_>, key: &str, default: char) -> Result<char, Fault> {
    let Some(text) = options.text(key)? else { return Ok(default) };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(mark), None) if !matches!(mark, '\n' | '\r') => Ok(mark),
        _ => Err(options.value_fault(key, "must be one character")),
    }
}

fn to_csv(call: &mut Call<'_>) -> Outcome {
    let options = call.options(1, &["columns", "header", "delimiter"])?;
    let delimiter = mark(&options, "delimiter", ',')?;
    if delimiter == '"' {
        return Err(options.value_fault("delimiter", "must differ from the quote"));
    }
    let columns = match options.get("columns") {
        None => None,
        Some(Value::Array(columns)) => Some(
            columns.iter().map(|column| call.owned_key("columns", column)).collect::<Result<Vec<_>, _>>()?,
        ),
        Some(other) => return Err(options.unlike("columns", "array", other)),
    };
    let header = options.bool("header", true)?;
    answer::text(write::text(call, call.array(0), columns, header, delimiter)?)
}
