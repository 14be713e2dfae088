//! Statements and blocks.

use super::Emitter;
use super::builder::{Exit, Storage, Target};
use crate::bytecode::Op;
use crate::compiler::scope::{ScopeId, VariableId};
use crate::syntax::ast::{self, Block, Expr, ExprKind, Statement, StatementKind};

impl<'a> Emitter<'a> {
    /// Makes what must exist from the beginning of a block: cells that are captured before their declaration, and functions
    /// that are named before theirs.
    pub(super) fn enter_scope(&mut self, scope: ScopeId) {
        self.early_cells(scope);
        self.hoisted_functions(scope);
    }

    pub(super) fn early_cells(&mut self, scope: ScopeId) {
        for &id in &self.found.scopes[scope.index()].early {
            let reg = self.at.temp();
            self.at.emit(Op::Unset { dst: reg });
            self.at.emit(Op::NewCell { dst: reg, src: reg });
            self.hold(id, Storage::Cell(reg));
        }
    }

    pub(super) fn hoisted_functions(&mut self, scope: ScopeId) {
        for &id in &self.found.scopes[scope.index()].hoisted {
            self.make_declared(id);
        }
    }

    /// The closure of a declared function that captures, into its variable.
    fn make_declared(&mut self, id: VariableId) {
        let Some(body) = self.found.variable(id).function else { return };
        let reg = self.at.temp();
        self.closure(body, reg);
        self.store_declared(id, reg);
    }

    pub(super) fn block(&mut self, block: &'a Block) {
        let height = self.at.height();
        if let Some(&scope) = self.found.block_scopes.get(&block.span.start) {
            self.enter_scope(scope);
        }
        block.statements.iter().for_each(|statement| self.statement(statement));
        self.at.release(height);
    }

    /// A block whose last expression is its value.
    pub(super) fn valued_block(&mut self, block: &'a Block, target: Option<Target>) {
        let Some(target) = target else { return self.block(block) };
        let height = self.at.height();
        if let Some(&scope) = self.found.block_scopes.get(&block.span.start) {
            self.enter_scope(scope);
        }
        self.valued_statements(&block.statements, target);
        self.at.release(height);
    }

