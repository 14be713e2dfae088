//! Imports: what the names of other files stand for (LANGUAGE 12).

use super::Resolver;
use crate::compiler::library::Builtin;
use crate::compiler::module::{Export, Exports, Import, exported};
use crate::compiler::scope::{Entity, EnumInfo, Kind, StructInfo, Use, VariableId};
use crate::source::{Span, suggest};
use crate::syntax::ast::{self, Name, StepKind};

impl<'a, 's> Resolver<'a, 's> {
    /// `import a.b.c`, `import a.b as m`.
    pub(super) fn import(&mut self, path: &'a [Name], alias: Option<&'a Name>, span: Span) {
        let Some(unit) = self.imported_unit(span) else { return };
        let Some(name) = alias.or(path.last()) else { return };
        // The same module may well be imported again.
        let known = self.found.scopes[self.scope.index()].names.get(&name.text);
        if known != Some(&Entity::Module(unit)) {
            self.declare_entity(name, Entity::Module(unit));
        }
        if alias.is_none() {
            self.found.scopes[self.scope.index()].opened.push(unit);
        }
    }

    /// `from a.b import x, y as z`.
    pub(super) fn import_names(&mut self, names: &'a [(Name, Option<Name>)], span: Span) {
        let Some(exports) = self.imported_unit(span).map(|unit| self.imports.unit(unit)) else { return };
        for (name, alias) in names {
            let local = alias.as_ref().unwrap_or(name);
            match exports.names.get(&name.text) {
                Some(&Export::Variable(index)) => {
                    self.found.uses.insert(name.span.start, Use::Global(index));
                    self.declare(local, Kind::Import, span.end);
                }
                Some(&Export::Function(id)) => self.declare_entity(local, Entity::Function(id)),
                Some(&export) => {
                    if let Some(entity) = self.type_of_export(export) {
                        self.declare_entity(local, entity);
                    }
                }
                // A symbol that is not there made the statement a failed import.
                None => {}
            }
        }
    }

    /// The unit that an import statement leads to, if it does and stands where it may.
    fn imported_unit(&mut self, span: Span) -> Option<usize> {
        match self.imports.at(span.start) {
            Some(Import::Unit(unit)) => Some(*unit),
            Some(Import::Failed { .. }) => None,
            None => {
                let message = "`import` stands at the top level of a file, or in a `try` or `if` block there";
                self.report_with_help(message, span, "move it to the top of the file");
                None
            }
        }
    }

    /// Marks the variables that other files can name; reports exports of what is not declared at the top level.
    pub(super) fn mark_exported(&mut self, script: &ast::Script) {
        for name in exported(script) {
            match self.found.scopes[self.scope.index()].names.get(&name.text) {
                Some(&Entity::Variable(id)) if self.found.variable(id).kind != Kind::Function => {
                    self.found.variables[id.index()].exported = true;
                }
                Some(Entity::Module(_)) => {
                    let help = "import what is to be passed on by name: `from a.b import x`, then `export x`";
                    let message = format!("A module cannot be exported: {}", name.text);
                    self.report_with_help(message, name.span, help);
                }
                _ => {}
            }
        }
    }

