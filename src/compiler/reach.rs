//! Which module-level variables the code reachable from a function names (LANGUAGE, Appendix C.3): what a new context
//! gets copies of.
//!
//! The call graph is an over-approximation: a function reaches every function that it names, every method whose name it calls,
//! and, as soon as it calls a value it does not know, every function that is used as a value anywhere.

use rustc_hash::FxHashMap;

use crate::bytecode::{Fallback, Function, Member, Op, Program, Root, Symbol};

/// Fills in `Function::globals` of every function, the prelude's included: they call the script's.
pub(super) fn settle(program: &mut Program) {
    if program.globals.is_empty() {
        return;
    }
    let methods = methods_by_name(program);
    let values: Vec<usize> = values_of(program);
    let mut facts: Vec<Facts> =
        program.functions.iter().map(|function| Facts::of(function, &methods)).collect();
    let members = members_of_values(program);
    for facts in facts.iter_mut().filter(|facts| facts.reads_fields) {
        members.iter().for_each(|&member| facts.add_member(member));
    }
    let mut reached: Vec<Vec<bool>> =
        facts.iter().map(|facts| facts.globals(program.globals.len())).collect();
    let mut any_value = vec![false; program.globals.len()];
    loop {
        let mut changed =
            values.iter().fold(false, |changed, &value| merge(&mut any_value, &reached[value]) | changed);
        for (index, facts) in facts.iter().enumerate() {
            let mut own = std::mem::take(&mut reached[index]);
            for &callee in facts.names.iter().filter(|&&callee| callee != index) {
                changed |= merge(&mut own, &reached[callee]);
            }
            if facts.calls_unknown {
                changed |= merge(&mut own, &any_value);
            }
            reached[index] = own;
        }
        if !changed {
            break;
        }
    }
    for (function, reached) in program.functions.iter_mut().zip(reached) {
        function.globals = (0..reached.len() as u32).filter(|&index| reached[index as usize]).collect();
    }
}

fn merge(into: &mut [bool], from: &[bool]) -> bool {
    let mut changed = false;
    for (into, from) in into.iter_mut().zip(from) {
        changed |= *from && !*into;
        *into |= from;
    }
    changed
}

fn methods_by_name(program: &Program) -> FxHashMap<Symbol, Vec<usize>> {
    let mut methods: FxHashMap<Symbol, Vec<usize>> = FxHashMap::default();
    for def in &program.structs {
        for (&name, &function) in &def.functions {
            methods.entry(name).or_default().push(function.index());
        }
    }
    methods
}

/// The functions that are used as values.
fn values_of(program: &Program) -> Vec<usize> {
    let mut values = Vec::new();
    for op in program.functions.iter().flat_map(|function| &function.code) {
        if let Op::Function { function, .. } | Op::Closure { function, .. } = op {
            values.push(*function as usize);
        }
    }
    for def in &program.structs {
        values.extend(def.functions.values().map(|function| function.index()));
    }
    values.sort_unstable();
    values.dedup();
    values
}

/// The exports of all modules that are used as values.
fn members_of_values(program: &Program) -> Vec<Member> {
    let code = program.functions.iter().flat_map(|function| &function.code);
    let modules = code.filter_map(|op| match *op {
        Op::Module { module, .. } => program.modules.get(usize::from(module)),
        _ => None,
    });
    modules.flat_map(|module| module.members.values().copied()).collect()
}

struct Facts {
    named: Vec<u32>,
    names: Vec<usize>,
    calls_unknown: bool,
    /// Fields of any value: of a module that is used as a value, for instance.
    reads_fields: bool,
}

impl Facts {
    fn of(function: &Function, methods: &FxHashMap<Symbol, Vec<usize>>) -> Facts {
        let mut facts =
            Facts { named: Vec::new(), names: Vec::new(), calls_unknown: false, reads_fields: false };
        for op in &function.code {
            facts.add(op);
        }
        for place in &function.places {
            if let Root::Global(index) = place.root {
                facts.named.push(index);
            }
        }
        for site in &function.sites {
            facts.names.extend(methods.get(&site.name).into_iter().flatten());
            facts.calls_unknown = true;
            facts.reads_fields = true;
            if let Fallback::Function(id) = site.fallback {
                facts.names.push(id.index());
            }
        }
        facts
    }

    fn add_member(&mut self, member: Member) {
        match member {
            Member::Variable(index) => self.named.push(index),
            Member::Function(function) => self.names.push(function.index()),
        }
    }

    fn add(&mut self, op: &Op) {
        match *op {
            Op::GetGlobal { index, .. } | Op::SetGlobal { index, .. } | Op::IsSet { index, .. } => {
                self.named.push(index);
            }
            Op::Function { function, .. } | Op::Closure { function, .. } | Op::Call { function, .. } => {
                self.names.push(function as usize);
            }
            Op::GetField { .. } | Op::GetFieldOrNull { .. } | Op::GetPlace { .. } => self.reads_fields = true,
            Op::CallValue { .. } | Op::CallWith { .. } => self.calls_unknown = true,
            _ => {}
        }
    }

    fn globals(&self, count: usize) -> Vec<bool> {
        let mut globals = vec![false; count];
        self.named.iter().for_each(|&index| globals[index as usize] = true);
        globals
    }
}
