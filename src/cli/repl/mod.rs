//! `ruff repl`: reads inputs, evaluates them, shows what they come to (docs/REPL.md).
//!
//! Owns: the session's loop, in a terminal with a line editor, else from stdin as it comes. An input is as many lines as it
//! takes until the text is complete.
//! Invariant: nothing that an input contains ends the session but `exit`, the end of stdin and `:quit`.

mod openings;
mod command;
mod complete;
mod editor;
mod plain;
mod history;
mod show;

use std::cell::RefCell;
use std::io::IsTerminal;
use std::rc::Rc;
use std::sync::Arc;

use super::options::SessionOptions;
use super::{Exit, load, paint};
use crate::engine::{Console, Engine, Error, Files, Repl, VERSION};
use crate::source::Source;
use editor::Line;

/// What follows `ruff repl`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: SessionOptions,
}

/// Whether the session goes on.
enum Next {
    Input,
    Leave(Exit),
}

/// Runs a session.
pub(super) fn repl(arguments: &Arguments) -> Exit {
    let in_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut options = arguments.options.engine();
    // Elsewhere the interrupt key ends the process, as it does with any program that reads stdin.
    options.catch_interrupt = in_terminal;
    match Session::new(Engine::new(options)) {
        Ok(session) if in_terminal => session.converse(),
        Ok(session) => session.read_all(),
        Err(problem) => {
            paint::engine_error(&problem, None, "");
            Exit::of(&problem)
        }
    }
}

/// A session with what surrounds it.
struct Session {
    engine: Engine,
    /// The line editor looks into it while a line is edited.
    repl: Rc<RefCell<Repl>>,
    modules: Files,
    inputs: u32,
    /// How the latest input ended.
    latest: Exit,
}

impl Session {
    fn new(engine: Engine) -> Result<Session, Error> {
        let repl = Repl::new(&engine, Arc::new(Console::default()))?;
        let (repl, modules) = (Rc::new(RefCell::new(repl)), load::modules(""));
        Ok(Session { engine, repl, modules, inputs: 0, latest: Exit::Success })
    }

    /// With a line editor. Contexts that are left at the end stop where they are.
    fn converse(mut self) -> Exit {
        paint::out(&format!("Ruff {VERSION}. :help shows the commands, Ctrl-D leaves.\n"));
        let mut editor = match editor::Editor::new(Rc::clone(&self.repl)) {
            Ok(editor) => editor,
            Err(_) => return self.read_all(),
        };
        loop {
            let text = match editor.read() {
                Line::Text(text) => text,
                Line::Interrupted => continue,
                Line::End => break,
            };
            if let Next::Leave(exit) = self.input(text.as_bytes()) {
                return self.close(exit);
            }
        }
        paint::out("\n");
        let unawaited = self.repl.borrow_mut().leave();
        show::unawaited(&unawaited, &self.repl.borrow());
        self.close(Exit::Success)
    }

    /// Everything that stdin holds, without prompts. Then contexts that are left run to their end, as those of a script do.
    fn read_all(mut self) -> Exit {
        let mut lines = plain::Inputs::default();
        while let Some(text) = lines.next() {
            if let Next::Leave(exit) = self.input(&text) {
                return self.close(exit);
            }
        }
        let end = self.repl.borrow_mut().finish();
        show::unawaited(&end.unawaited, &self.repl.borrow());
        let exit = match end.value {
            Ok(_) if end.unawaited.is_empty() => self.latest,
            Ok(_) => Exit::Failed,
            Err(problem) => Exit::of(&problem),
        };
        self.close(exit)
    }

    /// Calls the functions of `on_exit`. An `exit` in one of them counts, as does an error if all was well before.
    fn close(&self, exit: Exit) -> Exit {
        let end = self.repl.borrow_mut().close();
        let repl = self.repl.borrow();
        show::unawaited(&end.unawaited, &repl);
        let Err(problem) = end.value else { return exit };
        paint::engine_error(&problem, Some(repl.program()), "");
        match problem {
            Error::Exit(code) => Exit::Script(code),
            problem if exit == Exit::Success => Exit::of(&problem),
            _ => exit,
        }
    }

    /// A command, or a text to evaluate.
    fn input(&mut self, bytes: &[u8]) -> Next {
        match command::words(bytes) {
            Some((name, rest)) => self.command(name, rest),
            None => match self.evaluate(bytes) {
                Ok(value) => {
                    self.latest = show::value(&value, &self.repl.borrow());
                    Next::Input
                }
                Err(problem) => self.failed(&problem),
            },
        }
    }

    fn evaluate(&mut self, bytes: &[u8]) -> Result<crate::engine::Value, Error> {
        self.inputs += 1;
        let name = format!("<repl:{}>", self.inputs);
        let source = Source::from_bytes(&name, bytes).map_err(Error::Source)?;
        let evaluated = self.repl.borrow_mut().evaluate(source, &self.modules);
        show::unawaited(&evaluated.unawaited, &self.repl.borrow());
        evaluated.value
    }

    fn failed(&mut self, problem: &Error) -> Next {
        if let Error::Exit(code) = problem {
            return Next::Leave(Exit::Script(*code));
        }
        let name = format!("<repl:{}>", self.inputs);
        paint::engine_error(problem, Some(self.repl.borrow().program()), &name);
        self.latest = Exit::of(problem);
        Next::Input
    }
}
