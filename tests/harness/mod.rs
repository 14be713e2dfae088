//! What the script-running tests share: expectations in comments, modes, and one run of one script.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test program uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ruff::engine::{
    Engine, Error, Files, FoundModule, Incorrect, Modules, NotFound, Options, Output, Park, Schedule, Stream,
    TestRun,
};
use ruff::source::{Code, Diagnostic, Source};

/// How many seconds one run may take before it counts as a hang, unless `RUFF_WATCHDOG` says otherwise.
const WATCHDOG: usize = 20;

/// A number that the environment may give.
fn number(name: &str, default: usize) -> usize {
    let Ok(text) = std::env::var(name) else { return default };
    text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}"))
}

/// One way to run a script; the output must not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Plain,
    /// Frozen and thawed at every instruction.
    Frozen,
    /// Parked contexts as self-contained bytes.
    Portable,
    /// Four workers that steal, or `RUFF_PARALLEL`.
    Parallel,
    /// An await blocks its worker thread.
    NoCooperative,
    /// A seed decides about the order of everything.
    Seeded,
}

pub const MODES: [Mode; 6] =
    [Mode::Plain, Mode::Frozen, Mode::Portable, Mode::Parallel, Mode::NoCooperative, Mode::Seeded];

/// The modes in which the order of contexts is another one than with one worker.
const OTHER_ORDERS: [&str; 2] = ["parallel", "seeded"];

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Plain => "plain",
            Mode::Frozen => "frozen",
            Mode::Portable => "portable",
            Mode::Parallel => "parallel",
            Mode::NoCooperative => "no-cooperative",
            Mode::Seeded => "seeded",
        }
    }

    pub fn options(self) -> Options {
        let plain = Options { workers: 1, ..Options::default() };
        match self {
            Mode::Plain => plain,
            Mode::Frozen => Options { frozen: true, ..plain },
            Mode::Portable => Options { park: Park::Portable, ..plain },
            Mode::Parallel => Options { workers: number("RUFF_PARALLEL", 4), ..plain },
            Mode::NoCooperative => Options { cooperative_suspend_enabled: false, ..plain },
            Mode::Seeded => Options { schedule: Schedule::Seeded(7), ..plain },
        }
    }
}

/// What a script's comments promise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// `# expect: LINE`, in order.
    pub lines: Vec<String>,
    /// `# diagnostic: [L:[C]] text`: static errors, in order.
    pub diagnostics: Vec<String>,
    /// `# warning: [L:[C]] text`: what `ruff check` warns about, in order. Looked at only if there are some.
    pub warnings: Vec<String>,
    /// `# fault: KIND: message part`: the uncaught error.
    pub fault: Option<String>,
    /// `# help: part`: what the uncaught error proposes.
    pub help: Option<String>,
    /// `# exit: N`.
    pub exit: Option<u8>,
    /// `# passes: NAME` and `# fails: NAME: part`: the tests of the script, in order. They run only if there are some.
    pub tests: Vec<(String, Option<String>)>,
    /// `# unordered`: the lines may come in any order.
    pub unordered: bool,
    /// `# args: a b`.
    pub args: Vec<String>,
    /// The modes it runs in: all, or those of `# modes: a, b (reason)` or `# workers: 1`.
    pub modes: Vec<&'static str>,
}

