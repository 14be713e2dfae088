//! Arithmetic, comparisons, and decisions by them.

use super::{At, Did};
use crate::bytecode::{Op, Reg};
use crate::value::Value;
use crate::vm::ops;
use crate::vm::registers::no_other;

/// The same as `f64::is_finite`, in one comparison: the difference of infinities, and of no numbers, is no number.
#[inline(always)]
#[allow(clippy::eq_op, reason = "see above")]
pub(super) fn is_finite(float: f64) -> bool {
    !(float - float).is_nan()
}

/// dst := a calculation with two numbers: ints by `$checked`, floats by `$plain` if nothing is wrong with the result.
macro_rules! arithmetic {
    ($at:ident, $dst:expr, $lhs:expr, $right:expr, $checked:ident, $plain:tt) => {{
        let (left, right) = ($at.registers.get($lhs), $right);
        if let (&Value::Int(a), &Value::Int(b)) = (left, right) {
            match a.$checked(b) {
                Some(result) => $at.int($dst, result),
                None => Did::Nothing,
            }
        } else {
            number::with_floats!($at, $dst, left, right, $plain)
        }
    }};
}
pub(super) use arithmetic;

/// The same with two numbers of which one at least is a float.
macro_rules! with_floats {
    ($at:ident, $dst:expr, $left:expr, $right:expr, $plain:tt) => {{
        cold_path();
        // Each case by itself: a conversion of both to floats first would be seen by every float.
        let result = match ($left, $right) {
            (&Value::Float(a), &Value::Float(b)) => Some(a $plain b),
            (&Value::Float(a), &Value::Int(b)) => Some(a $plain b as f64),
            (&Value::Int(a), &Value::Float(b)) => Some(a as f64 $plain b),
            _ => None,
        };
        match result {
            Some(result) if number::is_finite(result) => $at.float($dst, result),
            _ => Did::Nothing,
        }
    }};
}
pub(super) use with_floats;

/// The same for remainders. The processor divides small numbers in a third of the time, and those of floats take a call.
macro_rules! remainder {
    ($at:ident, $dst:expr, $lhs:expr, $right:expr) => {{
        let (left, right) = ($at.registers.get($lhs), $right);
        if let (&Value::Int(a), &Value::Int(b)) = (left, right) {
            if u32::try_from(a | b).is_ok() && b != 0 {
                $at.int($dst, i64::from(a as u32 % b as u32))
            } else {
                cold_path();
                match a.checked_rem(b) {
                    Some(result) => $at.int($dst, result),
                    None => Did::Nothing,
                }
            }
        } else if SWIFT {
            Did::Nothing
        } else {
            number::with_floats!($at, $dst, left, right, %)
        }
    }};
}
pub(super) use remainder;

/// dst := whether two numbers compare so.
macro_rules! comparison {
    ($at:ident, $dst:expr, $lhs:expr, $rhs:expr, $compare:tt) => {
        match ($at.registers.get($lhs), $at.registers.get($rhs)) {
            (&Value::Int(a), &Value::Int(b)) => $at.bool($dst, a $compare b),
            (&Value::Float(a), &Value::Float(b)) => $at.bool($dst, a $compare b),
            _ => Did::Nothing,
        }
    };
}
pub(super) use comparison;

/// Decides by two numbers. For all else `execute` compares, and the `JumpIfNot` runs by itself.
macro_rules! decision {
    ($at:ident, $lhs:expr, $rhs:expr, $compare:tt) => {{
        let (left, right) = ($at.registers.get($lhs), $at.registers.get($rhs));
        if let (&Value::Int(a), &Value::Int(b)) = (left, right) {
            $at.decide(a $compare b)
        } else {
            cold_path();
            match (left, right) {
                (&Value::Float(a), &Value::Float(b)) => $at.decide(a $compare b),
                _ => Did::Nothing,
            }
        }
    }};
}
pub(super) use decision;

impl<const SWIFT: bool> At<'_, '_, SWIFT> {
    #[inline(always)]
    pub(super) fn add_int(&mut self, dst: Reg, lhs: Reg, value: i16) -> Did {
        if let &Value::Int(a) = self.registers.get(lhs)
            && let Some(sum) = a.checked_add(value.into())
        {
            return self.int(dst, sum);
        }
        Did::Nothing
    }

    #[inline(always)]
    pub(super) fn bits(&mut self, dst: Reg, lhs: Reg, rhs: Reg, operator: impl Fn(i64, i64) -> i64) -> Did {
        match (self.registers.get(lhs), self.registers.get(rhs)) {
            (&Value::Int(a), &Value::Int(b)) => self.int(dst, operator(a, b)),
            _ => Did::Nothing,
        }
    }

    #[inline(always)]
    pub(super) fn not(&mut self, dst: Reg, src: Reg) -> Did {
        match *self.registers.get(src) {
            Value::Bool(truth) => self.bool(dst, !truth),
            _ => Did::Nothing,
        }
    }

    /// Whether a value is true; `None` if that takes a call.
    #[inline(always)]
    pub(super) fn truth(&self, src: Reg) -> Option<bool> {
        match self.registers.get(src) {
            &Value::Bool(truth) => Some(truth),
            _ if SWIFT => None,
            other => Some(other.truth()),
        }
    }

    #[inline(always)]
    pub(super) fn set_truth(&mut self, dst: Reg, src: Reg) -> Did {
        match self.truth(src) {
            Some(truth) => self.bool(dst, truth),
            None => Did::Nothing,
        }
    }

    /// Whether two values are equal, if that is plain.
    #[inline(always)]
    fn equal(&self, lhs: Reg, rhs: Reg) -> Option<bool> {
        match (self.registers.get(lhs), self.registers.get(rhs)) {
            (Value::Int(a), Value::Int(b)) => Some(a == b),
            (Value::Float(a), Value::Float(b)) => Some(a == b),
            _ if SWIFT => None,
            (a, b) => ops::plainly_equal(a, b),
        }
    }

    /// dst := whether two values are equal, or are not.
    #[inline(always)]
    pub(super) fn equality(&mut self, dst: Reg, lhs: Reg, rhs: Reg, wanted: bool) -> Did {
        match self.equal(lhs, rhs) {
            Some(equal) => self.bool(dst, equal == wanted),
            None => Did::Nothing,
        }
    }

    /// Decides by that.
    #[inline(always)]
    pub(super) fn decide_equality(&mut self, lhs: Reg, rhs: Reg, wanted: bool) -> Did {
        match self.equal(lhs, rhs) {
            Some(equal) => self.decide(equal == wanted),
            None => Did::Nothing,
        }
    }

    /// Decides by an int and a small constant.
    #[inline(always)]
    pub(super) fn decide_int(&mut self, lhs: Reg, value: i16, compare: impl Fn(i64, i64) -> bool) -> Did {
        match *self.registers.get(lhs) {
            Value::Int(a) => self.decide(compare(a, value.into())),
            _ => Did::Nothing,
        }
    }

    /// Takes the `JumpIfNot` that comes next, or passes over it.
    #[inline(always)]
    pub(super) fn decide(&mut self, holds: bool) -> Did {
        let jump = self.code.next();
        if holds {
            self.code = jump.next();
        } else {
            let Op::JumpIfNot { target, .. } = *jump.op() else { no_other() };
            self.code = self.run.first.target(target);
        }
        Did::Jump
    }
}
