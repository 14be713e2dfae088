//! The code, literals and registers of the running frame, reached without bounds checks.
//!
//! Owns: the one piece of `unsafe` in the machine. Where a frame goes on and the range of its registers are checked once,
//! when it begins to run or goes on. Instructions need no check of their own, because `Machine::new` takes only programs
//! that `bytecode::verify` has passed: each operand, and each window that an instruction names by its first register,
//! lies within `Function::registers`; each target lies within the code; and the last instruction never goes on to a next.
//! So these functions are for operands and targets of the running function alone, and whoever may have changed the stack's
//! length or the frame takes a new `RegisterBase` or `Code`. That is what makes them safe, and not their types; debug assertions
//! look whether it holds.
#![allow(
    unsafe_code,
    reason = "with checks, a loop of arithmetic takes about a tenth more instructions (callgrind)"
)]

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use crate::bytecode::{Function, Op, Reg};
use crate::value::Value;

/// What a routine that was made for one instruction says of all others.
///
/// Only for code that runs because `dispatch` has looked the instruction up, or because the verifier holds that this instruction
/// comes next.
#[inline(always)]
pub(super) fn no_other() -> ! {
    if cfg!(debug_assertions) {
        unreachable!("an instruction runs by its own routine");
    }
    // SAFETY: the table of routines and the verifier hold that.
    unsafe { std::hint::unreachable_unchecked() }
}

/// An instruction of the running function.
#[derive(Clone, Copy)]
pub(super) struct Code {
    at: *const Op,
    #[cfg(debug_assertions)]
    all: *const [Op],
}

impl Code {
    #[inline(always)]
    fn new(function: &Function, at: *const Op) -> Code {
        let code = Code {
            at,
            #[cfg(debug_assertions)]
            all: &raw const *function.code,
        };
        // Looked at with debug assertions alone.
        let _ = function;
        code.check();
        code
    }

    /// Whether it is an instruction of its function.
    #[inline(always)]
    fn check(self) {
        #[cfg(debug_assertions)]
        {
            let offset = (self.at as usize).wrapping_sub(self.all.cast::<Op>() as usize);
            assert!(offset / size_of::<Op>() < self.all.len(), "the program was verified");
        }
    }

    #[inline(always)]
    fn moved(self, at: *const Op) -> Code {
        let moved = Code { at, ..self };
        moved.check();
        moved
    }

    /// The instruction of `function` at `ip`.
    #[inline(always)]
    pub(super) fn of(function: &Function, ip: usize) -> Code {
        assert!(ip < function.code.len(), "frames stand at instructions");
        Code::new(function, &raw const function.code[ip])
    }

    /// The first instruction of `function`. The verifier holds that there is one.
    #[inline(always)]
    pub(super) fn first(function: &Function) -> Code {
        Code::new(function, function.code.as_ptr())
    }

    /// The instruction at a target that one of the instructions of this code names; this one is the first of the code.
    #[inline(always)]
    pub(super) fn target(self, target: u32) -> Code {
        // SAFETY: the verifier holds every target within the code.
        self.moved(unsafe { self.at.add(target as usize) })
    }

    /// The instruction.
    #[inline(always)]
    pub(super) fn op(&self) -> &Op {
        // SAFETY: execution began within the code, and the verifier holds every step and jump from there within it. The program
        // is immutable and outlives the run.
        unsafe { &*self.at }
    }

    /// The instruction behind this one, which is none that ends the code.
    #[inline(always)]
    pub(super) fn next(self) -> Code {
        // SAFETY: only the last instruction has none behind it, and it never goes on to a next.
        self.moved(unsafe { self.at.add(1) })
    }

    /// Its position in the code that begins with `first`.
    #[inline(always)]
    pub(super) fn ip(self, first: Code) -> usize {
        (self.at as usize - first.at as usize) / size_of::<Op>()
    }
}

/// The literals of the running function as values.
#[derive(Clone, Copy)]
pub(super) struct Literals<'a> {
    first: *const Value,
    #[cfg(debug_assertions)]
    count: usize,
    all: PhantomData<&'a [Value]>,
}

