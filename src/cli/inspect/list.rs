//! `ruff ps`: one line per context.

use serde_json::Value as Json;

use super::feed::Feed;
use super::{count, duration, place, text, wanted};
use crate::cli::paint;

/// Prints all contexts, page after page: a program may have a million.
pub(super) fn print(feed: &mut Feed, as_json: bool) -> Result<(), String> {
    if !as_json {
        paint::out(&line(["ID", "STATE", "SINCE", "FUNCTION", "AT", "WAITS FOR"]));
    }
    let mut after = 0;
    loop {
        let answer = feed.contexts(after)?;
        let contexts = answer["contexts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let page: String = contexts.iter().map(|context| shown(context, as_json)).collect();
        paint::out(&page);
        match contexts.last() {
            Some(last) if answer["more"] == true => after = count(last, "id"),
            _ => return Ok(()),
        }
    }
}

fn shown(context: &Json, as_json: bool) -> String {
    if as_json {
        return format!("{context}\n");
    }
    let since = context["since_ms"].as_f64().map(duration).unwrap_or_default();
    let waits_for = match context["worker"].as_u64() {
        Some(worker) => format!("(on worker {worker})"),
        None => wanted(context),
    };
    let id = count(context, "id").to_string();
    line([&id, text(context, "state"), &since, text(context, "function"), &place(&context["at"]), &waits_for])
}

fn line([id, state, since, function, at, waits_for]: [&str; 6]) -> String {
    let line = format!("{id:>7}  {state:<7}  {since:>8}  {function:<16}  {at:<24}  {waits_for}");
    format!("{}\n", line.trim_end())
}
