//! Files that import each other (LANGUAGE 12): what each shows to the others.
//!
//! Owns: units (a parsed file and what its import statements lead to) and the exports of those compiled already.
//! Invariant: a unit is compiled after everything it imports; what cannot be imported is a `Failed` import, which is thrown
//! where the program reaches it.
//! Does not: find or read files; whoever makes the units does.

use rustc_hash::FxHashMap;

use crate::bytecode::{EnumId, FunctionId, StructId};
use crate::source::Source;
use crate::syntax::ast::{self, Statement, StatementKind};

/// A file to be compiled.
#[derive(Debug)]
pub struct Unit {
    /// The last word of the path it was imported by; empty for the script.
    pub name: Box<str>,
    /// Its text.
    pub source: Source,
    /// Its tree, without diagnostics.
    pub script: ast::Script,
    /// What its import statements lead to, by their first byte.
    pub imports: FxHashMap<u32, Import>,
}

/// What an import statement leads to.
#[derive(Clone, Debug)]
pub enum Import {
    /// An earlier unit, by its position.
    Unit(usize),
    /// Nothing: the message of the ImportError, and what to do.
    Failed {
        /// The message.
        message: String,
        /// What to do.
        help: Option<String>,
    },
}

/// What other files see of a compiled one.
#[derive(Debug, Default)]
pub(super) struct Exports<'a> {
    /// The last word of its path.
    pub(super) name: Box<str>,
    /// What it exports.
    pub(super) names: FxHashMap<Box<str>, Export<'a>>,
    /// What it declares at its top level without exporting it, for messages.
    pub(super) private: Vec<Box<str>>,
    /// The functions behind the field defaults of its structs.
    pub(super) defaults: FxHashMap<(StructId, usize), FunctionId>,
}

impl Exports<'_> {
    /// The names of exported types.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        let types =
            self.names.iter().filter(|(_, export)| matches!(export, Export::Struct(..) | Export::Enum(..)));
        types.map(|(name, _)| &**name)
    }

    /// Whether it declares a name without exporting it.
    pub(super) fn hides(&self, name: &str) -> bool {
        self.private.iter().any(|private| **private == *name)
    }
}

/// Something exported.
#[derive(Clone, Copy, Debug)]
pub(super) enum Export<'a> {
    /// A module-level variable.
    Variable(u32),
    /// A function.
    Function(FunctionId),
    /// A struct.
    Struct(&'a ast::Struct, StructId),
    /// An enum.
    Enum(&'a ast::Enum, EnumId),
}

impl Export<'_> {
    /// Whether both are one thing.
    pub(super) fn is_same(self, other: Export<'_>) -> bool {
        match (self, other) {
            (Export::Variable(a), Export::Variable(b)) => a == b,
            (Export::Function(a), Export::Function(b)) => a == b,
            (Export::Struct(_, a), Export::Struct(_, b)) => a == b,
            (Export::Enum(_, a), Export::Enum(_, b)) => a == b,
            _ => false,
        }
    }
}

/// What a file imports, as the resolver and the emitter see it.
#[derive(Clone, Copy)]
pub(super) struct Imports<'a, 'b> {
    pub(super) by_statement: &'b FxHashMap<u32, Import>,
    /// The exports of each unit that was compiled before.
    pub(super) units: &'b [Exports<'a>],
}

impl<'a, 'b> Imports<'a, 'b> {
    /// What the import statement at this byte leads to; `None` if imports are not allowed there.
    pub(super) fn at(&self, statement: u32) -> Option<&'b Import> {
        self.by_statement.get(&statement)
    }

    /// The exports of a unit.
    pub(super) fn unit(&self, position: usize) -> &'b Exports<'a> {
        &self.units[position]
    }

    /// The function behind the default of an imported struct's field.
    pub(super) fn default_of(&self, id: StructId, field: usize) -> Option<FunctionId> {
        self.units.iter().find_map(|exports| exports.defaults.get(&(id, field)).copied())
    }

    /// Whether something cannot be imported: then names found nowhere are errors of the running program.
    pub(super) fn any_failed(&self) -> bool {
        let failed = |import: &Import| matches!(import, Import::Failed { .. });
        self.by_statement.values().any(failed)
    }
}

/// The import statements of a file where they are allowed, with their paths.
pub fn imports(script: &ast::Script) -> Vec<(u32, &[ast::Name])> {
    let mut found = Vec::new();
    each_import(script, |statement| {
        if let StatementKind::Import { path, .. } | StatementKind::FromImport { path, .. } = &statement.kind {
            found.push((statement.span.start, &path[..]));
        }
    });
    found
}

/// Visits the imports at top level, and in `try` and `if` blocks there, in the order of the text.
fn each_import<'a>(script: &'a ast::Script, mut visit: impl FnMut(&'a Statement)) {
    let mut open: Vec<std::slice::Iter<'a, Statement>> = vec![script.statements.iter()];
    while let Some(statements) = open.last_mut() {
        let Some(statement) = statements.next() else {
            open.pop();
            continue;
        };
        match &statement.kind {
            StatementKind::Import { .. } | StatementKind::FromImport { .. } => visit(statement),
            StatementKind::Try(node) => {
                let blocks = [node.finally.as_ref(), node.except.as_ref().map(|(_, block)| block)];
                open.extend(blocks.into_iter().flatten().map(|block| block.statements.iter()));
                open.push(node.body.statements.iter());
            }
            StatementKind::If(node) => {
                open.extend(node.otherwise.iter().map(|block| block.statements.iter()));
                open.extend(node.arms.iter().rev().map(|(_, block)| block.statements.iter()));
            }
            _ => {}
        }
    }
}

/// A name after `from m import`, and the one after its `as`.
type Renamed = (ast::Name, Option<ast::Name>);

/// The `from m import x` statements of a file where they are allowed.
pub(super) fn from_imports(script: &ast::Script) -> Vec<(u32, &[Renamed])> {
    let mut found = Vec::new();
    each_import(script, |statement| {
        if let StatementKind::FromImport { names, .. } = &statement.kind {
            found.push((statement.span.start, &names[..]));
        }
    });
    found
}

/// The names that a file exports, in order, with their places.
pub(super) fn exported(script: &ast::Script) -> Vec<&ast::Name> {
    let mut names = Vec::new();
    for statement in &script.statements {
        match &statement.kind {
            StatementKind::ExportNames(list) => names.extend(list),
            StatementKind::Export(inner) => match &inner.kind {
                StatementKind::Function(function) => names.extend(&function.name),
                StatementKind::Struct(node) => names.push(&node.name),
                StatementKind::Enum(node) => names.push(&node.name),
                StatementKind::Variable(variable) => pattern_names(&variable.pattern, &mut names),
                StatementKind::Assign(assign) if assign.place.steps.is_empty() => {
                    names.push(&assign.place.root);
                }
                StatementKind::Destructure { pattern, .. } => pattern_names(pattern, &mut names),
                _ => {}
            },
            _ => {}
        }
    }
    names
}

fn pattern_names<'a>(pattern: &'a ast::Pattern, names: &mut Vec<&'a ast::Name>) {
    match pattern {
        ast::Pattern::Name(name) => names.push(name),
        ast::Pattern::Array { items, rest, .. } => {
            items.iter().for_each(|item| pattern_names(item, names));
            names.extend(rest);
        }
        ast::Pattern::Dict { entries, rest, .. } => {
            entries.iter().for_each(|entry| pattern_names(&entry.1, names));
            names.extend(rest);
        }
        _ => {}
    }
}
