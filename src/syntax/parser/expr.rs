//! Expressions above the postfix level: operators, lambdas, `if`.
//!
//! Owns: the precedence table (docs/LANGUAGE.md, 4.1).
//! Invariant: infix operators are parsed with an explicit stack, not by one function per level, so a nested
//! expression costs the machine stack a few frames instead of twelve.

use crate::source::{Code, Diagnostic, Span};
use crate::syntax::ast::{BinaryOp, Block, Expr, ExprKind, If, LogicOp, UnaryOp};
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::{Parse, Parser};

/// An infix operator.
#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOp),
    Logic(LogicOp),
    Pipe,
}

/// How tightly an infix operator binds; from loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Pipe,
    Coalesce,
    Or,
    And,
    Equality,
    Comparison,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
}

/// Operands of one level whose last operator still lacks its right side.
struct Pending {
    level: Level,
    first: Expr,
    rest: Vec<(Infix, Expr)>,
    op: Infix,
}

impl Pending {
    /// The whole chain, with its last operand.
    fn finish(mut self, last: Expr) -> Expr {
        let span = self.first.span.to(last.span);
        self.rest.push((self.op, last));
        let first = Box::new(self.first);
        let kind = match self.op {
            Infix::Pipe => {
                ExprKind::Pipe { first, rest: self.rest.into_iter().map(|(_, operand)| operand).collect() }
            }
            Infix::Logic(op) => {
                let rest = self.rest.into_iter().map(|(_, operand)| operand);
                ExprKind::Logic { op, operands: std::iter::once(*first).chain(rest).collect() }
            }
            Infix::Binary(_) => {
                let binary = |(op, operand)| match op {
                    Infix::Binary(op) => Some((op, operand)),
                    _ => None,
                };
                ExprKind::Chain { first, rest: self.rest.into_iter().filter_map(binary).collect() }
            }
        };
        Expr { kind, span }
    }
}

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        if self.starts_lambda() { self.lambda() } else { self.operators() }
    }

    /// The expression in the head of a statement, before `{`.
    pub(super) fn head(&mut self) -> Parse<Expr> {
        let outer = self.context;
        self.context.head = true;
        let expr = self.expr()?;
        self.context = outer;
        if self.is(Symbol::OpenBrace) && self.opens_literal_in_head() {
            self.context.head = true;
            self.check_not_in_head("a struct literal", expr.span)?;
        }
        Ok(expr)
    }

    /// Whether the `{` here holds `name:` and is not the last one before the block: `for x in P { a: 1 } { }`.
    fn opens_literal_in_head(&self) -> bool {
        let behind = self.brackets.partner(self.at).and_then(|closing| self.tokens.get(closing + 1));
        let block_follows = behind
            .is_some_and(|token| token.kind == TokenKind::Symbol(Symbol::OpenBrace) && !token.starts_line);
        let names = (self.peek_at(1), self.peek_at(2));
        block_follows && names == (TokenKind::Name, TokenKind::Symbol(Symbol::Colon))
    }

    /// Operands with infix operators between them.
    fn operators(&mut self) -> Parse<Expr> {
        let mut pending: Vec<Pending> = Vec::new();
        loop {
            let operand = self.unary()?;
            let Some((op, level)) = self.infix() else {
                return Ok(fold(&mut pending, operand, None));
            };
            let operand = fold(&mut pending, operand, Some(level));
            if let Some(top) = pending.last_mut().filter(|top| top.level == level) {
                let op = std::mem::replace(&mut top.op, op);
                top.rest.push((op, operand));
                if level == Level::Comparison {
                    let joins_bits = top.rest.last().is_some_and(|(_, middle)| joins_bits(middle));
                    self.chained_comparison(joins_bits);
                }
            } else {
                pending.push(Pending { level, first: operand, rest: Vec::new(), op });
            }
            let words = if matches!(op, Infix::Binary(BinaryOp::NotIn)) { 2 } else { 1 };
            self.at += words;
        }
    }

    /// Reports the second operator of `a < b < c`.
    fn chained_comparison(&mut self, joins_bits: bool) {
        let help = match joins_bits {
            true => "`&` and `|` work on bits and bind more tightly than comparisons; write `&&` or `||`",
            false => "join two comparisons: `a < b && b < c`",
        };
        self.error("comparisons cannot be chained", self.span(), help);
    }

    /// The infix operator here, unless a line end comes before it that counts.
    fn infix(&self) -> Option<(Infix, Level)> {
        let found = match self.peek() {
            TokenKind::Symbol(symbol) => infix_symbol(symbol)?,
            TokenKind::Keyword(Keyword::And) => (Infix::Logic(LogicOp::And), Level::And),
            TokenKind::Keyword(Keyword::Or) => (Infix::Logic(LogicOp::Or), Level::Or),
            TokenKind::Keyword(Keyword::In) => (Infix::Binary(BinaryOp::In), Level::Comparison),
            TokenKind::Keyword(Keyword::Not) if self.peek_at(1) == TokenKind::Keyword(Keyword::In) => {
                (Infix::Binary(BinaryOp::NotIn), Level::Comparison)
            }
            _ => return None,
        };
        let continues = matches!(found.0, Infix::Logic(_) | Infix::Pipe);
        (continues || !self.after_line_end()).then_some(found)
    }

    /// Prefix operators and `**`.
    fn unary(&mut self) -> Parse<Expr> {
        let start = self.span();
        let op = match self.peek() {
            TokenKind::Symbol(Symbol::Minus) => Some(UnaryOp::Negate),
            TokenKind::Symbol(Symbol::Bang) | TokenKind::Keyword(Keyword::Not) => Some(UnaryOp::Not),
            TokenKind::Symbol(Symbol::Tilde) => Some(UnaryOp::BitNot),
            TokenKind::Keyword(Keyword::Throw) => None,
            _ => return self.power(),
        };
        if op == Some(UnaryOp::Negate) && self.is_lowest_int() {
            self.at += 2;
            return Ok(Expr { kind: ExprKind::Int(i64::MIN), span: self.span_from(start) });
        }
        let outer = self.enter()?;
        self.bump();
        let operand = Box::new(self.unary()?);
        self.context = outer;
        let kind = match op {
            Some(op) => ExprKind::Unary { op, operand },
            None => ExprKind::Throw(operand),
        };
        Ok(Expr { kind, span: self.span_from(start) })
    }

    /// Whether the minus here belongs to the literal -9223372036854775808, on which nothing binds more tightly.
    fn is_lowest_int(&self) -> bool {
        use Symbol::{Dot, OpenBracket, OpenParen, Question, QuestionDot, StarStar};
        let binds = match self.peek_at(2) {
            TokenKind::Symbol(Dot | QuestionDot) => true,
            TokenKind::Symbol(OpenBracket | OpenParen | Question | StarStar) => {
                !self.line_end_before(self.at + 2)
            }
            _ => false,
        };
        self.peek_at(1) == TokenKind::IntLimit && !binds
    }

    /// `a ** b`, where the exponent may have a sign.
    fn power(&mut self) -> Parse<Expr> {
        let base = self.awaited()?;
        if !self.is(Symbol::StarStar) || self.after_line_end() {
            return Ok(base);
        }
        let outer = self.enter()?;
        self.bump();
        let exponent = Box::new(self.unary()?);
        self.context = outer;
        let span = self.span_from(base.span);
        Ok(Expr { kind: ExprKind::Power { base: Box::new(base), exponent }, span })
    }

    fn awaited(&mut self) -> Parse<Expr> {
        if !self.is_keyword(Keyword::Await) {
            return self.postfix();
        }
        let start = self.span();
        let outer = self.enter()?;
        self.bump();
        let operand = Box::new(self.awaited()?);
        self.context = outer;
        Ok(Expr { kind: ExprKind::Await(operand), span: self.span_from(start) })
    }

    /// `if`, as a statement or as an expression.
    pub(super) fn if_(&mut self) -> Parse<If> {
        self.bump();
        let mut arms = vec![self.if_arm()?];
        while self.eat_keyword(Keyword::Else) {
            if self.eat_keyword(Keyword::If) {
                arms.push(self.if_arm()?);
                continue;
            }
            let otherwise = Some(self.block("`else`")?);
            return Ok(If { arms, otherwise });
        }
        Ok(If { arms, otherwise: None })
    }

    fn if_arm(&mut self) -> Parse<(Expr, Block)> {
        let condition = self.head()?;
        let block = self.block("the condition")?;
        Ok((condition, block))
    }

    /// Reports an expression form that a head cannot hold because of its braces.
    pub(super) fn check_not_in_head(&mut self, form: &str, span: Span) -> Parse<()> {
        if !self.context.head {
            return Ok(());
        }
        let message = format!("{form} in the head of a statement needs parentheses");
        Err(self.report(Diagnostic::new(Code::Syntax, message, span).with_help("write `( ... )` around it")))
    }
}

