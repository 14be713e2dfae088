//! The tree to a program: names to registers and captures, then instructions, then liveness.
//!
//! Owns: the static rules about meaning (docs/LANGUAGE.md, 2.6) and the shape of the code. Order: `resolve` finds out what every
//! name stands for; `emit` makes instructions; `liveness` finds last uses; `reach` finds what new contexts copy.
//! Invariant: a program is made only if there is no diagnostic. What the compiler cannot do yet is a diagnostic that says so.
//! Does not: run anything, or read files.

mod library;
mod prelude;
mod module;
mod scope;
mod resolve;
mod lint;
mod emit;
mod liveness;
mod reach;
mod dialogue;

pub use dialogue::{Dialogue, Input, TypeId, VariableName};
pub use library::{Arity, Builtin, Library};
pub use module::{Import, Unit, imports};

use crate::bytecode::{FileId, FunctionId, GlobalDef, Member, ModuleDef, Program, StructId};
use crate::source::{Code, Diagnostic, Source};
use crate::syntax::ast;
use emit::Emitted;
use module::{Export, Exports, Imports, exported};
use resolve::Stage;
use rustc_hash::{FxHashMap, FxHashSet};
use scope::{Entity, Resolution};

/// What is wrong with one file, in source order.
#[derive(Clone, Debug)]
pub struct Incorrect {
    /// The file.
    pub source: Source,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a script and the files it imports, each after those that it imports itself; the script is the last. The
/// error holds the static errors of all files.
pub fn compile(units: Vec<Unit>, library: &Library) -> Result<Program, Vec<Incorrect>> {
    let (program, found) = compile_units(units, library, |_, _| {});
    if found.incorrect.is_empty() { Ok(program) } else { Err(found.incorrect) }
}

/// The same, but imports that fail are errors too, and what is allowed but hardly meant in the files comes along.
pub fn check(units: Vec<Unit>, library: &Library) -> Result<(Program, Vec<Incorrect>), Vec<Incorrect>> {
    let mut warnings = Vec::new();
    let (program, mut found) = compile_units(units, library, |unit, found| {
        let diagnostics = lint::lint(&unit.script, found, library);
        if !diagnostics.is_empty() {
            warnings.push(Incorrect { source: unit.source.clone(), diagnostics });
        }
    });
    found.incorrect.extend(found.failing);
    let incorrect = by_file(found.incorrect);
    if incorrect.is_empty() { Ok((program, warnings)) } else { Err(incorrect) }
}

/// One entry for each file, in the order of the first ones.
fn by_file(list: Vec<Incorrect>) -> Vec<Incorrect> {
    let mut merged: Vec<Incorrect> = Vec::new();
    for Incorrect { source, diagnostics } in list {
        match merged.iter_mut().find(|known| known.source.name() == source.name()) {
            Some(known) => {
                known.diagnostics.extend(diagnostics);
                known.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
            }
            None => merged.push(Incorrect { source, diagnostics }),
        }
    }
    merged
}

/// What is wrong with the files of a program.
#[derive(Default)]
struct Found {
    incorrect: Vec<Incorrect>,
    /// Imports that fail: thrown where the program reaches them.
    failing: Vec<Incorrect>,
}

fn compile_units(
    mut units: Vec<Unit>,
    library: &Library,
    mut look: impl FnMut(&Unit, &Resolution<'_>),
) -> (Program, Found) {
    let mut program = library.base.clone();
    let scripts = units.iter().map(|unit| &unit.script);
    let mutating = resolve::mutating_names(scripts, FxHashSet::clone(&library.editing));
    let imports = take_imports(&mut units);
    let mut wrong = add_units(&units, imports, &mut Vec::new(), &mut program, library, &mutating, &mut look);
    // The script is no module.
    let script = program.modules.pop();
    program.main = script.map(|script| script.main).unwrap_or_default();
    if wrong.incorrect.is_empty() {
        reach::settle(&mut program);
    }
    // Modules come before what imports them; people read the other way.
    wrong.incorrect.reverse();
    wrong.failing.reverse();
    (program, wrong)
}

/// What the import statements of each unit lead to, taken out of them.
fn take_imports(units: &mut [Unit]) -> Vec<FxHashMap<u32, Import>> {
    units.iter_mut().map(|unit| std::mem::take(&mut unit.imports)).collect()
}

/// Adds units as the program's next modules; `exports` has those of the modules so far, and gets theirs.
fn add_units<'a>(
    units: &'a [Unit],
    imports: Vec<FxHashMap<u32, Import>>,
    exports: &mut Vec<Exports<'a>>,
    program: &mut Program,
    library: &'a Library,
    mutating: &FxHashSet<Box<str>>,
    look: &mut impl FnMut(&Unit, &Resolution<'_>),
) -> Found {
    let mut wrong = Found::default();
    for (unit, imports) in units.iter().zip(imports) {
        let imports = with_missing_symbols(unit, imports, exports);
        wrong.failing.extend(failing_imports(unit, &imports));
        let imports = Imports { by_statement: &imports, units: exports };
        let (found, diagnostics) =
            resolve::resolve(&unit.script, &unit.source, library, imports, mutating, Stage::File);
        let added = if diagnostics.is_empty() && wrong.incorrect.is_empty() {
            look(unit, &found);
            add_unit(unit, &found, program, library, imports)
        } else {
            Err(diagnostics)
        };
        let shown = added.unwrap_or_else(|diagnostics| {
            if !diagnostics.is_empty() {
                wrong.incorrect.push(Incorrect { source: unit.source.clone(), diagnostics });
            }
            let outline = emit::outline(&found, library, imports, program);
            exports_of(unit, &found, &outline)
        });
        exports.push(shown);
    }
    wrong
}

/// The imports of a unit, in which `from m import x` of something that m does not export fails.
fn with_missing_symbols(
    unit: &Unit,
    mut imports: FxHashMap<u32, Import>,
    exports: &[Exports<'_>],
) -> FxHashMap<u32, Import> {
    for (statement, names) in module::from_imports(&unit.script) {
        let Some(&Import::Unit(at)) = imports.get(&statement) else { continue };
        let exports = &exports[at];
        let is_missing = |name: &&str| !exports.names.contains_key(*name);
        let mut missing: Vec<&str> = Vec::new();
        for name in names.iter().map(|(name, _)| &*name.text).filter(is_missing) {
            if !missing.contains(&name) {
                missing.push(name);
            }
        }
        if missing.is_empty() {
            continue;
        }
        let known: Vec<_> = exports.names.keys().map(|name| &**name).collect();
        let help = missing.iter().find_map(|name| resolve::missing_export(&known, exports, name));
        let message = match &missing[..] {
            [one] => format!("Symbol '{one}' not found in module '{}'", exports.name),
            all => format!("Symbols '{}' not found in module '{}'", all.join("', '"), exports.name),
        };
        imports.insert(statement, Import::Failed { message, help });
    }
    imports
}

fn failing_imports(unit: &Unit, imports: &FxHashMap<u32, Import>) -> Option<Incorrect> {
    let places = module::imports(&unit.script).into_iter().filter_map(|(statement, path)| {
        let Some(Import::Failed { message, help }) = imports.get(&statement) else { return None };
        let span = path.first()?.span.to(path.last()?.span);
        let diagnostic = Diagnostic::new(Code::Check, message, span);
        Some(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        })
    });
    let mut diagnostics: Vec<_> = places.collect();
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    (!diagnostics.is_empty()).then(|| Incorrect { source: unit.source.clone(), diagnostics })
}

/// Adds a unit as the program's next module and gives what others see of it.
fn add_unit<'a>(
    unit: &'a Unit,
    found: &Resolution<'a>,
    program: &mut Program,
    library: &Library,
    imports: Imports<'a, '_>,
) -> Result<Exports<'a>, Vec<Diagnostic>> {
    let tests = program.tests.len();
    let name = if unit.name.is_empty() { "<main>".to_owned() } else { format!("<module {}>", unit.name) };
    let emitted = add_file(&unit.script, &unit.source, found, program, library, imports, &name)?;
    if !unit.name.is_empty() {
        // Those of an imported file are run where it is tested itself.
        program.tests.truncate(tests);
    }
    let state = program.globals.len() as u32;
    let symbol = program.intern(&unit.name);
    program.globals.push(GlobalDef { name: symbol });
    let exports = exports_of(unit, found, &emitted);
    let mut members = FxHashMap::default();
    for (name, export) in &exports.names {
        let member = match *export {
            Export::Variable(index) => Member::Variable(index),
            Export::Function(id) => Member::Function(id),
            Export::Struct(..) | Export::Enum(..) => continue,
        };
        members.insert(program.intern(name), member);
    }
    program.modules.push(ModuleDef { name: unit.name.clone(), main: emitted.main, state, members });
    Ok(exports)
}