impl<'a> Literals<'a> {
    /// Those of `function`, which `Prepared` made of its constants.
    #[inline(always)]
    pub(super) fn of(values: &'a [Value]) -> Literals<'a> {
        Literals {
            first: values.as_ptr(),
            #[cfg(debug_assertions)]
            count: values.len(),
            all: PhantomData,
        }
    }

    /// The literal that an instruction of the running function names.
    #[inline(always)]
    pub(super) fn get(self, index: usize) -> &'a Value {
        #[cfg(debug_assertions)]
        assert!(index < self.count, "the program was verified");
        // SAFETY: there is one for each constant of the function, and the verifier holds every index within them.
        unsafe { &*self.first.add(index) }
    }
}

/// Where the registers of the running frame begin: what routines hand on in one register of the processor.
#[derive(Clone, Copy)]
pub(super) struct RegisterBase {
    first: *mut Value,
    #[cfg(debug_assertions)]
    count: usize,
}

impl RegisterBase {
    /// The registers of a frame of `function` whose first one is at `base`.
    #[inline(always)]
    pub(super) fn of(stack: &mut Vec<Value>, base: usize, function: &Function) -> RegisterBase {
        let count = function.registers as usize;
        assert!(base + count <= stack.len(), "a frame has all its registers");
        RegisterBase {
            // SAFETY: that is within the stack, as just checked. No slice of it is made, so older pointers stay good.
            first: unsafe { stack.as_mut_ptr().add(base) },
            #[cfg(debug_assertions)]
            count,
        }
    }

    #[inline(always)]
    fn check(&self, register: Reg) {
        #[cfg(debug_assertions)]
        assert!(usize::from(register) < self.count, "the program was verified");
        let _ = register;
    }

    /// What an operand of the running function refers to.
    #[inline(always)]
    pub(super) fn get(&self, register: Reg) -> &Value {
        self.check(register);
        // SAFETY: the frame has `Function::registers` of them, and the verifier holds every operand below that. The stack was not
        // changed in length since `of`, and whoever looks at it otherwise does so before or after the life of this reference.
        unsafe { &*self.first.add(usize::from(register)) }
    }

    /// The same, for changing.
    #[inline(always)]
    pub(super) fn get_mut(&mut self, register: Reg) -> &mut Value {
        self.check(register);
        // SAFETY: as in `get`.
        unsafe { &mut *self.first.add(usize::from(register)) }
    }

    /// Whether no register of `function`, which runs, holds a pointer.
    #[inline(always)]
    pub(super) fn are_plain(&self, function: &Function) -> bool {
        // SAFETY: as in `get`.
        let all = unsafe { std::slice::from_raw_parts(self.first, function.registers as usize) };
        all.iter().all(Value::is_plain)
    }

    /// Lets go of what the registers of `function`, which runs, hold, but for the first `kept`.
    #[inline(always)]
    pub(super) fn let_go(&mut self, function: &Function, kept: usize) {
        // SAFETY: as in `get`.
        let all = unsafe { std::slice::from_raw_parts_mut(self.first, function.registers as usize) };
        all.iter_mut().skip(kept).for_each(Value::let_go);
    }
}

/// The registers of a frame, for instructions that look at many of them.
pub(super) struct Registers<'a>(&'a mut [Value]);

impl<'a> Registers<'a> {
    /// The registers of a frame of `function` whose first one is at `base`.
    #[inline(always)]
    pub(super) fn of(stack: &'a mut [Value], base: usize, function: &Function) -> Registers<'a> {
        Registers(&mut stack[base..base + function.registers as usize])
    }

    /// What an operand of the running function refers to.
    #[inline(always)]
    pub(super) fn get(&self, register: Reg) -> &Value {
        debug_assert!(usize::from(register) < self.0.len(), "the program was verified");
        // SAFETY: the slice has `Function::registers` items, and the verifier holds every operand below that.
        unsafe { self.0.get_unchecked(usize::from(register)) }
    }

    /// The same, for changing.
    #[inline(always)]
    pub(super) fn get_mut(&mut self, register: Reg) -> &mut Value {
        debug_assert!(usize::from(register) < self.0.len(), "the program was verified");
        // SAFETY: as in `get`.
        unsafe { self.0.get_unchecked_mut(usize::from(register)) }
    }
}

impl Deref for Registers<'_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        self.0
    }
}

impl DerefMut for Registers<'_> {
    fn deref_mut(&mut self) -> &mut [Value] {
        self.0
    }
}
