//! One input after the other, each seeing what the earlier ones declared: the compiler's part of a REPL.
//!
//! Owns: what top-level names stand for between two inputs, and the modules imported so far. An input is a unit whose
//! top-level variables and functions all lie in *slots*, module-level variables of the one growing program. A name keeps its
//! slot when a later input declares it anew, so code of earlier inputs sees the newest; types and modules are found when
//! an input is compiled.
//! Invariant: whatever an earlier input added to the program keeps its number, so contexts and closures of it stay valid; an
//! input with errors leaves the program as it was.
//! Does not: know whether an input succeeded; whoever runs it tells (`adopt`).

use rustc_hash::{FxHashMap, FxHashSet};

use super::emit::Emitted;
use super::module::{Export, Exports, Imports, Unit};
use super::scope::{Entity, Kind, Resolution, ScopeId};
use super::{Incorrect, Library, add_file, add_units, reach, resolve, take_imports, with_missing_symbols};
use crate::bytecode::{EnumId, FunctionId, Program, StructId, TypeCheck};
use crate::source::{Code, Diagnostic, Span};
use crate::syntax::ast;

/// Instructions number files, structs, enums and variants by 16 bits.
const MOST: usize = 65_000;

/// What the inputs so far declared.
#[derive(Debug, Default)]
pub struct Dialogue {
    names: FxHashMap<Box<str>, Known>,
    /// The slot of every variable and function that was ever declared.
    slots: FxHashMap<Box<str>, u32>,
    /// The imported files, in the order of the program's modules.
    modules: Vec<Shown>,
    /// Those whose exports are visible as names.
    opened: Vec<usize>,
    mutating: FxHashSet<Box<str>>,
    /// The functions behind the field defaults of structs.
    defaults: FxHashMap<(StructId, usize), FunctionId>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// A variable or function.
    Variable {
        slot: u32,
        kind: Kind,
        check: Option<TypeCheck>,
    },
    Struct(Box<ast::Struct>, StructId),
    Enum(Box<ast::Enum>, EnumId),
    /// An imported file.
    Module(usize),
    /// An imported function.
    Function(FunctionId),
}

/// The exports of a file without its tree.
#[derive(Debug)]
struct Shown {
    name: Box<str>,
    names: Vec<(Box<str>, ShownExport)>,
    private: Vec<Box<str>>,
    defaults: FxHashMap<(StructId, usize), FunctionId>,
}

#[derive(Debug)]
enum ShownExport {
    Variable(u32),
    Function(FunctionId),
    Struct(Box<ast::Struct>, StructId),
    Enum(Box<ast::Enum>, EnumId),
}

/// A compiled input, to be run and then adopted.
#[derive(Debug)]
pub struct Input {
    /// Its code. Returns the value of its last statement, if that is an expression.
    pub main: FunctionId,
    names: Vec<(Box<str>, Known)>,
    opened: Vec<usize>,
    defaults: Vec<((StructId, usize), FunctionId)>,
}

/// A variable, for lists.
#[derive(Clone, Copy, Debug)]
pub struct VariableName<'a> {
    /// Its name.
    pub name: &'a str,
    /// How it was declared: `let`, `const`, `func`, `import`, or `mut` for one that can be changed.
    pub binding: &'static str,
    /// The module-level variable that holds it.
    pub slot: u32,
}

impl Dialogue {
    /// A dialogue without inputs, and the program that it begins with.
    pub fn new(library: &Library) -> (Dialogue, Program) {
        let program = Program { open_ended: Some(Vec::new()), ..library.base.clone() };
        (Dialogue { mutating: FxHashSet::clone(&library.editing), ..Dialogue::default() }, program)
    }

    /// Adds an input, which is the last unit, and the files it is the first to import to the program. The imports of the
    /// units count the files imported earlier first.
    pub fn compile(
        &mut self,
        units: Vec<Unit>,
        program: &mut Program,
        library: &Library,
    ) -> Result<Input, Vec<Incorrect>> {
        let mark = Mark::of(program);
        let compiled = self.add(units, program, library);
        if compiled.is_err() {
            mark.rewind(program);
        }
        let (input, added) = compiled?;
        self.modules.extend(added.modules);
        self.mutating = added.mutating;
        for (name, known) in &input.names {
            if let Known::Variable { slot, .. } = known {
                self.slots.insert(name.clone(), *slot);
            }
        }
        reach::settle_input(program, mark.functions, input.main);
        Ok(input)
    }

