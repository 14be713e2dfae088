//! What is wrong with a source text.
//!
//! Owns: the codes of all diagnostics (docs/LANGUAGE.md, 15.3). Does not: draw them; `render` does.

use super::Span;

/// The stable code of a diagnostic (docs/LANGUAGE.md, 15.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `RUFLEX001`: a character that no token starts with.
    InvalidCharacter,
    /// `RUFLEX002`: a NUL byte.
    Nul,
    /// `RUFLEX003`: a string that is not closed.
    UnclosedString,
    /// `RUFLEX004`: a comment that is not closed.
    UnclosedComment,
    /// `RUFLEX005`: an unknown or malformed escape.
    Escape,
    /// `RUFLEX006`: an int literal outside the int range.
    IntRange,
    /// `RUFLEX007`: a malformed number.
    Number,
    /// `RUFLEX008`: a word of more than 256 characters.
    LongWord,
    /// `RUFLEX010`: a number of more than 512 characters.
    LongNumber,
    /// `RUFPARSE001`: text that does not follow the grammar.
    Syntax,
    /// `RUFCHECK001`: a static error about meaning.
    Check,
    /// `RUFCHECK002`: a warning: allowed, but hardly meant.
    Warning,
    /// `RUFRUN001`: an uncaught error.
    Uncaught,
    /// `RUFRUN002`: a rejection that nothing awaited.
    Unawaited,
    /// `RUFRUN003`: the time limit was exceeded.
    TimeLimit,
    /// `RUFCLI001`: a problem with the command line or a file.
    CommandLine,
}

impl Code {
    /// The printed code.
    pub fn text(self) -> &'static str {
        match self {
            Code::InvalidCharacter => "RUFLEX001",
            Code::Nul => "RUFLEX002",
            Code::UnclosedString => "RUFLEX003",
            Code::UnclosedComment => "RUFLEX004",
            Code::Escape => "RUFLEX005",
            Code::IntRange => "RUFLEX006",
            Code::Number => "RUFLEX007",
            Code::LongWord => "RUFLEX008",
            Code::LongNumber => "RUFLEX010",
            Code::Syntax => "RUFPARSE001",
            Code::Check => "RUFCHECK001",
            Code::Warning => "RUFCHECK002",
            Code::Uncaught => "RUFRUN001",
            Code::Unawaited => "RUFRUN002",
            Code::TimeLimit => "RUFRUN003",
            Code::CommandLine => "RUFCLI001",
        }
    }

    /// Whether it stops the script from running.
    pub fn severity(self) -> Severity {
        match self {
            Code::Warning => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// The part of Ruff that reports it.
    pub fn subsystem(self) -> &'static str {
        match self {
            Code::Syntax => "parser",
            Code::Check | Code::Warning => "check",
            Code::Uncaught | Code::Unawaited | Code::TimeLimit => "runtime",
            Code::CommandLine => "cli",
            _ => "lexer",
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The script cannot run, or failed.
    Error,
    /// The script runs.
    Warning,
}

impl Severity {
    /// The word for it.
    pub fn text(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One finding about a source text.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// What is wrong, one sentence.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to write instead, if that is known.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding without help.
    pub fn new(code: Code, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic { code, message: message.into(), span, help: None }
    }

    /// The same finding with a hint.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}
