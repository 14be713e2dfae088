//! Tokens to tree: recursive descent, one function per rule of the grammar (docs/LANGUAGE.md, Appendix A).
//!
//! Owns: the place in the token list and the context that decides whether line ends and braces count.
//! A rule returns `Err(Reported)` after it reported what is wrong; only `sequence` (statements, arms, members)
//! catches that, restores the context and goes on behind the damage. So rules restore nothing on the way out.
//! Invariant: every step of a `sequence` consumes a token, so parsing ends; no rule looks back, so it is linear.
//! `enter` counts every recursion, so the stack is bounded.
//! Does not: check what needs names or types, nor whether `break`, `yield` or `import` is in its place.

mod brackets;
mod recovery;
mod hint;
mod statement;
mod declaration;
mod function;
mod expr;
mod primary;
mod pattern;
mod matching;
mod types;

use crate::source::{Code, Diagnostic, Source, Span};
use crate::syntax::ast::{Name, Script};
use crate::syntax::lexer::lex;
use crate::syntax::token::{Keyword, Symbol, Token, TokenKind};

use brackets::Brackets;

/// How deep brackets, blocks, expressions, patterns and types may nest (docs/LANGUAGE.md, 14.2).
const NESTING_LIMIT: u32 = 256;

/// How many parameters a function and how many arguments a call may have.
const LIST_LIMIT: usize = 255;

/// What the parser makes of a source text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; damaged places are `Error` nodes.
    pub script: Script,
    /// The lexical and syntax errors in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the text is wrong only because it ends too early: more lines could make it right.
    pub incomplete: bool,
}

/// Lexes and parses a source text.
pub fn parse(source: &Source) -> Parsed {
    let lexed = lex(source);
    let mut parser = Parser::new(source, lexed.tokens, lexed.chunks);
    let statements = parser.script();
    let incomplete = parser.is_incomplete(&lexed.diagnostics);
    let diagnostics = merge(source, lexed.diagnostics, parser.diagnostics);
    Parsed { script: Script { statements }, diagnostics, incomplete }
}

/// All diagnostics in order, without the syntax errors on a line with a lexical error, which explains them.
fn merge(source: &Source, lexical: Vec<Diagnostic>, mut syntax: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let line = |diagnostic: &Diagnostic| source.line_number(diagnostic.span.start);
    let lines: Vec<u32> = lexical.iter().map(line).collect();
    syntax.retain(|diagnostic| lines.binary_search(&line(diagnostic)).is_err());
    let mut all = lexical;
    all.append(&mut syntax);
    all.sort_by_key(|diagnostic| diagnostic.span.start);
    all
}

/// The proof that a diagnostic was reported.
struct Reported;

type Parse<T> = Result<T, Reported>;

/// What the surroundings of a token mean for it.
#[derive(Clone, Copy)]
struct Context {
    /// Whether a line end can end a statement (docs/LANGUAGE.md, 1.6).
    lines: bool,
    /// Whether `{` opens a block (1.7).
    head: bool,
    /// How deep it is nested.
    depth: u32,
}

