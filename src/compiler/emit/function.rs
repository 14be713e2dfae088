//! Functions, lambdas and spawn blocks.

use super::Emitter;
use super::assign::Location;
use super::builder::{Builder, Storage, Target};
use crate::bytecode::{CaptureSource, Op, Param, Reg};
use crate::compiler::scope::{BodyId, ScopeId, VariableId};
use crate::syntax::ast::{self, Body, Expr};

impl<'a> Emitter<'a> {
    /// dst := an anonymous function.
    pub(super) fn lambda(&mut self, function: &'a ast::Function, dst: Reg) {
        let Some(&body) = self.found.body_ids.get(&function.span.start) else { return self.at.null(dst) };
        self.function_code(function, body, "<lambda>");
        self.closure(body, dst);
    }

    /// dst := the promise of a new context that runs the block.
    pub(super) fn spawn(&mut self, block: &'a ast::Block, dst: Reg) {
        let Some(&body) = self.found.body_ids.get(&block.span.start) else { return self.at.null(dst) };
        let span = self.at.span;
        let outer = self.begin("<spawn>", body, block.span);
        self.at.function.flags.is_async = true;
        if let Some(&scope) = self.found.block_scopes.get(&block.span.start) {
            self.enter_scope(scope);
        }
        block.statements.iter().for_each(|statement| self.statement(statement));
        self.end(body, outer);
        self.at.span = span;
        let src = self.at.temp();
        self.closure(body, src);
        self.at.emit(Op::Spawn { dst, src });
    }

    /// dst := a closure of the body, or the plain function if it captures nothing.
    pub(super) fn closure(&mut self, body: BodyId, dst: Reg) {
        let function = self.function_id(body).0;
        let captures = &self.found.body(body).captures;
        if captures.is_empty() {
            return self.at.emit(Op::Function { dst, function });
        }
        let height = self.at.height();
        let sources = captures.iter().map(|&id| self.capture_source(id)).collect();
        self.program.functions[function as usize].captures = sources;
        self.at.emit(Op::Closure { dst, function });
        self.at.release(height);
    }

    fn capture_source(&mut self, id: VariableId) -> CaptureSource {
        match self.locate(id) {
            Location::Register(reg) | Location::Cell(reg) => CaptureSource::Register(reg),
            Location::Capture(index) | Location::OuterReceiver(index) => CaptureSource::Capture(index),
            Location::Receiver => CaptureSource::Register(self.at.shared_self.unwrap_or_default()),
            _ => {
                let reg = self.at.temp();
                self.read(id, reg);
                CaptureSource::Register(reg)
            }
        }
    }

    /// Starts a function inside the current one, which is returned and must be given to `end`.
    fn begin(&mut self, name: &str, body: BodyId, span: crate::source::Span) -> Builder {
        let mut builder = Builder::new(name, self.file, body);
        builder.function.span = span;
        builder.span = span;
        let info = self.found.body(body);
        builder.count(info.captures.len());
        for &id in &info.captures {
            let symbol = self.program.intern(&self.found.variable(id).name);
            builder.function.capture_names.push(symbol);
        }
        std::mem::replace(&mut self.at, builder)
    }

    /// Ends the function with `return null`.
    fn end(&mut self, body: BodyId, outer: Builder) {
        let result = self.at.temp();
        self.at.null(result);
        self.leave(super::builder::Exit::Return, Some(result));
        let id = self.function_id(body);
        let mut captures = std::mem::take(&mut self.program.functions[id.index()].captures);
        let info = self.found.body(body);
        if info.is_member {
            captures = (0..info.captures.len()).map(|index| CaptureSource::Capture(index as u16)).collect();
        }
        self.finish(body);
        self.program.functions[id.index()].captures = captures;
        self.at = outer;
    }

    /// The code of a function with parameters.
    pub(super) fn function_code(&mut self, function: &'a ast::Function, body: BodyId, name: &str) {
        let outer = self.begin(name, body, function.span);
        let flags = &mut self.at.function.flags;
        flags.is_async = function.is_async;
        flags.is_generator = function.is_generator;
        flags.is_method = function.self_param.is_some();
        flags.has_rest = function.rest.is_some();
        flags.mutates_self = self.found.body(body).mutates_self;
        let scope = self.found.block_scopes.get(&super::super::resolve::body_key(function)).copied();
        self.parameters(function, scope);
        self.result_check(function, name);
        scope.iter().for_each(|&scope| self.hoisted_functions(scope));
        match &function.body {
            Body::Block(block) => block.statements.iter().for_each(|statement| self.statement(statement)),
            Body::Expr(expr) => {
                let reg = self.at.temp();
                self.expr(expr, Target::fresh(reg));
                self.leave(super::builder::Exit::Return, Some(reg));
            }
        }
        self.end(body, outer);
    }

