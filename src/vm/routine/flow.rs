//! Jumps and loops.

use super::load::copy;
use super::{At, Did};
use crate::bytecode::Reg;
use crate::value::Value;

impl<const SWIFT: bool> At<'_, '_, SWIFT> {
    /// Passes over what is no instruction by itself.
    #[inline(always)]
    pub(super) fn pass(&self) -> Did {
        Did::Next
    }

    #[inline(always)]
    pub(super) fn jump(&mut self, target: u32) -> Did {
        self.code = self.run.first.target(target);
        Did::Jump
    }

    #[inline(always)]
    pub(super) fn jump_if(&mut self, holds: bool, target: u32) -> Did {
        if holds { self.jump(target) } else { Did::Next }
    }

    /// Jumps if the truth of a value is `wanted`.
    #[inline(always)]
    pub(super) fn jump_by_truth(&mut self, src: Reg, wanted: bool, target: u32) -> Did {
        match self.truth(src) {
            Some(truth) => self.jump_if(truth == wanted, target),
            None => Did::Nothing,
        }
    }

    #[inline(always)]
    pub(super) fn is_none(&self, src: Reg) -> bool {
        matches!(self.registers.get(src), Value::Null | Value::None)
    }

    #[inline(always)]
    pub(super) fn is_set(&self, src: Reg) -> bool {
        !matches!(self.registers.get(src), Value::Unset)
    }

    /// Counts a unit of fuel. False if there is none: then `starved` must come, which sets the counter right.
    #[inline(always)]
    pub(super) fn burn(&mut self) -> bool {
        let (left, is_starved) = self.run.fuel.overflowing_sub(1);
        self.run.fuel = left;
        !is_starved
    }

    /// Begins the next turn of a loop.
    #[inline(always)]
    pub(super) fn turn(&mut self, target: u32) -> Did {
        if self.burn() { self.jump(target) } else { Did::Starved }
    }

    #[inline(always)]
    pub(super) fn for_next(&mut self, state: Reg, target: u32) -> Did {
        let (at, did) = match (self.registers.get(state), self.registers.get(state + 1)) {
            (&Value::Int(end), &Value::Int(at)) => {
                if at >= end {
                    return self.jump(target);
                }
                (at, self.int(state + 2, at))
            }
            (Value::Array(items), &Value::Int(at)) => {
                let Some(item) = items.get(at as usize) else { return self.jump(target) };
                (at, copy!(self, state + 2, item))
            }
            _ => return Did::Nothing,
        };
        if let Did::Next = did {
            self.registers.get_mut(state + 1).set_int(at + 1);
        }
        did
    }
}
