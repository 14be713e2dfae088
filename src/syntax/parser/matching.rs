//! `match`, its arms and their patterns (docs/LANGUAGE.md, 5.4).
//!
//! Owns: the words `match`, `case` and `default`, which are names everywhere else.
//! Does not: check that alternatives bind the same names or that variants exist; the compiler does.

use crate::source::Span;
use crate::syntax::ast::{Arm, Body, CasePattern, Expr, ExprKind, Match, Name, OnePattern, Text, TextPart};
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::pattern::Group;
use super::{Parse, Parser};

impl Parser<'_> {
    /// Whether the word `match` stands here and is special: before the start of a subject on its line.
    pub(super) fn starts_match(&self) -> bool {
        let subject = matches!(
            self.peek_at(1),
            TokenKind::Name
                | TokenKind::Int(_)
                | TokenKind::IntLimit
                | TokenKind::Float(_)
                | TokenKind::TextStart
                | TokenKind::Symbol(Symbol::OpenParen)
                | TokenKind::Keyword(
                    Keyword::SelfWord | Keyword::Await | Keyword::True | Keyword::False | Keyword::Null
                )
        );
        let starts_line = self.tokens.get(self.at + 1).is_some_and(|token| token.starts_line);
        self.is_name("match") && subject && !starts_line
    }

    /// `match`, as a statement or as an expression.
    pub(super) fn match_(&mut self) -> Parse<Match> {
        self.bump();
        let subject = self.head()?;
        let mut arms = Vec::new();
        self.members("what is matched", "`,`, `;` or a line end after the arm", |parser| {
            arms.push(parser.arm()?);
            Ok(())
        })?;
        Ok(Match { subject, arms })
    }

    fn arm(&mut self) -> Parse<Arm> {
        let start = self.span();
        let pattern = if self.is_name("case") {
            self.bump();
            let pattern = self.case_pattern()?;
            while self.is(Symbol::Comma) {
                self.error("a `,` between two patterns", self.span(), "write `case p | q`");
                self.bump();
                self.case_pattern()?;
            }
            Some(pattern)
        } else if self.is_name("default") {
            self.bump();
            None
        } else {
            let is_default = self.is_name("_") || self.is_keyword(Keyword::Else);
            let help = match is_default {
                true => Some("write `default` for what matches no `case`"),
                false => Some("each arm begins with `case pattern` or `default`"),
            };
            return Err(self.unexpected_with("`case` or `default`", help));
        };
        let guard = match pattern.is_some() && self.eat_keyword(Keyword::If) {
            true => Some(self.head()?),
            false => None,
        };
        let body = self.arm_body()?;
        Ok(Arm { pattern, guard, body, span: self.span_from(start) })
    }

    fn arm_body(&mut self) -> Parse<Body> {
        if self.eat(Symbol::FatArrow) {
            self.arm_value = Some(self.at);
            return Ok(Body::Expr(Box::new(self.expr()?)));
        }
        let colon = self.eat(Symbol::Colon);
        if !self.is(Symbol::OpenBrace) {
            let expected = if colon { "`{` after `:`" } else { "`{`, `:` or `=>` after the pattern" };
            let help = "an arm is written `case p { ... }` or `case p => value`";
            return Err(self.unexpected_with(expected, Some(help)));
        }
        self.block("the pattern").map(Body::Block)
    }

    /// `p | q`.
    fn case_pattern(&mut self) -> Parse<CasePattern> {
        let start = self.span();
        let mut alternatives = vec![self.one_pattern()?];
        while self.eat(Symbol::Or) {
            alternatives.push(self.one_pattern()?);
        }
        Ok(CasePattern { alternatives, span: self.span_from(start) })
    }

    fn one_pattern(&mut self) -> Parse<OnePattern> {
        let start = self.span();
        match self.peek() {
            TokenKind::Name => self.name_pattern(),
            TokenKind::Symbol(Symbol::OpenBracket) => {
                let Group { items, rest } = self.group(Symbol::CloseBracket, Parser::case_pattern)?;
                Ok(OnePattern::Array { items, rest, span: self.span_from(start) })
            }
            TokenKind::Symbol(Symbol::OpenBrace) => {
                let entry = |parser: &mut Self| parser.pattern_entry(Parser::case_pattern, bind);
                let Group { items, rest } = self.group(Symbol::CloseBrace, entry)?;
                Ok(OnePattern::Dict { entries: items, rest, span: self.span_from(start) })
            }
            TokenKind::TextStart => {
                let (value, span) = self.plain_text("a string in a pattern")?;
                let parts = if value.is_empty() { Vec::new() } else { vec![TextPart::Literal(value)] };
                Ok(OnePattern::Literal(Expr { kind: ExprKind::Text(Text { parts, span }), span }))
            }
            _ => self.literal_pattern(),
        }
    }

    /// A number with its sign, `true`, `false` or `null`.
    fn literal_pattern(&mut self) -> Parse<OnePattern> {
        let start = self.span();
        let negative = self.eat(Symbol::Minus);
        let sign = if negative { -1 } else { 1 };
        let kind = match self.peek() {
            TokenKind::Int(value) => ExprKind::Int(sign * value),
            TokenKind::IntLimit if negative => ExprKind::Int(i64::MIN),
            TokenKind::Float(value) => ExprKind::Float(sign as f64 * value),
            TokenKind::Keyword(Keyword::True) if !negative => ExprKind::Bool(true),
            TokenKind::Keyword(Keyword::False) if !negative => ExprKind::Bool(false),
            TokenKind::Keyword(Keyword::Null) if !negative => ExprKind::Null,
            _ if negative => return Err(self.unexpected("a number after `-`")),
            _ => return Err(self.unexpected("a pattern")),
        };
        self.bump();
        Ok(OnePattern::Literal(Expr { kind, span: self.span_from(start) }))
    }

    /// `_`, a name to bind or a variant.
    fn name_pattern(&mut self) -> Parse<OnePattern> {
        if self.is_name("_") {
            return Ok(OnePattern::Ignore(self.bump().span));
        }
        let mut path = self.path("a pattern")?;
        if self.eat(Symbol::ColonColon) {
            let name = self.word("the name of a variant after `::`")?;
            let payload = self.payload_opt()?;
            return Ok(OnePattern::Variant { path, name, payload });
        }
        let Some(name) = path.pop().filter(|_| path.is_empty()) else {
            let help = "a variant of an enum is written `Color::Red`";
            return Err(self.unexpected_with("`::` and a variant after the path", Some(help)));
        };
        if matches!(&*name.text, "Ok" | "Err" | "Some" | "None") {
            let payload = self.payload_opt()?;
            return Ok(OnePattern::Variant { path: Vec::new(), name, payload });
        }
        if self.is(Symbol::OpenParen) {
            let help = format!("write the enum too: `Enum::{}(...)`", name.text);
            return Err(self.unexpected_with("`{`, `:` or `=>` after the pattern", Some(&help)));
        }
        Ok(OnePattern::Name(name))
    }

    fn payload_opt(&mut self) -> Parse<Option<Vec<CasePattern>>> {
        if !self.is(Symbol::OpenParen) || self.after_line_end() {
            return Ok(None);
        }
        self.list(Symbol::CloseParen, "`,` or `)` in the pattern", Parser::case_pattern).map(Some)
    }
}

/// The pattern of the shorthand `{k}`.
fn bind(name: Name) -> CasePattern {
    let span: Span = name.span;
    CasePattern { alternatives: vec![OnePattern::Name(name)], span }
}