    fn add(
        &self,
        mut units: Vec<Unit>,
        program: &mut Program,
        library: &Library,
    ) -> Result<(Input, Added), Vec<Incorrect>> {
        let mut imports = take_imports(&mut units);
        let scripts = units.iter().map(|unit| &unit.script);
        let mutating = resolve::mutating_names(scripts, self.mutating.clone());
        let mut exports: Vec<Exports<'_>> = self.modules.iter().map(Shown::exports).collect();
        let known = exports.len();
        let Some((unit, modules)) = units.split_last() else { return Err(Vec::new()) };
        let own_imports = imports.pop().unwrap_or_default();
        let mut wrong =
            add_units(modules, imports, &mut exports, program, library, &mutating, &mut |_, _| {}).incorrect;
        let failed = |diagnostics| Incorrect { source: unit.source.clone(), diagnostics };
        let own_imports = with_missing_symbols(unit, own_imports, &exports);
        let imports = Imports { by_statement: &own_imports, units: &exports };
        let stage = resolve::Stage::Input(self);
        let (found, mut diagnostics) =
            resolve::resolve(&unit.script, &unit.source, library, imports, &mutating, stage);
        diagnostics.extend(self.too_much(program, &found));
        if !diagnostics.is_empty() || !wrong.is_empty() {
            wrong.extend((!diagnostics.is_empty()).then(|| failed(diagnostics)));
            return Err(wrong);
        }
        let tests = program.tests.len();
        let emitted = add_file(&unit.script, &unit.source, &found, program, library, imports, "<main>");
        // They are checked, and run by `ruff test` alone.
        program.tests.truncate(tests);
        let emitted = emitted.map_err(|diagnostics| vec![failed(diagnostics)])?;
        program.main = emitted.main;
        let modules = exports[known..].iter().map(Shown::new).collect();
        Ok((Input::new(&found, &emitted), Added { modules, mutating }))
    }

    /// A session whose numbers are used up.
    fn too_much(&self, program: &Program, found: &Resolution<'_>) -> Option<Diagnostic> {
        let variants = found.enums.iter().map(|info| info.node.variants.len()).sum::<usize>();
        let counts = [
            program.files.len(),
            program.structs.len() + found.structs.len(),
            program.enums.len() + found.enums.len(),
            program.variants.len() + variants,
        ];
        let message = format!("A session has at most {MOST} inputs, structs, enums and variants");
        let diagnostic = Diagnostic::new(Code::Check, message, Span::default());
        (counts.into_iter().max() > Some(MOST))
            .then(|| diagnostic.with_help("begin another one with `:reset`"))
    }

    /// The input was run. `is_set` says whether a slot holds a value. What failed halfway counts as far as it got: types,
    /// functions and imports are declared before anything runs, a new variable if it has its value, and a name that was known
    /// stays what it was.
    pub fn adopt(&mut self, input: Input, succeeded: bool, is_set: impl Fn(u32) -> bool) {
        for (name, known) in input.names {
            let counts = match &known {
                Known::Variable { kind: Kind::Function, .. } => true,
                Known::Variable { slot, .. } => {
                    is_set(*slot) && (succeeded || !self.names.contains_key(&name))
                }
                Known::Struct(..) | Known::Enum(..) | Known::Module(_) | Known::Function(_) => true,
            };
            if counts {
                self.names.insert(name, known);
            }
        }
        self.opened.extend(input.opened);
        self.opened.sort_unstable();
        self.opened.dedup();
        self.defaults.extend(input.defaults);
    }

    /// All names that inputs can use besides the library's.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let opened = self.opened.iter().flat_map(|&unit| &self.modules[unit].names);
        self.names.keys().map(|name| &**name).chain(opened.map(|(name, _)| &**name))
    }

    /// The variables and functions.
    pub fn variables(&self) -> impl Iterator<Item = VariableName<'_>> {
        self.names.iter().filter_map(|(name, known)| match known {
            Known::Variable { slot, kind, .. } => {
                Some(VariableName { name, binding: kind.immutable().unwrap_or("mut"), slot: *slot })
            }
            _ => None,
        })
    }

    /// The slot of a variable or function.
    pub fn slot(&self, name: &str) -> Option<u32> {
        match self.names.get(name)? {
            Known::Variable { slot, .. } => Some(*slot),
            _ => None,
        }
    }

    /// The struct or enum of a name.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        match self.names.get(name)? {
            Known::Struct(_, id) => Some(TypeId::Struct(*id)),
            Known::Enum(_, id) => Some(TypeId::Enum(*id)),
            _ => None,
        }
    }

    /// What an imported module exports, by the name it has here.
    pub fn exports_of(&self, name: &str) -> impl Iterator<Item = &str> {
        let unit = match self.names.get(name) {
            Some(Known::Module(unit)) => Some(&self.modules[*unit]),
            _ => None,
        };
        unit.into_iter().flat_map(|unit| unit.names.iter().map(|(name, _)| &**name))
    }

    /// How many files were imported.
    pub fn module_count(&self) -> usize {
        self.modules.len()
    }

    pub(super) fn known(&self, name: &str) -> Option<&Known> {
        self.names.get(name)
    }

    /// The slot that a name has, or had when it stood for something else.
    pub(super) fn slot_of(&self, name: &str) -> Option<u32> {
        self.slots.get(name).copied()
    }

    /// What the variable in this slot is held to.
    pub(super) fn check_of(&self, name: &str, at: u32) -> Option<&TypeCheck> {
        match self.names.get(name)? {
            Known::Variable { slot, check, .. } if *slot == at => check.as_ref(),
            _ => None,
        }
    }

    pub(super) fn opened(&self) -> &[usize] {
        &self.opened
    }

    /// The function behind the default of a struct's field.
    pub(super) fn default_of(&self, id: StructId, field: usize) -> Option<FunctionId> {
        self.defaults.get(&(id, field)).copied()
    }
}

