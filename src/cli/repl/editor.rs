//! The line editor: prompts, history and completion in a terminal.
//!
//! Does not: fail where the history cannot be read or written; it is then as long as the session.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Context, Helper, Highlighter, Hinter, Validator};

use super::openings::Openings;
use super::{complete, history};
use crate::engine::Repl;

const PROMPT: &str = "ruff> ";

/// While an input is incomplete.
const MORE: &str = "....> ";

/// What the user entered.
pub(super) enum Line {
    /// An input.
    Text(String),
    /// Ctrl-C: whatever was typed is dropped.
    Interrupted,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// A line editor.
pub(super) struct Editor {
    lines: rustyline::Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// An editor that completes what the session knows.
    pub(super) fn new(repl: Rc<RefCell<Repl>>) -> Result<Editor, ReadlineError> {
        let config = Config::builder().completion_type(CompletionType::List).build();
        let mut lines = rustyline::Editor::with_config(config)?;
        lines.set_helper(Some(Assistant { repl }));
        let history = history::path();
        if let Some(path) = &history {
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = lines.load_history(path);
        }
        Ok(Editor { lines, history })
    }

    /// The next input. An empty line ends one that is incomplete.
    pub(super) fn read(&mut self) -> Line {
        let mut text = String::new();
        let mut openings = Openings::default();
        loop {
            let line = match self.lines.readline(if text.is_empty() { PROMPT } else { MORE }) {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => return Line::Interrupted,
                Err(_) => return Line::End,
            };
            let is_last = line.trim().is_empty();
            text.push_str(&line);
            text.push('\n');
            openings.add(&line);
            openings.add("\n");
            let is_command = super::command::words(text.as_bytes()).is_some();
            if is_last || is_command || !(openings.is_open() || Repl::is_incomplete(&text)) {
                self.remember(text.trim_end());
                return Line::Text(text);
            }
        }
    }

    fn remember(&mut self, text: &str) {
        if text.is_empty() || !self.lines.add_history_entry(text).unwrap_or(false) {
            return;
        }
        if let Some(path) = &self.history {
            let _ = self.lines.append_history(path);
        }
    }
}

/// What the line editor asks.
#[derive(Helper, Highlighter, Hinter, Validator)]
struct Assistant {
    repl: Rc<RefCell<Repl>>,
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> Result<(usize, Vec<String>), ReadlineError> {
        Ok(complete::complete(&line[..position], &*self.repl.borrow()))
    }
}