fn exports_of<'a>(unit: &'a Unit, found: &Resolution<'a>, emitted: &Emitted) -> Exports<'a> {
    let mut exports = Exports { name: unit.name.clone(), ..Exports::default() };
    let top = &found.scopes[0].names;
    for name in exported(&unit.script) {
        let export = match top.get(&name.text) {
            Some(&Entity::Variable(id)) => match (emitted.globals.get(&id), found.variable(id).function) {
                (_, Some(body)) => Export::Function(FunctionId(emitted.main.0 + body.0)),
                (Some(&index), None) => Export::Variable(index),
                (None, None) => continue,
            },
            Some(&Entity::Struct(index)) => {
                Export::Struct(found.structs[index].node, emitted.struct_ids[index])
            }
            Some(&Entity::Enum(index)) => Export::Enum(found.enums[index].node, emitted.enum_ids[index]),
            Some(&Entity::Function(id)) => Export::Function(id),
            Some(Entity::Module(_)) | None => continue,
        };
        exports.names.insert(name.text.clone(), export);
    }
    let private = top.keys().filter(|name| !exports.names.contains_key(*name));
    exports.private = private.cloned().collect();
    exports.defaults = defaults_of(found, emitted).collect();
    exports
}

/// The functions behind the field defaults of a file's own structs.
fn defaults_of(
    found: &Resolution<'_>,
    emitted: &Emitted,
) -> impl Iterator<Item = ((StructId, usize), FunctionId)> {
    let own = found.structs.iter().zip(&emitted.struct_ids).filter(|(info, _)| info.imported.is_none());
    own.flat_map(move |(info, &id)| {
        info.node.fields.iter().enumerate().filter_map(move |(field, node)| {
            let body = found.default_bodies.get(&node.default.as_ref()?.span.start)?;
            Some(((id, field), FunctionId(emitted.main.0 + body.0)))
        })
    })
}

