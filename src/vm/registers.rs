//! The code, literals and registers of the running frame, reached without bounds checks.
//!
//! Owns: the one piece of `unsafe` in the machine. Where a frame goes on and the range of its registers are checked once,
//! when it begins to run or goes on. Instructions need no check of their own, because `Machine::new` takes only programs
//! that `bytecode::verify` has passed: each operand, and each window that an instruction names by its first register,
//! lies within `Function::registers`; each target lies within the code; and the last instruction never goes on to a next.
//! So these functions are for operands and targets of the running function alone.
#![allow(
    unsafe_code,
    reason = "with checks, a loop of arithmetic takes about a tenth more instructions (callgrind)"
)]

use std::ops::{Deref, DerefMut};

use crate::bytecode::{Function, Op, Reg};
use crate::value::Value;

/// The code of the running frame, and where it goes on.
#[derive(Clone, Copy)]
pub(super) struct Code<'a> {
    all: &'a [Op],
    /// The next instruction, or the end of `all` behind an instruction that never goes on to a next one.
    next: *const Op,
}

impl<'a> Code<'a> {
    /// The code of `function`, at `ip`.
    #[inline(always)]
    pub(super) fn of(function: &'a Function, ip: usize) -> Code<'a> {
        assert!(ip < function.code.len(), "frames stand at instructions");
        Code { all: &function.code, next: function.code.as_ptr().wrapping_add(ip) }
    }

    /// The next instruction, which is passed.
    #[inline(always)]
    pub(super) fn fetch(&mut self) -> &'a Op {
        let op = self.peek();
        self.skip();
        op
    }

    /// The next instruction.
    #[inline(always)]
    pub(super) fn peek(&self) -> &'a Op {
        debug_assert!(self.ip() < self.all.len(), "the program was verified");
        // SAFETY: execution began within the code, and the verifier holds every step and jump from there within it.
        unsafe { &*self.next }
    }

    /// Passes over the next instruction.
    #[inline(always)]
    pub(super) fn skip(&mut self) {
        // SAFETY: there is an instruction here, so this is at most the end of the code.
        self.next = unsafe { self.next.add(1) };
    }

    /// Goes on at a target of the instruction that was fetched.
    #[inline(always)]
    pub(super) fn jump(&mut self, target: u32) {
        debug_assert!((target as usize) < self.all.len(), "the program was verified");
        // SAFETY: the verifier holds every target within the code.
        self.next = unsafe { self.all.as_ptr().add(target as usize) };
    }

    /// The position of the next instruction.
    #[inline(always)]
    pub(super) fn ip(&self) -> usize {
        (self.next as usize - self.all.as_ptr() as usize) / size_of::<Op>()
    }
}

/// The literals of the running function as values.
#[derive(Clone, Copy)]
pub(super) struct Literals<'a>(&'a [Value]);

impl<'a> Literals<'a> {
    /// Those of `function`, which `Machine::index` made of its constants.
    #[inline(always)]
    pub(super) fn of(values: &'a [Value]) -> Literals<'a> {
        Literals(values)
    }

    /// The literal that an instruction of the running function names.
    #[inline(always)]
    pub(super) fn get(self, index: usize) -> &'a Value {
        debug_assert!(index < self.0.len(), "the program was verified");
        // SAFETY: there is one for each constant of the function, and the verifier holds every index within them.
        unsafe { self.0.get_unchecked(index) }
    }
}

/// The registers of the running frame.
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
