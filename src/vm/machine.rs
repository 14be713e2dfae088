//! One machine: a program, the library functions, and what is found out about both once.
//!
//! Owns: the door to execution (`run`, `step`) and the index from names to methods. A machine has no state of its own
//! that changes: any number of threads may run contexts on one machine.

use std::sync::Arc;

use super::methods::PlainMethods;
use super::own::OwnMethods;
use super::prepared::Prepared;
use super::unwind::thrown;
use super::{Halt, Host, NativeTable};
use crate::bytecode::{FunctionId, NativeId, Program, Symbol, verify_from};
use crate::context::{Access, Context};
use crate::value::{Fault, Hop, Outcome, Value};

/// What runs contexts of one program.
pub struct Machine {
    /// The program.
    pub program: Arc<Program>,
    /// The library functions written in Rust.
    pub natives: Arc<NativeTable>,
    /// Facts about the run that natives may read.
    pub host: Host,
    /// What routines look for in each function.
    prepared: Vec<Prepared>,
    /// The methods of each struct type that can be entered as they are.
    pub(super) methods: Vec<PlainMethods>,
    /// What the library calls each name, by symbol.
    names: Vec<Named>,
    /// The names of the operator methods, in the order of `super::ops::Operator`; `None` if no text mentions it.
    pub(super) operator_names: [Option<Symbol>; super::ops::OPERATOR_METHODS.len()],
    /// Which methods stand in for the machine's own work.
    pub(super) own: OwnMethods,
}

/// What a name means in the library.
#[derive(Clone, Copy, Default)]
pub(super) struct Named {
    /// A function written in Rust; the first of its overloads.
    pub(super) native: Option<NativeId>,
    /// A function written in Ruff.
    pub(super) prelude: Option<FunctionId>,
}

impl Machine {
    /// A machine for a program whose instructions name natives of this table.
    ///
    /// # Panics
    /// If the program breaks a rule of `bytecode::verify`, on which `registers` relies.
    pub fn new(program: Arc<Program>, natives: Arc<NativeTable>, host: Host) -> Machine {
        let mut machine = Machine {
            program,
            natives,
            host,
            prepared: Vec::new(),
            methods: Vec::new(),
            names: Vec::new(),
            operator_names: Default::default(),
            own: OwnMethods::default(),
        };
        machine.index();
        machine
    }

    /// Lets `change` add to the program. What was there keeps its number and its meaning, so contexts go on as before.
    pub fn grow<R>(&mut self, change: impl FnOnce(&mut Program) -> R) -> R {
        let result = change(Arc::make_mut(&mut self.program));
        self.index();
        result
    }

    /// Finds out what is new in the program.
    fn index(&mut self) {
        let (program, natives) = (&self.program, &self.natives);
        if let Err(rule) = verify_from(program, self.prepared.len()) {
            panic!("the compiler made a program that cannot run: {rule}");
        }
        let named = |text: &str| Named {
            native: natives.by_name.get(text).copied(),
            prelude: program.prelude.get(text).copied(),
        };
        self.names.extend(program.symbols[self.names.len()..].iter().map(|text| named(text)));
        let quick = |name: Symbol| self.names[name.index()].native.filter(|first| natives.has_quick(*first));
        let new = &program.functions[self.prepared.len()..];
        self.prepared.extend(new.iter().map(|function| Prepared::of(function, quick)));
        let new = &program.structs[self.methods.len()..];
        self.methods.extend(new.iter().map(|def| PlainMethods::of(program, def)));
        self.operator_names = super::ops::OPERATOR_METHODS.map(|name| program.find_symbol(name));
        self.own = OwnMethods::of(program);
    }

    /// Runs a context until it must stop. `fuel`: how many loop iterations and calls it may make; counted down.
    pub fn run(&self, context: &mut Context, fuel: &mut u32) -> Halt {
        if let Some(halt) = self.resume(context) {
            return halt;
        }
        let halt = self.dispatch::<false>(context, fuel);
        context.bring_home();
        halt
    }

    /// Executes exactly one instruction; `None` if the context can go on at once.
    pub fn step(&self, context: &mut Context) -> Option<Halt> {
        if let Some(halt) = self.resume(context) {
            return Some(halt);
        }
        let halt = self.dispatch::<true>(context, &mut 1);
        context.bring_home();
        if let Halt::OutOfFuel = halt { None } else { Some(halt) }
    }

    /// What routines look for in a function.
    #[inline]
    pub(super) fn prepared(&self, function: FunctionId) -> &Prepared {
        &self.prepared[function.index()]
    }

    /// What the library calls a name.
    pub(super) fn named(&self, name: Symbol) -> Named {
        self.names.get(name.index()).copied().unwrap_or_default()
    }

    /// Brings a context that waited back to where its next instruction can run.
    fn resume(&self, context: &mut Context) -> Option<Halt> {
        if let Some(fault) = context.pending.take() {
            context.wait = None;
            return self.throw(context, fault);
        }
        let slot = context.wait? as usize;
        let taken = match &mut context.stack[slot] {
            Value::Handle(handle) => {
                let taken = handle.take_outcome();
                if taken.is_none() && handle.is_promise() {
                    return Some(Halt::Waiting(handle.clone()));
                }
                taken
            }
            _ => None,
        };
        context.wait = None;
        match self.outcome(context, taken?) {
            Ok(value) => context.stack[slot] = value,
            Err(fault) => return self.throw(context, fault),
        }
        None
    }

    /// The outcome of a promise as this context's own value or error.
    pub(super) fn outcome(&self, context: &mut Context, outcome: Outcome) -> Result<Value, Fault> {
        match outcome {
            Ok(parcel) => Ok(context.unpack(parcel, Access::Own)),
            Err(parcel) => {
                let value = context.unpack(parcel, Access::Own);
                let fault = thrown(&self.program, value);
                match self.place_of(context) {
                    // One without a stack is thrown here and not in another context.
                    Some(place) if !fault.body().trace.is_empty() => Err(fault.passing(Hop::Awaited(place))),
                    _ => Err(fault),
                }
            }
        }
    }
}
