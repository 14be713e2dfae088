//! Statements and blocks.
//!
//! Owns: how a statement begins, and with it the words that are special only there (docs/LANGUAGE.md, 1.3).
//! Invariant: `statement` never consumes what separates it from the next one.

use crate::source::Span;
use crate::syntax::ast::{
    Assign, AssignOp, BinaryOp, Block, Expr, ExprKind, Name, Place, PlaceStep, Statement, StatementKind,
    StepKind, Try,
};
use crate::syntax::foreign;
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::recovery::Separator;
use super::{Context, Parse, Parser, Reported, another_name, hint};

const BRACES: &str = "a block stands in braces: `{ ... }`";
const NO_CLAUSES: &str = "there is no `for` with three clauses";
const COUNTING: &str = "write `for i in range(10) { }`, or use `while`";

impl Parser<'_> {
    /// The whole file.
    pub(super) fn script(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while self.peek() != TokenKind::End {
            statements.append(&mut self.statements());
            // Closing brackets without partner end up here only at top level.
            self.bump();
        }
        statements
    }

    fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        self.sequence(Separator::Line, "`;` or a line end after the statement", |parser| {
            let span = parser.span();
            let statement = parser.statement();
            let failed = statement.is_err();
            statements.push(statement.unwrap_or(Statement { kind: StatementKind::Error, span }));
            if failed { Err(Reported) } else { Ok(()) }
        });
        statements
    }

    /// `{ ... }`; `after` says what it belongs to.
    pub(super) fn block(&mut self, after: &str) -> Parse<Block> {
        let start = self.span();
        let outer = self.open_block(after)?;
        let opening = self.at - 1;
        let statements = self.statements();
        self.close_block(opening, outer)?;
        Ok(Block { statements, span: self.span_from(start) })
    }

    /// Consumes a `{` inside which line ends count.
    pub(super) fn open_block(&mut self, after: &str) -> Parse<Context> {
        if !self.is(Symbol::OpenBrace) {
            return Err(self.missing_block(after));
        }
        let outer = self.enter()?;
        self.context = Context { lines: true, head: false, depth: self.context.depth };
        self.bump();
        Ok(outer)
    }

    /// Reports that no block begins here. A `;` before the block is skipped, so that the block is read as such.
    fn missing_block(&mut self, after: &str) -> Reported {
        let help = match (self.peek(), self.peek_at(1)) {
            (TokenKind::Symbol(Symbol::Semicolon), TokenKind::Symbol(Symbol::OpenBrace)) => {
                let reported = self.error("a `;` before a block", self.span(), "remove it");
                self.at += 2;
                return reported;
            }
            (TokenKind::Symbol(Symbol::Colon | Symbol::Semicolon), _) => Some(BRACES),
            (TokenKind::Symbol(_) | TokenKind::End, _) => None,
            _ => Some(BRACES).filter(|_| hint::mistake(self).is_none()),
        };
        self.unexpected_with(&format!("`{{` after {after}"), help)
    }

    /// Consumes the `}` of the block that was opened by the token `opening`.
    pub(super) fn close_block(&mut self, opening: usize, outer: Context) -> Parse<()> {
        if self.brackets.partner(opening) != Some(self.at) {
            return Err(self.unclosed(opening));
        }
        self.bump();
        self.block_end = self.at;
        self.context = outer;
        Ok(())
    }

    pub(super) fn statement(&mut self) -> Parse<Statement> {
        let start = self.span();
        let kind = match self.peek() {
            TokenKind::Keyword(keyword) if self.is_assigned(keyword) => {
                let message = format!("`{}` is a reserved word and cannot name a variable", keyword.text());
                return Err(self.error(&message, start, &another_name(keyword)));
            }
            TokenKind::Keyword(keyword) => self.keyword_statement(keyword)?,
            TokenKind::Name => self.name_statement()?,
            TokenKind::Symbol(Symbol::OpenBrace | Symbol::OpenBracket) => self.bracket_statement()?,
            TokenKind::Symbol(Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace) => {
                return Err(self.unexpected("a statement"));
            }
            _ => self.expression_statement()?,
        };
        Ok(Statement { kind, span: self.span_from(start) })
    }

    fn keyword_statement(&mut self, keyword: Keyword) -> Parse<StatementKind> {
        match keyword {
            Keyword::Let | Keyword::Mut | Keyword::Const => self.variable(),
            Keyword::Func | Keyword::Async if self.starts_function_declaration() => {
                self.function_declaration()
            }
            Keyword::Struct => self.struct_declaration(),
            Keyword::Enum => self.enum_declaration(),
            Keyword::Export => self.export(),
            Keyword::Import => self.import(),
            Keyword::If => Ok(StatementKind::If(Box::new(self.if_()?))),
            Keyword::While => self.while_(),
            Keyword::Loop => self.loop_(),
            Keyword::For => self.for_(),
            Keyword::Try => self.try_(),
            Keyword::Return => Ok(StatementKind::Return(self.operand_opt()?)),
            Keyword::Yield => Ok(StatementKind::Yield(self.operand_opt()?)),
            Keyword::Break => self.single(StatementKind::Break),
            Keyword::Continue => self.single(StatementKind::Continue),
            Keyword::Throw => {
                self.bump();
                Ok(StatementKind::Throw(self.expr()?))
            }
            _ => self.expression_statement(),
        }
    }

    /// Whether an assignment follows a reserved word that cannot be assigned to.
    fn is_assigned(&self, keyword: Keyword) -> bool {
        let has_pattern = matches!(keyword, Keyword::SelfWord | Keyword::Let | Keyword::Mut | Keyword::Const);
        !has_pattern && self.assigns_at(self.at + 1)
    }

    fn name_statement(&mut self) -> Parse<StatementKind> {
        let next = self.peek_at(1);
        let same_line = !self.line_end_before(self.at + 1);
        let before_brace = same_line && next == TokenKind::Symbol(Symbol::OpenBrace);
        match self.text(self.span()) {
            "match" if self.starts_match() => Ok(StatementKind::Match(Box::new(self.match_()?))),
            "test" | "test_group" if same_line && next == TokenKind::TextStart => self.test(),
            "test_setup" if before_brace => self.block_statement(StatementKind::TestSetup),
            "test_teardown" if before_brace => self.block_statement(StatementKind::TestTeardown),
            "async_scope" if before_brace => self.block_statement(StatementKind::AsyncScope),
            "from" if same_line && self.starts_relative_path() => {
                let help = "a path starts at the folder of this file: `from shapes import area`";
                Err(self.error(
                    "a module is named by words between dots",
                    self.tokens[self.at + 1].span,
                    help,
                ))
            }
            "from" if same_line && matches!(next, TokenKind::Name | TokenKind::TextStart) => {
                self.import_from()
            }
            _ => self.expression_statement(),
        }
    }

    /// `from . import`, `from .a import`, `from ..`, `from ./`.
    fn starts_relative_path(&self) -> bool {
        let import = TokenKind::Keyword(Keyword::Import);
        let follows = match self.peek_at(2) {
            TokenKind::Name => self.peek_at(3) == import,
            TokenKind::Symbol(symbol) => matches!(symbol, Symbol::Dot | Symbol::Slash),
            other => other == import,
        };
        self.peek_at(1) == TokenKind::Symbol(Symbol::Dot) && follows
    }

    /// `break` or `continue`.
    fn single(&mut self, kind: StatementKind) -> Parse<StatementKind> {
        self.bump();
        if self.peek() == TokenKind::Name && !self.token().starts_line {
            let help = "put the loops into a function and leave it with `return`";
            return Err(self.error("there are no labels", self.span(), help));
        }
        Ok(kind)
    }

    /// A word and a block.
    fn block_statement(&mut self, kind: fn(Block) -> StatementKind) -> Parse<StatementKind> {
        let word = self.bump().span;
        let after = format!("`{}`", self.text(word));
        self.block(&after).map(kind)
    }

    /// Consumes `return` or `yield` and what follows on its line.
    fn operand_opt(&mut self) -> Parse<Option<Expr>> {
        self.bump();
        let ends = self.after_line_end()
            || matches!(
                self.peek(),
                TokenKind::End | TokenKind::Symbol(Symbol::Semicolon | Symbol::CloseBrace)
            );
        if ends {
            return Ok(None);
        }
        let value = self.expr()?;
        if self.is(Symbol::Comma) {
            let help = "several values are one array: `return [a, b]`";
            return Err(self.unexpected_with("`;` or a line end after the value", Some(help)));
        }
        Ok(Some(value))
    }

    /// An expression or an assignment to a place.
    fn expression_statement(&mut self) -> Parse<StatementKind> {
        let expr = self.expr()?;
        if self.after_line_end() {
            return Ok(StatementKind::Expr(expr));
        }
        let op = match self.peek() {
            TokenKind::Symbol(Symbol::Equal | Symbol::ColonEqual) => AssignOp::Set,
            TokenKind::Symbol(Symbol::PlusEqual) => AssignOp::Update(BinaryOp::Add),
            TokenKind::Symbol(Symbol::MinusEqual) => AssignOp::Update(BinaryOp::Subtract),
            TokenKind::Symbol(Symbol::StarEqual) => AssignOp::Update(BinaryOp::Multiply),
            TokenKind::Symbol(Symbol::SlashEqual) => AssignOp::Update(BinaryOp::Divide),
            TokenKind::Symbol(Symbol::PercentEqual) => AssignOp::Update(BinaryOp::Remainder),
            TokenKind::Symbol(Symbol::Comma) => {
                let help = "to assign several names write `[a, b] := [1, 2]`";
                return Err(self.unexpected_with("`;` or a line end after the statement", Some(help)));
            }
            _ => return Ok(StatementKind::Expr(expr)),
        };
        let span = expr.span;
        let Some(place) = place(expr) else {
            let help = "a place is a variable or `self`, followed by `.name` and `[index]`";
            return Err(self.error("this cannot be assigned to", span, help));
        };
        self.bump();
        let value = self.expr()?;
        if self.assigns_at(self.at) && !self.swallowed_a_line() {
            let help = "an assignment has no value; assign one variable after the other: `b := 1; a := b`";
            return Err(self.error("assignments cannot be chained", self.span(), help));
        }
        Ok(StatementKind::Assign(Box::new(Assign { place, op, value })))
    }

    /// A `[` or `{` at the start: a destructuring pattern if an assignment follows its partner.
    fn bracket_statement(&mut self) -> Parse<StatementKind> {
        if self.starts_pattern() {
            let pattern = self.pattern()?;
            self.bump();
            let value = self.expr()?;
            return Ok(StatementKind::Destructure { pattern, value });
        }
        if self.is(Symbol::OpenBrace) && !self.starts_dict() {
            let before = self.at.checked_sub(1).map_or("", |before| self.text(self.tokens[before].span));
            let help = "there are no bare blocks; begin it with `if`, `loop`, `func` or the like";
            let help = foreign::named_statement(before).unwrap_or(help);
            return Err(self.error("a statement cannot begin with a block", self.span(), help));
        }
        self.expression_statement()
    }

    /// Whether an assignment follows the partner of the bracket here.
    pub(super) fn starts_pattern(&self) -> bool {
        self.brackets.partner(self.at).is_some_and(|closing| self.assigns_at(closing + 1))
    }

    /// Whether the `{` here is followed by what a dict literal begins with.
    pub(super) fn starts_dict(&self) -> bool {
        match self.peek_at(1) {
            TokenKind::Name | TokenKind::Keyword(_) | TokenKind::Int(_) => {
                self.peek_at(2) == TokenKind::Symbol(Symbol::Colon)
            }
            TokenKind::TextStart => {
                let end = self.brackets.partner(self.at + 1).map_or(self.at, |end| end + 1);
                self.tokens.get(end).is_some_and(|token| token.kind == TokenKind::Symbol(Symbol::Colon))
            }
            TokenKind::Symbol(Symbol::CloseBrace | Symbol::Ellipsis | Symbol::OpenBracket) => true,
            _ => false,
        }
    }

    fn while_(&mut self) -> Parse<StatementKind> {
        self.bump();
        let condition = self.head()?;
        let body = self.block("the condition")?;
        Ok(StatementKind::While { condition, body })
    }

    /// `loop { }`, `loop while c { }`.
    fn loop_(&mut self) -> Parse<StatementKind> {
        self.bump();
        if self.is_keyword(Keyword::While) {
            return self.while_();
        }
        Ok(StatementKind::Loop(self.block("`loop`")?))
    }

    fn for_(&mut self) -> Parse<StatementKind> {
        self.bump();
        if self.is(Symbol::OpenParen) {
            return Err(self.for_in_parentheses());
        }
        if matches!(self.peek(), TokenKind::Keyword(Keyword::Let | Keyword::Mut | Keyword::Const)) {
            let help = "write `for x in xs { }`";
            return Err(self.error("a loop declares its variable without a word", self.span(), help));
        }
        let pattern = self.pattern()?;
        if self.assigns_at(self.at) {
            let reported = self.error(NO_CLAUSES, self.span(), COUNTING);
            self.skip_head();
            return Err(reported);
        }
        if !self.is_keyword(Keyword::In) {
            let help = match self.peek() {
                TokenKind::Symbol(Symbol::Comma) => Some("write `for [k, v] in items(d) { }`"),
                _ => Some("write `for x in xs { }`"),
            };
            return Err(self.unexpected_with("`in` after the loop variable", help));
        }
        self.bump();
        let iterable = self.head()?;
        let body = self.block("what the loop iterates over")?;
        Ok(StatementKind::For { pattern, iterable, body })
    }

    /// `for (i = 0; i < n; i++)` or `for (x in xs)`.
    fn for_in_parentheses(&mut self) -> Reported {
        let Some(closing) = self.brackets.partner(self.at) else { return self.unclosed(self.at) };
        let semicolon = TokenKind::Symbol(Symbol::Semicolon);
        if self.tokens[self.at..closing].iter().any(|token| token.kind == semicolon) {
            return self.error(NO_CLAUSES, self.span(), COUNTING);
        }
        self.error("the head of a `for` has no parentheses", self.span(), "write `for x in xs { }`")
    }

    fn try_(&mut self) -> Parse<StatementKind> {
        self.bump();
        let body = self.block("`try`")?;
        let except = if self.starts_except() { Some(self.except()?) } else { None };
        let finally = if self.is_name("finally") && self.peek_at(1) == TokenKind::Symbol(Symbol::OpenBrace) {
            self.bump();
            Some(self.block("`finally`")?)
        } else {
            None
        };
        if except.is_none() && finally.is_none() {
            let help = "write `try { } except e { }` or `try { } finally { }`";
            return Err(self.unexpected_with("`except` or `finally` after the block of a `try`", Some(help)));
        }
        Ok(StatementKind::Try(Box::new(Try { body, except, finally })))
    }

    fn starts_except(&self) -> bool {
        let follows = matches!(
            self.peek_at(1),
            TokenKind::Name | TokenKind::Symbol(Symbol::OpenBrace | Symbol::OpenParen)
        );
        self.is_name("except") && follows
    }

    fn except(&mut self) -> Parse<(Option<Name>, Block)> {
        self.bump();
        if self.is(Symbol::OpenParen) {
            return Err(self.unexpected_with("a name or `{` after `except`", Some("write `except e { }`")));
        }
        let name = if self.is(Symbol::OpenBrace) { None } else { Some(self.name("a name after `except`")?) };
        if !self.is(Symbol::OpenBrace) {
            let help =
                "`except e { }` catches every error; look at `e.kind`, and `throw e` what is not yours";
            return Err(self.unexpected_with("`{` after the name of the error", Some(help)));
        }
        let block = self.block("`except`")?;
        Ok((name, block))
    }
}

/// Reads an expression as a place, if it has the form of one.
fn place(expr: Expr) -> Option<Place> {
    let span = expr.span;
    let (base, steps) = match expr.kind {
        ExprKind::Postfix { base, steps } => (*base, steps),
        kind => (Expr { kind, span }, Vec::new()),
    };
    let root = place_root(base.kind, base.span)?;
    let steps = steps.into_iter().map(|step| match step.kind {
        StepKind::Field(name) => Some(PlaceStep::Field(name)),
        StepKind::Index(index) => Some(PlaceStep::Index(index)),
        _ => None,
    });
    Some(Place { root, steps: steps.collect::<Option<_>>()?, span })
}

fn place_root(kind: ExprKind, span: Span) -> Option<Name> {
    match kind {
        ExprKind::Name(text) => Some(Name { text, span }),
        ExprKind::SelfRef => Some(Name { text: "self".into(), span }),
        _ => None,
    }
}
