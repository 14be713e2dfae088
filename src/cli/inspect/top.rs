//! `ruff top`: what a program does, while it does it.
//!
//! A script is run in this process, at whose end the command ends with the script's exit code; `q` and Ctrl-C interrupt it. A
//! program at a socket is only looked at.
//! On a terminal the view has a screen of its own, and what the script prints waits until the screen is gone, but for its last
//! lines. Elsewhere the script's stdout stays as it is, and the view is plain lines: on stderr, or for a socket on stdout.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::feed::Feed;
use super::screen::Screen;
use super::view::View;
use crate::cli::interrupt::{Heard, Interrupt};
use crate::cli::options::RunOptions;
use crate::cli::{Exit, load, paint, run};
use crate::engine::{Console, Engine, Options, Output, Recorder, Running, Script, Stream};

/// A key or the end of a run is seen after so long at most.
const SLICE: Duration = Duration::from_millis(50);

/// So many lines of output are shown below the view.
const TAIL: usize = 5;

/// What follows `ruff top`.
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    options: RunOptions,
    /// Milliseconds between two looks
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    interval: u64,
    /// A script, or the socket of a program that was started with --inspect
    target: String,
    /// Words for the script
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Watches a program.
pub(in crate::cli) fn top(arguments: Arguments) -> Exit {
    let interval = Duration::from_millis(arguments.interval);
    match is_socket(&arguments.target) {
        true => watch_socket(&arguments.target, interval),
        false => watch_script(arguments, interval),
    }
}

#[cfg(unix)]
fn is_socket(path: &str) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(Path::new(path)).is_ok_and(|there| there.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_socket(_: &str) -> bool {
    false
}

fn watch_socket(path: &str, interval: Duration) -> Exit {
    let feed = match Feed::connect(path) {
        Ok(feed) => feed,
        Err(problem) => {
            paint::cli_error(&problem, "");
            return Exit::File;
        }
    };
    let mut watch = Watch::new(feed, path, interval, None);
    while !watch.is_stopped() && watch.look() {}
    Exit::Success
}

fn watch_script(arguments: Arguments, interval: Duration) -> Exit {
    let Arguments { options, target: file, args, .. } = arguments;
    let bytes = match load::read(&file) {
        Ok(bytes) => bytes,
        Err(unreadable) => return unreadable.report(),
    };
    let options = Options { catch_interrupt: false, ..options.engine(&file, args) };
    let engine = Engine::new(options);
    let script = match load::compile(&engine, &file, &bytes) {
        Ok(script) => script,
        Err(problem) => return run::failed(&problem, None, &file, false),
    };
    let is_shown = std::io::stdout().is_terminal();
    let kept = is_shown.then(|| Arc::new(Recorder::default()));
    let output: Arc<dyn Output> = match &kept {
        Some(kept) => Arc::clone(kept) as Arc<dyn Output>,
        None => Arc::new(Console::default()),
    };
    let mut prepared = engine.prepare(&script, output);
    let feed = Feed::Run(prepared.inspector());
    let printed = Printed { kept, pieces: Vec::new(), tail: VecDeque::new() };
    let watch = Watch::new(feed, &file, interval, Some(printed));
    match prepared.start() {
        Ok(running) => watch.until_end(running, &script, &file),
        Err(error) => {
            drop(watch);
            paint::cli_error(&format!("Cannot start a thread for the script: {error}"), "");
            Exit::Internal
        }
    }
}

/// What a script printed while the view had the terminal.
struct Printed {
    /// `None` if it goes to stdout as it comes.
    kept: Option<Arc<Recorder>>,
    pieces: Vec<(Stream, String)>,
    /// The last lines.
    tail: VecDeque<String>,
}

impl Printed {
    fn collect(&mut self) {
        for (stream, text) in self.kept.iter().flat_map(|kept| kept.take()) {
            for line in text.lines() {
                self.tail.push_back(line.to_owned());
            }
            let surplus = self.tail.len().saturating_sub(TAIL);
            self.tail.drain(..surplus);
            self.pieces.push((stream, text));
        }
    }

    /// Writes it where it belongs.
    fn release(mut self) {
        self.collect();
        for (stream, text) in self.pieces {
            match stream {
                Stream::Out => paint::out(&text),
                Stream::Err => paint::error(&text),
            }
        }
    }
}

/// A view that is refreshed.
struct Watch {
    feed: Feed,
    title: String,
    interval: Duration,
    interrupt: Interrupt,
    screen: Option<Screen>,
    printed: Option<Printed>,
    before: Option<Json>,
    /// When to look next.
    due: Instant,
}

impl Watch {
    fn new(feed: Feed, title: &str, interval: Duration, printed: Option<Printed>) -> Watch {
        Watch {
            feed,
            title: title.to_owned(),
            interval,
            interrupt: Interrupt::new(),
            screen: Screen::open(),
            printed,
            before: None,
            due: Instant::now(),
        }
    }

    /// Watches a run of this process until it ends, and then ends as it does.
    fn until_end(mut self, running: Running, script: &Script, file: &str) -> Exit {
        let mut is_interrupted = false;
        while !running.is_over() {
            if self.due <= Instant::now() {
                self.look();
            }
            if self.hears_stop(Some(&running)) && !is_interrupted {
                is_interrupted = true;
                running.interrupt();
            }
        }
        let Watch { screen, printed, .. } = self;
        drop(screen);
        printed.into_iter().for_each(Printed::release);
        match running.finish().map(|report| report.end) {
            Some(Ok(_)) => Exit::Success,
            Some(Err(problem)) => run::failed(&problem, Some(script), file, false),
            None => Exit::Internal,
        }
    }

    /// Waits until the next look is due; whether the user ends it before.
    fn is_stopped(&mut self) -> bool {
        while Instant::now() < self.due {
            if self.hears_stop(None) {
                return true;
            }
        }
        false
    }

    /// Listens for a moment. Whether the user wants an end.
    fn hears_stop(&mut self, running: Option<&Running>) -> bool {
        let keys = self.screen.as_ref().is_some_and(Screen::has_keys);
        let slice = SLICE.min(self.due.saturating_duration_since(Instant::now()));
        match self.interrupt.or_key_within(slice, keys) {
            Some(heard) => matches!(heard, Heard::Interrupt | Heard::Key(b'q' | b'Q')),
            None => {
                running.into_iter().for_each(|running| _ = running.wait(slice));
                false
            }
        }
    }

    /// Looks once and shows it. Whether there was an answer: a program that ended gives none.
    fn look(&mut self) -> bool {
        self.due = Instant::now() + self.interval;
        let Ok(now) = self.feed.summary() else { return false };
        self.printed.iter_mut().for_each(Printed::collect);
        let view = View { now: &now, before: self.before.as_ref() };
        match &self.screen {
            Some(screen) => {
                let tail = self.printed.iter().flat_map(|printed| &printed.tail);
                let tail: Vec<&str> = tail.map(String::as_str).collect();
                screen.show(&view.screen(&self.title, screen.size(), &tail));
            }
            None if self.printed.is_some() => paint::error(&view.plain()),
            None => paint::out(&view.plain()),
        }
        self.before = Some(now);
        true
    }
}
