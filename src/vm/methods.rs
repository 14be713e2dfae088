//! The methods of struct types that can be entered as they are, found by name without hashing.
//!
//! Owns: one small table for each struct type, made once for a program. A slot is chosen by the low bits of a name, and tables
//! grow until no two methods share one, as `StructDef` does for fields; what does not fit is found by the slow way, which
//! `method` goes.

use crate::bytecode::{FunctionId, Program, StructDef, Symbol};

/// Tables grow to so many slots for each method and no further.
const MOST_SLOTS: usize = 16;

/// A method without a closure, a rest parameter and defaults that would have to be evaluated, which is no generator and not
/// async.
#[derive(Clone, Copy)]
pub(super) struct PlainMethod {
    name: Symbol,
    pub(super) function: FunctionId,
    /// The parameters, `self` among them.
    pub(super) arity: u16,
    /// Whether it may change `self`.
    pub(super) mutates: bool,
}

/// The plain methods of one struct type. The number of slots is a power of two.
pub(super) struct PlainMethods(Box<[Option<PlainMethod>]>);

impl PlainMethods {
    /// Those of a struct type.
    pub(super) fn of(program: &Program, def: &StructDef) -> PlainMethods {
        if def.scope.is_some() {
            return PlainMethods(Box::new([None]));
        }
        let methods: Vec<PlainMethod> = def
            .functions
            .iter()
            .filter_map(|(&name, &function)| plain_method(program, name, function))
            .collect();
        let most = (methods.len() * MOST_SLOTS).next_power_of_two();
        let mut slots = methods.len().next_power_of_two();
        while slots < most && !all_apart(&methods, slots) {
            slots *= 2;
        }
        let mut table = vec![None; slots].into_boxed_slice();
        for method in methods {
            table[method.name.index() & (slots - 1)] = Some(method);
        }
        PlainMethods(table)
    }

    /// The method of this name, if there is one that was put into the table.
    #[inline(always)]
    pub(super) fn find(&self, name: Symbol) -> Option<&PlainMethod> {
        self.0[name.index() & (self.0.len() - 1)].as_ref().filter(|method| method.name == name)
    }
}

fn plain_method(program: &Program, name: Symbol, id: FunctionId) -> Option<PlainMethod> {
    let function = program.function(id);
    let flags = function.flags;
    let is_plain = flags.is_method && !flags.is_async && !flags.is_generator && !flags.has_rest;
    let arity = function.params.len().try_into().ok()?;
    is_plain.then_some(PlainMethod { name, function: id, arity, mutates: flags.mutates_self })
}

fn all_apart(methods: &[PlainMethod], slots: usize) -> bool {
    let mut taken = vec![false; slots];
    methods.iter().all(|method| !std::mem::replace(&mut taken[method.name.index() & (slots - 1)], true))
}
