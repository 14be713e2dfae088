//! The tree to a program: names to registers and captures, then instructions, then liveness.
//!
//! Owns: the static rules about meaning (docs/LANGUAGE.md, 2.6) and the shape of the code. Order: `resolve` finds out what every
//! name stands for; `emit` makes instructions; `liveness` finds last uses; `reach` finds what new contexts copy.
//! Invariant: a program is made only if there is no diagnostic. What the compiler cannot do yet is a diagnostic that says so.
//! Does not: run anything, or read files.

mod library;
mod scope;
mod resolve;
mod lint;
mod emit;
mod liveness;
mod reach;

pub use library::{Arity, Builtin, Library};

use crate::bytecode::{FileId, FunctionId, Program};
use crate::source::{Diagnostic, Source};
use crate::syntax;

/// Compiles a script. The diagnostics are all lexical and syntax errors, or, if there are none, all static errors.
pub fn compile(source: Source, library: &Library) -> Result<Program, Vec<Diagnostic>> {
    let mut program = library.base.clone();
    let main = add_file(source, &mut program, library, false)?;
    program.main = main;
    Ok(program)
}

/// What is allowed but hardly meant in a script; nothing if it has errors.
pub fn warnings(source: &Source, library: &Library) -> Vec<Diagnostic> {
    let parsed = syntax::parse(source);
    if !parsed.diagnostics.is_empty() {
        return Vec::new();
    }
    let (found, diagnostics) = resolve::resolve(&parsed.script, source, library, false);
    if diagnostics.is_empty() { lint::lint(&parsed.script, &found, library) } else { Vec::new() }
}

/// Compiles a file into the program and gives its top-level function.
fn add_file(
    source: Source,
    program: &mut Program,
    library: &Library,
    in_prelude: bool,
) -> Result<FunctionId, Vec<Diagnostic>> {
    let parsed = syntax::parse(&source);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let (found, mut diagnostics) = resolve::resolve(&parsed.script, &source, library, in_prelude);
    if !diagnostics.is_empty() {
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
        return Err(diagnostics);
    }
    let file = FileId(program.files.len() as u16);
    program.files.push(source);
    let first = program.functions.len();
    let (main, diagnostics) = emit::emit(&parsed.script, &found, library, program, file);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    liveness::analyse(program, first);
    reach::settle(program);
    Ok(main)
}

/// Compiles a prelude file: each of its declared functions becomes a name of the library.
fn compile_prelude(source: Source, library: &mut Library, editing: &[&str]) -> Result<(), Vec<Diagnostic>> {
    let mut program = std::mem::take(&mut library.base);
    let first = program.functions.len();
    let main = add_file(source, &mut program, library, true)?;
    for index in first..program.functions.len() {
        let function = &mut program.functions[index];
        function.flags.is_prelude = true;
        let name = function.name.clone();
        if FunctionId(index as u32) == main || name.starts_with('<') || name.contains('.') {
            continue;
        }
        function.flags.edits_place = editing.contains(&&*name);
        let id = FunctionId(index as u32);
        program.prelude.insert(name.clone(), id);
        library.builtins.insert(name, Builtin::Prelude(id));
    }
    library.base = program;
    Ok(())
}
