//! Fields, items and places.

use super::load::copy;
use super::{At, Did};
use crate::bytecode::{Op, Reg};
use crate::value::Value;
use crate::vm::prepared::ShortPlace;
use crate::vm::update::Number;
use crate::vm::{access, ops};

impl<const SWIFT: bool> At<'_, '_, SWIFT> {
    /// The stack position of a register.
    #[inline(always)]
    pub(super) fn position(&self, register: Reg) -> usize {
        self.run.base + usize::from(register)
    }

    #[inline(always)]
    pub(super) fn get_place(&mut self, dst: Reg, place: u16) -> Did {
        let run = &mut *self.run;
        if let ShortPlace::ListedField { root, index, name, .. } = run.prepared.places[usize::from(place)]
            && let Some(value) = run.machine.peek_listed_field(&self.registers, (root, index), name)
        {
            return copy!(self, dst, value);
        }
        if SWIFT {
            return Did::Nothing;
        }
        let place = &run.function.places[usize::from(place)];
        Did::all(run.machine.get_plain(run.context, place, run.base, run.base + usize::from(dst)))
    }

    #[inline(always)]
    pub(super) fn set_place(&mut self, src: Reg, place: u16) -> Did {
        let from = self.position(src);
        let run = &mut *self.run;
        let place = &run.function.places[usize::from(place)];
        Did::all(run.machine.set_plain(run.context, place, run.base, from))
    }

    #[inline(always)]
    pub(super) fn update_place(&mut self, place: u16, src: Reg, op: u8) -> Did {
        let run = &mut *self.run;
        let operator = ops::UPDATES[usize::from(op)];
        if matches!(self.code.next().op(), Op::PlaceGuard { .. }) {
            return Did::Nothing;
        }
        let Some(operand) = Number::of(self.registers.get(src)) else { return Did::Nothing };
        let (machine, context) = (run.machine, &mut *run.context);
        let done = match run.prepared.places[usize::from(place)] {
            ShortPlace::OwnField(name) => machine.update_own_field(context, name, operand, operator),
            ShortPlace::Capture(index) => machine.update_capture(context, index, operand, operator),
            ShortPlace::ListedField { root, index, name, changes } => {
                let registers = &mut self.registers;
                changes && machine.update_listed_field(registers, (root, index), name, operand, operator)
            }
            ShortPlace::Long => false,
        };
        if done || SWIFT {
            return Did::all(done);
        }
        let place = &run.function.places[usize::from(place)];
        Did::all(machine.update_number(context, place, run.base, operand, operator))
    }

    #[inline(always)]
    pub(super) fn get_field(&mut self, dst: Reg, object: Reg, name: u16) -> Did {
        let name = self.run.function.names[usize::from(name)];
        let Value::Struct(body) = self.registers.get(object) else { return Did::Nothing };
        let Some(value) = access::struct_field(self.run.program, body, name) else { return Did::Nothing };
        copy!(self, dst, value)
    }

    #[inline(always)]
    pub(super) fn get_index(&mut self, dst: Reg, object: Reg, index: Reg) -> Did {
        let (whole, index) = (self.registers.get(object), self.registers.get(index));
        let item = access::listed(whole, index)
            .or_else(|| if SWIFT { None } else { access::peek_item(whole, index) });
        let Some(item) = item else { return Did::Nothing };
        copy!(self, dst, item)
    }

    #[inline(always)]
    pub(super) fn set_index(&mut self, target: Reg, index: Reg, src: Reg) -> Did {
        let Some(new) = Number::of(self.registers.get(src)) else { return Did::Nothing };
        let &Value::Int(at) = self.registers.get(index) else { return Did::Nothing };
        let Ok(at) = usize::try_from(at) else { return Did::Nothing };
        let Some(item) = access::listed_mut(self.registers.get_mut(target), at) else { return Did::Nothing };
        match new {
            Number::Int(int) => item.set_int(int),
            Number::Float(float) => item.set_float(float),
        }
        Did::Next
    }
}