struct Parser<'s> {
    source: &'s Source,
    tokens: Vec<Token>,
    chunks: Vec<Box<str>>,
    brackets: Brackets,
    /// The index of the token to look at next; never past `End`.
    at: usize,
    context: Context,
    /// The index behind the latest `}` of a block, where no separator is needed.
    block_end: usize,
    /// Where the innermost statement, arm or member begins.
    element_start: usize,
    /// The value of the innermost arm, behind its `=>`.
    arm_value: Option<usize>,
    /// The token of the latest syntax error, so that one token is reported once.
    latest_error: Option<usize>,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s Source, tokens: Vec<Token>, chunks: Vec<Box<str>>) -> Parser<'s> {
        let brackets = Brackets::new(&tokens);
        let context = Context { lines: true, head: false, depth: 0 };
        Parser {
            source,
            tokens,
            chunks,
            brackets,
            at: 0,
            context,
            block_end: 0,
            element_start: 0,
            arm_value: None,
            latest_error: None,
            diagnostics: Vec::new(),
        }
    }

    /// Whether all errors are openings that are not closed yet or lie at the very end.
    fn is_incomplete(&self, lexical: &[Diagnostic]) -> bool {
        let end = self.tokens.iter().rev().nth(1).map_or(0, |token| token.span.end);
        let can_mend = |diagnostic: &Diagnostic| match diagnostic.code {
            Code::Syntax => diagnostic.span.start >= end,
            Code::UnclosedComment => true,
            Code::UnclosedString => self.text(diagnostic.span) == "\"\"\"",
            _ => false,
        };
        // What was reported after an open bracket may well be in order inside of it.
        let opening = self.diagnostics.iter().position(|one| self.is_open_bracket(one.span));
        let before = opening.unwrap_or(self.diagnostics.len());
        let mut all = lexical.iter().chain(&self.diagnostics[..before]).peekable();
        (opening.is_some() || all.peek().is_some()) && all.all(can_mend) && !self.brackets.mismatched
    }

    fn is_open_bracket(&self, span: Span) -> bool {
        let index = self.tokens.partition_point(|token| token.span.start < span.start);
        self.brackets.partner(index).is_none() && matches!(self.text(span), "(" | "[" | "{")
    }

    fn token(&self) -> Token {
        self.tokens[self.at]
    }

    fn peek(&self) -> TokenKind {
        self.token().kind
    }

    /// The kind of the token `ahead` of the current one.
    fn peek_at(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.at + ahead).map_or(TokenKind::End, |token| token.kind)
    }

    fn span(&self) -> Span {
        self.token().span
    }

    /// The span from `start` to the end of the latest token.
    fn span_from(&self, start: Span) -> Span {
        start.to(self.previous_span())
    }

    fn previous_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn text(&self, span: Span) -> &'s str {
        self.source.slice(span)
    }

    /// Consumes the current token, but never `End`.
    fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        token
    }

    fn is(&self, symbol: Symbol) -> bool {
        self.peek() == TokenKind::Symbol(symbol)
    }

    fn is_keyword(&self, keyword: Keyword) -> bool {
        self.peek() == TokenKind::Keyword(keyword)
    }

    /// Whether the current token is the name `text`.
    fn is_name(&self, text: &str) -> bool {
        self.peek() == TokenKind::Name && self.text(self.span()) == text
    }

    fn eat(&mut self, symbol: Symbol) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        let found = self.is_keyword(keyword);
        self.at += usize::from(found);
        found
    }

    /// Whether a line end that counts precedes the current token.
    fn after_line_end(&self) -> bool {
        self.line_end_before(self.at)
    }

    fn line_end_before(&self, index: usize) -> bool {
        self.context.lines && self.tokens.get(index).is_some_and(|token| token.starts_line)
    }

    /// Whether `=` or `:=` stands at `index`, on the line of what precedes it.
    fn assigns_at(&self, index: usize) -> bool {
        let kind = self.tokens.get(index).map(|token| token.kind);
        matches!(kind, Some(TokenKind::Symbol(Symbol::Equal | Symbol::ColonEqual)))
            && !self.line_end_before(index)
    }

    fn eat_assign(&mut self) -> bool {
        self.eat(Symbol::ColonEqual) || self.eat(Symbol::Equal)
    }

    fn expect(&mut self, symbol: Symbol, expected: &str) -> Parse<Span> {
        if !self.is(symbol) {
            return Err(self.unexpected(expected));
        }
        Ok(self.bump().span)
    }

    fn expect_keyword(&mut self, keyword: Keyword, expected: &str) -> Parse<Span> {
        if !self.is_keyword(keyword) {
            return Err(self.unexpected(expected));
        }
        Ok(self.bump().span)
    }

    /// A word that is not reserved.
    fn name(&mut self, expected: &str) -> Parse<Name> {
        match self.peek() {
            TokenKind::Name => Ok(self.take_name()),
            TokenKind::Keyword(keyword) => {
                let message = format!("expected {expected}, but `{}` is a reserved word", keyword.text());
                let error = Diagnostic::new(Code::Syntax, message, self.span());
                Err(self.report(error.with_help(another_name(keyword))))
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Any word.
    fn word(&mut self, expected: &str) -> Parse<Name> {
        match self.peek() {
            TokenKind::Name | TokenKind::Keyword(_) => Ok(self.take_name()),
            _ => Err(self.unexpected(expected)),
        }
    }

    /// The current token as a name.
    fn take_name(&mut self) -> Name {
        let span = self.bump().span;
        Name { text: self.text(span).into(), span }
    }

    /// Goes one level deeper. The caller puts back the returned context when it comes out successfully.
    fn enter(&mut self) -> Parse<Context> {
        let outer = self.context;
        if outer.depth == NESTING_LIMIT {
            let message = format!("this is nested more than {NESTING_LIMIT} levels deep");
            return Err(self.report(Diagnostic::new(Code::Syntax, message, self.span())));
        }
        self.context.depth += 1;
        Ok(outer)
    }

    /// Consumes an opening bracket, inside which line ends don't count.
    fn open(&mut self) -> Parse<Context> {
        if self.brackets.partner(self.at).is_none() {
            return Err(self.unclosed(self.at));
        }
        let outer = self.enter()?;
        self.context.lines = false;
        self.context.head = false;
        self.bump();
        Ok(outer)
    }

    /// Consumes the closing bracket of `open` and returns to the context outside.
    fn close(&mut self, symbol: Symbol, expected: &str, outer: Context) -> Parse<()> {
        self.expect(symbol, expected)?;
        self.context = outer;
        Ok(())
    }

    /// `open [ item { "," item } [ "," ] ] close`.
    fn list<T>(
        &mut self,
        close: Symbol,
        expected: &str,
        mut item: impl FnMut(&mut Self) -> Parse<T>,
    ) -> Parse<Vec<T>> {
        let outer = self.open()?;
        let mut items = Vec::new();
        while !self.is(close) {
            items.push(item(self)?);
            if !self.eat(Symbol::Comma) {
                break;
            }
        }
        if hint::starts_operand(self.peek()) && hint::mistake(self).is_none() {
            return Err(self.missing_comma(expected));
        }
        self.close(close, expected, outer)?;
        Ok(items)
    }

    /// Reports an element of a list that follows another one without comma.
    fn missing_comma(&mut self, expected: &str) -> Reported {
        if !self.token().starts_line {
            return self.unexpected_with(expected, Some("put a `,` before it"));
        }
        let end = self.previous_span().end;
        let error = format!("expected {expected}, found the end of the line");
        self.error(&error, Span::new(end, end), "put a `,` here")
    }
}

/// Help for a reserved word in the place of a name.
fn another_name(keyword: Keyword) -> String {
    format!("choose another name, for example `{}_`", keyword.text())
}
