//! The embedder's door: compiles scripts, runs them, and explains how they ended.
//!
//! Owns: the assembly of all layers (library, compiler, machine, runtime) and `Error`, the only sum of their errors.
//! Invariant: nothing a script or a source text contains makes a function here panic.
//! Does not: print or choose exit codes (`cli` does), nor read files, but for the modules that `Files` finds. A host that
//! wants to drive contexts itself, step by step, uses `Session` (`session.rs`).

mod console;
mod failure;
mod modules;
mod session;
mod testing;
mod repl;
mod in_order;
mod run;

use std::sync::Arc;
use std::time::Duration;

pub use console::{Console, Recorder};
pub use failure::{CallLine, Failure, HopLine};
pub use in_order::in_order;
pub use modules::{Files, FoundModule, Modules, NoModules, NotFound, UnreadableModule};
pub use repl::{Binding, Evaluated, Repl};
pub use run::{Run, Running};
pub use session::{ExecutionState, Session, VmExecutionResult};
pub use testing::{TestEnd, TestRun};

pub use crate::compiler::Incorrect;
pub use crate::runtime::inspect::VERSION as INSPECT_VERSION;
#[cfg(unix)]
pub use crate::runtime::io::MOST_PATH as LONGEST_SOCKET_PATH;
pub use crate::runtime::{
    Inspector, Interrupter, Journal, LeftAt, Leftover, Output, Recording, Round, Schedule, Stats, WorkerStats,
};
pub use crate::stdlib::{Chapter, Entry, Help, Reference};
pub use crate::value::Value;
pub use crate::vm::{Capability, Stream};

use crate::bytecode::{FileId, NativeId, Program, TestDef};
use crate::compiler::{self, Arity, Builtin, Library, Unit};
use crate::context::{Context, Globals};
use crate::runtime::{Config, RunEnd, RunReport, Runtime};
use crate::snapshot::Form;
use crate::source::{Code, Diagnostic, Source, SourceError};
use crate::stdlib;
use crate::vm::{CALLED_BY_MACHINE, Form as NativeForm, Host, Machine, NativeTable, Signature};

/// The version that scripts and `ruff --version` see.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The form in which parked contexts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Park {
    /// Small and quick: bytes for what is data, a table beside them for what is alive or large.
    #[default]
    Packed,
    /// Self-contained bytes, marked with the program's fingerprint.
    Portable,
}

/// How an engine runs scripts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker threads; at least 1. Default: the number of CPUs.
    pub workers: usize,
    /// Whether an `await` parks the context (default) or blocks its worker thread. Results are the same.
    pub cooperative_suspend_enabled: bool,
    /// The form in which parked contexts are kept. Results are the same.
    pub park: Park,
    /// The longest that a whole run may take; default: no limit.
    pub timeout: Option<Duration>,
    /// Whether Ctrl-C ends a run in order. Process-wide, so a host has to ask for it.
    pub catch_interrupt: bool,
    /// Whether to record what happens when (`Report::trace`).
    pub trace: bool,
    /// Test mode: every context is frozen and thawed at every instruction.
    pub frozen: bool,
    /// Rights that scripts do not have. Default: none, everything is allowed.
    pub denied: Vec<Capability>,
    /// The words after the script name (`args()`).
    pub args: Vec<String>,
    /// The script's path as given; empty for text without a file.
    pub script_path: String,
    /// Whether stdout, stderr and stdin are terminals (`is_terminal()`).
    pub terminals: [bool; 3],
    /// Who decides about the order of contexts, timers and operations in `execute` and in tests. All but `Stealing` use one
    /// worker. A `Session` and a `Repl`, whose host decides, ignore it.
    pub schedule: Schedule,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            workers: num_cpus::get(),
            cooperative_suspend_enabled: true,
            park: Park::Packed,
            timeout: None,
            catch_interrupt: false,
            trace: false,
            frozen: false,
            denied: Vec::new(),
            args: Vec::new(),
            script_path: String::new(),
            terminals: [false; 3],
            schedule: Schedule::Stealing,
        }
    }
}

/// Those of the rejections that nothing awaited which are told, and how many others there are, which are counted.
pub fn told(unawaited: &[Failure]) -> (&[Failure], usize) {
    const MOST: usize = 20;
    let (told, others) = unawaited.split_at(unawaited.len().min(MOST));
    (told, others.len())
}