impl Expectation {
    /// Reads the comments; an unknown mode or a restriction without reason is an error.
    pub fn parse(text: &str) -> Result<Expectation, String> {
        let mut found = Expectation { modes: MODES.map(Mode::name).to_vec(), ..Expectation::default() };
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once("# expect:") {
                found.lines.push(rest.strip_prefix(' ').unwrap_or(rest).trim_end().to_owned());
                continue;
            }
            let Some((word, rest)) =
                line.strip_prefix("# ").map(|rest| rest.split_once(':').unwrap_or((rest, "")))
            else {
                continue;
            };
            let rest = rest.trim();
            match word.trim() {
                "diagnostic" => found.diagnostics.push(rest.to_owned()),
                "warning" => found.warnings.push(rest.to_owned()),
                "fault" => found.fault = Some(rest.to_owned()),
                "help" => found.help = Some(rest.to_owned()),
                "exit" => found.exit = Some(rest.parse().map_err(|_| format!("bad exit code {rest}"))?),
                "passes" => found.tests.push((rest.to_owned(), None)),
                "fails" => {
                    let (name, part) = rest.rsplit_once(": ").ok_or("`# fails:` needs `NAME: part`")?;
                    found.tests.push((name.to_owned(), Some(part.to_owned())));
                }
                "unordered" => found.unordered = true,
                "args" => found.args = rest.split(' ').map(str::to_owned).collect(),
                "workers" => found.modes.retain(|mode| !OTHER_ORDERS.contains(mode)),
                "modes" => found.modes = restricted(rest)?,
                "todo" => return Err("`# todo` is not allowed: assert what happens today".to_owned()),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// `plain, portable (reason)`.
fn restricted(text: &str) -> Result<Vec<&'static str>, String> {
    let (names, reason) = text.split_once('(').ok_or("`# modes:` needs a reason in parentheses")?;
    if reason.trim_end_matches(')').trim().is_empty() {
        return Err("`# modes:` needs a reason in parentheses".to_owned());
    }
    let known = |name: &str| MODES.map(Mode::name).into_iter().find(|&mode| mode == name);
    names.split(',').map(|name| known(name.trim()).ok_or(format!("unknown mode {}", name.trim()))).collect()
}

/// What one run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    pub stdout: String,
    pub exit: u8,
    /// `KIND: message` of an uncaught error or of unawaited rejections.
    pub fault: Option<String>,
    /// The help of an uncaught error or of the first unawaited rejection.
    pub help: Option<String>,
    /// `L:C message` of each static error.
    pub diagnostics: Vec<String>,
    /// `L:C message` of each warning.
    pub warnings: Vec<String>,
    /// The tests that ran: their names, and why they failed.
    pub tests: Vec<(String, Option<String>)>,
}

/// Collects what a script prints.
#[derive(Debug, Default)]
pub struct Capture {
    pub out: Mutex<String>,
    pub err: Mutex<String>,
}

impl Output for Capture {
    fn write(&self, stream: Stream, text: &str) -> std::io::Result<()> {
        let buffer = match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        };
        buffer.lock().expect("no test panics while it prints").push_str(text);
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Does something with each item, on a few threads.
pub fn on_threads<T: Sync>(items: &[T], each: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    each(item);
                }
            });
        }
    });
}

/// Runs a script in this process; `None` if it hangs.
pub fn run(engine: &Engine, name: &str, text: &str) -> Option<Observed> {
    run_as(observe, engine, name, text)
}

/// Runs the tests of a script in this process; `None` if one hangs.
pub fn run_tests(engine: &Engine, name: &str, text: &str) -> Option<Observed> {
    run_as(observe_tests, engine, name, text)
}

fn run_as(
    observe: fn(&Engine, Source) -> Observed,
    engine: &Engine,
    name: &str,
    text: &str,
) -> Option<Observed> {
    let (engine, source) = (engine.clone(), Source::from_bytes(name, text.as_bytes()));
    let (done, finished) = mpsc::channel();
    std::thread::spawn(move || {
        let observed = match source {
            Ok(source) => observe(&engine, source),
            Err(error) => failed(String::new(), &Error::Source(error)),
        };
        // Nobody listens any more if the watchdog was faster.
        let _ = done.send(observed);
    });
    finished.recv_timeout(Duration::from_secs(number("RUFF_WATCHDOG", WATCHDOG) as u64)).ok()
}

/// Scripts import what lies in `files` folders beside them.
struct Beside {
    files: Files,
}

impl Beside {
    fn of(script: &Source) -> Beside {
        Beside { files: Files::new(&located(script.name()), Vec::new()) }
    }
}

impl Modules for Beside {
    fn script(&self, name: &str) -> String {
        self.files.script(&located(name))
    }

    fn find(&self, importer: &str, path: &[&str]) -> Result<FoundModule, NotFound> {
        self.files.find(&located(importer), path)
    }

    fn read(&self, module: &FoundModule) -> Result<Vec<u8>, String> {
        self.files.read(module)
    }
}

