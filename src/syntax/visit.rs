//! The way through a tree, for those who look for a few things in all of it.
//!
//! Owns: which statements and expressions lie directly inside which, in the order of the text. A visitor overrides what it
//! cares about and goes on with `walk_statement` and `walk_expr`. Does not: visit names, patterns and types.

use super::ast::{
    Argument, Block, Body, Entry, EntryKey, Expr, ExprKind, Function, If, Item, Match, Param, PlaceStep,
    Statement, StatementKind, Step, StepKind, Text, TextPart,
};

/// What is done with each node.
pub(crate) trait Visitor<'a> {
    /// The statements of a block or file.
    fn statements(&mut self, statements: &'a [Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &'a Statement) {
        walk_statement(self, statement);
    }

    fn expr(&mut self, expr: &'a Expr) {
        walk_expr(self, expr);
    }

    /// An expression whose value its node looks at: operands, conditions, indexes, keys, what is interpolated.
    fn operand(&mut self, expr: &'a Expr) {
        self.expr(expr);
    }

    fn function(&mut self, function: &'a Function) {
        self.defaults(&function.params);
        self.body(&function.body);
    }

    fn defaults(&mut self, params: &'a [Param]) {
        params.iter().filter_map(|param| param.default.as_ref()).for_each(|default| self.expr(default));
    }

    fn body(&mut self, body: &'a Body) {
        match body {
            Body::Block(block) => self.block(block),
            Body::Expr(expr) => self.expr(expr),
        }
    }

    fn block(&mut self, block: &'a Block) {
        self.statements(&block.statements);
    }

    fn if_arms(&mut self, node: &'a If) {
        for (condition, block) in &node.arms {
            self.operand(condition);
            self.block(block);
        }
        node.otherwise.iter().for_each(|block| self.block(block));
    }

    fn match_arms(&mut self, node: &'a Match) {
        self.operand(&node.subject);
        for arm in &node.arms {
            arm.guard.iter().for_each(|guard| self.operand(guard));
            self.body(&arm.body);
        }
    }

    fn text(&mut self, text: &'a Text) {
        for part in &text.parts {
            if let TextPart::Expr(expr) = part {
                self.operand(expr);
            }
        }
    }

    fn step(&mut self, step: &'a Step) {
        match &step.kind {
            StepKind::Call(arguments) => arguments.iter().for_each(|one| self.expr(argument(one))),
            StepKind::Index(index) => self.operand(index),
            StepKind::Slice(from, to) => from.iter().chain(to).for_each(|bound| self.operand(bound)),
            StepKind::Field(_) | StepKind::OptionalField(_) | StepKind::Try => {}
        }
    }
}

/// Visits what lies directly inside a statement.
pub(crate) fn walk_statement<'a>(visitor: &mut (impl Visitor<'a> + ?Sized), statement: &'a Statement) {
    match &statement.kind {
        StatementKind::Variable(variable) => visitor.expr(&variable.value),
        StatementKind::Function(function) => visitor.function(function),
        StatementKind::Struct(node) => {
            visitor.defaults(&node.fields);
            node.functions.iter().for_each(|function| visitor.function(function));
        }
        StatementKind::Export(inner) => visitor.statement(inner),
        StatementKind::Test(_, block)
        | StatementKind::TestGroup(_, block)
        | StatementKind::TestSetup(block)
        | StatementKind::TestTeardown(block)
        | StatementKind::AsyncScope(block)
        | StatementKind::Loop(block) => visitor.block(block),
        StatementKind::Assign(assign) => {
            for step in &assign.place.steps {
                if let PlaceStep::Index(index) = step {
                    visitor.expr(index);
                }
            }
            visitor.expr(&assign.value);
        }
        StatementKind::Destructure { value, .. }
        | StatementKind::Throw(value)
        | StatementKind::Expr(value) => visitor.expr(value),
        StatementKind::If(node) => visitor.if_arms(node),
        StatementKind::Match(node) => visitor.match_arms(node),
        StatementKind::While { condition, body } => {
            visitor.operand(condition);
            visitor.block(body);
        }
        StatementKind::For { iterable, body, .. } => {
            visitor.expr(iterable);
            visitor.block(body);
        }
        StatementKind::Try(node) => {
            visitor.block(&node.body);
            node.except.iter().for_each(|(_, block)| visitor.block(block));
            node.finally.iter().for_each(|block| visitor.block(block));
        }
        StatementKind::Return(value) | StatementKind::Yield(value) => {
            value.iter().for_each(|value| visitor.expr(value));
        }
        _ => {}
    }
}

/// Visits what lies directly inside an expression.
pub(crate) fn walk_expr<'a>(visitor: &mut (impl Visitor<'a> + ?Sized), expr: &'a Expr) {
    match &expr.kind {
        ExprKind::Text(text) => visitor.text(text),
        ExprKind::Paren(inner) | ExprKind::Throw(inner) | ExprKind::Await(inner) => visitor.expr(inner),
        ExprKind::Unary { operand, .. } => visitor.operand(operand),
        ExprKind::Array(items) => {
            for Item::One(item) | Item::Spread(item) in items {
                visitor.expr(item);
            }
        }
        ExprKind::Dict(entries) => entries.iter().for_each(|entry| walk_entry(visitor, entry)),
        ExprKind::Struct { fields, .. } => fields.iter().for_each(|(_, value)| visitor.expr(value)),
        ExprKind::Chain { first, rest } => {
            visitor.operand(first);
            rest.iter().for_each(|(_, operand)| visitor.operand(operand));
        }
        ExprKind::Logic { operands, .. } => operands.iter().for_each(|operand| visitor.expr(operand)),
        ExprKind::Pipe { first, rest } => {
            visitor.expr(first);
            rest.iter().for_each(|target| visitor.expr(target));
        }
        ExprKind::Power { base, exponent } => {
            visitor.operand(base);
            visitor.operand(exponent);
        }
        ExprKind::Postfix { base, steps } => {
            visitor.expr(base);
            steps.iter().for_each(|step| visitor.step(step));
        }
        ExprKind::Function(function) => visitor.function(function),
        ExprKind::Spawn(block) => visitor.block(block),
        ExprKind::If(node) => visitor.if_arms(node),
        ExprKind::Match(node) => visitor.match_arms(node),
        _ => {}
    }
}

fn walk_entry<'a>(visitor: &mut (impl Visitor<'a> + ?Sized), entry: &'a Entry) {
    let (Entry::Spread(value) | Entry::Pair(_, value)) = entry;
    match entry {
        Entry::Pair(EntryKey::Text(text), _) => visitor.text(text),
        Entry::Pair(EntryKey::Expr(key), _) => visitor.operand(key),
        Entry::Pair(EntryKey::Name(_) | EntryKey::Int(..), _) | Entry::Spread(_) => {}
    }
    visitor.expr(value);
}

/// The expression of an argument.
pub(crate) fn argument(argument: &Argument) -> &Expr {
    let (Argument::One(value) | Argument::Spread(value) | Argument::Named(_, value)) = argument;
    value
}
