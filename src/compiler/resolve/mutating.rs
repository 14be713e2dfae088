//! Which methods change their receiver (LANGUAGE 7.3), from the text alone.
//!
//! A method is mutating if its body, nested functions included, assigns to `self` or a place under it, or calls a
//! method that may change its receiver on such a place. Since that depends on the other methods, the set of names is
//! grown until it is stable.

use rustc_hash::FxHashSet;

use crate::compiler::library::Library;
use crate::syntax::ast::{self, Body, Expr, ExprKind, Statement, StatementKind, Step, StepKind};

/// All method names that may change the place they are called on: the library's, and those of the structs of all these
/// files, which may call each other's.
pub(in crate::compiler) fn names<'a>(
    scripts: impl Iterator<Item = &'a ast::Script>,
    library: &Library,
) -> FxHashSet<Box<str>> {
    let mut methods = Vec::new();
    let mut finder = Walk { methods: Some(&mut methods), mutating: None, changes_self: false };
    scripts.for_each(|script| finder.statements(&script.statements));
    let mut names = library.editing.clone();
    loop {
        let before = names.len();
        for function in &methods {
            if let Some(name) = &function.name
                && function.self_param.is_some()
                && !function.is_async
                && !function.is_generator
                && !names.contains(&name.text)
                && changes_self(function, &names)
            {
                names.insert(name.text.clone());
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

/// Whether the function changes `self`, given the names of mutating methods.
pub(super) fn changes_self(function: &ast::Function, mutating: &FxHashSet<Box<str>>) -> bool {
    let mut walk = Walk { methods: None, mutating: Some(mutating), changes_self: false };
    walk.function(function);
    walk.changes_self
}

/// One walk over a tree: collects the methods of all structs, or looks for changes of `self`.
struct Walk<'a, 'm> {
    methods: Option<&'m mut Vec<&'a ast::Function>>,
    mutating: Option<&'m FxHashSet<Box<str>>>,
    changes_self: bool,
}

impl<'a> Walk<'a, '_> {
    fn statements(&mut self, statements: &'a [Statement]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn block(&mut self, block: &'a ast::Block) {
        self.statements(&block.statements);
    }

    fn function(&mut self, function: &'a ast::Function) {
        for param in &function.params {
            param.default.iter().for_each(|default| self.expr(default));
        }
        self.body(&function.body);
    }

    fn body(&mut self, body: &'a Body) {
        match body {
            Body::Block(block) => self.block(block),
            Body::Expr(expr) => self.expr(expr),
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Variable(variable) => self.expr(&variable.value),
            StatementKind::Function(function) => self.function(function),
            StatementKind::Struct(node) => self.struct_functions(node),
            StatementKind::Export(inner) => self.statement(inner),
            StatementKind::Test(_, block)
            | StatementKind::TestGroup(_, block)
            | StatementKind::TestSetup(block)
            | StatementKind::TestTeardown(block)
            | StatementKind::AsyncScope(block)
            | StatementKind::Loop(block) => self.block(block),
            StatementKind::Assign(assign) => {
                self.changes_self |= &*assign.place.root.text == "self";
                for step in &assign.place.steps {
                    if let ast::PlaceStep::Index(index) = step {
                        self.expr(index);
                    }
                }
                self.expr(&assign.value);
            }
            StatementKind::Destructure { value, .. }
            | StatementKind::Throw(value)
            | StatementKind::Expr(value) => {
                self.expr(value);
            }
            StatementKind::If(node) => self.if_arms(node),
            StatementKind::Match(node) => self.match_arms(node),
            StatementKind::While { condition, body } => {
                self.expr(condition);
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
            StatementKind::Return(value) | StatementKind::Yield(value) => {
                value.iter().for_each(|value| self.expr(value));
            }
            _ => {}
        }
    }

    fn struct_functions(&mut self, node: &'a ast::Struct) {
        for function in &node.functions {
            if let Some(methods) = &mut self.methods {
                methods.push(function);
                self.function(function);
            }
        }
    }

    fn if_arms(&mut self, node: &'a ast::If) {
        for (condition, block) in &node.arms {
            self.expr(condition);
            self.block(block);
        }
        node.otherwise.iter().for_each(|block| self.block(block));
    }

    fn match_arms(&mut self, node: &'a ast::Match) {
        self.expr(&node.subject);
        for arm in &node.arms {
            arm.guard.iter().for_each(|guard| self.expr(guard));
            self.body(&arm.body);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Text(text) => {
                for part in &text.parts {
                    if let ast::TextPart::Expr(expr) = part {
                        self.expr(expr);
                    }
                }
            }
            ExprKind::Paren(inner) | ExprKind::Throw(inner) | ExprKind::Await(inner) => self.expr(inner),
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Array(items) => {
                for ast::Item::One(item) | ast::Item::Spread(item) in items {
                    self.expr(item);
                }
            }
            ExprKind::Dict(entries) => {
                for ast::Entry::Pair(_, value) | ast::Entry::Spread(value) in entries {
                    self.expr(value);
                }
            }
            ExprKind::Struct { fields, .. } => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Chain { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|(_, operand)| self.expr(operand));
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
            ExprKind::Function(function) => self.function(function),
            ExprKind::Spawn(block) => self.block(block),
            ExprKind::If(node) => self.if_arms(node),
            ExprKind::Match(node) => self.match_arms(node),
            _ => {}
        }
    }

    fn postfix(&mut self, base: &'a Expr, steps: &'a [Step]) {
        self.expr(base);
        let mut on_self = matches!(base.kind, ExprKind::SelfRef);
        for (position, step) in steps.iter().enumerate() {
            match &step.kind {
                StepKind::Field(name) | StepKind::OptionalField(name) => {
                    let called =
                        matches!(steps.get(position + 1), Some(Step { kind: StepKind::Call(_), .. }));
                    let mutates = self.mutating.is_some_and(|names| names.contains(&name.text));
                    self.changes_self |= on_self && called && mutates;
                }
                StepKind::Index(index) => self.expr(index),
                StepKind::Slice(from, to) => {
                    on_self = false;
                    from.iter().chain(to).for_each(|bound| self.expr(bound));
                }
                StepKind::Call(arguments) => {
                    on_self = false;
                    for ast::Argument::One(value)
                    | ast::Argument::Spread(value)
                    | ast::Argument::Named(_, value) in arguments
                    {
                        self.expr(value);
                    }
                }
                StepKind::Try => on_self = false,
            }
        }
    }
}