/// A script is named from `tests/scripts` on, a module from the root on.
fn located(name: &str) -> String {
    if name.starts_with("tests/") { name.to_owned() } else { format!("tests/scripts/{name}") }
}

fn observe(engine: &Engine, source: Source) -> Observed {
    let modules = Beside::of(&source);
    let script = match engine.compile_with(source.clone(), &modules) {
        Ok(script) => script,
        Err(error) => return failed(String::new(), &error),
    };
    let capture = Arc::new(Capture::default());
    let report = engine.execute(&script, Arc::<Capture>::clone(&capture));
    let stdout = capture.out.lock().expect("no test panics while it prints").clone();
    let observed = match report.end {
        Ok(_) => passed(stdout),
        Err(error) => failed(stdout, &error),
    };
    let warnings = engine.check(source, &modules).map(|(_, warnings)| warnings).unwrap_or_default();
    let warnings = warnings.iter().flat_map(|file| placed(&file.source, &file.diagnostics)).collect();
    Observed { warnings, ..observed }
}

/// `L:C message` of each.
fn placed(source: &Source, list: &[Diagnostic]) -> Vec<String> {
    let line = |found: &Diagnostic| {
        let at = source.position(found.span.start);
        format!("{}:{} {}", at.line, at.column, found.message)
    };
    list.iter().map(line).collect()
}

fn observe_tests(engine: &Engine, source: Source) -> Observed {
    let script = match engine.compile_with(source.clone(), &Beside::of(&source)) {
        Ok(script) => script,
        Err(error) => return failed(String::new(), &error),
    };
    let capture = Arc::new(Capture::default());
    let mut run = match TestRun::start(engine, &script, Arc::<Capture>::clone(&capture)) {
        Ok(run) => run,
        Err(error) => return failed(String::new(), &error),
    };
    let mut tests = Vec::new();
    for (position, test) in script.tests().iter().enumerate() {
        let end = run.run(position, None).expect("there is a test at this position");
        let name = test.groups.iter().chain([&test.name]).map(|name| &**name).collect::<Vec<_>>().join(" > ");
        tests.push((name, end.outcome.err().map(|error| error.to_string())));
    }
    let stdout = capture.out.lock().expect("no test panics while it prints").clone();
    Observed { tests, ..passed(stdout) }
}

fn passed(stdout: String) -> Observed {
    Observed {
        stdout,
        exit: 0,
        fault: None,
        help: None,
        diagnostics: Vec::new(),
        warnings: Vec::new(),
        tests: Vec::new(),
    }
}

fn failed(stdout: String, error: &Error) -> Observed {
    let mut observed = Observed { exit: 4, ..passed(stdout) };
    match error {
        Error::Source(_) | Error::Module(_) => observed.exit = 5,
        Error::Diagnostics(files) => {
            let is_static = |file: &Incorrect| file.diagnostics.iter().all(|found| found.code == Code::Check);
            observed.exit = if files.iter().all(is_static) { 4 } else { 3 };
            observed.diagnostics =
                files.iter().flat_map(|file| placed(&file.source, &file.diagnostics)).collect();
        }
        Error::Failed(failure) => {
            observed.fault = Some(format!("{}: {}", failure.kind, failure.diagnostic.message));
            observed.help.clone_from(&failure.diagnostic.help);
        }
        Error::Unawaited(list) => {
            let all: Vec<String> = list
                .iter()
                .map(|failure| format!("{}: {}", failure.kind, failure.diagnostic.message))
                .collect();
            observed.fault = Some(all.join("; "));
            observed.help = list.first().and_then(|failure| failure.diagnostic.help.clone());
        }
        Error::Exit(code) => observed.exit = *code,
        other => observed.fault = Some(other.to_string()),
    }
    observed
}

