//! Statements: declarations, assignments, blocks and what may leave them.

use super::{Enclosing, PendingCode, Resolver};
use crate::compiler::scope::{BodyId, Entity, EnumInfo, Kind, ScopeId, StructInfo};
use crate::source::Span;
use crate::syntax::ast::{self, Block, Statement, StatementKind};

impl<'a> Resolver<'a, '_> {
    /// The statements of the current scope, which starts at byte `start`: functions and types first, since they are
    /// visible in the whole block.
    pub(super) fn statements(&mut self, statements: &'a [Statement], start: u32) {
        for statement in statements {
            self.predeclare(declared(statement), start);
        }
        for statement in statements {
            self.statement(statement);
        }
    }

    pub(super) fn block(&mut self, block: &'a Block) {
        self.in_scope(block.span.start, |this| this.statements(&block.statements, block.span.start));
    }

    pub(super) fn predeclare(&mut self, statement: &'a Statement, start: u32) {
        match &statement.kind {
            StatementKind::Function(function) => {
                let Some(name) = &function.name else { return };
                self.declare(name, Kind::Function, start);
            }
            StatementKind::Struct(node) => {
                let index = self.found.structs.len();
                self.found.structs.push(StructInfo { node, imported: None });
                // Those of the top level have nothing to close over.
                if self.scope != ScopeId(0) {
                    let scope = self.add_variable(&node.name, Kind::Function, start);
                    self.found.targets.insert(node.name.span.start, (scope, true));
                }
                self.declare_entity(&node.name, Entity::Struct(index));
            }
            StatementKind::Enum(node) => {
                let index = self.found.enums.len();
                self.found.enums.push(EnumInfo { node, imported: None });
                self.declare_entity(&node.name, Entity::Enum(index));
            }
            _ => {}
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement) {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Variable(variable) => {
                self.annotation(variable.annotation.as_ref());
                self.expr(&variable.value);
                let kind = match variable.binding {
                    ast::Binding::Let => Kind::Let,
                    ast::Binding::Const => Kind::Const,
                    ast::Binding::Mut => Kind::Mutable,
                };
                self.bind(&variable.pattern, kind, span.end);
                self.annotated(variable);
            }
            StatementKind::Function(function) => self.declared_function(function),
            StatementKind::Struct(node) => self.struct_members(node),
            StatementKind::Enum(node) => self.enum_annotations(node),
            StatementKind::Export(inner) => {
                self.only_at_top_level("export", span);
                self.statement(inner);
            }
            StatementKind::ExportNames(names) => {
                self.only_at_top_level("export", span);
                for name in names {
                    if self.find(&name.text, span.end).is_none() {
                        self.undefined(&name.text, name.span);
                    }
                }
            }
            StatementKind::Import { path, alias } => self.import(path, alias.as_ref(), span),
            StatementKind::FromImport { names, .. } => self.import_names(names, span),
            StatementKind::Test(..) => self.misplaced_test("test", span),
            StatementKind::TestGroup(..) => self.misplaced_test("test_group", span),
            StatementKind::TestSetup(_) => self.misplaced_test("test_setup", span),
            StatementKind::TestTeardown(_) => self.misplaced_test("test_teardown", span),
            StatementKind::AsyncScope(block) => {
                self.inside(Enclosing::AsyncScope, |this| this.block(block));
            }
            StatementKind::Yield(value) => {
                self.yields(span);
                self.optional(value.as_ref());
            }
            StatementKind::Assign(assign) => self.assign(assign, span),
            StatementKind::Destructure { pattern, value } => {
                self.expr(value);
                self.assign_pattern(pattern, span.end);
            }
            StatementKind::If(node) => self.if_arms(node),
            StatementKind::Match(node) => self.match_arms(node),
            StatementKind::While { condition, body } => {
                self.expr(condition);
                self.inside(Enclosing::Loop, |this| this.block(body));
            }
            StatementKind::Loop(body) => self.inside(Enclosing::Loop, |this| this.block(body)),
            StatementKind::For { pattern, iterable, body } => {
                self.expr(iterable);
                self.in_scope(body.span.start, |this| {
                    this.bind(pattern, Kind::Mutable, body.span.start);
                    this.inside(Enclosing::Loop, |this| this.statements(&body.statements, body.span.start));
                });
            }
            StatementKind::Try(node) => self.try_clauses(node),
            StatementKind::Return(value) => {
                self.leaves_finally("return", span);
                self.optional(value.as_ref());
            }
            StatementKind::Break => self.leaves_loop("break", span),
            StatementKind::Continue => self.leaves_loop("continue", span),
            StatementKind::Throw(value) | StatementKind::Expr(value) => self.expr(value),
            StatementKind::Error => {}
        }
    }

    fn only_at_top_level(&mut self, what: &str, span: Span) {
        if self.scope.index() != 0 {
            let help = "move it to the top level; functions can assign what is declared there";
            self.report_with_help(format!("`{what}` stands at the top level of a file only"), span, help);
        }
    }

    pub(super) fn inside(&mut self, enclosing: Enclosing, work: impl FnOnce(&mut Self)) {
        self.enclosing.push(enclosing);
        work(self);
        self.enclosing.pop();
    }

    fn yields(&mut self, span: Span) {
        if !self.found.body(self.body).is_generator {
            let help = match self.found.body(self.body).parent {
                None => "values are yielded in a function: `func* name() { yield 1 }`",
                Some(_) if self.is_in_generator() => "the inner function would yield; write a loop instead",
                Some(_) => "write `func*` instead of `func` to make the function a generator",
            };
            self.report_with_help("`yield` outside of a generator function", span, help);
        } else if self.enclosing.contains(&Enclosing::AsyncScope) {
            // The scope is the context's: what the consumer starts meanwhile would be its children, and a generator that is
            // not asked again would never end it.
            let help = "collect the values in the block and yield them behind it";
            self.report_with_help("`yield` cannot leave an `async_scope` block", span, help);
        }
    }

    /// Whether the body stands in that of a generator.
    fn is_in_generator(&self) -> bool {
        let parent = |body: BodyId| self.found.body(body).parent;
        let mut outer = std::iter::successors(parent(self.body), |&body| parent(body));
        outer.any(|body| self.found.body(body).is_generator)
    }

    fn leaves_loop(&mut self, what: &str, span: Span) {
        let left = self.enclosing.iter().rfind(|enclosing| **enclosing != Enclosing::AsyncScope);
        match left {
            Some(Enclosing::AsyncScope | Enclosing::Loop) => {}
            Some(Enclosing::Finally) => self.report(format!("`{what}` cannot leave a `finally` block"), span),
            Some(Enclosing::Fixture) | None => self.report_with_help(
                format!("`{what}` outside of a loop"),
                span,
                "it belongs into a `while`, `loop` or `for` of the same function; `return` leaves a function",
            ),
        }
    }

    fn leaves_finally(&mut self, what: &str, span: Span) {
        if self.enclosing.contains(&Enclosing::Finally) {
            self.report(format!("`{what}` cannot leave a `finally` block"), span);
        }
        if self.enclosing.contains(&Enclosing::Fixture) {
            let help = "what must be done in all cases goes into a function that the block calls";
            self.report_with_help(
                format!("`{what}` cannot leave a `test_setup` or `test_teardown` block"),
                span,
                help,
            );
        }
    }

    fn try_clauses(&mut self, node: &'a ast::Try) {
        self.block(&node.body);
        if let Some((name, block)) = &node.except {
            self.in_scope(block.span.start, |this| {
                if let Some(name) = name {
                    this.declare(name, Kind::Mutable, name.span.end);
                }
                this.statements(&block.statements, block.span.start);
            });
        }
        if let Some(block) = &node.finally {
            self.inside(Enclosing::Finally, |this| this.block(block));
        }
    }

    pub(super) fn if_arms(&mut self, node: &'a ast::If) {
        for (condition, block) in &node.arms {
            self.expr(condition);
            self.block(block);
        }
        if let Some(block) = &node.otherwise {
            self.block(block);
        }
    }

    fn declared_function(&mut self, function: &'a ast::Function) {
        let Some(name) = &function.name else { return };
        let declared = self.found.targets.get(&name.span.start).map(|&(id, _)| id);
        let body = self.function(function);
        if let Some(id) = declared {
            self.found.variables[id.index()].function = Some(body);
            self.found.bodies[body.index()].declared_as = Some(id);
            let early = self.used_early.contains(&id);
            self.found.variables[id.index()].used_early = early;
        }
    }

    /// Any function: its body is resolved later.
    pub(super) fn function(&mut self, function: &'a ast::Function) -> crate::compiler::scope::BodyId {
        self.generator_result(function);
        let created_at = function.span.start;
        let key = super::body_key(function);
        let body = self.put_off(key, function.is_async, created_at, PendingCode::Function(function));
        self.found.bodies[body.index()].is_generator = function.is_generator;
        body
    }

    /// The result of a call of `func*` is a generator, whatever it yields.
    fn generator_result(&mut self, function: &ast::Function) {
        let Some(result) = function.result.as_ref().filter(|_| function.is_generator) else { return };
        let fits = match &result.kind {
            ast::TypeKind::Named { path, .. } => {
                matches!(&path[..], [name] if matches!(&*name.text, "generator" | "any"))
            }
            _ => false,
        };
        if !fits {
            let help = "write `-> generator`, or nothing; what it yields has no annotation";
            self.report_with_help("a call of a generator function gives a generator", result.span, help);
        }
    }

    fn assign(&mut self, assign: &'a ast::Assign, span: Span) {
        for step in &assign.place.steps {
            if let ast::PlaceStep::Index(index) = step {
                self.expr(index);
            }
        }
        self.expr(&assign.value);
        let place = &assign.place;
        if !place.steps.is_empty() {
            self.change_under(&place.root);
        } else if let ast::AssignOp::Update(_) = assign.op {
            self.update(&place.root);
        } else {
            self.assign_name(&place.root, span.end);
        }
    }
}

/// The declaration behind `export`, or the statement itself.
fn declared(statement: &Statement) -> &Statement {
    match &statement.kind {
        StatementKind::Export(inner) => inner,
        _ => statement,
    }
}
