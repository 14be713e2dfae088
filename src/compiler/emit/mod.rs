//! The tree to bytecode: registers, instructions and the tables they point into.
//!
//! Owns: register allocation (a stack: variables and temporaries of a block live above those around it) and code for every
//! construct. Invariant: instructions that can fail assign their result last, so an error leaves variables alone.
//! Does not: resolve names (`resolve` did), or know which registers are dead (`liveness` finds out afterwards).

mod builder;
mod statement;
mod control;
mod assign;
mod effects;
mod expr;
mod chain;
mod postfix;
mod call;
mod function;
mod pattern;
mod types;
mod suite;
mod import;

use rustc_hash::FxHashMap;

use super::library::Library;
use super::module::Imports;
use super::scope::{BodyId, Resolution, VariableId};
use crate::bytecode::{
    EnumDef, EnumId, FileId, FunctionId, GlobalDef, Op, Program, StructDef, StructId, TypeCheck, VariantDef,
};
use crate::source::{Code, Diagnostic, Span};
use crate::syntax::ast;
use builder::{Builder, Target};

/// Compiles one file into the program.
pub(super) struct Emitter<'a> {
    found: &'a Resolution<'a>,
    library: &'a Library,
    program: &'a mut Program,
    diagnostics: Vec<Diagnostic>,
    /// The first function of this file; body i is function first + i.
    first_function: u32,
    /// The ids of the structs and enums that the file names, its own and imported ones.
    struct_ids: Vec<StructId>,
    enum_ids: Vec<EnumId>,
    imports: Imports<'a, 'a>,
    file: FileId,
    globals: FxHashMap<VariableId, u32>,
    checks: FxHashMap<VariableId, TypeCheck>,
    variants: FxHashMap<(EnumId, u16), u16>,
    /// The function being emitted.
    at: Builder,
}

/// How many structs, enums and variants a file may declare: instructions name them by 16 bits, some are the prelude's.
const MOST_TYPES: usize = 65_000;

/// A compiled file.
pub(super) struct Emitted {
    /// Its top-level code.
    pub(super) main: FunctionId,
    /// What cannot be compiled.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Its module-level variables that others name.
    pub(super) globals: FxHashMap<VariableId, u32>,
    /// Of an input: what its annotated module-level variables are held to.
    pub(super) checks: FxHashMap<VariableId, TypeCheck>,
    pub(super) struct_ids: Vec<StructId>,
    pub(super) enum_ids: Vec<EnumId>,
}

/// Emits all bodies of a file; `name` is how messages call its top level.
pub(super) fn emit<'a>(
    script: &'a ast::Script,
    found: &'a Resolution<'a>,
    library: &'a Library,
    imports: Imports<'a, 'a>,
    program: &'a mut Program,
    file: FileId,
    name: &str,
) -> Emitted {
    outlined(found, library, imports, program, file, |emitter| {
        emitter.top_level(script, name);
        emitter.tests();
    })
}

/// Declares what others see of a file with errors, so that they can be checked too. Nothing of the program is going to run.
pub(super) fn outline<'a>(
    found: &'a Resolution<'a>,
    library: &'a Library,
    imports: Imports<'a, 'a>,
    program: &'a mut Program,
) -> Emitted {
    outlined(found, library, imports, program, FileId::default(), |_| {})
}

/// Numbers and declares everything, then does `more`.
fn outlined<'a>(
    found: &'a Resolution<'a>,
    library: &'a Library,
    imports: Imports<'a, 'a>,
    program: &'a mut Program,
    file: FileId,
    more: impl FnOnce(&mut Emitter<'a>),
) -> Emitted {
    let first_function = program.functions.len() as u32;
    program.functions.resize_with(first_function as usize + found.bodies.len(), Default::default);
    // Too many of either are refused below.
    let mut structs = (program.structs.len()..).map(|index| StructId(index as u16));
    let struct_ids = found.structs.iter().map(|info| info.imported.or_else(|| structs.next()));
    let mut enums = (program.enums.len()..).map(|index| EnumId(index as u16));
    let enum_ids = found.enums.iter().map(|info| info.imported.or_else(|| enums.next()));
    let mut emitter = Emitter {
        first_function,
        struct_ids: struct_ids.map(Option::unwrap_or_default).collect(),
        enum_ids: enum_ids.map(Option::unwrap_or_default).collect(),
        imports,
        found,
        library,
        program,
        diagnostics: Vec::new(),
        file,
        globals: FxHashMap::default(),
        checks: FxHashMap::default(),
        variants: FxHashMap::default(),
        at: Builder::default(),
    };
    if !emitter.has_too_many_types() {
        emitter.declare_types();
        emitter.declare_globals();
        more(&mut emitter);
    }
    let Emitter { diagnostics, globals, checks, struct_ids, enum_ids, .. } = emitter;
    Emitted { main: FunctionId(first_function), diagnostics, globals, checks, struct_ids, enum_ids }
}

