//! Expressions.

use super::{PendingCode, Resolver};
use crate::syntax::ast::{self, Argument, Expr, ExprKind, Step, StepKind, TextPart};

impl<'a> Resolver<'a, '_> {
    pub(super) fn optional(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Error => {}
            ExprKind::Text(text) => self.text(text),
            ExprKind::SelfRef => self.receiver(expr.span),
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::Path { path, member } => self.path(path, member),
            ExprKind::Paren(inner) | ExprKind::Throw(inner) | ExprKind::Await(inner) => self.expr(inner),
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Array(items) => {
                for ast::Item::One(item) | ast::Item::Spread(item) in items {
                    self.expr(item);
                }
            }
            ExprKind::Dict(entries) => self.dict(entries),
            ExprKind::Struct { path, fields } => self.struct_literal(path, fields, expr.span),
            ExprKind::Chain { first, rest } => {
                self.expr(first);
                for (_, operand) in rest {
                    self.expr(operand);
                }
            }
            ExprKind::Logic { operands, .. } => operands.iter().for_each(|operand| self.expr(operand)),
            ExprKind::Pipe { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|target| self.expr(target));
            }
            ExprKind::Power { base, exponent } => {
                self.expr(base);
                self.expr(exponent);
            }
            ExprKind::Postfix { base, steps } => self.postfix(base, steps),
            ExprKind::Function(function) => {
                self.function(function);
            }
            ExprKind::Spawn(block) => {
                let start = block.span.start;
                self.put_off(start, true, start, PendingCode::Block(block));
            }
            ExprKind::If(node) => self.if_arms(node),
            ExprKind::Match(node) => self.match_arms(node),
        }
    }

    pub(super) fn text(&mut self, text: &'a ast::Text) {
        for part in &text.parts {
            if let TextPart::Expr(expr) = part {
                self.expr(expr);
            }
        }
    }

    fn receiver(&mut self, span: crate::source::Span) {
        match self.find("self", span.start) {
            Some(crate::compiler::scope::Entity::Variable(id)) => self.use_variable(id, span),
            _ => self.report_with_help(
                "`self` outside of a method",
                span,
                "a method has `self` as its explicit first parameter",
            ),
        }
    }

    fn dict(&mut self, entries: &'a [ast::Entry]) {
        for entry in entries {
            match entry {
                ast::Entry::Spread(expr) => self.expr(expr),
                ast::Entry::Pair(key, value) => {
                    match key {
                        ast::EntryKey::Text(text) => self.text(text),
                        ast::EntryKey::Expr(expr) => self.expr(expr),
                        ast::EntryKey::Name(_) | ast::EntryKey::Int(..) => {}
                    }
                    self.expr(value);
                }
            }
        }
    }

    fn postfix(&mut self, base: &'a Expr, steps: &'a [Step]) {
        let mut member = false;
        match (&base.kind, steps.first()) {
            (ExprKind::Name(name), Some(step)) if self.type_as_value(name, base.span, &step.kind) => {}
            (ExprKind::Name(name), Some(step)) => {
                self.expr(base);
                let called = matches!(steps.get(1), Some(Step { kind: StepKind::Call(_), .. }));
                member = self.member(name, base.span, &step.kind, called);
            }
            _ => self.expr(base),
        }
        if let (ExprKind::Path { path, member }, Some(Step { kind: StepKind::Call(arguments), .. })) =
            (&base.kind, steps.first())
        {
            self.built_variant(path, member, arguments);
        }
        for (position, step) in steps.iter().enumerate() {
            match &step.kind {
                StepKind::Call(arguments) => self.arguments(arguments),
                StepKind::Index(index) => self.expr(index),
                StepKind::Slice(from, to) => {
                    self.optional(from.as_ref());
                    self.optional(to.as_ref());
                }
                StepKind::Field(name) | StepKind::OptionalField(name) => {
                    let called =
                        matches!(steps.get(position + 1), Some(Step { kind: StepKind::Call(_), .. }));
                    if called && !(member && position == 0) {
                        self.method(base, &steps[..position], name);
                    }
                }
                StepKind::Try => {}
            }
        }
    }

    fn method(&mut self, base: &Expr, path: &[Step], name: &ast::Name) {
        self.fallback(name);
        let plain = |step: &Step| {
            matches!(step.kind, StepKind::Field(_) | StepKind::OptionalField(_) | StepKind::Index(_))
        };
        if !path.iter().all(plain) {
            return;
        }
        match &base.kind {
            ExprKind::Name(root) => self.method_on(root, base.span.start, &name.text),
            ExprKind::SelfRef => self.method_on("self", base.span.start, &name.text),
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &'a [Argument]) {
        for Argument::One(value) | Argument::Spread(value) | Argument::Named(_, value) in arguments {
            self.expr(value);
        }
    }
}
