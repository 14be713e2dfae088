//! A session that evaluates one input after the other, each seeing what the earlier ones declared.
//!
//! Owns: one runtime for the whole session, its growing program and what is known about both. Contexts that an input created
//! go on while later inputs are awaited and run.
//! Invariant: an input that fails leaves the session usable: variables that it assigned before keep their new values, all others
//! are as they were.
//! Does not: read lines, print or know commands; `cli/repl` does.

mod look;

use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashMap;

pub use look::Binding;

use super::{
    Engine, Error, Failure, Modules, Options, Output, Schedule, Value, explain, milliseconds, modules,
    wrong_prelude,
};
use crate::bytecode::Program;
use crate::compiler::Dialogue;
use crate::runtime::{Estate, Interrupter, RunEnd, RunReport, Runtime};
use crate::source::{Code, Source};
use crate::syntax;
use crate::value::{Fault, inspect, type_name};
use crate::vm::Machine;

/// A session.
pub struct Repl {
    engine: Engine,
    runtime: Runtime,
    dialogue: Dialogue,
    estate: Estate,
    /// The files imported so far, by key.
    files: FxHashMap<String, usize>,
}

/// What an input came to.
#[derive(Debug)]
pub struct Evaluated {
    /// The value of its last statement, if that is an expression, else null. `exit` is `Error::Exit`, whatever the code.
    pub value: Result<Value, Error>,
    /// Rejections that happened before it began and that it did not await either.
    pub unawaited: Vec<Failure>,
}

impl Repl {
    /// A session in which nothing was evaluated yet. Contexts always suspend cooperatively; the engine's time limit holds for
    /// each input.
    pub fn new(engine: &Engine, output: Arc<dyn Output>) -> Result<Repl, Error> {
        let options = Options {
            cooperative_suspend_enabled: true,
            schedule: Schedule::Stealing,
            ..engine.options().clone()
        };
        let library = engine.library.whole().unwrap_or_else(wrong_prelude);
        let engine = Engine { library: Arc::new(library), ..engine.with_options(options) };
        let (dialogue, program) = Dialogue::new(&engine.library);
        let config = engine.config(&program);
        let machine = Machine::new(Arc::new(program), Arc::clone(&engine.natives), engine.host());
        let mut runtime = Runtime::new(Arc::new(machine), &config, output);
        let estate = runtime.begin_dialogue();
        let estate = estate.map_err(|fault| no_threads(&fault))?;
        Ok(Repl { engine, runtime, dialogue, estate, files: FxHashMap::default() })
    }

    /// Whether a text is wrong only because it ends too early.
    pub fn is_incomplete(text: &str) -> bool {
        syntax::parse(&Source::new("input", text)).incomplete
    }

    /// Compiles and runs an input that messages call by the source's name. All its lexical and syntax errors are reported, or
    /// else all its static errors; then nothing has run.
    pub fn evaluate(&mut self, source: Source, modules: &dyn Modules) -> Evaluated {
        let compiled = modules::further_units(source, modules, &self.files).and_then(|(units, files)| {
            let (dialogue, library) = (&mut self.dialogue, &self.engine.library);
            let add = |program: &mut Program| dialogue.compile(units, program, library);
            let grown = self.runtime.grow(|machine| machine.grow(add));
            let input = grown.map_err(|fault| no_threads(&fault))?;
            Ok((input.map_err(Error::Diagnostics)?, files))
        });
        let (input, files) = match compiled {
            Ok(compiled) => compiled,
            Err(error) => return Evaluated { value: Err(error), unawaited: Vec::new() },
        };
        self.files.extend(files);
        let limit = self.engine.options.timeout.map(milliseconds);
        let report = self.runtime.run_input(&mut self.estate, input.main, limit);
        let succeeded = matches!(report.end, RunEnd::Completed(_));
        let estate = &self.estate;
        self.dialogue.adopt(input, succeeded, |slot| !matches!(estate.get(slot), Value::Unset));
        self.explained(report)
    }

    /// Waits until all contexts that inputs created have ended.
    pub fn finish(&mut self) -> Evaluated {
        let report = self.runtime.end_dialogue();
        self.explained(report)
    }

    /// Ends the session at once: what was rejected and never awaited.
    pub fn leave(&mut self) -> Vec<Failure> {
        let report = self.runtime.leave_dialogue();
        self.explained(report).unawaited
    }

    /// Calls the functions of `on_exit`: to be called last. An `exit` in one of them is `Error::Exit`.
    pub fn close(&mut self) -> Evaluated {
        let report = self.runtime.close_dialogue(&mut self.estate);
        self.explained(report)
    }

    /// What interrupts the input that runs: the first time as `cancel` would, the second time by ending all contexts.
    pub fn interrupter(&self) -> Interrupter {
        self.runtime.interrupter()
    }

    /// The age of the session.
    pub fn elapsed(&self) -> Duration {
        Duration::from_secs_f64(self.runtime.stats().milliseconds / 1e3)
    }

    /// The program so far, for messages.
    pub fn program(&self) -> &Program {
        self.runtime.program()
    }

    /// The text of `inspect`; an error if the value nests too deeply.
    pub fn inspect(&self, value: &Value) -> Result<String, Error> {
        let mut text = String::new();
        match inspect(self.program(), value, &mut text) {
            Ok(()) => Ok(text),
            Err(fault) => Err(Error::Failed(Box::new(Failure::new(self.program(), &fault, Code::Uncaught)))),
        }
    }

    /// The text of `type`.
    pub fn type_of<'a>(&'a self, value: &'a Value) -> &'a str {
        type_name(self.program(), value)
    }

    fn explained(&self, report: RunReport) -> Evaluated {
        let program = self.program();
        let failure = |fault| Failure::new(program, fault, Code::Unawaited);
        let unawaited = report.unawaited.iter().map(failure).collect();
        if let RunEnd::Exit(code) = report.end {
            return Evaluated { value: Err(Error::Exit(code)), unawaited };
        }
        // Here they are no reason to call the input a failure.
        let report = explain(program, RunReport { unawaited: Vec::new(), ..report });
        Evaluated { value: report.end, unawaited }
    }
}

fn no_threads(fault: &Fault) -> Error {
    Error::Host(fault.body().message.as_str().to_owned())
}
