//! Expressions: operators break behind their sign, `&&`, `||`, `??` and `|>` before it (docs/LANGUAGE.md, 1.6).

use crate::syntax::ast::{BinaryOp, Entry, EntryKey, Expr, ExprKind, Item, Name, UnaryOp};
use crate::syntax::token::{Keyword, TokenKind};

use super::Printer;
use super::layout::Hug;
use super::list::{Form, is_bracketed};

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        use ExprKind as K;
        self.comments_before_token(); // They break the groups around, not those that begin here.
        match &expr.kind {
            K::Null | K::Bool(_) | K::Int(_) | K::Float(_) | K::SelfRef | K::Name(_) | K::Path { .. } => {
                self.tokens_of(expr.span);
            }
            K::Text(text) => self.literal(text.span),
            K::Paren(inner) => self.paren(inner),
            K::Array(items) => {
                let alone = items.len() == 1;
                self.list(items, Form::Plain, |item| alone && is_bracketed(value(item)), Printer::item);
            }
            K::Dict(entries) => self.list(entries, Form::Plain, |_| false, Printer::entry),
            K::Struct { path, fields } => {
                self.path(path);
                self.space();
                self.list(fields, Form::Padded, |_| false, Printer::field);
            }
            K::Chain { first, rest } => self.chain(first, rest),
            K::Logic { operands, .. } => self.logic(operands),
            K::Pipe { first, rest } => self.pipe(first, rest),
            K::Power { base, exponent } => {
                self.expr(base);
                self.space();
                self.word();
                self.expr(exponent);
            }
            K::Unary { op, operand } => {
                self.token();
                if *op == UnaryOp::Not && self.after_word() {
                    self.space();
                }
                self.expr(operand);
            }
            K::Throw(inner) | K::Await(inner) => {
                self.word();
                self.expr(inner);
            }
            K::Postfix { base, steps } => self.postfix(base, steps),
            K::Function(function) => self.function(function),
            K::Spawn(block) => {
                self.token();
                self.braced(block);
            }
            K::If(one) => self.if_(one, expr.span),
            K::Match(one) => self.match_(one, expr.span),
            K::Error => {} // A text with errors is not formatted.
        }
    }

    /// Whether the latest token is `not`, which needs a space where `!` has none.
    fn after_word(&self) -> bool {
        self.tokens[self.at - 1].kind == TokenKind::Keyword(Keyword::Not)
    }

    fn paren(&mut self, inner: &Expr) {
        let hugs = is_bracketed(inner);
        self.list(std::slice::from_ref(inner), Form::Single, |_| hugs, Printer::expr);
    }

    fn item(&mut self, item: &Item) {
        if let Item::Spread(_) = item {
            self.token();
        }
        self.expr(value(item));
    }

    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Spread(value) => {
                self.token();
                self.expr(value);
            }
            Entry::Pair(key, value) => {
                self.entry_key(key);
                self.word();
                self.expr(value);
            }
        }
    }

    fn entry_key(&mut self, key: &EntryKey) {
        match key {
            EntryKey::Name(name) => self.tokens_of(name.span),
            EntryKey::Text(text) => self.literal(text.span),
            EntryKey::Int(_, span) => self.tokens_of(*span),
            EntryKey::Expr(inner) => {
                self.token();
                self.expr(inner);
                self.token();
            }
        }
    }

    fn field(&mut self, (name, value): &(Name, Expr)) {
        self.tokens_of(name.span);
        self.word();
        self.expr(value);
    }

    fn chain(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)]) {
        self.layout.open(Hug::Nothing);
        self.expr(first);
        self.layout.indent();
        for (op, operand) in rest {
            self.space();
            self.token();
            if *op == BinaryOp::NotIn {
                self.space();
                self.token();
            }
            self.line();
            self.expr(operand);
        }
        self.layout.dedent();
        self.layout.close();
    }

    fn logic(&mut self, operands: &[Expr]) {
        self.layout.open(Hug::Nothing);
        for (index, operand) in operands.iter().enumerate() {
            if index == 1 {
                self.layout.indent();
            }
            if index > 0 {
                self.line();
                self.word();
            }
            self.expr(operand);
        }
        self.layout.dedent();
        self.layout.close();
    }

    fn pipe(&mut self, first: &Expr, rest: &[Expr]) {
        self.layout.open(Hug::Nothing);
        self.expr(first);
        if self.next().starts_line {
            self.layout.force();
        }
        self.layout.indent();
        for operand in rest {
            self.line();
            self.word();
            self.expr(operand);
        }
        self.layout.dedent();
        self.layout.close();
    }
}

fn value(item: &Item) -> &Expr {
    match item {
        Item::One(value) | Item::Spread(value) => value,
    }
}