/// What is wrong with a run, as lines; empty if nothing is.
pub fn differences(expected: &Expectation, observed: &Observed) -> Vec<String> {
    let mut wrong = Vec::new();
    compare_lines(expected, &observed.stdout, &mut wrong);
    compare_diagnostics(&expected.diagnostics, &observed.diagnostics, &mut wrong);
    if !expected.warnings.is_empty() {
        compare_diagnostics(&expected.warnings, &observed.warnings, &mut wrong);
    }
    compare_tests(&expected.tests, &observed.tests, &mut wrong);
    match (&expected.fault, &observed.fault) {
        (None, Some(fault)) => wrong.push(format!("unexpected error: {fault}")),
        (Some(wanted), None) => wrong.push(format!("no error; expected {wanted}")),
        (Some(wanted), Some(fault)) if !fault_fits(wanted, fault) => {
            wrong.push(format!("error   {fault}"));
            wrong.push(format!("expected {wanted}"));
        }
        _ => {}
    }
    let help = observed.help.as_deref().unwrap_or_default();
    if let Some(part) = expected.help.as_ref().filter(|part| !help.contains(&***part)) {
        wrong.push(format!("help {help:?}, expected {part:?}"));
    }
    let failing = expected.fault.is_some() || !expected.diagnostics.is_empty();
    let exit = expected.exit.unwrap_or(if failing { observed.exit.max(1) } else { 0 });
    if exit != observed.exit {
        wrong.push(format!("exit code {}, expected {exit}", observed.exit));
    }
    wrong
}

/// `KIND: part` fits `KIND: message` if the message contains the part.
fn fault_fits(wanted: &str, fault: &str) -> bool {
    let Some((kind, part)) = wanted.split_once(':') else { return fault.starts_with(wanted) };
    fault.strip_prefix(kind).is_some_and(|message| message.contains(part.trim()))
}

fn compare_lines(expected: &Expectation, stdout: &str, wrong: &mut Vec<String>) {
    let mut wanted: Vec<&str> = expected.lines.iter().map(String::as_str).collect();
    let mut printed: Vec<&str> = stdout.lines().map(str::trim_end).collect();
    if expected.unordered {
        wanted.sort_unstable();
        printed.sort_unstable();
    }
    for position in 0..wanted.len().max(printed.len()) {
        let (want, got) = (wanted.get(position), printed.get(position));
        if want != got {
            let show = |line: Option<&&str>| line.map_or("(nothing)".to_owned(), |line| format!("{line:?}"));
            wrong.push(format!("line {}: printed {}, expected {}", position + 1, show(got), show(want)));
            return; // The first difference explains the others.
        }
    }
}

fn compare_diagnostics(wanted: &[String], found: &[String], wrong: &mut Vec<String>) {
    let fits = |(wanted, found): (&String, &String)| diagnostic_fits(wanted, found);
    if wanted.len() != found.len() || !wanted.iter().zip(found).all(fits) {
        wrong.extend(found.iter().map(|line| format!("diagnostic {line}")));
        wrong.extend(wanted.iter().map(|line| format!("expected   {line}")));
    }
}

/// A test's name, and why it failed.
type Test = (String, Option<String>);

fn compare_tests(wanted: &[Test], found: &[Test], wrong: &mut Vec<String>) {
    let fits = |((wanted, part), (found, why)): (&Test, &Test)| {
        wanted == found
            && match (part, why) {
                (Some(part), Some(why)) => why.contains(part.as_str()),
                (part, why) => part.is_none() && why.is_none(),
            }
    };
    if wanted.len() != found.len() || !wanted.iter().zip(found).all(fits) {
        wrong.push(format!("tests    {found:?}"));
        wrong.push(format!("expected {wanted:?}"));
    }
}

/// `[L:[C]] text` fits `L:C message` if the places agree and the message contains the text, in whatever case.
fn diagnostic_fits(wanted: &str, found: &str) -> bool {
    let place = wanted
        .split(' ')
        .next()
        .filter(|word| word.ends_with(|last: char| last == ':' || last.is_ascii_digit()));
    let place = place.filter(|word| word.starts_with(|first: char| first.is_ascii_digit())).unwrap_or("");
    let text = wanted[place.len()..].trim().to_lowercase();
    let (at, message) = found.split_once(' ').unwrap_or((found, ""));
    let same_place =
        if place.ends_with(':') { at.starts_with(place) } else { place.is_empty() || at == place };
    same_place && message.to_lowercase().contains(&text)
}

/// Every file below `folder` that ends in `.ruff`, sorted.
pub fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a folder of this repository can be listed").path();
            if path.is_dir() && path.ends_with("files") {
                // What other scripts import.
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ruff") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
