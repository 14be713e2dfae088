//! Syntax errors: reporting them once and going on behind them.
//!
//! Owns: the loop over statements, arms and members, which is the only place where an error is caught.
//! Invariant: `recover` moves forward, over whole bracket pairs, and never past the closing bracket of the
//! construct it is in; so one mistake neither hides the rest of the file nor causes errors in it.

use crate::source::{Code, Diagnostic, Span};
use crate::syntax::token::{Symbol, TokenKind};

use super::{Parse, Parser, Reported, hint};

/// What separates the elements of a sequence besides `;` and line ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// Nothing: statements.
    Line,
    /// A comma too: arms, fields, variants.
    LineOrComma,
}

impl Parser<'_> {
    /// Adds a diagnostic, unless this token or place already has one.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let repeated = self.diagnostics.last().is_some_and(|latest| latest.span == diagnostic.span);
        if self.latest_error != Some(self.at) && !repeated {
            self.diagnostics.push(diagnostic);
        }
        self.latest_error = Some(self.at);
        Reported
    }

    /// Reports `message` about `span`, with help.
    pub(super) fn error(&mut self, message: &str, span: Span, help: &str) -> Reported {
        self.report(Diagnostic::new(Code::Syntax, message, span).with_help(help))
    }

    /// Reports that something else than the current token was expected.
    pub(super) fn unexpected(&mut self, expected: &str) -> Reported {
        self.unexpected_with(expected, None)
    }

    /// The same with a hint of the rule's own.
    pub(super) fn unexpected_with(&mut self, expected: &str, help: Option<&str>) -> Reported {
        let (found, span) = self.found();
        let mut error = Diagnostic::new(Code::Syntax, format!("expected {expected}, found {found}"), span);
        error.help = help.or_else(|| hint::mistake(self)).map(String::from);
        self.report(error)
    }

    /// Whether a line end cuts off what should go on here.
    pub(super) fn breaks_off(&self) -> bool {
        self.after_line_end() && self.at > self.element_start
    }

    /// What stands here instead, and where to point.
    fn found(&self) -> (String, Span) {
        let token = self.token();
        let end = self.previous_span().end;
        match token.kind {
            TokenKind::End if self.at > 0 => ("the end of the file".into(), Span::new(end, end)),
            _ if self.breaks_off() => ("the end of the line".into(), Span::new(end, end)),
            TokenKind::End => ("the end of the file".into(), token.span),
            TokenKind::Int(_) | TokenKind::IntLimit | TokenKind::Float(_) => ("a number".into(), token.span),
            TokenKind::TextStart => ("a string".into(), token.span),
            TokenKind::Chunk(_) | TokenKind::TextEnd => ("the rest of a string".into(), token.span),
            _ => (format!("`{}`", self.text(token.span)), token.span),
        }
    }

    /// Reports an opening bracket without partner.
    pub(super) fn unclosed(&mut self, opening: usize) -> Reported {
        let span = self.tokens[opening].span;
        let message = format!("this `{}` is never closed", self.text(span));
        self.report(Diagnostic::new(Code::Syntax, message, span))
    }

    /// Whether the current token ends the construct around a sequence.
    fn ends_sequence(&self) -> bool {
        match self.peek() {
            TokenKind::End => true,
            kind => is_closing(kind) && self.brackets.partner(self.at).is_some(),
        }
    }

    /// Parses elements up to the closing bracket or the end of the file. `element` consumes a token or fails.
    pub(super) fn sequence(
        &mut self,
        separator: Separator,
        expected: &str,
        mut element: impl FnMut(&mut Self) -> Parse<()>,
    ) {
        let context = self.context;
        loop {
            while self.eat(Symbol::Semicolon)
                || separator == Separator::LineOrComma && self.eat(Symbol::Comma)
            {}
            if self.ends_sequence() {
                return;
            }
            let start = self.at;
            self.element_start = start;
            let outcome = element(self);
            self.context = context;
            let complete = outcome.is_ok();
            if complete && self.is_separated(separator) {
                continue;
            }
            if complete {
                self.unseparated(start, separator, expected);
            }
            self.recover(start, separator);
        }
    }

    fn is_separated(&self, separator: Separator) -> bool {
        self.block_end == self.at
            || self.token().starts_line
            || self.ends_sequence()
            || self.is(Symbol::Semicolon)
            || separator == Separator::LineOrComma && self.is(Symbol::Comma)
    }

    /// Reports what follows the element that began at `start` without separator.
    fn unseparated(&mut self, start: usize, separator: Separator, expected: &str) {
        let first = self.tokens[start];
        let word = self.text(first.span);
        let foreign = separator == Separator::Line && first.kind == TokenKind::Name;
        let Some(help) = hint::foreign_word(word).filter(|_| foreign) else {
            self.unexpected(expected);
            return;
        };
        let message = format!("`{word}` is not a keyword of Ruff");
        self.error(&message, first.span, help);
    }

    /// Whether the token before this line shows that the damaged element goes on here.
    fn goes_on(&self) -> bool {
        use Symbol::{Comma, OpenBrace, OpenBracket, OpenParen};
        let before = self.at.checked_sub(1).map(|index| self.tokens[index].kind);
        matches!(before, Some(TokenKind::Symbol(Comma | OpenParen | OpenBracket | OpenBrace)))
    }

    /// Moves to the line end or the block on this line, so that recovery counts what is between as damaged.
    pub(super) fn skip_head(&mut self) {
        while !matches!(
            self.peek(),
            TokenKind::End | TokenKind::Symbol(Symbol::OpenBrace | Symbol::CloseBrace)
        ) {
            self.at += 1;
            if self.token().starts_line {
                break;
            }
        }
    }

    /// Skips to the end of the element that began at `start` and failed at the current token.
    fn recover(&mut self, start: usize, separator: Separator) {
        let failed = self.at;
        self.at = start;
        while self.peek() != TokenKind::End {
            let here = self.at;
            let past = here > start && here >= failed;
            let ended = self.token().starts_line && !self.goes_on()
                || self.is(Symbol::Semicolon)
                || self.block_end == here
                || separator == Separator::LineOrComma && self.is(Symbol::Comma);
            let partner = self.brackets.partner(here);
            if past && ended || is_closing(self.peek()) && partner.is_some() {
                break;
            }
            self.at = partner.map_or(here, |partner| partner.max(here)) + 1;
        }
    }
}

fn is_closing(kind: TokenKind) -> bool {
    use Symbol::{CloseBrace, CloseBracket, CloseParen};
    matches!(
        kind,
        TokenKind::Symbol(CloseParen | CloseBracket | CloseBrace)
            | TokenKind::InterpolationEnd
            | TokenKind::TextEnd
    )
}