    /// A field default: a function without parameters.
    pub(super) fn default_code(&mut self, default: &'a Expr, body: BodyId, name: &str) {
        let outer = self.begin(name, body, default.span);
        let reg = self.at.temp();
        self.expr(default, Target::fresh(reg));
        self.leave(super::builder::Exit::Return, Some(reg));
        self.end(body, outer);
    }

    /// What stands for a struct: never run, but the closure of it holds what the struct's functions close over.
    pub(super) fn scope_code(&mut self, body: BodyId, node: &'a ast::Struct) {
        let outer = self.begin(&node.name.text, body, node.name.span);
        self.end(body, outer);
    }

    /// Registers of the parameters, then their defaults, checks and cells, in order. Defaults may be functions, which
    /// may name whatever is declared later.
    fn parameters(&mut self, function: &'a ast::Function, scope: Option<ScopeId>) {
        let mut names = Vec::new();
        if function.self_param.is_some() {
            let name = self.program.intern("self");
            self.at.function.params.push(Param { name, optional: false, check: None });
            let reg = self.at.temp();
            let info = self.at.body.map(|body| self.found.body(body));
            if let Some(info) = info
                && let (false, Some(receiver)) = (info.mutates_self, info.receiver)
            {
                self.hold(receiver, Storage::Register(reg));
            }
        }
        for param in &function.params {
            let name = self.program.intern(&param.name.text);
            self.at.function.params.push(Param { name, optional: param.default.is_some(), check: None });
            names.push((&param.name, self.at.temp()));
        }
        if let Some(rest) = &function.rest {
            let name = self.program.intern(&rest.text);
            self.at.function.params.push(Param { name, optional: false, check: None });
            names.push((rest, self.at.temp()));
        }
        if function.is_generator {
            self.at.temp();
        }
        self.share_self();
        scope.iter().for_each(|&scope| self.early_cells(scope));
        for (position, (name, reg)) in names.into_iter().enumerate() {
            if let Some(param) = function.params.get(position) {
                let check = self.parameter(param, reg);
                self.at.function.params[usize::from(reg)].check = check;
            }
            self.store_parameter(name, reg);
        }
    }

    /// Closures of a mutating method get to know its `self` by a variable.
    fn share_self(&mut self) {
        let receiver = self.at.body.and_then(|body| self.found.body(body).receiver);
        if receiver.is_some_and(|receiver| self.found.variable(receiver).cell) {
            let dst = self.at.temp();
            self.at.emit(Op::ShareSelf { dst });
            self.at.shared_self = Some(dst);
        }
    }

    /// The parameter's default and check, which is returned.
    fn parameter(&mut self, param: &'a ast::Param, reg: Reg) -> Option<u16> {
        if let Some(default) = &param.default {
            let given = self.at.jump(Op::JumpIfSet { src: reg, target: 0 });
            self.expr(default, Target::fresh(reg));
            self.at.land(given);
        }
        let subject = format!("{}: argument '{}'", self.at.function.name, param.name.text);
        self.at.span = param.name.span;
        let check = self.check_annotation(param.annotation.as_ref(), reg, subject)?;
        if let Some(&(id, _)) = self.found.targets.get(&param.name.span.start) {
            self.at.checks.insert(id, check);
        }
        Some(check)
    }

    fn store_parameter(&mut self, name: &ast::Name, reg: Reg) {
        let Some(&(id, _)) = self.found.targets.get(&name.span.start) else { return };
        if let (true, Some(&Storage::Cell(cell))) = (self.found.variable(id).early, self.at.storage.get(&id))
        {
            self.at.emit(Op::SetCell { cell, src: reg });
        } else if self.found.variable(id).cell {
            self.at.emit(Op::NewCell { dst: reg, src: reg });
            self.hold(id, Storage::Cell(reg));
        } else {
            self.hold(id, Storage::Register(reg));
        }
    }

    fn result_check(&mut self, function: &ast::Function, name: &str) {
        if let Some(result) = &function.result {
            let check = self.type_check(result, format!("{name}: result"));
            self.at.result_check = Some(self.at.check(check));
        }
    }
}