    /// Statements whose last expression is their value.
    pub(super) fn valued_statements(&mut self, statements: &'a [Statement], target: Target) {
        let Some((last, before)) = statements.split_last() else {
            return self.at.null(target.reg);
        };
        before.iter().for_each(|statement| self.statement(statement));
        match &last.kind {
            StatementKind::Expr(expr) => self.expr(expr, Target { fresh: false, ..target }),
            StatementKind::If(node) => self.if_arms(node, Some(target)),
            StatementKind::Match(node) => self.match_arms(node, Some(target)),
            _ => {
                self.statement(last);
                self.at.null(target.reg);
            }
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement) {
        self.at.span = statement.span;
        match &statement.kind {
            StatementKind::Variable(variable) => self.variable(variable),
            StatementKind::Function(function) => self.declared_function(function),
            StatementKind::Struct(node) => self.struct_functions(node),
            StatementKind::Import { .. } => self.import(statement.span),
            StatementKind::FromImport { names, .. } => self.import_names(names, statement.span),
            StatementKind::Export(inner) => self.statement(inner),
            StatementKind::Assign(assign) => self.scratch(|this| this.assign(assign, statement.span)),
            StatementKind::Destructure { pattern, value } => self.destructure(pattern, value),
            StatementKind::If(node) => self.if_arms(node, None),
            StatementKind::Match(node) => self.match_arms(node, None),
            StatementKind::While { condition, body } => self.while_loop(Some(condition), body),
            StatementKind::Loop(body) => self.while_loop(None, body),
            StatementKind::For { pattern, iterable, body } => self.for_loop(pattern, iterable, body),
            StatementKind::Try(node) => self.try_statement(node),
            StatementKind::AsyncScope(block) => self.async_scope(block, statement.span),
            StatementKind::Return(value) => self.scratch(|this| this.return_value(value.as_ref())),
            StatementKind::Yield(value) => self.scratch(|this| {
                let src = this.value_or_null(value.as_ref());
                this.at.span = statement.span;
                this.at.emit(Op::Yield { src });
            }),
            StatementKind::Break => self.leave(Exit::Break, None),
            StatementKind::Continue => self.leave(Exit::Continue, None),
            StatementKind::Throw(value) => self.scratch(|this| {
                let src = this.operand(value);
                this.at.span = statement.span;
                this.at.emit(Op::Throw { src });
            }),
            StatementKind::Expr(expr) => self.scratch(|this| this.effect(expr)),
            // Reported by the parser or the resolver, or without code.
            _ => {}
        }
    }

    /// Runs `work` and frees the temporaries that it leaves, but not variables that it declared.
    fn scratch(&mut self, work: impl FnOnce(&mut Self)) {
        let height = self.at.height();
        let declared = self.at.storage.len();
        work(self);
        if self.at.storage.len() == declared {
            self.at.release(height);
        }
    }

    /// An expression whose value nobody uses.
    fn effect(&mut self, expr: &'a Expr) {
        if let ExprKind::Postfix { base, steps } = &expr.kind {
            return self.postfix_effect(base, steps, expr);
        }
        let reg = self.at.temp();
        self.expr(expr, Target::fresh(reg));
    }

    fn return_value(&mut self, value: Option<&'a Expr>) {
        let value = self.value_or_null(value);
        self.leave(Exit::Return, Some(value));
    }

    fn value_or_null(&mut self, value: Option<&'a Expr>) -> crate::bytecode::Reg {
        match value {
            Some(value) => self.operand(value),
            None => {
                let temp = self.at.temp();
                self.at.null(temp);
                temp
            }
        }
    }

    fn variable(&mut self, variable: &'a ast::Variable) {
        if let ast::Pattern::Name(name) = &variable.pattern {
            return self.declare_with(name, variable.annotation.as_ref(), &variable.value);
        }
        let reg = self.at.temp();
        self.expr(&variable.value, Target::fresh(reg));
        self.check_annotation(variable.annotation.as_ref(), reg, "value".to_owned());
        self.bind_pattern(&variable.pattern, reg);
    }

    fn declare_with(&mut self, name: &'a ast::Name, annotation: Option<&ast::Type>, value: &'a Expr) {
        let Some(&(id, _)) = self.found.targets.get(&name.span.start) else { return };
        let reg = self.at.temp();
        self.expr(value, Target::fresh(reg));
        if let Some(annotation) = annotation {
            let check = self.type_check(annotation, format!("variable '{}'", name.text));
            let check = self.at.check(check);
            self.at.checks.insert(id, check);
            self.at.emit(Op::CheckType { src: reg, check });
        }
        self.at.span = name.span;
        self.store_declared(id, reg);
    }

    fn declared_function(&mut self, function: &'a ast::Function) {
        let Some(name) = &function.name else { return };
        let Some(&(id, _)) = self.found.targets.get(&name.span.start) else { return };
        let Some(&body) = self.found.body_ids.get(&function.span.start) else { return };
        self.function_code(function, body, &name.text.clone());
        self.make_unless_hoisted(id);
    }

    /// Makes what is declared here and captures something.
    fn make_unless_hoisted(&mut self, id: VariableId) {
        let scope = self.found.variable(id).scope;
        if !self.found.is_static(id) && !self.found.scopes[scope.index()].hoisted.contains(&id) {
            self.make_declared(id);
        }
    }

    fn struct_functions(&mut self, node: &'a ast::Struct) {
        for field in &node.fields {
            let Some(default) = &field.default else { continue };
            let Some(&body) = self.found.default_bodies.get(&default.span.start) else { continue };
            self.default_code(default, body, &format!("{}.{}", node.name.text, field.name.text));
        }
        for function in &node.functions {
            let Some(name) = &function.name else { continue };
            let Some(&body) = self.found.body_ids.get(&function.span.start) else { continue };
            self.function_code(function, body, &format!("{}.{}", node.name.text, name.text));
        }
        let Some(&(scope, _)) = self.found.targets.get(&node.name.span.start) else { return };
        let Some(body) = self.found.variable(scope).function else { return };
        self.scope_code(body, node);
        self.make_unless_hoisted(scope);
    }
}
