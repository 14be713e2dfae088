//! `ruff run FILE [ARGS...]`.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::options::RunOptions;
use super::schedule::Wanted;
use super::{Exit, load, paint, schedule};
use crate::engine::{Console, Engine, Error, LeftAt, Leftover, Options, Schedule, Script, Stats, Timeline};
use crate::source::Code;

/// What follows `ruff run`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: RunOptions,
    #[arg(long, value_name = "HOW", help = schedule::HELP)]
    schedule: Option<schedule::Wanted>,
    /// Print what the run did to stderr when it ends
    #[arg(long)]
    stats: bool,
    /// Write a timeline of the run to this file, as Chrome trace JSON for Perfetto
    #[arg(long, value_name = "FILE")]
    trace: Option<String>,
    /// Answer `ruff ps`, `ruff inspect` and `ruff top` at a Unix socket of this name while the script runs
    #[arg(long, value_name = "SOCKET", conflicts_with = "schedule")]
    inspect: Option<String>,
    /// Report an error as one JSON object on stdout
    #[arg(long)]
    json_runtime_diagnostics: bool,
    /// The script
    file: String,
    /// Words for the script, which reads them with args(); options stand before them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs a script.
pub(super) fn run(arguments: Arguments) -> Exit {
    let Arguments {
        options,
        schedule: wanted,
        stats,
        trace,
        inspect,
        json_runtime_diagnostics: as_json,
        file,
        args,
    } = arguments;
    let bytes = match load::read(&file) {
        Ok(bytes) => bytes,
        Err(unreadable) if as_json => return json_unreadable(&unreadable.message, &file),
        Err(unreadable) => return unreadable.report(),
    };
    // A timeline that nobody can write is known before the script runs.
    if let Some(Err(error)) = trace.as_ref().map(std::fs::File::create) {
        return unwritable(trace.as_deref().unwrap_or_default(), &error);
    }
    let options = Options { trace: trace.is_some(), ..options.engine(&file, args) };
    let engine = Engine::new(options);
    let script = match load::compile(&engine, &file, &bytes) {
        Ok(script) => script,
        Err(problem) => return failed(&problem, None, &file, as_json),
    };
    // Only now, so that a script with errors does not cost an older recording.
    let schedule = match wanted.as_ref().map_or(Ok(Schedule::Stealing), Wanted::engine) {
        Ok(schedule) => schedule,
        Err(unreadable) => return unreadable.report(),
    };
    let engine = engine.with_options(Options { schedule, ..engine.options().clone() });
    if let Some(Wanted::Seeds(first, last)) = wanted {
        let end = schedule::explore(&engine, &script, (first, last));
        return end.map_or_else(|error| failed(&error, Some(&script), &file, as_json), |()| Exit::Success);
    }
    let mut run = engine.prepare(&script, Arc::new(Console::default()));
    if let Some(socket) = &inspect
        && let Err(error) = run.open_socket(Path::new(socket))
    {
        paint::cli_error(&format!("Cannot open the socket '{socket}': {error}"), "--inspect makes it itself");
        return Exit::File;
    }
    let report = run.execute();
    let exit = match &report.end {
        Ok(_) => Exit::Success,
        Err(problem) => failed(problem, Some(&script), &file, as_json),
    };
    if !report.unawaited.is_empty() {
        paint::engine_error(&Error::Unawaited(report.unawaited), Some(script.program()), &file);
    }
    paint::error(&circles_text(&report.left));
    if stats {
        paint::error(&(stats_text(&report.stats) + &left_text(&report.left)));
    }
    match (trace, &report.trace) {
        (Some(path), Some(timeline)) => write_timeline(&path, timeline, exit),
        _ => exit,
    }
}

/// Writes the timeline. The script's own end counts for the exit code, unless it was a good one.
fn write_timeline(path: &str, timeline: &Timeline, exit: Exit) -> Exit {
    if let Err(error) = std::fs::write(path, &timeline.json) {
        let unwritable = unwritable(path, &error);
        return if exit == Exit::Success { unwritable } else { exit };
    }
    if timeline.dropped > 0 {
        paint::error(&format!("{path} ends early: {} later events are not in it\n", timeline.dropped));
    }
    exit
}

fn unwritable(path: &str, error: &std::io::Error) -> Exit {
    paint::cli_error(
        &format!("Cannot write the trace '{path}': {error}"),
        "--trace FILE makes or replaces the file",
    );
    Exit::File
}

/// Reports how a run failed; the script is there once it compiled.
pub(super) fn failed(problem: &Error, script: Option<&Script>, file: &str, as_json: bool) -> Exit {
    match paint::json_error("run", problem, file).filter(|_| as_json) {
        Some(object) => paint::out(&format!("{object}\n")),
        None => paint::engine_error(problem, script.map(Script::program), file),
    }
    Exit::of(problem)
}

fn json_unreadable(message: &str, file: &str) -> Exit {
    let object = json!({
        "command": "run", "status": "error", "kind": "source_diagnostic", "contract_version": "1.0.0",
        "exit_code": Exit::File.code(), "diagnostic": paint::json_plain(Code::CommandLine, message, file),
    });
    paint::out(&format!("{object}\n"));
    Exit::File
}

/// Deadlocks that nobody noticed because others ran.
fn circles_text(left: &Leftover) -> String {
    let told = |circle: &String| {
        format!("note: these contexts waited for each other when the program ended:{circle}\n")
    };
    left.circles.iter().map(told).collect()
}

/// Where contexts still waited.
fn left_text(left: &Leftover) -> String {
    let line = |at: &LeftAt| format!("{:>6} at {} for {}\n", at.count, at.at, at.waits_for);
    let lines: String = left.places.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\nstill waited\n{lines}") }
}

/// One line per number, names aligned, and one line per worker.
fn stats_text(stats: &Stats) -> String {
    let mut text = format!(
        "contexts created   {}\ninline awaits      {}\nswitches           {}\nsteals             {}\n\
         waits              {}\nwakes of workers   {}\nmost waiting       {}\nlongest channel    {}\nmilliseconds       {:.1}\n",
        stats.contexts,
        stats.inline_awaits,
        stats.switches,
        stats.steals,
        stats.parks,
        stats.wakes,
        stats.most_waiting,
        stats.longest_channel,
        stats.milliseconds,
    );
    text += "\nworker        runs       waits    steals     wakes  searches   asleep ms  longest ms\n";
    for (number, worker) in stats.workers.iter().enumerate() {
        let _ = writeln!(
            text,
            "{number:>6} {:>11} {:>11} {:>9} {:>9} {:>9} {:>11.1} {:>11.2}",
            worker.runs,
            worker.parks,
            worker.steals,
            worker.wakes,
            worker.searches,
            worker.asleep,
            worker.longest,
        );
    }
    text
}
