//! `ruff ps --leaks`: the contexts that wait in vain, grouped by where they do.

use std::fmt::Write;

use serde_json::Value as Json;

use super::feed::Feed;
use super::{count, duration, place, text};
use crate::cli::paint;

/// Prints what leaks; as JSON in one line.
pub(super) fn print(feed: &mut Feed, as_json: bool) -> Result<(), String> {
    let leaks = feed.leaks()?;
    let groups = leaks["groups"].as_array().map(Vec::as_slice).unwrap_or_default();
    match as_json {
        true => paint::out(&format!("{leaks}\n")),
        false => {
            let shown: u64 = groups.iter().map(|group| count(group, "count")).sum();
            let told: String = groups.iter().map(told).collect();
            paint::out(&(heading(&leaks) + &told + &rest(count(&leaks, "contexts").saturating_sub(shown))));
        }
    }
    Ok(())
}

fn heading(leaks: &Json) -> String {
    let looked_at = match count(leaks, "looked_at") {
        1 => "1 context that waits for another or at a channel".to_owned(),
        many => format!("{many} contexts that wait for another or at a channel"),
    };
    match count(leaks, "contexts") {
        0 => format!("no leak found among {looked_at}\n"),
        1 => format!("1 waits in vain, of {looked_at}\n"),
        many => format!("{many} wait in vain, of {looked_at}\n"),
    }
}

/// Those in groups that are not shown.
fn rest(count: u64) -> String {
    if count == 0 { String::new() } else { format!("{count:>6} at other places\n") }
}

fn told(group: &Json) -> String {
    let at = &group["at"];
    let mut told = format!(
        "{:>6} at {} ({}) for {}\n",
        count(group, "count"),
        text(at, "function"),
        place(at),
        text(group, "waits_for")
    );
    if let Some(since) = group["since_ms"].as_f64() {
        let _ = writeln!(told, "       the longest for {}", duration(since));
    }
    let created = &group["created"];
    if created.is_object() {
        let _ = writeln!(told, "       created at {} ({})", text(created, "function"), place(created));
    }
    let ids = group["ids"].as_array().map(Vec::as_slice).unwrap_or_default();
    let more = count(group, "count").saturating_sub(ids.len() as u64);
    let listed = ids.iter().map(Json::to_string).collect::<Vec<_>>().join(", ");
    let _ = match more {
        0 => writeln!(told, "       ids {listed}"),
        more => writeln!(told, "       ids {listed} and {more} more"),
    };
    told
}
