//! What is noted on the way through the tree: declarations, calls and places of values, and what no statement leads to.

use super::Linter;
use super::calls::Call;
use crate::compiler::scope::{Use, VariableId};
use crate::syntax::ast::{
    self, BinaryOp, Expr, ExprKind, Pattern, Statement, StatementKind, Step, StepKind, UnaryOp,
};
use crate::syntax::visit::{Visitor, argument, walk_expr, walk_statement};

impl<'a> Visitor<'a> for Linter<'a> {
    fn statements(&mut self, statements: &'a [Statement]) {
        self.unreached(statements);
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Variable(variable) => self.declare(&variable.pattern),
            StatementKind::Assign(assign) => return self.assign(assign),
            StatementKind::Destructure { pattern, .. } => self.declare(pattern),
            StatementKind::Export(inner) => return self.exported(inner),
            StatementKind::Function(function) => {
                let target = function.name.as_ref().and_then(|name| self.target(name));
                self.functions.extend(target.map(|(id, _)| (id, &**function)));
            }
            _ => {}
        }
        walk_statement(self, statement);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Postfix { base, steps } => self.called(base, steps, expr),
            ExprKind::Chain { first, rest } => self.negated(first, rest),
            ExprKind::Pipe { first, rest } => {
                self.expr(first);
                return rest.iter().for_each(|target| self.pipe_target(target));
            }
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn operand(&mut self, expr: &'a Expr) {
        self.wanted_values.push(expr);
        self.expr(expr);
    }
}

impl<'a> Linter<'a> {
    /// Warns about `not a == b`, which compares `not a`.
    fn negated(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)]) {
        let (ExprKind::Unary { op: UnaryOp::Not, .. }, [(op, right)]) = (&first.kind, rest) else { return };
        let is_truth = matches!(right.kind, ExprKind::Bool(_) | ExprKind::Unary { op: UnaryOp::Not, .. });
        if let Some(op) = comparison(*op)
            && !is_truth
        {
            let help = format!("write `not (a {op} b)`, or `(not a) {op} b` if that is meant");
            self.warn(
                format!("`not` applies to the left side of `{op}` alone"),
                first.span.to(right.span),
                help,
            );
        }
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
            ast::AssignOp::Update(_) => self.operand(&assign.value),
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

    /// A call of a name.
    fn called(&mut self, base: &'a Expr, steps: &'a [Step], whole: &'a Expr) {
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
    }

    /// `f(a)` behind `|>` takes one argument more than is written.
    fn pipe_target(&mut self, target: &'a Expr) {
        match &target.kind {
            ExprKind::Postfix { .. } => walk_expr(self, target),
            _ => self.expr(target),
        }
    }
}

/// How a comparison is written.
fn comparison(op: BinaryOp) -> Option<&'static str> {
    Some(match op {
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::In => "in",
        BinaryOp::NotIn => "not in",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        _ => return None,
    })
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