/// Whether `b` in `a < b < c` is a `p & q`, which was meant as `a < p && q < c`.
fn joins_bits(middle: &Expr) -> bool {
    let is_bits = |op: &BinaryOp| matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr);
    matches!(&middle.kind, ExprKind::Chain { rest, .. } if rest.iter().any(|(op, _)| is_bits(op)))
}

/// Finishes the pending chains that bind more tightly than `next`; all of them at the end.
fn fold(pending: &mut Vec<Pending>, operand: Expr, next: Option<Level>) -> Expr {
    let mut operand = operand;
    while let Some(top) = pending.pop_if(|top| next.is_none_or(|next| top.level > next)) {
        operand = top.finish(operand);
    }
    operand
}

/// Whether the symbol stands between operands (and perhaps before one too).
pub(super) fn is_infix(symbol: Symbol) -> bool {
    symbol == Symbol::StarStar || infix_symbol(symbol).is_some()
}

fn infix_symbol(symbol: Symbol) -> Option<(Infix, Level)> {
    let binary = |op, level| Some((Infix::Binary(op), level));
    match symbol {
        Symbol::Pipe => Some((Infix::Pipe, Level::Pipe)),
        Symbol::QuestionQuestion => Some((Infix::Logic(LogicOp::Coalesce), Level::Coalesce)),
        Symbol::OrOr => Some((Infix::Logic(LogicOp::Or), Level::Or)),
        Symbol::AndAnd => Some((Infix::Logic(LogicOp::And), Level::And)),
        Symbol::EqualEqual => binary(BinaryOp::Equal, Level::Equality),
        Symbol::BangEqual => binary(BinaryOp::NotEqual, Level::Equality),
        Symbol::Less => binary(BinaryOp::Less, Level::Comparison),
        Symbol::LessEqual => binary(BinaryOp::LessEqual, Level::Comparison),
        Symbol::Greater => binary(BinaryOp::Greater, Level::Comparison),
        Symbol::GreaterEqual => binary(BinaryOp::GreaterEqual, Level::Comparison),
        Symbol::Or => binary(BinaryOp::BitOr, Level::BitOr),
        Symbol::Caret => binary(BinaryOp::BitXor, Level::BitXor),
        Symbol::And => binary(BinaryOp::BitAnd, Level::BitAnd),
        Symbol::ShiftLeft => binary(BinaryOp::ShiftLeft, Level::Shift),
        Symbol::ShiftRight => binary(BinaryOp::ShiftRight, Level::Shift),
        Symbol::Plus => binary(BinaryOp::Add, Level::Sum),
        Symbol::Minus => binary(BinaryOp::Subtract, Level::Sum),
        Symbol::Star => binary(BinaryOp::Multiply, Level::Product),
        Symbol::Slash => binary(BinaryOp::Divide, Level::Product),
        Symbol::Percent => binary(BinaryOp::Remainder, Level::Product),
        _ => None,
    }
}
