//! Loads, moves and variables.

use super::{At, Did};
use crate::bytecode::Reg;
use crate::value::Value;
use crate::vm::variable;

/// dst := a value by reference. Numbers go from register to register and never through memory.
macro_rules! copy {
    ($at:expr, $register:expr, $value:expr) => {
        match $value {
            &Value::Int(int) => $at.int($register, int),
            &Value::Float(float) => $at.float($register, float),
            // Written as less than their bits, too.
            &Value::Bool(bool) => $at.bool($register, bool),
            Value::Null => $at.null($register),
            _ if SWIFT && !$at.registers.get($register).is_plain() => Did::Nothing,
            other if SWIFT => match other.copied_bits() {
                Some(bits) => {
                    $at.registers.get_mut($register).set_bits(bits);
                    Did::Next
                }
                None => Did::Nothing,
            },
            other => {
                let copy = other.clone_counted();
                $at.registers.get_mut($register).put(copy);
                Did::Next
            }
        }
    };
}
pub(super) use copy;

impl<const SWIFT: bool> At<'_, '_, SWIFT> {
    /// dst := what `try_set` makes it, which it does unless there is a pointer to let go.
    #[inline(always)]
    fn set(&mut self, dst: Reg, try_set: impl Fn(&mut Value) -> bool) -> Did {
        let register = self.registers.get_mut(dst);
        if SWIFT {
            return Did::all(try_set(register));
        }
        register.overwrite(try_set);
        Did::Next
    }

    #[inline(always)]
    pub(super) fn null(&mut self, dst: Reg) -> Did {
        self.set(dst, Value::try_set_null)
    }

    #[inline(always)]
    pub(super) fn bool(&mut self, dst: Reg, value: bool) -> Did {
        self.set(dst, |register| register.try_set_bool(value))
    }

    #[inline(always)]
    pub(super) fn int(&mut self, dst: Reg, value: i64) -> Did {
        self.set(dst, |register| register.try_set_int(value))
    }

    #[inline(always)]
    pub(super) fn float(&mut self, dst: Reg, value: f64) -> Did {
        self.set(dst, |register| register.try_set_float(value))
    }

    #[inline(always)]
    pub(super) fn literal(&mut self, dst: Reg, index: u32) -> Did {
        copy!(self, dst, self.run.literals.get(index as usize))
    }

    #[inline(always)]
    pub(super) fn copy(&mut self, dst: Reg, src: Reg) -> Did {
        copy!(self, dst, self.registers.get(src))
    }

    #[inline(always)]
    pub(super) fn move_to(&mut self, dst: Reg, src: Reg) -> Did {
        let did = match *self.registers.get(src) {
            Value::Int(int) => self.int(dst, int),
            Value::Float(float) => self.float(dst, float),
            _ if SWIFT && !self.registers.get(dst).is_plain() => Did::Nothing,
            _ => {
                let moved = self.registers.get_mut(src).take_bits();
                let register = self.registers.get_mut(dst);
                if !SWIFT {
                    register.let_go();
                }
                register.set_bits(moved);
                return Did::Next;
            }
        };
        if let Did::Next = did {
            // It was a number, and is another register than `dst`.
            let _ = self.registers.get_mut(src).try_set_null();
        }
        did
    }

    #[inline(always)]
    pub(super) fn get_cell(&mut self, dst: Reg, cell: Reg) -> Did {
        let value = variable::in_cell(&self.run.context.cells, self.registers.get(cell));
        if matches!(value, Value::Unset) {
            return Did::Nothing;
        }
        copy!(self, dst, value)
    }

    #[inline(always)]
    pub(super) fn get_capture(&mut self, dst: Reg, index: u16) -> Did {
        let captured = variable::capture(&self.run.context.frames, index);
        let value = variable::in_cell(&self.run.context.cells, captured);
        if matches!(value, Value::Unset) {
            return Did::Nothing;
        }
        copy!(self, dst, value)
    }

    #[inline(always)]
    pub(super) fn get_global(&mut self, dst: Reg, index: u32) -> Did {
        let value = self.run.context.globals.get(index);
        if matches!(value, Value::Unset) {
            return Did::Nothing;
        }
        copy!(self, dst, value)
    }
}