/// Why a script did not give a value: the only sum of the layers' errors.
#[derive(Debug)]
pub enum Error {
    /// The bytes are no source text.
    Source(SourceError),
    /// A module is there but cannot be read, or its bytes are no source text.
    Module(Box<UnreadableModule>),
    /// Lexical, syntax or static errors, file by file, each in source order.
    Diagnostics(Vec<Incorrect>),
    /// An uncaught error ended the program.
    Failed(Box<Failure>),
    /// The program ended, but these promises rejected and nothing awaited them.
    Unawaited(Vec<Failure>),
    /// The script called `exit` with this code.
    Exit(u8),
    /// What it printed could not be written.
    Unwritable(String),
    /// The whole run took longer than these milliseconds.
    TimedOut(u64),
    /// Somebody interrupted the run (Ctrl-C).
    Interrupted,
    /// The run could not follow its schedule: a replay met something that its recording does not have, or the recording cannot
    /// be written.
    OffSchedule(String),
    /// A host's own call was wrong (`Session`): an unknown context, or a state of another program.
    Host(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Source(error) => write!(out, "{error}"),
            Error::Module(module) => write!(out, "{module}; it is imported at {}", module.imported_at),
            Error::Diagnostics(files) => match files.first() {
                Some(Incorrect { source, diagnostics }) => match diagnostics.first() {
                    Some(first) => write_diagnostic(out, source, first),
                    None => write!(out, "{} is not correct", source.name()),
                },
                None => out.write_str("the script is not correct"),
            },
            Error::Failed(failure) => write!(out, "{failure}"),
            Error::Unawaited(list) => {
                write!(out, "{} rejected promise(s) that nothing awaited", list.len())?;
                let (told, others) = told(list);
                told.iter().try_for_each(|failure| write!(out, "; {failure}"))?;
                if others > 0 { write!(out, "; and {others} more") } else { Ok(()) }
            }
            Error::Exit(code) => write!(out, "the script called exit({code})"),
            Error::TimedOut(ms) => write!(out, "Scheduler timed out after {ms}ms"),
            Error::Interrupted => out.write_str("interrupted"),
            Error::Unwritable(message) | Error::OffSchedule(message) | Error::Host(message) => {
                out.write_str(message)
            }
        }
    }
}

impl std::error::Error for Error {}

fn write_diagnostic(
    out: &mut std::fmt::Formatter<'_>,
    source: &Source,
    diagnostic: &Diagnostic,
) -> std::fmt::Result {
    let at = source.position(diagnostic.span.start);
    write!(out, "{}:{}:{}: {}", source.name(), at.line, at.column, diagnostic.message)
}

/// What there is to read about the library. Compiles nothing.
pub fn reference() -> Reference {
    Reference::new(&stdlib::table())
}

/// A compiled script: cheap to clone, shared by any number of runs.
#[derive(Clone, Debug)]
pub struct Script {
    program: Arc<Program>,
    statements: usize,
}

impl Script {
    /// The bytecode with its source files.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many statements stand at its top level.
    pub fn statement_count(&self) -> usize {
        self.statements
    }

    /// How many instructions its own functions have; the prelude does not count.
    pub fn instruction_count(&self) -> usize {
        let own = self.program.functions.iter().filter(|function| !function.flags.is_prelude);
        own.map(|function| function.code.len()).sum()
    }

    /// Its tests, in the order of the text. `TestRun` runs them.
    pub fn tests(&self) -> &[TestDef] {
        &self.program.tests
    }

    /// Its text.
    pub fn source(&self) -> &Source {
        &self.program.files[self.file().index()]
    }

