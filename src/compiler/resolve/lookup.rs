//! Finding names: reading, assigning, changing; and what to suggest when there is none.

use super::Resolver;
use crate::compiler::library::Builtin;
use crate::compiler::module::Export;
use crate::compiler::scope::{Entity, Kind, ScopeId, Use, Variable, VariableId};
use crate::source::{Span, similar};
use crate::syntax::{ast, foreign};

/// What to do instead of changing what is imported.
const FOREIGN: &str = "a module's variables are changed by its own functions only";

impl Resolver<'_, '_> {
    /// A name that is read.
    pub(super) fn name(&mut self, text: &str, span: Span) {
        match self.find(text, span.start) {
            Some(Entity::Variable(id)) => self.use_variable(id, span),
            Some(entity @ (Entity::Struct(_) | Entity::Enum(_))) => {
                let help = self.type_use(text, entity, None);
                self.report_with_help(format!("The type {text} is not a value"), span, help);
            }
            Some(Entity::Module(unit)) => _ = self.found.uses.insert(span.start, Use::Module(unit)),
            Some(Entity::Function(id)) => self.use_builtin(Builtin::Prelude(id), span),
            None => match self.opened(text, span) {
                Some(export) => self.use_export(export, text, span),
                None => match self.in_library(text) {
                    Some(builtin) => self.use_builtin(builtin, span),
                    None => self.undefined(text, span),
                },
            },
        }
    }

    pub(super) fn use_builtin(&mut self, builtin: Builtin, span: Span) {
        self.found.uses.insert(span.start, Use::Builtin(builtin));
    }

    /// A type in the place of a value, as in `Color.Red` or `Point(1, 2)`; `step` is what follows it.
    pub(super) fn type_as_value(&mut self, text: &str, span: Span, step: &ast::StepKind) -> bool {
        let Some(entity @ (Entity::Struct(_) | Entity::Enum(_))) = self.find(text, span.start) else {
            return false;
        };
        let help = self.type_use(text, entity, Some(step));
        self.report_with_help(format!("The type {text} is not a value"), span, help);
        true
    }

    /// How a type is used.
    pub(super) fn type_use(&self, text: &str, entity: Entity, step: Option<&ast::StepKind>) -> String {
        match (entity, step) {
            (_, Some(ast::StepKind::Field(member))) => format!("write `{text}::{}`", member.text),
            (Entity::Struct(index), _) => {
                let fields = &self.found.structs[index].node.fields;
                let fields: Vec<_> = fields.iter().map(|field| format!("{}: ..", field.name.text)).collect();
                format!("write `{text} {{ {} }}`, or `{text}::f(..)` for its function f", fields.join(", "))
            }
            (Entity::Enum(index), _) => {
                let first = self.found.enums[index].node.variants.first();
                let variant = first.map_or("Name", |variant| &variant.name.text);
                format!("name the variant: `{text}::{variant}`")
            }
            (Entity::Variable(_) | Entity::Module(_) | Entity::Function(_), _) => String::new(),
        }
    }

    /// Reports a name found nowhere.
    pub(super) fn undefined(&mut self, text: &str, span: Span) {
        if self.imports.any_failed() {
            self.found.uses.insert(span.start, Use::Missing);
            return;
        }
        let message = format!("Undefined variable: {text}");
        match self.suggestion(text, span.start) {
            Some(help) => self.report_with_help(message, span, help),
            None => self.report(message, span),
        }
    }

    /// What `text` stands for at byte `at`, prelude left out.
    pub(super) fn find(&self, text: &str, at: u32) -> Option<Entity> {
        self.scopes_outward().find_map(|scope| {
            let entity = *self.found.scopes[scope.index()].names.get(text)?;
            match entity {
                Entity::Variable(id) => self.is_visible(id, at).then_some(entity),
                _ => Some(entity),
            }
        })
    }

