//! What `ruff top` shows of a summary: a screen of it, or a few plain lines.

use std::fmt::Write;

use serde_json::Value as Json;

use super::{count, duration, place, text};

/// So many groups are shown as plain lines.
const MOST_PLAIN: usize = 5;

/// A summary, and the one before it, for what changed meanwhile.
pub(super) struct View<'j> {
    pub(super) now: &'j Json,
    pub(super) before: Option<&'j Json>,
}

impl View<'_> {
    /// Plain lines: one of numbers, then the largest groups.
    pub(super) fn plain(&self) -> String {
        let mut out = format!("{}\n", self.headline());
        for group in self.groups().iter().take(MOST_PLAIN) {
            let _ = writeln!(out, "{}", group_line(group));
        }
        out
    }

    /// A screen of so many columns and lines, `tail` (the last lines of output) at its foot.
    pub(super) fn screen(&self, title: &str, (columns, lines): (usize, usize), tail: &[&str]) -> String {
        let mut rows = vec![format!("ruff top {title}    q ends"), self.headline(), String::new()];
        rows.push("worker        runs       waits    steals   busy %  longest ms  context".to_owned());
        rows.extend(self.workers());
        rows.push(String::new());
        rows.push(format!("{:>7}  {:<7}  {:<40}  WAITS FOR", "COUNT", "STATE", "AT"));
        let foot = if tail.is_empty() { 0 } else { tail.len() + 1 };
        let room = lines.saturating_sub(rows.len() + foot);
        rows.extend(self.groups().iter().take(room).map(group_line));
        if !tail.is_empty() {
            rows.push("output".to_owned());
            rows.extend(tail.iter().map(|line| (*line).to_owned()));
        }
        rows.truncate(lines);
        rows.iter().map(|row| shown(row, columns)).collect::<Vec<_>>().join("\r\n")
    }

    fn headline(&self) -> String {
        let contexts = &self.now["contexts"];
        let (alive, waiting) = (count(contexts, "alive"), count(contexts, "waiting"));
        format!(
            "{:>8}  {alive} {}, {waiting} {}, at most {} did; {} created{}",
            duration(self.milliseconds()),
            if alive == 1 { "context" } else { "contexts" },
            if waiting == 1 { "waits" } else { "wait" },
            count(contexts, "most_waiting"),
            count(contexts, "created"),
            self.sample(),
        )
    }

    /// That not all contexts are in the groups.
    fn sample(&self) -> String {
        let (looked_at, alive) = (count(self.now, "looked_at"), count(&self.now["contexts"], "alive"));
        if looked_at < alive / 2 { format!("; groups of a sample of {looked_at}") } else { String::new() }
    }

    fn milliseconds(&self) -> f64 {
        self.now["milliseconds"].as_f64().unwrap_or_default()
    }

    fn groups(&self) -> &[Json] {
        self.now["groups"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn workers(&self) -> Vec<String> {
        let workers = self.now["workers"].as_array().map(Vec::as_slice).unwrap_or_default();
        workers.iter().enumerate().map(|(number, worker)| self.worker(number, worker)).collect()
    }

    fn worker(&self, number: usize, worker: &Json) -> String {
        let last = match count(worker, "last_context") {
            0 => String::new(),
            context => format!("{} ({context})", text(worker, "last_function")),
        };
        format!(
            "{number:>6} {:>11} {:>11} {:>9} {:>8.0} {:>11.2}  {last}",
            count(worker, "runs"),
            count(worker, "waits"),
            count(worker, "steals"),
            self.busy(number, worker),
            worker["longest_ms"].as_f64().unwrap_or_default(),
        )
    }

    /// The part of the time since the summary before, or since the start, that a worker did not sleep, in percent.
    fn busy(&self, number: usize, worker: &Json) -> f64 {
        let asleep = |worker: &Json| worker["asleep_ms"].as_f64().unwrap_or_default();
        let (slept, passed) = match self.before {
            Some(before) => (
                asleep(worker) - asleep(&before["workers"][number]),
                self.milliseconds() - before["milliseconds"].as_f64().unwrap_or_default(),
            ),
            None => (asleep(worker), self.milliseconds()),
        };
        if passed > 0.0 { (100.0 * (1.0 - slept / passed)).clamp(0.0, 100.0) } else { 0.0 }
    }
}

fn group_line(group: &Json) -> String {
    let at = &group["at"];
    let at = match at.is_object() {
        true => format!("{} ({})", text(at, "function"), place(at)),
        false => text(group, "function").to_owned(),
    };
    let line = format!(
        "{:>7}  {:<7}  {at:<40}  {}",
        count(group, "count"),
        text(group, "state"),
        text(group, "waits_for")
    );
    line.trim_end().to_owned()
}

/// A row as the terminal gets it: so many columns at most, and nothing in it moves the cursor.
fn shown(row: &str, columns: usize) -> String {
    let mut width = 0;
    let visible = row.chars().map(|character| if character.is_control() { ' ' } else { character });
    let fits = visible.take_while(|character| {
        width += unicode_width::UnicodeWidthChar::width(*character).unwrap_or(0);
        width <= columns
    });
    fits.collect::<String>() + "\x1b[K"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn busy_is_what_was_not_slept_since_the_last_look() {
        let at = |milliseconds: f64, asleep: f64| json!({ "milliseconds": milliseconds, "workers": [{ "asleep_ms": asleep }] });
        let (before, now) = (at(1_000.0, 900.0), at(2_000.0, 1_150.0));
        let busy = |before| View { now: &now, before }.busy(0, &now["workers"][0]).round();
        assert_eq!((busy(Some(&before)), busy(None)), (75.0, 43.0));
    }

    #[test]
    fn one_context_is_told_as_one() {
        let plain = |alive: u64, waiting: u64| {
            let now = json!({ "milliseconds": 5.0, "contexts": { "alive": alive, "waiting": waiting } });
            View { now: &now, before: None }.plain()
        };
        assert!(plain(1, 1).contains("  1 context, 1 waits, at most"), "{}", plain(1, 1));
        assert!(plain(2, 0).contains("  2 contexts, 0 wait, at most"), "{}", plain(2, 0));
    }

    #[test]
    fn rows_fit_and_move_no_cursor() {
        assert_eq!(shown("a\x1b[2Jbc", 4), "a [2\x1b[K");
        assert_eq!(shown("日本語", 5), "日本\x1b[K");
    }
}
