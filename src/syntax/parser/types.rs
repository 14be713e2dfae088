//! Type annotations (docs/LANGUAGE.md, 8.1).
//!
//! Invariant: the lexer reads `>>`, `>=` and `??` as one token each; where a type needs only the first character,
//! the token is cut in place, so no lookahead over types is needed.

use crate::source::Span;
use crate::syntax::ast::{Name, Type, TypeKind};
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::{Parse, Parser};

/// Makes a type around another one.
type Wrap = fn(Box<Type>) -> TypeKind;

impl Parser<'_> {
    /// `[ ":" type ]`.
    pub(super) fn annotation_opt(&mut self) -> Parse<Option<Type>> {
        if self.eat(Symbol::Colon) { self.type_annotation().map(Some) } else { Ok(None) }
    }

    /// A type with its parameters and suffixes.
    pub(super) fn type_annotation(&mut self) -> Parse<Type> {
        let start = self.span();
        let outer = self.enter()?;
        let path = self.type_path()?;
        let arguments = if self.eat(Symbol::Less) { self.type_arguments()? } else { Vec::new() };
        let mut result = Type { kind: TypeKind::Named { path, arguments }, span: self.span_from(start) };
        while let Some(wrap) = self.type_suffix()? {
            // Each suffix is a level of the tree, so it counts as one.
            self.enter()?;
            result = Type { kind: wrap(Box::new(result)), span: self.span_from(start) };
        }
        if self.is(Symbol::Or) {
            let help = "there are no union types: leave the type out, or write `any`; `T?` is T or null";
            return Err(self.error("a value has one type", self.span(), help));
        }
        self.context = outer;
        Ok(result)
    }

    fn type_path(&mut self) -> Parse<Vec<Name>> {
        match self.peek() {
            TokenKind::Name => self.path("a type"),
            TokenKind::Keyword(Keyword::Func | Keyword::Null) => Ok(vec![self.take_name()]),
            TokenKind::Symbol(Symbol::OpenBracket) => {
                Err(self.unexpected_with("a type", Some("an array type is written `int[]` or `array<int>`")))
            }
            TokenKind::Symbol(Symbol::OpenParen) => {
                Err(self.unexpected_with("a type", Some("the type of every function is `func`")))
            }
            _ => Err(self.unexpected("a type")),
        }
    }

    fn type_arguments(&mut self) -> Parse<Vec<Type>> {
        let mut arguments = vec![self.type_annotation()?];
        while self.eat(Symbol::Comma) {
            arguments.push(self.type_annotation()?);
        }
        let closed = self.eat_half(Symbol::ShiftRight, Symbol::Greater)
            || self.eat_half(Symbol::GreaterEqual, Symbol::Equal)
            || self.eat(Symbol::Greater);
        if !closed {
            let help = "the parameters of a type stand between `<` and `>`";
            return Err(self.unexpected_with("`,` or `>`", Some(help)));
        }
        Ok(arguments)
    }

    /// Consumes `?` or `[]`.
    fn type_suffix(&mut self) -> Parse<Option<Wrap>> {
        if self.after_line_end() {
            return Ok(None);
        }
        if self.eat_half(Symbol::QuestionQuestion, Symbol::Question) || self.eat(Symbol::Question) {
            return Ok(Some(TypeKind::Optional));
        }
        if !self.eat(Symbol::OpenBracket) {
            return Ok(None);
        }
        if !self.eat(Symbol::CloseBracket) {
            return Err(self.unexpected_with("`]`", Some("an array type is written `int[]`")));
        }
        Ok(Some(TypeKind::Array))
    }

    /// Consumes the first character of a `joined` token, of which `second` stays. No token is inserted, since
    /// the table of brackets goes by index.
    fn eat_half(&mut self, joined: Symbol, second: Symbol) -> bool {
        if !self.is(joined) {
            return false;
        }
        let span = self.span();
        let token = &mut self.tokens[self.at];
        token.kind = TokenKind::Symbol(second);
        token.span = Span::new(span.end - second.text().len() as u32, span.end);
        token.starts_line = false;
        true
    }
}
