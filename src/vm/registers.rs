//! The code and the registers of the running frame, reached without bounds checks.
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

/// The code of the running frame.
#[derive(Clone, Copy)]
pub(super) struct Code<'a>(&'a [Op]);

impl<'a> Code<'a> {
    /// The code of `function`, at `ip` or any position that its instructions lead to from there.
    #[inline(always)]
    pub(super) fn of(function: &'a Function, ip: usize) -> Code<'a> {
        assert!(ip < function.code.len(), "frames stand at instructions");
        Code(&function.code)
    }

    /// The instruction at a position.
    #[inline(always)]
    pub(super) fn at(self, ip: usize) -> &'a Op {
        debug_assert!(ip < self.0.len(), "the program was verified");
        // SAFETY: execution began within the code, and the verifier holds every step and jump from there within it.
        unsafe { self.0.get_unchecked(ip) }
    }
}

impl Deref for Code<'_> {
    type Target = [Op];

    fn deref(&self) -> &[Op] {
        self.0
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
