//! Syntax errors: reporting them once and going on behind them.
//!
//! Owns: the loop over statements, arms and members, which is the only place where an error is caught.
//! Invariant: `recover` moves forward, over whole bracket pairs, and never past the closing bracket of the
//! construct it is in; so one mistake neither hides the rest of the file nor causes errors in it.

use crate::source::{Code, Diagnostic, Span};
use crate::syntax::token::{Symbol, TokenKind};

use super::hint::{self, Mistake};
use super::{Parse, Parser, Reported};

/// After so many errors the others are told without the search for where a bracket is missing.
const HELPED: usize = 20;

/// How many tokens that search looks at.
const LOOK_AHEAD: usize = 10_000;

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
        if self.swallowed_a_line() {
            self.at -= 1;
            return self.expected("an expression", None);
        }
        if help.is_some() {
            return self.expected(expected, help);
        }
        match hint::mistake(self) {
            Some(Mistake::Whole(diagnostic)) => self.report(diagnostic),
            Some(Mistake::Help(help)) => self.expected(expected, Some(help)),
            None => self.expected(expected, None),
        }
    }

    fn expected(&mut self, expected: &str, help: Option<&str>) -> Reported {
        let (found, span) = self.found();
        let mut error = Diagnostic::new(Code::Syntax, format!("expected {expected}, found {found}"), span);
        error.help = help.map(String::from);
        self.report(error)
    }

    /// Whether the assignment here belongs to a line whose name was taken for the missing end of the line before.
    pub(super) fn swallowed_a_line(&self) -> bool {
        let assigns = matches!(self.peek(), TokenKind::Symbol(Symbol::Equal | Symbol::ColonEqual));
        let Some(name) = self.at.checked_sub(1).filter(|&name| name > self.element_start) else {
            return false;
        };
        let starts = self.context.lines && self.tokens[name].starts_line;
        assigns && starts && self.tokens[name].kind == TokenKind::Name
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
        let mut error = Diagnostic::new(Code::Syntax, message, span);
        error.help = self.missing_end(opening);
        self.report(error)
    }

    /// Where the closing bracket of `opening` is missing, judged by the indentation.
    fn missing_end(&self, opening: usize) -> Option<String> {
        if self.diagnostics.len() > HELPED {
            return None;
        }
        let closing = match self.peek_kind(opening) {
            TokenKind::Symbol(Symbol::OpenParen) => ")",
            TokenKind::Symbol(Symbol::OpenBracket) => "]",
            _ => "}",
        };
        let own = self.indentation(opening);
        for at in opening + 1..self.tokens.len().min(opening + LOOK_AHEAD) {
            let token = self.tokens[at];
            let line = self.source.line_number(token.span.start);
            let inner = self.brackets.partner(at).filter(|&inner| is_closing(token.kind) && inner > opening);
            match inner {
                None if is_closing(token.kind) && self.brackets.partner(at).is_some() => {
                    return Some(format!("a `{closing}` is missing before the `{}`", self.text(token.span)));
                }
                Some(inner) if token.starts_line && self.indentation(at) < self.indentation(inner) => {
                    let (text, inner) = (self.text(token.span), self.tokens[inner].span);
                    let opened = self.source.line_number(inner.start);
                    return Some(format!(
                        "a `{closing}` is missing before line {line}: the `{text}` there closes the `{}` of line {opened}",
                        self.text(inner)
                    ));
                }
                None if token.kind == TokenKind::End || token.starts_line && self.indentation(at) <= own => {
                    let before = self.source.line_number(self.tokens[at - 1].span.start);
                    return Some(format!("a `{closing}` is missing at the end of line {before}"));
                }
                _ => {}
            }
        }
        None
    }

    fn peek_kind(&self, index: usize) -> TokenKind {
        self.tokens[index].kind
    }

    /// How far the line of a token is indented.
    fn indentation(&self, index: usize) -> usize {
        let line = self.text(self.source.line(self.tokens[index].span.start));
        line.len() - line.trim_start().len()
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
                self.unseparated(separator, expected);
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

    /// Reports what follows an element without separator.
    fn unseparated(&mut self, separator: Separator, expected: &str) {
        let help = match separator {
            Separator::Line => "between two values an operator is missing, between two statements a `;`",
            Separator::LineOrComma => "put a `,` before it",
        };
        let values = hint::starts_operand(self.peek()) && hint::mistake(self).is_none();
        self.unexpected_with(expected, values.then_some(help));
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
