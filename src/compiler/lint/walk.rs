//! The way through the tree: notes declarations, calls and places of values, and sees what no statement leads to.

use super::Linter;
use super::calls::Call;
use crate::compiler::scope::{Use, VariableId};
use crate::syntax::ast::{
    self, Argument, Block, Body, Entry, EntryKey, Expr, ExprKind, Pattern, Statement, StatementKind, Step,
    StepKind, TextPart,
};

impl<'a> Linter<'a> {
    pub(super) fn statements(&mut self, statements: &'a [Statement]) {
        self.unreached(statements);
        statements.iter().for_each(|statement| self.statement(statement));
    }

    /// Warns about the first statement behind one that always leaves; functions and types are not run anyway.
    fn unreached(&mut self, statements: &'a [Statement]) {
        let Some(at) = statements.iter().position(|statement| leaving(&statement.kind).is_some()) else {
            return;
        };
        let next = statements[at + 1..].iter().find(|next| !is_declaration(&next.kind));
        if let (Some(next), Some(word)) = (next, leaving(&statements[at].kind)) {
            let help = format!("the `{word}` before it always leaves; remove one of them");
            self.warn("Nothing reaches this statement", next.span, help);
        }
    }

    fn block(&mut self, block: &'a Block) {
        self.statements(&block.statements);
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Variable(variable) => {
                self.declare(&variable.pattern);
                self.expr(&variable.value);
            }
            StatementKind::Assign(assign) => self.assign(assign),
            StatementKind::Destructure { pattern, value } => {
                self.declare(pattern);
                self.expr(value);
            }
            StatementKind::Export(inner) => self.exported(inner),
            StatementKind::Function(function) => {
                let target = function.name.as_ref().and_then(|name| self.target(name));
                self.functions.extend(target.map(|(id, _)| (id, &**function)));
                self.function(function);
            }
            StatementKind::Struct(node) => {
                node.fields.iter().filter_map(|field| field.default.as_ref()).for_each(|one| self.expr(one));
                node.functions.iter().for_each(|function| self.function(function));
            }
            StatementKind::If(node) => self.if_arms(node),
            StatementKind::Match(node) => self.match_arms(node),
            StatementKind::While { condition, body } => {
                self.value(condition);
                self.block(body);
            }
            StatementKind::For { iterable, body, .. } => {
                self.expr(iterable);
                self.block(body);
            }
            StatementKind::Try(node) => {
                self.block(&node.body);
                node.except.iter().for_each(|(_, block)| self.block(block));
                node.finally.iter().for_each(|block| self.block(block));
            }
            StatementKind::Loop(block)
            | StatementKind::AsyncScope(block)
            | StatementKind::Test(_, block)
            | StatementKind::TestGroup(_, block)
            | StatementKind::TestSetup(block)
            | StatementKind::TestTeardown(block) => self.block(block),
            StatementKind::Return(value) | StatementKind::Yield(value) => {
                value.iter().for_each(|value| self.expr(value));
            }
            StatementKind::Throw(value) | StatementKind::Expr(value) => self.expr(value),
            _ => {}
        }
    }

    /// Others read what is exported.
    fn exported(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Variable(variable) => self.expr(&variable.value),
            StatementKind::Assign(assign) => self.expr(&assign.value),
            StatementKind::Destructure { value, .. } => self.expr(value),
            _ => self.statement(statement),
        }
    }

    fn assign(&mut self, assign: &'a ast::Assign) {
        for step in &assign.place.steps {
            if let ast::PlaceStep::Index(index) = step {
                self.expr(index);
            }
        }
        if assign.place.steps.is_empty() {
            self.declare_name(&assign.place.root);
        }
        match assign.op {
            ast::AssignOp::Set => self.expr(&assign.value),
            ast::AssignOp::Update(_) => self.value(&assign.value),
        }
    }

    fn declare(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Ignore(_) => {}
            Pattern::Name(name) => self.declare_name(name),
            Pattern::Array { items, rest, .. } => {
                items.iter().for_each(|item| self.declare(item));
                rest.iter().for_each(|name| self.declare_name(name));
            }
            Pattern::Dict { entries, rest, .. } => {
                entries.iter().for_each(|(_, pattern)| self.declare(pattern));
                rest.iter().for_each(|name| self.declare_name(name));
            }
        }
    }

    fn declare_name(&mut self, name: &ast::Name) {
        if let Some((id, true)) = self.target(name) {
            self.declared.push(id);
        }
    }

    fn target(&self, name: &ast::Name) -> Option<(VariableId, bool)> {
        self.found.targets.get(&name.span.start).copied()
    }

    fn function(&mut self, function: &'a ast::Function) {
        function.params.iter().filter_map(|param| param.default.as_ref()).for_each(|one| self.expr(one));
        self.body(&function.body);
    }

    fn body(&mut self, body: &'a Body) {
        match body {
            Body::Block(block) => self.block(block),
            Body::Expr(expr) => self.expr(expr),
        }
    }

    fn if_arms(&mut self, node: &'a ast::If) {
        for (condition, block) in &node.arms {
            self.value(condition);
            self.block(block);
        }
        node.otherwise.iter().for_each(|block| self.block(block));
    }

    fn match_arms(&mut self, node: &'a ast::Match) {
        self.value(&node.subject);
        for arm in &node.arms {
            arm.guard.iter().for_each(|guard| self.value(guard));
            self.body(&arm.body);
        }
    }

    /// An expression where a promise would be of no use.
    fn value(&mut self, expr: &'a Expr) {
        self.wanted_values.push(expr);
        self.expr(expr);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Text(text) => self.text(text),
            ExprKind::Paren(inner) | ExprKind::Throw(inner) | ExprKind::Await(inner) => self.expr(inner),
            ExprKind::Unary { operand, .. } => self.value(operand),
            ExprKind::Array(items) => {
                for ast::Item::One(item) | ast::Item::Spread(item) in items {
                    self.expr(item);
                }
            }
            ExprKind::Dict(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            ExprKind::Struct { fields, .. } => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Chain { first, rest } => {
                self.value(first);
                rest.iter().for_each(|(_, operand)| self.value(operand));
            }
            ExprKind::Logic { operands, .. } => operands.iter().for_each(|operand| self.expr(operand)),
            ExprKind::Pipe { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|target| self.pipe_target(target));
            }
            ExprKind::Power { base, exponent } => {
                self.value(base);
                self.value(exponent);
            }
            ExprKind::Postfix { base, steps } => self.postfix(base, steps, expr),
            ExprKind::Function(function) => self.function(function),
            ExprKind::Spawn(block) => self.block(block),
            ExprKind::If(node) => self.if_arms(node),
            ExprKind::Match(node) => self.match_arms(node),
            _ => {}
        }
    }

    fn text(&mut self, text: &'a ast::Text) {
        for part in &text.parts {
            if let TextPart::Expr(expr) = part {
                self.value(expr);
            }
        }
    }

    fn entry(&mut self, entry: &'a Entry) {
        match entry {
            Entry::Spread(value) => self.expr(value),
            Entry::Pair(key, value) => {
                match key {
                    EntryKey::Text(text) => self.text(text),
                    EntryKey::Expr(expr) => self.value(expr),
                    EntryKey::Name(_) | EntryKey::Int(..) => {}
                }
                self.expr(value);
            }
        }
    }

    fn postfix(&mut self, base: &'a Expr, steps: &'a [Step], whole: &'a Expr) {
        if let (ExprKind::Name(name), Some(Step { kind: StepKind::Call(arguments), span })) =
            (&base.kind, steps.first())
            && let Some(&called) = self.found.uses.get(&base.span.start)
        {
            let span = if steps.len() == 1 { whole.span } else { base.span.to(*span) };
            self.calls.push(Call { called, name, arguments, span });
            if let (Use::Builtin(_), "print") = (called, &**name) {
                self.wanted_values.extend(arguments.iter().map(argument));
            }
        }
        self.expr(base);
        steps.iter().for_each(|step| self.step(step));
    }

    /// `f(a)` behind `|>` takes one argument more than is written.
    fn pipe_target(&mut self, target: &'a Expr) {
        match &target.kind {
            ExprKind::Postfix { base, steps } => {
                self.expr(base);
                steps.iter().for_each(|step| self.step(step));
            }
            _ => self.expr(target),
        }
    }

    fn step(&mut self, step: &'a Step) {
        match &step.kind {
            StepKind::Call(arguments) => arguments.iter().for_each(|one| self.expr(argument(one))),
            StepKind::Index(index) => self.value(index),
            StepKind::Slice(from, to) => from.iter().chain(to).for_each(|bound| self.value(bound)),
            StepKind::Field(_) | StepKind::OptionalField(_) | StepKind::Try => {}
        }
    }
}

fn argument(argument: &Argument) -> &Expr {
    let (Argument::One(value) | Argument::Spread(value) | Argument::Named(_, value)) = argument;
    value
}

/// The word of a statement behind which nothing goes on.
fn leaving(kind: &StatementKind) -> Option<&'static str> {
    match kind {
        StatementKind::Return(_) => Some("return"),
        StatementKind::Throw(_) => Some("throw"),
        StatementKind::Break => Some("break"),
        StatementKind::Continue => Some("continue"),
        _ => None,
    }
}

fn is_declaration(kind: &StatementKind) -> bool {
    matches!(kind, StatementKind::Function(_) | StatementKind::Struct(_) | StatementKind::Enum(_))
        || matches!(
            kind,
            StatementKind::Test(..)
                | StatementKind::TestGroup(..)
                | StatementKind::TestSetup(_)
                | StatementKind::TestTeardown(_)
        )
}
