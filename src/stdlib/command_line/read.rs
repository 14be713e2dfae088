//! Words to values.

use super::CommandLine;
use super::argument::Argument;
use super::help;
use crate::value::{Counted, Dict, ErrorKind, Fault, Value};

/// What a command line asks for.
pub(super) enum Request {
    /// That the program runs with these values.
    Values(Dict),
    /// That this is shown.
    Show(String),
}

/// What the words say. UsageError with `{usage}`.
pub(super) fn parsed(parser: &CommandLine, words: &[String]) -> Result<Request, Fault> {
    let mut reader =
        Reader { parser, found: vec![None; parser.arguments.len()], rest: Vec::new(), next_word: 0 };
    let mut words = words.iter().map(String::as_str).peekable();
    let mut only_words = false;
    while let Some(word) = words.next() {
        if only_words || !is_option(word) || reader.is_negative_word(word) {
            match (only_words, parser.command(word)) {
                (false, Some((name, sub))) if reader.is_fresh() => {
                    return reader.with_command(name, sub, &words.map(str::to_owned).collect::<Vec<_>>());
                }
                _ => reader.word(word)?,
            }
        } else if word == "--" {
            only_words = true;
        } else if parser.asks_for(word, "--help", 'h') {
            return Ok(Request::Show(help::text(parser)));
        } else if let Some(version) =
            parser.version.as_ref().filter(|_| parser.asks_for(word, "--version", 'V'))
        {
            return Ok(Request::Show(format!("{} {version}\n", parser.name)));
        } else {
            let mut next = || words.next_if(|next| !is_option(next) || is_number(next));
            match word.strip_prefix("--") {
                Some(_) => reader.long(word, &mut next)?,
                None => reader.cluster(word, &mut next)?,
            }
        }
    }
    let mut values = reader.values()?;
    if !parser.commands.is_empty() {
        values.insert_text("_command", Value::Null);
    }
    Ok(Request::Values(values))
}

/// Whether a word looks like an option; `-` alone is the name of stdin for many programs.
fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

fn is_number(word: &str) -> bool {
    word.parse::<f64>().is_ok()
}

impl CommandLine {
    fn command(&self, word: &str) -> Option<(&str, &CommandLine)> {
        let found = self.commands.iter().find(|(name, _)| name == word);
        found.map(|(name, sub)| (name.as_str(), &**sub))
    }

    /// Whether a word is one of the options that every command line has, unless it is declared.
    fn asks_for(&self, word: &str, long: &str, short: char) -> bool {
        let taken = |argument: &Argument| match word.starts_with("--") {
            true => argument.shown() == long,
            false => argument.short == Some(short),
        };
        (word == long || word.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4])))
            && !self.arguments.iter().any(taken)
    }
}

struct Reader<'a> {
    parser: &'a CommandLine,
    /// By argument, what was given.
    found: Vec<Option<Value>>,
    /// Words that belong to no argument.
    rest: Vec<Value>,
    /// The argument that the next word may belong to.
    next_word: usize,
}