    pub(super) fn scopes_outward(&self) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(self.scope), |scope| self.found.scopes[scope.index()].parent)
    }

    /// In its own body a variable is visible from the end of its declaration; nested bodies may read later ones.
    fn is_visible(&self, id: VariableId, at: u32) -> bool {
        let variable = self.found.variable(id);
        variable.kind == Kind::Function || variable.body != self.body || variable.visible_from <= at
    }

    pub(super) fn use_variable(&mut self, id: VariableId, span: Span) {
        self.found.uses.insert(span.start, Use::Variable(id));
        self.mention(id, span);
    }

    /// A struct whose literal or function is named: what it closes over is needed there.
    pub(super) fn use_struct(&mut self, index: usize, span: Span) {
        if let Some(scope) = self.found.scope_of_struct(index) {
            self.mention(scope, span);
        }
    }

    fn mention(&mut self, id: VariableId, span: Span) {
        let (kind, declared_at, body) = {
            let variable = self.found.variable(id);
            (variable.kind, variable.span.start, variable.body)
        };
        if kind == Kind::Function && span.start < declared_at {
            self.used_early.insert(id);
            self.found.variables[id.index()].used_early = true;
        }
        if body != self.body {
            if self.found.variable(id).visible_from > span.start && kind != Kind::Function {
                let name = self.found.variable(id).name.clone();
                self.read_later.entry((self.body, name)).or_insert(span);
            }
            self.capture(id);
        }
    }

    fn capture(&mut self, id: VariableId) {
        let body = self.body;
        let variable = &mut self.found.variables[id.index()];
        if !variable.captured_by.contains(&body) {
            variable.captured_by.push(body);
        }
    }

    /// `x := v`: assigns the nearest variable declared earlier in the text, else declares one.
    pub(super) fn assign_name(&mut self, name: &ast::Name, end: u32) {
        if let Some(id) = self.find_assignable(&name.text, name.span.start) {
            self.assign_to(id, name);
            self.found.targets.insert(name.span.start, (id, false));
            return;
        }
        if let Some(&entity) = self.found.scopes[self.scope.index()].names.get(&name.text)
            && self.report_fixed(entity, name)
        {
            return;
        }
        if let Some(&read) = self.read_later.get(&(self.body, name.text.clone())) {
            let message = format!(
                "`{0}` would be a new variable here, but this function has read the outer `{0}` declared later",
                name.text
            );
            let _ = read;
            let help = "write `let` or `mut` for a new variable, or declare the outer one first";
            self.report_with_help(message, name.span, help);
        }
        self.declare(name, Kind::Mutable, end);
    }

    /// Reports an assignment to a function or an imported name; whether it is one.
    fn report_fixed(&mut self, entity: Entity, name: &ast::Name) -> bool {
        let kind = match entity {
            Entity::Variable(id) => self.found.variable(id).kind,
            Entity::Module(_) | Entity::Function(_) => Kind::Import,
            Entity::Struct(_) | Entity::Enum(_) => return false,
        };
        let (what, whose) = match kind {
            Kind::Function => ("func", "functions"),
            Kind::Import => ("import", "imported names"),
            _ => return false,
        };
        let message = format!("Cannot reassign {what} binding: {}", name.text);
        let help = format!("{whose} cannot be assigned; choose another name for the variable");
        self.report_with_help(message, name.span, help);
        true
    }

    fn find_assignable(&self, text: &str, at: u32) -> Option<VariableId> {
        self.scopes_outward().find_map(|scope| match self.found.scopes[scope.index()].names.get(text) {
            Some(&Entity::Variable(id)) => {
                let variable = self.found.variable(id);
                let assignable = !matches!(variable.kind, Kind::Function | Kind::Import);
                (assignable && variable.visible_from <= at).then_some(id)
            }
            _ => None,
        })
    }

    /// `x += v`: the variable must exist.
    pub(super) fn update(&mut self, name: &ast::Name) {
        match self.find_assignable(&name.text, name.span.start) {
            Some(id) => {
                self.assign_to(id, name);
                self.found.targets.insert(name.span.start, (id, false));
                self.use_variable(id, name.span);
            }
            None => self.update_fixed(name),
        }
    }

    /// `x += 1` of something that is no variable.
    fn update_fixed(&mut self, name: &ast::Name) {
        if let Some(entity) = self.find(&name.text, name.span.start) {
            if !self.report_fixed(entity, name) {
                self.undefined_target(name);
            }
        } else if let Some(export) = self.opened(&name.text, name.span) {
            self.use_export(export, &name.text, name.span);
            if !matches!(export, Export::Struct(..) | Export::Enum(..)) {
                self.report_fixed(Entity::Module(0), name);
            }
        } else if self.imports.any_failed() {
            self.found.uses.insert(name.span.start, Use::Missing);
        } else {
            self.undefined_target(name);
        }
    }

    /// `x += 1` without a variable `x`.
    fn undefined_target(&mut self, name: &ast::Name) {
        let text = &name.text;
        let help = match self.in_library(text) {
            Some(_) => format!("`{text}` belongs to the library; declare a variable of your own first"),
            None => match self.suggestion(text, name.span.start) {
                Some(help) => format!("{help} If it is new, declare it first: `{text} := 0`"),
                None => format!("declare it first, for example `{text} := 0`"),
            },
        };
        self.report_with_help(format!("Undefined variable: {text}"), name.span, help);
    }

    fn assign_to(&mut self, id: VariableId, name: &ast::Name) {
        if let Some(kind) = self.found.variable(id).kind.immutable() {
            let message = format!("Cannot reassign immutable let binding: {}", name.text);
            let message = if kind == "let" {
                message
            } else {
                format!("Cannot reassign {kind} binding: {}", name.text)
            };
            let help = self.make_mutable(id);
            self.report_with_help(message, name.span, help);
        }
        self.check_isolation(id, name);
        self.found.variables[id.index()].reassigned = true;
        if self.found.variable(id).body != self.body {
            self.capture(id);
        }
    }

    /// How an immutable variable becomes one that can be changed.
    fn make_mutable(&self, id: VariableId) -> String {
        let variable = self.found.variable(id);
        if variable.kind == Kind::Function {
            return "functions cannot be changed; choose another name for the variable".to_owned();
        }
        if variable.kind == Kind::Import {
            return FOREIGN.to_owned();
        }
        if variable.foreign.is_some() {
            return format!("declare it anew to be able to change it: `mut {} := ..`", variable.name);
        }
        let line = self.source.line_number(variable.span.start);
        format!("declare it with `mut {}` on line {line} to be able to change it", variable.name)
    }

    /// A change of a place under a variable or `self`.
    pub(super) fn change_under(&mut self, root: &ast::Name) {
        let Some(Entity::Variable(id)) = self.find(&root.text, root.span.start) else {
            if let Some(Entity::Module(_)) = self.find(&root.text, root.span.start) {
                let message = format!("Cannot mutate immutable import binding: {}", root.text);
                return self.report_with_help(message, root.span, FOREIGN);
            }
            self.name(&root.text, root.span);
            if let Some(Use::Variable(_)) = self.found.uses.get(&root.span.start) {
                let message = format!("Cannot mutate immutable import binding: {}", root.text);
                self.report_with_help(message, root.span, FOREIGN);
            }
            return;
        };
        self.use_variable(id, root.span);
        if let Some(kind) = self.found.variable(id).kind.immutable() {
            let message = format!("Cannot mutate immutable {kind} binding: {}", root.text);
            let help = self.make_mutable(id);
            self.report_with_help(message, root.span, help);
        }
        self.check_isolation(id, root);
        self.found.variables[id.index()].reassigned = true;
        self.found.targets.insert(root.span.start, (id, false));
    }

    /// LANGUAGE 10.4, rule 6.
    fn check_isolation(&mut self, id: VariableId, name: &ast::Name) {
        let owner = self.found.variable(id).body;
        let receiver = self.found.variable(id).kind == Kind::Receiver;
        let mut body = Some(self.body);
        while let Some(inner) = body {
            let info = self.found.body(inner);
            if inner == owner {
                if receiver && info.is_async {
                    self.isolation_error(name);
                } else if receiver && info.is_generator {
                    self.report(
                        "Cannot change `self` in a generator method: it is an immutable copy",
                        name.span,
                    );
                }
                return;
            }
            if info.is_async {
                return self.isolation_error(name);
            }
            body = info.parent;
        }
    }

    fn isolation_error(&mut self, name: &ast::Name) {
        let message = format!(
            "IsolationError: `{}` belongs to another context and can only be read in an async body",
            name.text
        );
        let help = "return the value instead, send it over a channel, or use `shared_set` / `shared_add_int`";
        self.report_with_help(message, name.span, help);
    }

    /// Marks the variable as changed if a method of this name may change its receiver.
    pub(super) fn method_on(&mut self, root: &str, at: u32, method: &str) {
        if !self.found.mutating_names.contains(method) {
            return;
        }
        if let Some(Entity::Variable(id)) = self.find(root, at) {
            self.found.variables[id.index()].reassigned = true;
        }
    }

    /// The nearest declared or imported function of a name: variables are skipped.
    fn nearest_function(&self, text: &str) -> Option<Entity> {
        let declared =
            self.scopes_outward().find_map(|scope| match self.found.scopes[scope.index()].names.get(text) {
                Some(&Entity::Variable(id)) if self.found.variable(id).kind == Kind::Function => {
                    Some(Entity::Variable(id))
                }
                Some(&entity @ Entity::Function(_)) => Some(entity),
                _ => None,
            });
        let opened = || match self.opened_quietly(text)[..] {
            [(_, Export::Function(id))] => Some(Entity::Function(id)),
            _ => None,
        };
        declared.or_else(opened)
    }

    /// Whether `x.f(..)` may call a function f besides members of x.
    pub(super) fn is_function(&self, text: &str) -> bool {
        self.nearest_function(text).is_some() || self.in_library(text).is_some()
    }

    /// What `x.f(..)` may mean besides members of x.
    pub(super) fn fallback(&mut self, name: &ast::Name) {
        let function = self.nearest_function(&name.text);
        if let Some(Entity::Function(id)) = function {
            self.found.fallbacks.insert(name.span.start, Use::Builtin(Builtin::Prelude(id)));
        } else if let Some(Entity::Variable(id)) = function {
            self.use_variable(id, name.span);
            self.found.uses.remove(&name.span.start);
            self.found.fallbacks.insert(name.span.start, Use::Variable(id));
        } else if let Some(builtin) = self.in_library(&name.text) {
            self.found.fallbacks.insert(name.span.start, Use::Builtin(builtin));
        }
    }

    fn suggestion(&self, text: &str, at: u32) -> Option<String> {
        let own = |variable: &&Variable| *variable.name == *text && variable.foreign.is_none();
        if let Some(variable) = self.found.variables.iter().find(own) {
            let line = self.source.line_number(variable.span.start);
            return Some(if variable.body == self.body && variable.span.start < at {
                format!("`{text}` of line {line} lives in an inner block; declare it outside of the block")
            } else if variable.body == self.body {
                format!("it is declared later, on line {line}; move the declaration up")
            } else {
                format!("`{text}` of line {line} lives in another function; pass it as an argument")
            });
        }
        if let Some(help) = foreign::name(text) {
            return Some(help.to_owned());
        }
        let opened = self.opened_modules();
        if let Some(module) = opened.iter().find(|module| module.hides(text)) {
            return Some(format!(
                "the module {} declares it; put `export` before its declaration there",
                module.name
            ));
        }
        let own = self.scopes_outward().flat_map(|scope| self.found.scopes[scope.index()].names.keys());
        let exported = opened.iter().flat_map(|module| module.names.keys());
        let earlier = self.found.dialogue.iter().flat_map(|dialogue| dialogue.names());
        let candidates = own.chain(exported).map(|name| &**name).chain(earlier).chain(self.library.names());
        similar(text, candidates).map(|name| format!("did you mean `{name}`?"))
    }
}
