//! Commands: inputs that begin with a colon.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use super::{Next, Session, show};
use crate::cli::{Exit, doc, paint};
use crate::engine::{Console, Error, Repl};
use crate::source::similar;

/// Every command, what follows it, and what it does.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("help", "[NAME]", "show this, or what a function takes and does"),
    ("vars", "", "list the variables and functions of the session"),
    ("type", "EXPR", "evaluate and show the type of the value"),
    ("time", "EXPR", "evaluate and show how long it took"),
    ("clear", "", "clear the screen"),
    ("reset", "", "forget everything and begin anew"),
    ("quit", "", "leave, as Ctrl-D does"),
];

/// The name of a command and the rest of its line, if the input is one.
pub(super) fn words(input: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(input).ok()?.trim().strip_prefix(':')?;
    Some(text.split_once(char::is_whitespace).map_or((text, ""), |(name, rest)| (name, rest.trim())))
}

/// The names of all commands.
pub(super) fn names() -> Vec<String> {
    COMMANDS.iter().map(|(name, ..)| (*name).to_owned()).collect()
}

impl Session {
    /// Does what a command says.
    pub(super) fn command(&mut self, name: &str, rest: &str) -> Next {
        self.latest = Exit::Success;
        match (name, rest) {
            ("quit", _) => return Next::Leave(Exit::Success),
            ("help", "") => list(),
            ("help", name) => self.help(name),
            ("vars", _) => show::variables(&self.repl.borrow()),
            ("clear", _) => clear(),
            ("reset", _) => return self.reset(),
            ("type" | "time", "") => {
                self.refuse(&format!(":{name} needs an expression"), &format!("for example `:{name} 1 + 1`"));
            }
            ("type", expression) => return self.show_type(expression),
            ("time", expression) => return self.show_time(expression),
            (other, _) => self.unknown(other),
        }
        Next::Input
    }

    fn refuse(&mut self, message: &str, help: &str) {
        paint::cli_error(message, help);
        self.latest = Exit::Usage;
    }

    fn unknown(&mut self, name: &str) {
        let help = match similar(name, COMMANDS.iter().map(|(name, ..)| *name)) {
            Some(meant) => format!("did you mean `:{meant}`?"),
            None => "`:help` lists the commands".to_owned(),
        };
        self.refuse(&format!("Unknown command: :{name}"), &help);
    }

    fn help(&mut self, name: &str) {
        let found = self.repl.borrow().help(name);
        if let Some(help) = found {
            return paint::out(&doc::entry(&help));
        }
        let meant = {
            let repl = self.repl.borrow();
            similar(name, repl.words()).map(|meant| format!("did you mean `{meant}`?"))
        };
        self.refuse(&format!("There is no function {name}"), &meant.unwrap_or_default());
    }

    fn reset(&mut self) -> Next {
        match Repl::new(&self.engine, Arc::new(Console::default())) {
            Ok(fresh) => {
                *self.repl.borrow_mut() = fresh;
                Next::Input
            }
            Err(problem) => self.failed(&problem),
        }
    }

    fn show_type(&mut self, expression: &str) -> Next {
        match self.evaluate(expression.as_bytes()) {
            Ok(value) => {
                paint::out(&format!("{}\n", self.repl.borrow().type_of(&value)));
                Next::Input
            }
            Err(problem) => self.failed(&problem),
        }
    }

    fn show_time(&mut self, expression: &str) -> Next {
        let started = self.repl.borrow().elapsed();
        let evaluated: Result<_, Error> = self.evaluate(expression.as_bytes());
        let took = self.repl.borrow().elapsed().saturating_sub(started);
        let next = match evaluated {
            Ok(value) => {
                self.latest = show::value(&value, &self.repl.borrow());
                Next::Input
            }
            Err(problem) => self.failed(&problem),
        };
        paint::out(&format!("{}\n", time(took)));
        next
    }
}

fn time(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds => format!("{:.2} ms", seconds * 1e3),
    }
}

fn list() {
    let left = |name: &str, what: &str| format!(":{name} {what}").trim_end().to_owned();
    let line = |(name, what, does): &(&str, &str, &str)| format!("  {:<14} {does}\n", left(name, what));
    paint::out(&COMMANDS.iter().map(line).collect::<String>());
}

fn clear() {
    if std::io::stdout().is_terminal() {
        paint::out("\x1b[2J\x1b[H");
    }
}
