//! Looking at a program that runs: `ruff ps SOCKET`, `ruff inspect SOCKET ID`, `ruff top FILE|SOCKET`.
//!
//! Owns: asking (docs/INSPECT.md is the protocol) and how answers are shown. Whoever is asked, a socket or a run in this
//! process, gives the same JSON.
//! Invariant: no wait for an answer is without end.

mod feed;
mod leaks;
mod list;
mod stack;
mod top;
mod view;
mod screen;

use serde_json::Value as Json;

use self::feed::Feed;
use super::{Exit, paint};

pub(super) use self::top::{Arguments as TopArguments, top};

/// What follows `ruff ps`.
#[derive(clap::Args, Debug)]
pub(super) struct PsArguments {
    /// Print the answers as JSON, a context a line, or all --leaks in one
    #[arg(long)]
    json: bool,
    /// List contexts that wait for what nothing can bring any more, grouped by place
    #[arg(long)]
    leaks: bool,
    /// The socket of a program that was started with --inspect
    socket: String,
}

/// What follows `ruff inspect`.
#[derive(clap::Args, Debug)]
pub(super) struct InspectArguments {
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
    /// The socket of a program that was started with --inspect
    socket: String,
    /// The context's id, as `ruff ps` lists it
    #[arg(value_parser = context_id)]
    id: u64,
}

fn context_id(word: &str) -> Result<u64, &'static str> {
    word.parse().map_err(|_| "an id is a whole number, as `ruff ps SOCKET` lists them")
}

/// Lists the contexts of a running program.
pub(super) fn ps(arguments: &PsArguments) -> Exit {
    let print = if arguments.leaks { leaks::print } else { list::print };
    answered(Feed::connect(&arguments.socket).and_then(|mut feed| print(&mut feed, arguments.json)))
}

/// Shows the stack of a waiting context with its variables.
pub(super) fn inspect(arguments: &InspectArguments) -> Exit {
    let asked = Feed::connect(&arguments.socket).and_then(|mut feed| feed.context(arguments.id));
    answered(asked.map(|context| match arguments.json {
        true => paint::out(&format!("{context}\n")),
        false => paint::out(&stack::text_of(&context)),
    }))
}

fn answered(outcome: Result<(), String>) -> Exit {
    match outcome {
        Ok(()) => Exit::Success,
        Err(problem) => {
            paint::cli_error(&problem, "");
            Exit::File
        }
    }
}

/// A member that is a text; empty if there is none.
fn text<'j>(object: &'j Json, member: &str) -> &'j str {
    object[member].as_str().unwrap_or_default()
}

/// A member that is a count; 0 if there is none.
fn count(object: &Json, member: &str) -> u64 {
    object[member].as_u64().unwrap_or_default()
}

/// `file:line:column`; empty if there is no place.
fn place(at: &Json) -> String {
    match at["file"].as_str() {
        Some(file) => format!("{file}:{}:{}", count(at, "line"), count(at, "column")),
        None => String::new(),
    }
}

/// What a context waits for, with the id of the context whose promise it is.
fn wanted(context: &Json) -> String {
    match context["waits_for_context"].as_u64() {
        Some(id) => format!("{} ({id})", text(context, "waits_for")),
        None => text(context, "waits_for").to_owned(),
    }
}

/// A time as people read it.
fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 100_000.0 => format!("{:.1} s", ms / 1e3),
        ms if ms < 6_000_000.0 => format!("{:.0} min", ms / 60e3),
        ms => format!("{:.1} h", ms / 3_600e3),
    }
}
