//! Inputs of a dialogue: what the names of earlier inputs stand for, and where their own go.

use super::{Resolver, Stage};
use crate::compiler::dialogue::Known;
use crate::compiler::library::Builtin;
use crate::compiler::scope::{Entity, EnumInfo, Kind, ScopeId, StructInfo};
use crate::source::Span;
use crate::syntax::ast::Name;

impl Resolver<'_, '_> {
    /// What the library calls a name.
    pub(super) fn in_library(&self, name: &str) -> Option<Builtin> {
        self.library.find(name, matches!(self.stage, Stage::Prelude))
    }

    /// Puts a scope around the top level that holds what earlier inputs declared, as far as words of the text may name it:
    /// so an input costs what its text is, and not what was declared before.
    pub(super) fn recall(&mut self) {
        let Stage::Input(dialogue) = self.stage else { return };
        self.found.dialogue = Some(dialogue);
        let top = self.scope;
        let earlier = self.add_scope(None);
        self.found.scopes[top.index()].parent = Some(earlier);
        self.found.scopes[earlier.index()].opened = dialogue.opened().to_vec();
        self.scope = earlier;
        let text = self.source.text();
        for word in text.split(|character: char| !unicode_ident::is_xid_continue(character)) {
            if let Some(known) = dialogue.known(word)
                && !self.found.scopes[earlier.index()].names.contains_key(word)
            {
                let entity = self.recalled(word, known);
                self.found.scopes[earlier.index()].names.insert(word.into(), entity);
            }
        }
        self.scope = top;
    }

    /// The same for the input's own variables and functions: all lie in slots, where later inputs find them.
    pub(super) fn mark_slots(&mut self) {
        if let Stage::File | Stage::Prelude = self.stage {
            return;
        }
        for variable in &mut self.found.variables {
            if variable.scope != ScopeId(0) || variable.foreign.is_some() {
                continue;
            }
            variable.exported = true;
            // Made before anything else runs, so that an input that fails has declared them.
            variable.used_early |= variable.kind == Kind::Function;
        }
    }
}

impl<'a> Resolver<'a, '_> {
    fn recalled(&mut self, word: &str, known: &'a Known) -> Entity {
        match known {
            Known::Variable { slot, kind, .. } => {
                let name = Name { text: word.into(), span: Span::default() };
                let id = self.add_variable(&name, *kind, 0);
                self.found.variables[id.index()].foreign = Some(*slot);
                Entity::Variable(id)
            }
            Known::Struct(node, id) => {
                self.found.structs.push(StructInfo { node, imported: Some(*id) });
                Entity::Struct(self.found.structs.len() - 1)
            }
            Known::Enum(node, id) => {
                self.found.enums.push(EnumInfo { node, imported: Some(*id) });
                Entity::Enum(self.found.enums.len() - 1)
            }
            Known::Module(unit) => Entity::Module(*unit),
            Known::Function(id) => Entity::Function(*id),
        }
    }
}