impl<'a> Emitter<'a> {
    fn report(&mut self, message: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::new(Code::Check, message, span));
    }

    fn function_id(&self, body: BodyId) -> FunctionId {
        FunctionId(self.first_function + body.0)
    }

    fn struct_id(&self, index: usize) -> StructId {
        self.struct_ids[index]
    }

    fn enum_id(&self, index: usize) -> EnumId {
        self.enum_ids[index]
    }

    /// Reports a file with more types or variants than instructions can name.
    fn has_too_many_types(&mut self) -> bool {
        let found = self.found;
        let variants = found.enums.iter().flat_map(|info| &info.node.variants);
        let beyond = [
            (found.structs.get(MOST_TYPES).map(|info| info.node.name.span), "structs"),
            (found.enums.get(MOST_TYPES).map(|info| info.node.name.span), "enums"),
            (variants.skip(MOST_TYPES).map(|variant| variant.name.span).next(), "variants of enums"),
        ];
        for (span, what) in beyond {
            if let Some(span) = span {
                self.report(format!("a file has {MOST_TYPES} {what} at most"), span);
            }
        }
        !self.diagnostics.is_empty()
    }

    fn declare_types(&mut self) {
        let own = |index: &usize| self.found.enums[*index].imported.is_none();
        for index in (0..self.found.enums.len()).filter(own).collect::<Vec<_>>() {
            let node = self.found.enums[index].node;
            let variant = |variant: &ast::Variant| VariantDef {
                name: variant.name.text.clone(),
                payload: variant.payload.as_ref().map(|payload| payload.len().min(MOST_TYPES) as u16),
                checks: self.payload_checks(&node.name.text, variant),
            };
            let variants = node.variants.iter().map(variant).collect();
            self.program.enums.push(EnumDef { name: node.name.text.clone(), variants });
        }
        let own = |index: &usize| self.found.structs[*index].imported.is_none();
        let own: Vec<usize> = (0..self.found.structs.len()).filter(own).collect();
        for info in own.iter().map(|&index| &self.found.structs[index]) {
            self.program.structs.push(StructDef::new(&info.node.name.text, Vec::new()));
        }
        for index in own {
            self.declare_struct(index);
        }
    }

    fn declare_struct(&mut self, index: usize) {
        let node = self.found.structs[index].node;
        let id = self.struct_id(index);
        let scope = self.closing_scope(index).and_then(|scope| self.found.variable(scope).function);
        self.program.structs[id.index()].scope = scope.map(|body| self.function_id(body));
        let mut fields = Vec::with_capacity(node.fields.len());
        for field in &node.fields {
            let subject = format!("{}: field '{}'", node.name.text, field.name.text);
            let check = field.annotation.as_ref().map(|annotation| self.type_check(annotation, subject));
            fields.push(crate::bytecode::FieldDef { name: self.program.intern(&field.name.text), check });
        }
        self.program.structs[id.index()].set_fields(fields);
        for function in &node.functions {
            let Some(name) = &function.name else { continue };
            let symbol = self.program.intern(&name.text);
            let Some(&body) = self.found.body_ids.get(&function.span.start) else { continue };
            let function = self.function_id(body);
            self.program.structs[id.index()].functions.insert(symbol, function);
        }
    }

    fn declare_globals(&mut self) {
        for (at, variable) in self.found.variables.iter().enumerate() {
            if let Some(index) = variable.foreign {
                self.globals.insert(VariableId(at as u32), index);
            } else if variable.global {
                let name = self.program.intern(&variable.name);
                let kept = self.found.dialogue.and_then(|dialogue| dialogue.slot_of(&variable.name));
                let position = kept.unwrap_or(self.program.globals.len() as u32);
                if kept.is_none() {
                    self.program.globals.push(GlobalDef { name });
                }
                self.globals.insert(VariableId(at as u32), position);
            }
        }
    }

    fn top_level(&mut self, script: &'a ast::Script, name: &str) {
        self.at = Builder::new(name, self.file, BodyId(0));
        if self.found.dialogue.is_some() {
            return self.input(script);
        }
        self.enter_scope(super::scope::ScopeId(0));
        for statement in &script.statements {
            self.statement(statement);
        }
        self.at.span = Span::default();
        let result = self.at.temp();
        self.at.null(result);
        self.at.emit(Op::Return { src: result });
        self.finish(BodyId(0));
    }

    /// The top level of an input, which returns the value of its last statement.
    fn input(&mut self, script: &'a ast::Script) {
        let reg = self.at.temp();
        self.enter_scope(super::scope::ScopeId(0));
        self.valued_statements(&script.statements, Target { reg, fresh: false });
        self.at.emit(Op::Return { src: reg });
        let checks = self.at.checks.iter().filter(|(id, _)| self.globals.contains_key(*id));
        let checks = checks.map(|(&id, &check)| (id, self.at.function.checks[usize::from(check)].clone()));
        self.checks = checks.collect();
        self.finish(BodyId(0));
    }

    /// Hands the finished function over to the program.
    fn finish(&mut self, body: BodyId) {
        self.finish_as(self.function_id(body));
    }

    fn finish_as(&mut self, id: FunctionId) {
        let builder = std::mem::take(&mut self.at);
        if builder.overflowed {
            self.report("This function is too large to compile; split it up", builder.function.span);
        }
        self.program.functions[id.index()] = builder.function;
    }
}