/// A type that a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeId {
    /// A struct.
    Struct(StructId),
    /// An enum.
    Enum(EnumId),
}

/// What an input brings besides its own names.
struct Added {
    modules: Vec<Shown>,
    mutating: FxHashSet<Box<str>>,
}

impl Input {
    fn new(found: &Resolution<'_>, emitted: &Emitted) -> Input {
        let top = &found.scopes[ScopeId(0).index()];
        let known = |&entity: &Entity| {
            Some(match entity {
                Entity::Variable(id) => Known::Variable {
                    slot: *emitted.globals.get(&id)?,
                    kind: found.variable(id).kind,
                    check: emitted.checks.get(&id).cloned(),
                },
                Entity::Struct(index) => {
                    Known::Struct(Box::new(found.structs[index].node.clone()), emitted.struct_ids[index])
                }
                Entity::Enum(index) => {
                    Known::Enum(Box::new(found.enums[index].node.clone()), emitted.enum_ids[index])
                }
                Entity::Module(unit) => Known::Module(unit),
                Entity::Function(id) => Known::Function(id),
            })
        };
        let names = top.names.iter().filter_map(|(name, entity)| Some((name.clone(), known(entity)?)));
        let names = names.collect();
        let defaults = super::defaults_of(found, emitted).collect();
        Input { main: emitted.main, names, opened: top.opened.clone(), defaults }
    }
}

impl Shown {
    fn new(exports: &Exports<'_>) -> Shown {
        let kept = |export: &Export<'_>| match *export {
            Export::Variable(index) => ShownExport::Variable(index),
            Export::Function(id) => ShownExport::Function(id),
            Export::Struct(node, id) => ShownExport::Struct(Box::new(node.clone()), id),
            Export::Enum(node, id) => ShownExport::Enum(Box::new(node.clone()), id),
        };
        Shown {
            name: exports.name.clone(),
            names: exports.names.iter().map(|(name, export)| (name.clone(), kept(export))).collect(),
            private: exports.private.clone(),
            defaults: exports.defaults.clone(),
        }
    }

    fn exports(&self) -> Exports<'_> {
        let lent = |export| match export {
            &ShownExport::Variable(index) => Export::Variable(index),
            &ShownExport::Function(id) => Export::Function(id),
            ShownExport::Struct(node, id) => Export::Struct(node, *id),
            ShownExport::Enum(node, id) => Export::Enum(node, *id),
        };
        Exports {
            name: self.name.clone(),
            names: self.names.iter().map(|(name, export)| (name.clone(), lent(export))).collect(),
            private: self.private.clone(),
            defaults: self.defaults.clone(),
        }
    }
}

/// The size of a program before an input. Names stay interned: they harm nobody.
struct Mark {
    files: usize,
    functions: usize,
    tests: usize,
    structs: usize,
    enums: usize,
    variants: usize,
    modules: usize,
    globals: usize,
}

impl Mark {
    fn of(program: &Program) -> Mark {
        Mark {
            files: program.files.len(),
            functions: program.functions.len(),
            tests: program.tests.len(),
            structs: program.structs.len(),
            enums: program.enums.len(),
            variants: program.variants.len(),
            modules: program.modules.len(),
            globals: program.globals.len(),
        }
    }

    fn rewind(&self, program: &mut Program) {
        program.files.truncate(self.files);
        program.functions.truncate(self.functions);
        program.tests.truncate(self.tests);
        program.structs.truncate(self.structs);
        program.enums.truncate(self.enums);
        program.variants.truncate(self.variants);
        program.modules.truncate(self.modules);
        program.globals.truncate(self.globals);
    }
}