    /// The file that was started.
    pub fn file(&self) -> FileId {
        self.program.function(self.program.main).file
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Report {
    /// The value of the script's top-level `return`, or why there is none.
    pub end: Result<Value, Error>,
    /// What the run did.
    pub stats: Stats,
    /// What happened when, if the options want it.
    pub trace: Option<Timeline>,
    /// Rejections that nothing awaited, unless they are why the run failed (`Error::Unawaited`).
    pub unawaited: Vec<Failure>,
    /// What still waited when the run was ended early: by an error, `exit`, a time limit or an interrupt.
    pub left: Leftover,
}

/// What happened when, in one run.
#[derive(Debug)]
pub struct Timeline {
    /// The Chrome trace event format, which Perfetto opens.
    pub json: String,
    /// Events that are missing because there were too many.
    pub dropped: u64,
}

/// Compiles and runs scripts with one set of options.
#[derive(Clone)]
pub struct Engine {
    options: Options,
    natives: Arc<NativeTable>,
    library: Arc<Library>,
}

impl Engine {
    /// An engine with the whole library. Of the library's own Ruff code each program gets what its text mentions.
    pub fn new(options: Options) -> Engine {
        let natives = stdlib::table();
        let library = library(&natives);
        Engine { options, natives: Arc::new(natives), library: Arc::new(library) }
    }

    /// The same library with other options: nothing is compiled again.
    #[must_use]
    pub fn with_options(&self, options: Options) -> Engine {
        Engine { options, ..self.clone() }
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whether an `await` parks the context. On by default.
    pub fn cooperative_suspend_enabled(&self) -> bool {
        self.options.cooperative_suspend_enabled
    }

    /// Compiles the bytes of a file that messages call `name`. Its imports fail.
    pub fn compile_bytes(&self, name: &str, bytes: &[u8]) -> Result<Script, Error> {
        self.compile(Source::from_bytes(name, bytes).map_err(Error::Source)?)
    }

    /// Compiles a source text whose imports fail. All its lexical and syntax errors are reported, or else all its static
    /// errors.
    pub fn compile(&self, source: Source) -> Result<Script, Error> {
        self.compile_with(source, &NoModules)
    }

    /// Compiles a source text and the modules that it imports, which are found by `modules`. All lexical and syntax errors
    /// of all files are reported, or else all their static errors.
    pub fn compile_with(&self, source: Source, modules: &dyn Modules) -> Result<Script, Error> {
        let units = modules::units(source, modules)?;
        let statements = units.last().map_or(0, |unit| unit.script.statements.len());
        let library = self.library_for(&units);
        let program = compiler::compile(units, &library).map_err(Error::Diagnostics)?;
        Ok(Script { program: Arc::new(program), statements })
    }

    /// The same for `ruff check`: failing imports are errors, and what is allowed but hardly meant comes along.
    pub fn check(&self, source: Source, modules: &dyn Modules) -> Result<(Script, Vec<Incorrect>), Error> {
        let units = modules::units(source, modules)?;
        let statements = units.last().map_or(0, |unit| unit.script.statements.len());
        let library = self.library_for(&units);
        let (program, warnings) = compiler::check(units, &library).map_err(Error::Diagnostics)?;
        Ok((Script { program: Arc::new(program), statements }, warnings))
    }

    /// The library with what a program of these files needs of the prelude.
    fn library_for(&self, units: &[Unit]) -> Library {
        let texts = units.iter().map(|unit| unit.source.text());
        self.library.for_program(texts).unwrap_or_else(wrong_prelude)
    }

    /// Compiles and runs a source text whose output goes to the process's own streams.
    pub fn run(&self, source: Source) -> Result<Value, Error> {
        let script = self.compile(source)?;
        self.execute(&script, Arc::new(Console::default())).end
    }

    /// Runs a compiled script on the engine's workers, until all its contexts have ended.
    pub fn execute(&self, script: &Script, output: Arc<dyn Output>) -> Report {
        self.prepare(script, output).execute()
    }

    /// A runtime for one run of a script; nothing runs yet.
    fn runtime(&self, script: &Script, output: Arc<dyn Output>) -> Runtime {
        let machine = Machine::new(Arc::clone(&script.program), Arc::clone(&self.natives), self.host());
        Runtime::new(Arc::new(machine), &self.config(&script.program), output)
    }

    fn host(&self) -> Host {
        Host {
            args: self.options.args.clone(),
            script_path: self.options.script_path.clone(),
            version: VERSION.to_owned(),
            terminals: self.options.terminals,
            cpus: num_cpus::get(),
            denied: self.options.denied.clone(),
        }
    }

    fn config(&self, program: &Program) -> Config {
        Config {
            workers: self.options.workers.max(1),
            cooperative: self.options.cooperative_suspend_enabled,
            form: match self.options.park {
                Park::Packed => Form::Packed,
                Park::Portable => Form::Portable(program.fingerprint()),
            },
            frozen: self.options.frozen,
            timeout: self.options.timeout.map(milliseconds),
            catch_interrupt: self.options.catch_interrupt,
            schedule: self.options.schedule.clone(),
            trace: self.options.trace,
        }
    }
}

/// Whole milliseconds, at least one.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The context that runs the top-level code.
fn main_context(program: &Program) -> Context {
    let globals = Globals::own(program.globals.len());
    Context::start(program, program.main, None, Vec::new(), globals)
}

/// What a run's end means in terms of the source.
fn explain(program: &Program, report: RunReport) -> Report {
    let mut unawaited: Vec<Failure> =
        report.unawaited.iter().map(|fault| Failure::new(program, fault, Code::Unawaited)).collect();
    let end = match report.end {
        RunEnd::Completed(value) if unawaited.is_empty() => Ok(value),
        RunEnd::Completed(_) => Err(Error::Unawaited(std::mem::take(&mut unawaited))),
        RunEnd::Failed(fault) => Err(Error::Failed(Box::new(Failure::new(program, &fault, Code::Uncaught)))),
        RunEnd::Exit(0) => Ok(Value::Null),
        RunEnd::Exit(code) => Err(Error::Exit(code)),
        RunEnd::Unwritable(reason) => Err(Error::Unwritable(reason)),
        RunEnd::TimedOut(ms) => Err(Error::TimedOut(ms)),
        RunEnd::Interrupted => Err(Error::Interrupted),
        RunEnd::OffSchedule(message) => Err(Error::OffSchedule(message)),
    };
    Report { end, stats: report.stats, trace: None, unawaited, left: report.left }
}

/// The library as the compiler sees it: the native table, constants and the prelude.
fn library(natives: &NativeTable) -> Library {
    let builtins = natives.by_name.iter().map(|(name, &id)| (Box::from(*name), builtin(natives, id)));
    let names = natives.entries.iter().map(|(_, signature)| signature.names[0]).collect();
    Library::new(builtins, stdlib::CONSTANTS, names)
        .with_groups(stdlib::GROUPS)
        .with_arities(natives.entries.iter().flat_map(|(_, signature)| arities(signature)))
        .with_prelude(
            stdlib::SOURCES,
            CALLED_BY_MACHINE,
            stdlib::EDITING,
            natives.entries.iter().flat_map(|(_, signature)| aliases(signature)),
        )
}

/// The prelude is ours, so what is wrong with it is a bug.
fn wrong_prelude((source, diagnostics): (Source, Vec<Diagnostic>)) -> Library {
    panic!("the prelude is wrong: {}", Error::Diagnostics(vec![Incorrect { source, diagnostics }]))
}

/// The further names of a native, each with the first.
fn aliases(signature: &Signature) -> impl Iterator<Item = (&str, &str)> {
    let first = signature.names[0];
    signature.names[1..].iter().map(move |&alias| (alias, first))
}

fn arities(signature: &Signature) -> impl Iterator<Item = (Box<str>, Arity)> + '_ {
    let required = signature.params.iter().filter(|param| param.default.is_none()).count();
    let arity = Arity { required, most: signature.rest.is_none().then_some(signature.params.len()) };
    signature.names.iter().map(move |&name| (name.into(), arity))
}

fn builtin(natives: &NativeTable, id: NativeId) -> Builtin {
    let form = natives.entries[id.index()].0.form;
    Builtin::Native { id, edits: form == NativeForm::Edit, mutates: form != NativeForm::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_of_the_prelude_comes_with_what_it_needs() {
        let engine = Engine::new(Options::default());
        let declared = stdlib::SOURCES.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| {
            let (before, after) = line.split_once("func")?;
            let name = after.trim_start_matches('*').trim_start().split('(').next()?;
            matches!(before, "" | "async ").then_some(name)
        });
        let lines = stdlib::SOURCES.iter().flat_map(|(_, text)| text.lines());
        let mut other = lines.filter(|line| line.starts_with(char::is_alphabetic) && !line.contains("func"));
        assert_eq!(other.next(), None, "the prelude is cut into functions, so it consists of nothing else");
        let mut count = 0;
        for name in declared {
            let script = engine.compile(Source::new("mentions.ruff", &format!("# {name}\n")));
            let program = script.expect("it compiles").program;
            assert!(program.prelude.contains_key(name), "{name} is missing");
            count += 1;
        }
        assert!(count > 150, "{count} functions");
    }

    #[test]
    fn a_program_has_only_what_it_mentions() {
        let engine = Engine::new(Options::default());
        let compiled = |text: &str| engine.compile(Source::new("script.ruff", text)).expect("it compiles");
        assert!(!compiled("print(1)\n").program.prelude.contains_key("reduce"));
        assert!(
            compiled("x := [1].reduce(0, func(a, b) { return a })\n").program.prelude.contains_key("reduce")
        );
    }
}
