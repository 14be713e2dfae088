//! Primary expressions and what is appended to them: literals, names, calls, indexes, fields.
//!
//! Invariant: postfix steps form a flat list; a `(` or `[` on a new line, where that counts, starts a statement.

use crate::source::{Code, Diagnostic, Span};
use crate::syntax::ast::{
    Argument, Entry, EntryKey, Expr, ExprKind, Item, Name, Step, StepKind, Text, TextPart,
};
use crate::syntax::foreign;
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::{LIST_LIMIT, Parse, Parser};

impl Parser<'_> {
    /// A primary expression with its postfix steps.
    pub(super) fn postfix(&mut self) -> Parse<Expr> {
        let start = self.span();
        let base = self.primary()?;
        let mut steps = Vec::new();
        loop {
            let step_start = self.span();
            let Some(kind) = self.step_opt()? else { break };
            steps.push(Step { kind, span: self.span_from(step_start) });
        }
        if steps.is_empty() {
            return Ok(base);
        }
        Ok(Expr { kind: ExprKind::Postfix { base: Box::new(base), steps }, span: self.span_from(start) })
    }

    fn step_opt(&mut self) -> Parse<Option<StepKind>> {
        let TokenKind::Symbol(symbol) = self.peek() else { return Ok(None) };
        let same_line = !self.after_line_end();
        Ok(Some(match symbol {
            Symbol::Dot => {
                self.bump();
                if self.peek() == TokenKind::TextStart {
                    let help = "strings are joined by `+` or by interpolation: `\"${a}${b}\"`";
                    return Err(self.unexpected_with("a name after `.`", Some(help)));
                }
                StepKind::Field(self.word("a name after `.`")?)
            }
            Symbol::QuestionDot => {
                self.bump();
                if matches!(self.peek(), TokenKind::Symbol(Symbol::OpenBracket | Symbol::OpenParen)) {
                    let help = "`?.` is for members; give a default with `??`: `(x ?? [])[0]`";
                    return Err(self.unexpected_with("a name after `?.`", Some(help)));
                }
                StepKind::OptionalField(self.word("a name after `?.`")?)
            }
            Symbol::OpenParen if same_line => StepKind::Call(self.arguments()?),
            Symbol::OpenBracket if same_line => self.index()?,
            Symbol::Question if same_line => {
                self.bump();
                StepKind::Try
            }
            _ => return Ok(None),
        }))
    }

    fn arguments(&mut self) -> Parse<Vec<Argument>> {
        let opening = self.span();
        let arguments = self.list(Symbol::CloseParen, "`,` or `)` after the argument", Parser::argument)?;
        if arguments.len() > LIST_LIMIT {
            let message = format!("a call has {LIST_LIMIT} written arguments at most");
            let error = Diagnostic::new(Code::Syntax, message, self.span_from(opening));
            return Err(self.report(error.with_help("pass an array, or spread one with `...`")));
        }
        let named = arguments.iter().position(|argument| matches!(argument, Argument::Named(..)));
        let after = arguments.get(named.unwrap_or(arguments.len())..).unwrap_or_default();
        if let Some(Argument::One(value) | Argument::Spread(value)) =
            after.iter().find(|argument| !matches!(argument, Argument::Named(..)))
        {
            let error = Diagnostic::new(Code::Syntax, "this argument stands after a named one", value.span);
            self.report(error.with_help("write the named arguments last: `f(1, 2, width: 3)`"));
        }
        Ok(arguments)
    }

    fn argument(&mut self) -> Parse<Argument> {
        if self.eat(Symbol::Ellipsis) {
            return Ok(Argument::Spread(self.expr()?));
        }
        let is_word = matches!(self.peek(), TokenKind::Name | TokenKind::Keyword(_));
        let named = matches!(self.peek_at(1), TokenKind::Symbol(Symbol::Colon | Symbol::Equal));
        if is_word && named {
            let name = self.take_name();
            self.bump();
            return Ok(Argument::Named(name, self.expr()?));
        }
        Ok(Argument::One(self.expr()?))
    }

    /// `[i]`, `[i:j]`.
    fn index(&mut self) -> Parse<StepKind> {
        let outer = self.open()?;
        if self.is(Symbol::ColonColon) {
            return Err(self.unexpected_with("an index", Some("a slice has no step: `x[i:j]`")));
        }
        let first = if self.is(Symbol::Colon) { None } else { Some(self.expr()?) };
        let kind = if self.eat(Symbol::Colon) {
            let end = if self.is(Symbol::CloseBracket) { None } else { Some(self.expr()?) };
            StepKind::Slice(first, end)
        } else {
            match first {
                Some(index) => StepKind::Index(index),
                None => return Err(self.unexpected("an index")),
            }
        };
        let help = match self.peek() {
            TokenKind::Symbol(Symbol::Comma) => {
                Some("nested arrays are indexed one after the other: `x[i][j]`")
            }
            TokenKind::Symbol(Symbol::Colon) => Some("a slice has no step: `x[i:j]`"),
            _ => None,
        };
        if help.is_some() {
            return Err(self.unexpected_with("`]` after the index", help));
        }
        self.close(Symbol::CloseBracket, "`]` after the index", outer)?;
        Ok(kind)
    }

    fn primary(&mut self) -> Parse<Expr> {
        let start = self.span();
        let kind = match self.peek() {
            TokenKind::Name => self.name_expr()?,
            TokenKind::Int(value) => self.literal(ExprKind::Int(value)),
            TokenKind::Float(value) => self.literal(ExprKind::Float(value)),
            TokenKind::IntLimit => self.int_limit(),
            TokenKind::TextStart => ExprKind::Text(self.text_literal()?),
            TokenKind::Keyword(keyword) => self.keyword_expr(keyword)?,
            TokenKind::Symbol(Symbol::OpenParen) => self.paren()?,
            TokenKind::Symbol(Symbol::OpenBracket) => {
                ExprKind::Array(self.list(Symbol::CloseBracket, "`,` or `]` after the item", Parser::item)?)
            }
            TokenKind::Symbol(Symbol::OpenBrace) if !self.context.head => {
                ExprKind::Dict(self.list(Symbol::CloseBrace, "`,` or `}` after the entry", Parser::entry)?)
            }
            _ => return Err(self.unexpected("an expression")),
        };
        Ok(Expr { kind, span: self.span_from(start) })
    }

    fn literal(&mut self, kind: ExprKind) -> ExprKind {
        self.bump();
        kind
    }

    /// 9223372036854775808 without the minus sign that makes it an int.
    fn int_limit(&mut self) -> ExprKind {
        let message = "this int is outside the range of 64-bit ints";
        let error = Diagnostic::new(Code::IntRange, message, self.span());
        self.report(error.with_help("the largest int is 9223372036854775807"));
        self.literal(ExprKind::Error)
    }

    fn keyword_expr(&mut self, keyword: Keyword) -> Parse<ExprKind> {
        let span = self.span();
        Ok(match keyword {
            Keyword::True => self.literal(ExprKind::Bool(true)),
            Keyword::False => self.literal(ExprKind::Bool(false)),
            Keyword::Null => self.literal(ExprKind::Null),
            Keyword::SelfWord => self.literal(ExprKind::SelfRef),
            Keyword::If => {
                self.check_not_in_head("an `if` expression", span)?;
                ExprKind::If(Box::new(self.if_()?))
            }
            Keyword::Spawn => {
                self.check_not_in_head("`spawn`", span)?;
                self.bump();
                if !self.is(Symbol::OpenBrace) {
                    let help = "a context runs a block: `spawn { f() }`";
                    return Err(self.unexpected_with("`{` after `spawn`", Some(help)));
                }
                ExprKind::Spawn(self.block("`spawn`")?)
            }
            Keyword::Func | Keyword::Async => {
                self.check_not_in_head("a function", span)?;
                ExprKind::Function(Box::new(self.function(false)?))
            }
            _ => return Err(self.unexpected("an expression")),
        })
    }

    /// A name, `match`, `path::Word` or a struct literal.
    fn name_expr(&mut self) -> Parse<ExprKind> {
        if self.starts_match() {
            let span = self.span();
            self.check_not_in_head("a `match` expression", span)?;
            return Ok(ExprKind::Match(Box::new(self.match_()?)));
        }
        match self.after_path() {
            Some(Symbol::ColonColon) => {
                let path = self.path("a name")?;
                self.bump();
                Ok(ExprKind::Path { path, member: self.word("a name after `::`")? })
            }
            Some(Symbol::OpenBrace) => self.struct_literal(),
            _ => Ok(ExprKind::Name(self.take_name().text)),
        }
    }

    /// The `::` or the `{` of a struct literal behind the dotted path that starts here.
    fn after_path(&self) -> Option<Symbol> {
        let mut ahead = 1;
        while self.peek_at(ahead) == TokenKind::Symbol(Symbol::Dot)
            && matches!(self.peek_at(ahead + 1), TokenKind::Name | TokenKind::Keyword(_))
        {
            ahead += 2;
        }
        match self.peek_at(ahead) {
            _ if self.line_end_before(self.at + ahead) => None,
            TokenKind::Symbol(Symbol::OpenBrace) if self.context.head => None,
            TokenKind::Symbol(symbol @ (Symbol::ColonColon | Symbol::OpenBrace)) => Some(symbol),
            _ => None,
        }
    }

    fn struct_literal(&mut self) -> Parse<ExprKind> {
        let path = self.path("a name")?;
        let word = if path.len() == 1 { &*path[0].text } else { "" };
        if word == "async_scope" {
            let help = "declare a variable before it and assign it in the block";
            return Err(self.error("`async_scope` is a statement and has no value", path[0].span, help));
        }
        if let Some(help) = foreign::keyword(word).filter(|_| !self.starts_field()) {
            return Err(self.error(&format!("`{word}` is not a keyword of Ruff"), path[0].span, help));
        }
        let fields = self.list(Symbol::CloseBrace, "`,` or `}` after the field", Parser::field)?;
        Ok(ExprKind::Struct { path, fields })
    }

    /// Whether `{ name:` stands here.
    fn starts_field(&self) -> bool {
        self.peek_at(2) == TokenKind::Symbol(Symbol::Colon)
    }

    fn field(&mut self) -> Parse<(Name, Expr)> {
        let name = self.word("the name of a field")?;
        if !self.eat(Symbol::Colon) {
            let help = match self.peek() {
                TokenKind::Symbol(Symbol::Comma | Symbol::CloseBrace) => {
                    format!("there is no shorthand; write `{0}: {0}`", name.text)
                }
                _ => "the fields of a struct literal are written `name: value`".to_owned(),
            };
            let help = help.as_str();
            return Err(self.unexpected_with("`:` after the name of the field", Some(help)));
        }
        let value = self.expr()?;
        Ok((name, value))
    }

    fn paren(&mut self) -> Parse<ExprKind> {
        let closing = self.brackets.partner(self.at);
        let outer = self.open()?;
        if let Some(arrow) = closing.map(|closing| closing + 1).filter(|&at| self.is_arrow(at)) {
            let help = "a lambda is written `(a, b) => a + b`, with `=>`";
            return Err(self.error("expected `=>`, found `->`", self.tokens[arrow].span, help));
        }
        if self.is(Symbol::CloseParen) {
            let help = "there are no tuples; an empty array is `[]`, nothing is `null`";
            return Err(self.unexpected_with("an expression", Some(help)));
        }
        let inner = self.expr()?;
        if self.is(Symbol::Comma) {
            let help = "there are no tuples; write an array `[a, b]`";
            return Err(self.unexpected_with("`)` after the expression", Some(help)));
        }
        self.close(Symbol::CloseParen, "`)` after the expression", outer)?;
        Ok(ExprKind::Paren(Box::new(inner)))
    }

    fn is_arrow(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Symbol(Symbol::Arrow))
    }

    fn item(&mut self) -> Parse<Item> {
        match self.eat(Symbol::Ellipsis) {
            true => self.expr().map(Item::Spread),
            false => self.expr().map(Item::One),
        }
    }

    fn entry(&mut self) -> Parse<Entry> {
        if self.eat(Symbol::Ellipsis) {
            return self.expr().map(Entry::Spread);
        }
        let opens_arm = self.at > 0 && self.arm_value == Some(self.at - 1);
        let key = self.entry_key()?;
        if !self.eat(Symbol::Colon) {
            let help = match self.peek() {
                _ if opens_arm => "an arm with a block has no `=>`: `case p { ... }`",
                TokenKind::Symbol(Symbol::Equal | Symbol::ColonEqual | Symbol::FatArrow) => {
                    "an entry of a dict is written `key: value`"
                }
                TokenKind::Symbol(Symbol::Comma | Symbol::CloseBrace) => {
                    "this `{` starts a dict, whose entries are written `key: value`; an array is `[1, 2]`, a set `Set([1, 2])`"
                }
                _ => {
                    "this `{` starts a dict `{key: value}`; a function with a block is written `func(x) { ... }`"
                }
            };
            return Err(self.unexpected_with("`:` after the key", Some(help)));
        }
        let value = self.expr()?;
        Ok(Entry::Pair(key, value))
    }

    fn entry_key(&mut self) -> Parse<EntryKey> {
        match self.peek() {
            TokenKind::Name | TokenKind::Keyword(_) => Ok(EntryKey::Name(self.take_name())),
            TokenKind::TextStart => Ok(EntryKey::Text(self.text_literal()?)),
            TokenKind::Int(value) => Ok(EntryKey::Int(value, self.bump().span)),
            TokenKind::Symbol(Symbol::OpenBracket) => {
                let outer = self.open()?;
                let key = self.expr()?;
                self.close(Symbol::CloseBracket, "`]` after the key", outer)?;
                Ok(EntryKey::Expr(key))
            }
            _ => {
                let help = "keys are names, strings, ints, or expressions in brackets: `{[k]: 1}`";
                Err(self.unexpected_with("a key", Some(help)))
            }
        }
    }

    /// A string literal with its interpolations.
    pub(super) fn text_literal(&mut self) -> Parse<Text> {
        let start = self.span();
        let mut parts = Vec::new();
        self.bump();
        loop {
            match self.peek() {
                TokenKind::Chunk(index) => {
                    self.bump();
                    let value = std::mem::take(&mut self.chunks[index as usize]);
                    if !value.is_empty() {
                        parts.push(TextPart::Literal(value));
                    }
                }
                TokenKind::InterpolationStart => parts.push(TextPart::Expr(self.interpolation()?)),
                _ => break,
            }
        }
        self.bump();
        Ok(Text { parts, span: self.span_from(start) })
    }

    fn interpolation(&mut self) -> Parse<Expr> {
        let outer = self.open()?;
        let expr = self.expr()?;
        if self.peek() != TokenKind::InterpolationEnd {
            return Err(self.unexpected("`}` after the interpolated expression"));
        }
        self.bump();
        self.context = outer;
        Ok(expr)
    }

    /// A string literal without interpolation, as its value.
    pub(super) fn plain_text(&mut self, what: &str) -> Parse<(Box<str>, Span)> {
        let text = self.text_literal()?;
        let span = text.span;
        let mut parts = text.parts.into_iter();
        match (parts.next(), parts.next()) {
            (None, _) => Ok((Box::default(), span)),
            (Some(TextPart::Literal(value)), None) => Ok((value, span)),
            _ => {
                let help = "write the text itself, or compare in an `if`";
                Err(self.error(&format!("{what} cannot interpolate"), span, help))
            }
        }
    }
}