    /// What a name means through imports that open a whole module; reports a name that several of them export.
    pub(super) fn opened(&mut self, text: &str, span: Span) -> Option<Export<'a>> {
        let found = self.opened_quietly(text);
        if let [(first, _), (second, _), ..] = found[..] {
            let [first, second] = [first, second].map(|exports| &exports.name);
            let message =
                format!("The name {text} is exported by several imported modules: {first}, {second}");
            let help = format!("say which one: `{first}.{text}`, or `from {second} import {text}`");
            self.report_with_help(message, span, help);
        }
        found.first().map(|(_, export)| *export)
    }

    /// The same without a word: every module's export of this name.
    pub(super) fn opened_quietly(&self, text: &str) -> Vec<(&'s Exports<'a>, Export<'a>)> {
        let mut found: Vec<(&'s Exports<'a>, Export<'a>)> = Vec::new();
        for exports in self.opened_modules() {
            // Modules may pass on what another one declares.
            if let Some(&export) = exports.names.get(text)
                && !found.iter().any(|(_, known)| known.is_same(export))
            {
                found.push((exports, export));
            }
        }
        found
    }

    /// The modules whose exports are visible here.
    pub(super) fn opened_modules(&self) -> Vec<&'s Exports<'a>> {
        let scopes = self.scopes_outward().map(|scope| &self.found.scopes[scope.index()]);
        let mut units: Vec<usize> = scopes.flat_map(|scope| scope.opened.iter().copied()).collect();
        units.sort_unstable();
        units.dedup();
        units.into_iter().map(|unit| self.imports.unit(unit)).collect()
    }

    /// An export that is read under the name at `span`.
    pub(super) fn use_export(&mut self, export: Export<'a>, text: &str, span: Span) {
        match export {
            Export::Variable(index) => {
                let id = self.foreign_variable(index, text, span);
                self.found.uses.insert(span.start, Use::Variable(id));
            }
            Export::Function(id) => self.use_builtin(Builtin::Prelude(id), span),
            Export::Struct(..) | Export::Enum(..) => {
                let help = self.type_of_export(export).map(|entity| self.type_use(text, entity, None));
                let message = format!("The type {text} is not a value");
                self.report_with_help(message, span, help.unwrap_or_default());
            }
        }
    }

    /// What stands for a module-level variable of another file.
    fn foreign_variable(&mut self, index: u32, text: &str, span: Span) -> VariableId {
        if let Some(&known) = self.foreign.get(&index) {
            return known;
        }
        let name = Name { text: text.into(), span };
        let id = self.add_variable(&name, Kind::Import, 0);
        self.found.variables[id.index()].foreign = Some(index);
        self.foreign.insert(index, id);
        id
    }

    /// `module.name` where the module is known: whether it was one. What is called as a method may also be a function that
    /// takes the module.
    pub(super) fn member(&mut self, base: &str, span: Span, step: &StepKind, called: bool) -> bool {
        let (StepKind::Field(name) | StepKind::OptionalField(name)) = step else { return false };
        let Some(Entity::Module(unit)) = self.find(base, span.start) else { return false };
        let exports = self.imports.unit(unit);
        match exports.names.get(&name.text) {
            Some(&export) => self.use_export(export, &name.text, name.span),
            None if called && self.is_function(&name.text) => return false,
            None => self.not_exported(unit, name),
        }
        true
    }

    /// The type that a path of one or two words names; remembers it under the first word.
    pub(super) fn type_entity(&mut self, path: &[Name]) -> Option<Entity> {
        let first = path.first()?;
        let entity = match path {
            [name] => match self.find(&name.text, name.span.start) {
                Some(entity) => entity,
                None => {
                    let export = self.opened(&name.text, name.span)?;
                    self.type_of_export(export)?
                }
            },
            [module, name] => {
                let Some(Entity::Module(unit)) = self.find(&module.text, module.span.start) else {
                    return None;
                };
                let export = *self.imports.unit(unit).names.get(&name.text)?;
                self.type_of_export(export)?
            }
            _ => return None,
        };
        if !matches!(entity, Entity::Struct(_) | Entity::Enum(_)) {
            return None;
        }
        self.found.types.insert(first.span.start, entity);
        Some(entity)
    }

    /// An exported type as an entity of this file.
    fn type_of_export(&mut self, export: Export<'a>) -> Option<Entity> {
        match export {
            Export::Struct(node, id) => {
                let structs = &mut self.found.structs;
                let known = structs.iter().position(|info| info.imported == Some(id));
                Some(Entity::Struct(known.unwrap_or_else(|| {
                    structs.push(StructInfo { node, imported: Some(id) });
                    structs.len() - 1
                })))
            }
            Export::Enum(node, id) => {
                let enums = &mut self.found.enums;
                let known = enums.iter().position(|info| info.imported == Some(id));
                Some(Entity::Enum(known.unwrap_or_else(|| {
                    enums.push(EnumInfo { node, imported: Some(id) });
                    enums.len() - 1
                })))
            }
            Export::Variable(_) | Export::Function(_) => None,
        }
    }

    /// Reports a path `module.Name` that names no type.
    pub(super) fn undefined_member(&mut self, path: &[Name]) {
        let (Some(module), Some(name)) = (path.first(), path.last()) else { return };
        match self.find(&module.text, module.span.start) {
            Some(Entity::Module(unit)) if path.len() == 2 => self.not_exported(unit, name),
            _ => {
                let words: Vec<_> = path.iter().map(|name| &*name.text).collect();
                let help = "a type of another file is named through the module that is imported: `m.T`";
                self.report_with_help(format!("Undefined type: {}", words.join(".")), name.span, help);
            }
        }
    }

    fn not_exported(&mut self, unit: usize, name: &Name) {
        let exports = self.imports.unit(unit);
        let message = format!("Symbol '{}' not found in module '{}'", name.text, exports.name);
        match missing_export(
            &exports.names.keys().map(|name| &**name).collect::<Vec<_>>(),
            exports,
            &name.text,
        ) {
            Some(help) => self.report_with_help(message, name.span, help),
            None => self.report(message, name.span),
        }
    }
}

/// What to do about a name that a module does not export.
pub(in crate::compiler) fn missing_export(
    names: &[&str],
    exports: &crate::compiler::module::Exports<'_>,
    name: &str,
) -> Option<String> {
    if exports.hides(name) {
        return Some(
            "it is declared there; put `export` before its declaration to make it visible".to_owned(),
        );
    }
    let mut names = names.to_vec();
    names.sort_unstable();
    suggest(name, &names, "it exports")
}
