//! Functions of every form: declarations, methods, anonymous functions and lambdas.
//!
//! Invariant: a lambda is recognised before it is parsed, by the `=>` behind its name or behind the partner of
//! its `(`; so nothing is parsed twice.

use crate::source::{Code, Diagnostic, Span};
use crate::syntax::ast::{Body, Expr, ExprKind, Function, Name, Param, StatementKind, Type};
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::{LIST_LIMIT, Parse, Parser};

/// What stands between the parentheses of a signature.
#[derive(Default)]
struct Params {
    self_param: Option<Span>,
    params: Vec<Param>,
    rest: Option<Name>,
}

impl Parser<'_> {
    /// Whether `func name`, `async func name` or `func* name` stands here.
    pub(super) fn starts_function_declaration(&self) -> bool {
        let is_async = self.is_keyword(Keyword::Async);
        let mut ahead = usize::from(is_async) + 1;
        if self.peek_at(ahead) == TokenKind::Symbol(Symbol::Star) {
            ahead += 1;
        }
        // Anything but `(` is taken for a name, so that the error says that a name is missing.
        let follows_func = !is_async || self.peek_at(1) == TokenKind::Keyword(Keyword::Func);
        follows_func && self.peek_at(ahead) != TokenKind::Symbol(Symbol::OpenParen)
    }

    /// A function declaration as a statement.
    pub(super) fn function_declaration(&mut self) -> Parse<StatementKind> {
        Ok(StatementKind::Function(Box::new(self.function(true)?)))
    }

    /// `func` with its signature and block; with a name if it is `declared`.
    pub(super) fn function(&mut self, declared: bool) -> Parse<Function> {
        let start = self.span();
        let is_async = self.eat_keyword(Keyword::Async);
        if !self.is_keyword(Keyword::Func) {
            let help = match self.is(Symbol::OpenBrace) {
                true => "a block runs as a context of its own in `spawn { ... }`",
                false => "an async function is written `async func(x) { ... }`",
            };
            return Err(self.unexpected_with("`func` after `async`", Some(help)));
        }
        self.bump();
        if self.is_keyword(Keyword::Async) {
            return Err(self.error("`async` stands before `func`", self.span(), "write `async func`"));
        }
        let is_generator = self.is(Symbol::Star);
        if is_generator && is_async {
            return Err(self.error(
                "a generator cannot be async",
                self.span(),
                "write `func*`; it may use `await`",
            ));
        }
        self.eat(Symbol::Star);
        let name = if declared { Some(self.name("the name of the function")?) } else { None };
        if !self.is(Symbol::OpenParen) {
            let is_operator = name.as_ref().is_some_and(|name| &*name.text == "operator");
            let help = match self.peek() {
                _ if is_operator => "an operator is a method with a name: `func op_add(self, other) { }`",
                TokenKind::Symbol(Symbol::Less) => {
                    "functions have no type parameters: leave the type out, or write `any`"
                }
                _ => "a function is written `func name(a, b) { }`, without a name `func(a, b) { }`",
            };
            return Err(self.unexpected_with("`(` and the parameters", Some(help)));
        }
        let Params { self_param, params, rest } = self.params()?;
        let result = self.result_opt()?;
        let block = self.block("the signature of the function")?;
        let span = self.span_from(start);
        Ok(Function {
            name,
            is_async,
            is_generator,
            self_param,
            params,
            rest,
            result,
            body: Body::Block(block),
            span,
        })
    }

    fn result_opt(&mut self) -> Parse<Option<Type>> {
        if self.eat(Symbol::Arrow) {
            return self.type_annotation().map(Some);
        }
        if self.is(Symbol::FatArrow) {
            let help = "a function has a block, `func f(x) { return x }`; a lambda has no `func`, `x => x`";
            return Err(self.unexpected_with("`{` after the signature of the function", Some(help)));
        }
        if self.is(Symbol::Colon) || self.peek() == TokenKind::Name && !self.after_line_end() {
            let help = "the type of the result follows `->`: `func f() -> int { }`";
            return Err(self.unexpected_with("`{` after the signature of the function", Some(help)));
        }
        Ok(None)
    }

    /// Whether a lambda starts here.
    pub(super) fn starts_lambda(&self) -> bool {
        let arrow = match self.peek() {
            TokenKind::Name => Some(self.at + 1),
            TokenKind::Symbol(Symbol::OpenParen) => self.brackets.partner(self.at).map(|closing| closing + 1),
            _ => None,
        };
        !self.context.head
            && arrow.is_some_and(|arrow| {
                let is_arrow = self
                    .tokens
                    .get(arrow)
                    .is_some_and(|token| token.kind == TokenKind::Symbol(Symbol::FatArrow));
                is_arrow && !self.line_end_before(arrow)
            })
    }

    /// `x => e`, `(a, b = 1) => e`.
    pub(super) fn lambda(&mut self) -> Parse<Expr> {
        let start = self.span();
        let outer = self.enter()?;
        let Params { self_param, params, rest } = match self.peek() {
            TokenKind::Name => {
                let param = Param { name: self.take_name(), annotation: None, default: None };
                Params { params: vec![param], ..Params::default() }
            }
            _ => self.params()?,
        };
        self.expect(Symbol::FatArrow, "`=>`")?;
        if self.is(Symbol::OpenBrace) && !self.starts_dict() {
            let help = "write `func(x) { ... }` for a function with a block";
            return Err(self.error("a lambda is one expression and has no block", self.span(), help));
        }
        let body = Body::Expr(Box::new(self.expr()?));
        self.context = outer;
        let span = self.span_from(start);
        let function = Function {
            name: None,
            is_async: false,
            is_generator: false,
            self_param,
            params,
            rest,
            result: None,
            body,
            span,
        };
        Ok(Expr { kind: ExprKind::Function(Box::new(function)), span })
    }

    /// The parameters in their parentheses.
    fn params(&mut self) -> Parse<Params> {
        let mut params = Params::default();
        let opening = self.span();
        let mut seen = 0;
        self.list(Symbol::CloseParen, "`,` or `)` after the parameter", |parser| {
            seen += 1;
            parser.param(&mut params, seen == 1)
        })?;
        if params.params.len() > LIST_LIMIT {
            let message = format!("a function has {LIST_LIMIT} parameters at most");
            let span = self.span_from(opening);
            return Err(self.report(Diagnostic::new(Code::Syntax, message, span)));
        }
        Ok(params)
    }

    fn param(&mut self, params: &mut Params, first: bool) -> Parse<()> {
        if params.rest.is_some() {
            return Err(self.error(
                "nothing may follow the rest parameter",
                self.span(),
                "put `...rest` last",
            ));
        }
        if self.is_keyword(Keyword::SelfWord) {
            if !first {
                return Err(self.error("`self` is not the first parameter", self.span(), "put `self` first"));
            }
            params.self_param = Some(self.bump().span);
        } else if self.eat(Symbol::Ellipsis) {
            params.rest = Some(self.name("the name of the rest parameter")?);
        } else {
            let name = self.name("the name of a parameter")?;
            if self.peek() == TokenKind::Name {
                let help = "a type follows the name: `width: int`";
                return Err(self.unexpected_with("`,` or `)` after the parameter", Some(help)));
            }
            let annotation = self.annotation_opt()?;
            let default = self.default_opt()?;
            params.params.push(Param { name, annotation, default });
        }
        Ok(())
    }

    /// `[ assign expr ]`.
    pub(super) fn default_opt(&mut self) -> Parse<Option<Expr>> {
        if self.after_line_end() || !self.eat_assign() {
            return Ok(None);
        }
        self.expr().map(Some)
    }
}