/// Emits a resolved file into the program.
fn add_file<'a>(
    script: &ast::Script,
    source: &Source,
    found: &Resolution<'a>,
    program: &mut Program,
    library: &Library,
    imports: Imports<'a, '_>,
    name: &str,
) -> Result<Emitted, Vec<Diagnostic>> {
    let file = FileId(program.files.len() as u16);
    program.files.push(source.clone());
    let first = program.functions.len();
    let emitted = emit::emit(script, found, library, imports, program, file, name);
    if !emitted.diagnostics.is_empty() {
        return Err(emitted.diagnostics);
    }
    liveness::analyse(program, first);
    Ok(emitted)
}

/// Compiles the prelude: each of its declared functions becomes a name of the library.
fn compile_prelude(source: Source, library: &mut Library) -> Result<(), Vec<Diagnostic>> {
    let parsed = crate::syntax::parse(&source);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let mut program = std::mem::take(&mut library.base);
    let first = program.functions.len();
    let nothing = FxHashMap::default();
    let imports = Imports { by_statement: &nothing, units: &[] };
    let mutating =
        resolve::mutating_names(std::iter::once(&parsed.script), FxHashSet::clone(&library.editing));
    let (found, diagnostics) =
        resolve::resolve(&parsed.script, &source, library, imports, &mutating, Stage::Prelude);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let main = add_file(&parsed.script, &source, &found, &mut program, library, imports, "<main>")?.main;
    reach::settle(&mut program);
    for index in first..program.functions.len() {
        let function = &mut program.functions[index];
        function.flags.is_prelude = true;
        let name = function.name.clone();
        if FunctionId(index as u32) == main || name.starts_with('<') || name.contains('.') {
            continue;
        }
        function.flags.edits_place = library.prelude.editing.contains(&name);
        program.prelude.insert(name, FunctionId(index as u32));
    }
    library.base = program;
    Ok(())
}
