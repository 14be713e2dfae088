//! Names to variables: what every name stands for, what closures capture, and the static errors about it.
//!
//! Owns: scopes, visibility, mutability and isolation (LANGUAGE 2, 7.3, 10.4). A body is resolved after the body around it,
//! because it may read variables that are declared later there.
//! Invariant: every name that the emitter asks for has an entry, or a diagnostic was reported.
//! Does not: choose registers or emit code.

mod statement;
mod expr;
mod pattern;
mod types;
mod lookup;
mod capture;
mod mutating;
mod suite;
mod import;
mod recall;

pub(super) use import::missing_export;
pub(super) use mutating::names as mutating_names;
pub(super) use types::{is_constant, operands};

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dialogue::Dialogue;
use super::library::Library;
use super::module::Imports;
use super::scope::{BodyId, BodyInfo, Entity, Kind, Resolution, Scope, ScopeId, Variable, VariableId};
use crate::source::{Code, Diagnostic, Source, Span};
use crate::syntax::ast;

/// A body that waits until the one around it is resolved.
struct Pending<'a> {
    body: BodyId,
    scope: ScopeId,
    code: PendingCode<'a>,
}

enum PendingCode<'a> {
    Function(&'a ast::Function),
    Block(&'a ast::Block),
    Expr(&'a ast::Expr),
    Tests(&'a [ast::Statement]),
}

/// What a `break`, `continue`, `return` or `yield` would leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Enclosing {
    Loop,
    AsyncScope,
    Finally,
    /// `test_setup` or `test_teardown`.
    Fixture,
}

/// What a text is to be.
#[derive(Clone, Copy)]
pub(super) enum Stage<'a> {
    /// A script or module.
    File,
    /// The library's own.
    Prelude,
    /// The next input of a dialogue.
    Input(&'a Dialogue),
}

pub(super) struct Resolver<'a, 's> {
    source: &'s Source,
    found: Resolution<'a>,
    diagnostics: Vec<Diagnostic>,
    library: &'a Library,
    imports: Imports<'a, 's>,
    stage: Stage<'a>,
    queue: VecDeque<Pending<'a>>,
    body: BodyId,
    scope: ScopeId,
    enclosing: Vec<Enclosing>,
    /// Outer variables that this body read before their declaration in the text, with the first read.
    read_later: FxHashMap<(BodyId, Box<str>), Span>,
    used_early: FxHashSet<VariableId>,
    /// What stands for module-level variables of other files.
    foreign: FxHashMap<u32, VariableId>,
}

/// Resolves a whole file. `mutating`: the names of all methods that may change their receiver.
pub(super) fn resolve<'a, 's>(
    script: &'a ast::Script,
    source: &'s Source,
    library: &'a Library,
    imports: Imports<'a, 's>,
    mutating: &FxHashSet<Box<str>>,
    stage: Stage<'a>,
) -> (Resolution<'a>, Vec<Diagnostic>) {
    let mut resolver = Resolver::new(source, library, imports, stage);
    resolver.found.mutating_names = mutating.clone();
    let body = resolver.add_body(None, false, 0);
    resolver.body = body;
    resolver.scope = resolver.add_scope(None);
    resolver.recall();
    resolver.statements(&script.statements, 0);
    resolver.put_off_tests(&script.statements);
    resolver.mark_exported(script);
    resolver.mark_slots();
    while let Some(pending) = resolver.queue.pop_front() {
        resolver.pending(pending);
    }
    capture::settle(&mut resolver.found);
    resolver.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    (resolver.found, resolver.diagnostics)
}

impl<'a, 's> Resolver<'a, 's> {
    fn new(
        source: &'s Source,
        library: &'a Library,
        imports: Imports<'a, 's>,
        stage: Stage<'a>,
    ) -> Resolver<'a, 's> {
        Resolver {
            source,
            found: Resolution::default(),
            diagnostics: Vec::new(),
            library,
            imports,
            stage,
            queue: VecDeque::new(),
            body: BodyId(0),
            scope: ScopeId(0),
            enclosing: Vec::new(),
            read_later: FxHashMap::default(),
            used_early: FxHashSet::default(),
            foreign: FxHashMap::default(),
        }
    }

    fn report(&mut self, message: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::new(Code::Check, message, span));
    }

    fn report_with_help(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(Code::Check, message, span).with_help(help));
    }

    fn add_body(&mut self, parent: Option<BodyId>, is_async: bool, created_at: u32) -> BodyId {
        let id = BodyId(self.found.bodies.len() as u32);
        self.found.bodies.push(BodyInfo {
            parent,
            is_async,
            is_generator: false,
            created_at,
            declared_as: None,
            is_member: false,
            free: Vec::new(),
            captures: Vec::new(),
            receiver: None,
            mutates_self: false,
        });
        id
    }

    fn add_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        let id = ScopeId(self.found.scopes.len() as u32);
        self.found.scopes.push(Scope {
            parent,
            continues: false,
            names: FxHashMap::default(),
            early: Vec::new(),
            hoisted: Vec::new(),
            opened: Vec::new(),
        });
        id
    }

    /// Resolves `work` in a new scope inside the current one; `key` is the first byte of the block.
    fn in_scope(&mut self, key: u32, work: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.scope = self.add_scope(Some(outer));
        self.found.block_scopes.insert(key, self.scope);
        work(self);
        self.scope = outer;
    }

    /// Declares a variable in the current scope; a second declaration of a name is an error.
    fn declare(&mut self, name: &ast::Name, kind: Kind, visible_from: u32) -> VariableId {
        let id = self.add_variable(name, kind, visible_from);
        self.declare_entity(name, Entity::Variable(id));
        self.found.targets.insert(name.span.start, (id, true));
        id
    }

    fn add_variable(&mut self, name: &ast::Name, kind: Kind, visible_from: u32) -> VariableId {
        let id = VariableId(self.found.variables.len() as u32);
        self.found.variables.push(Variable {
            name: name.text.clone(),
            kind,
            body: self.body,
            scope: self.scope,
            span: name.span,
            visible_from,
            reassigned: false,
            captured_by: Vec::new(),
            global: false,
            exported: false,
            cell: false,
            early: false,
            function: None,
            used_early: false,
            foreign: None,
        });
        id
    }

    fn declare_entity(&mut self, name: &ast::Name, entity: Entity) {
        if let Some(earlier) = self.declared_here(&name.text) {
            let message = format!("Duplicate declaration in the same scope: {}", name.text);
            let help = self.duplicate_help(earlier, entity);
            self.report_with_help(message, name.span, help);
            return;
        }
        let names = &mut self.found.scopes[self.scope.index()].names;
        names.insert(name.text.clone(), entity);
    }

    /// What the current scope declares under this name.
    fn declared_here(&self, name: &str) -> Option<Entity> {
        let scope = &self.found.scopes[self.scope.index()];
        let around =
            scope.parent.filter(|_| scope.continues).map(|parent| &self.found.scopes[parent.index()]);
        scope.names.get(name).or_else(|| around?.names.get(name)).copied()
    }

    fn duplicate_help(&self, earlier: Entity, later: Entity) -> String {
        let (structs, enums) = (&self.found.structs, &self.found.enums);
        let first = match earlier {
            Entity::Variable(id) => self.found.variable(id).span,
            Entity::Struct(index) if structs[index].imported.is_none() => structs[index].node.name.span,
            Entity::Enum(index) if enums[index].imported.is_none() => enums[index].node.name.span,
            _ => return "it is imported already; import one of them `as` another name".to_owned(),
        };
        let is_variable =
            |entity| matches!(entity, Entity::Variable(id) if self.found.variable(id).kind != Kind::Function);
        let assign = match is_variable(earlier) && is_variable(later) {
            true => ", or assign with `:=` alone",
            false => "",
        };
        let line = self.source.line_number(first.start);
        format!("it is declared on line {line}; choose another name{assign}")
    }

    /// Puts a body off until the one around it is done.
    fn put_off(&mut self, key: u32, is_async: bool, created_at: u32, code: PendingCode<'a>) -> BodyId {
        let body = self.add_body(Some(self.body), is_async, created_at);
        self.found.body_ids.insert(key, body);
        self.queue.push_back(Pending { body, scope: self.scope, code });
        body
    }

    fn pending(&mut self, pending: Pending<'a>) {
        self.body = pending.body;
        self.enclosing.clear();
        self.scope = self.add_scope(Some(pending.scope));
        match pending.code {
            PendingCode::Function(function) => self.function_body(function),
            PendingCode::Block(block) => {
                self.found.block_scopes.insert(block.span.start, self.scope);
                self.statements(&block.statements, block.span.start);
            }
            PendingCode::Expr(expr) => self.expr(expr),
            PendingCode::Tests(statements) => self.tests(statements),
        }
    }

    fn function_body(&mut self, function: &'a ast::Function) {
        let key = body_key(function);
        self.found.block_scopes.insert(key, self.scope);
        if let Some(span) = function.self_param {
            let name = ast::Name { text: "self".into(), span };
            let receiver = self.declare(&name, Kind::Receiver, span.end);
            self.found.bodies[self.body.index()].receiver = Some(receiver);
            let copies = function.is_async || function.is_generator;
            let mutates = !copies && mutating::changes_self(function, &self.found.mutating_names);
            self.found.bodies[self.body.index()].mutates_self = mutates;
        }
        for param in &function.params {
            self.annotation(param.annotation.as_ref());
            if let Some(default) = &param.default {
                self.expr(default);
            }
            let id = self.declare(&param.name, Kind::Mutable, param.name.span.end);
            self.found.annotations.extend(param.annotation.as_ref().map(|annotation| (id, annotation)));
        }
        if let Some(rest) = &function.rest {
            self.declare(rest, Kind::Mutable, rest.span.end);
        }
        self.annotation(function.result.as_ref());
        match &function.body {
            ast::Body::Block(block) => self.statements(&block.statements, block.span.start),
            ast::Body::Expr(expr) => self.expr(expr),
        }
    }
}

/// The byte that identifies the scope of a function's parameters and body.
pub(super) fn body_key(function: &ast::Function) -> u32 {
    function.span.start
}