impl Reader<'_> {
    fn wrong(&self, message: String) -> Fault {
        let mut details = Dict::new();
        details.insert_text("usage", Value::text(help::usage(self.parser)));
        Fault::new(ErrorKind::UsageError, message).with_value(Value::dict(details))
    }

    /// Whether no word was read yet.
    fn is_fresh(&self) -> bool {
        self.rest.is_empty() && self.next_word == 0
    }

    /// `-5` is a word, unless there is such an option.
    fn is_negative_word(&self, word: &str) -> bool {
        let digit = word.chars().nth(1);
        is_number(word) && !self.parser.arguments.iter().any(|argument| argument.short == digit)
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        let arguments = &self.parser.arguments;
        let own = (self.next_word..arguments.len()).find(|at| !arguments[*at].is_option());
        match own {
            Some(at) => {
                self.next_word = if arguments[at].multiple { at } else { at + 1 };
                self.give(at, word)
            }
            None if !self.parser.commands.is_empty() && self.rest.is_empty() => {
                Err(self.wrong(format!("Unknown command: {word}")))
            }
            None => {
                self.rest.push(Value::text(word));
                Ok(())
            }
        }
    }

    fn give(&mut self, at: usize, word: &str) -> Result<(), Fault> {
        let argument = &self.parser.arguments[at];
        let value = argument.value_of(word).map_err(|message| self.wrong(message))?;
        self.store(at, value);
        Ok(())
    }

    fn store(&mut self, at: usize, value: Value) {
        let slot = &mut self.found[at];
        match slot {
            Some(Value::Array(items)) if self.parser.arguments[at].multiple => {
                Counted::make_mut(items).push(value)
            }
            _ if self.parser.arguments[at].multiple => *slot = Some(Value::array(vec![value])),
            _ => *slot = Some(value),
        }
    }

    /// `--name`, `--name value`, `--name=value`.
    fn long<'w>(&mut self, word: &str, next: &mut dyn FnMut() -> Option<&'w str>) -> Result<(), Fault> {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let at = self.parser.arguments.iter().position(|argument| argument.shown() == name);
        let at = at.ok_or_else(|| self.wrong(format!("Unknown argument: {name}")))?;
        match value {
            Some(value) => self.give(at, value),
            None if self.parser.arguments[at].is_flag() => {
                self.store(at, Value::Bool(true));
                Ok(())
            }
            None => self.give_next(at, next()),
        }
    }

    fn give_next(&mut self, at: usize, value: Option<&str>) -> Result<(), Fault> {
        let name = self.parser.arguments[at].shown();
        let value = value.ok_or_else(|| self.wrong(format!("Argument {name} requires a value")))?;
        self.give(at, value)
    }

    /// `-a`, `-abc`, `-n value`, `-nvalue`.
    fn cluster<'w>(&mut self, word: &str, next: &mut dyn FnMut() -> Option<&'w str>) -> Result<(), Fault> {
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            let at = self.parser.arguments.iter().position(|argument| argument.short == Some(letter));
            let at = at.ok_or_else(|| self.wrong(format!("Unknown argument: -{letter}")))?;
            if self.parser.arguments[at].is_flag() {
                self.store(at, Value::Bool(true));
                continue;
            }
            let rest = letters.as_str();
            return match rest.strip_prefix('=').unwrap_or(rest) {
                "" => self.give_next(at, next()),
                value => self.give(at, value),
            };
        }
        Ok(())
    }

    /// The values of all arguments, and the words that are left.
    fn values(self) -> Result<Dict, Fault> {
        let mut values = Dict::new();
        for (argument, found) in self.parser.arguments.iter().zip(&self.found) {
            if found.is_none()
                && argument.required
                && matches!(argument.default, Value::Null | Value::Bool(false))
            {
                return Err(self.wrong(format!("Required argument {} is missing", argument.shown())));
            }
            let value = found.clone().unwrap_or_else(|| argument.default.clone());
            values.insert_text(argument.key(), value);
        }
        values.insert_text("_positional", Value::array(self.rest));
        Ok(values)
    }

    /// The values before a command and those behind it; a command of a command has both names.
    fn with_command(self, name: &str, sub: &CommandLine, words: &[String]) -> Result<Request, Fault> {
        let sub = CommandLine { name: format!("{} {name}", self.parser.name), ..sub.clone() };
        let inner = match parsed(&sub, words)? {
            Request::Values(values) => values,
            shown => return Ok(shown),
        };
        let mut values = self.values()?;
        let below = match inner.get_text("_command") {
            Some(Value::Text(below)) => format!("{name} {}", below.as_str()),
            _ => name.to_owned(),
        };
        inner.iter().for_each(|(key, value)| _ = values.insert(key.clone(), value.clone()));
        values.insert_text("_command", Value::text(below));
        Ok(Request::Values(values))
    }
}
