//! `UpdatePlace` and `SetPlace` in the plainest cases: a variable, or a part of arrays and structs that nobody shares; and of
//! updates, a number and an operand of its kind. This is what loops do most; everything else is for `place`.

use super::ops::Operator;
use super::receiver::{Known, outer_receiver, whole_variable};
use super::registers::RegisterBase;
use super::variable::capture;
use super::{Machine, access};
use crate::bytecode::{Place, Reg, Root, Step, Symbol};
use crate::context::{Cells, Context, Frame, SelfPlace};
use crate::value::{Counted, Value};

/// The longest path that an update of a number follows by itself.
const MOST_STEPS: usize = 4;

/// A number to update another one with.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number that a value is, if it is one.
    #[inline(always)]
    pub(super) fn of(value: &Value) -> Option<Number> {
        match *value {
            Value::Int(int) => Some(Number::Int(int)),
            Value::Float(float) => Some(Number::Float(float)),
            _ => None,
        }
    }
}

/// target := target `operator` operand. False, and nothing is changed, if they are not two numbers of a kind or something is
/// wrong with the result.
#[inline(always)]
fn apply(operator: Operator, target: &mut Value, operand: Number) -> bool {
    match (target, operand) {
        (Value::Int(target), Number::Int(operand)) => {
            let result = match operator {
                Operator::Add => target.checked_add(operand),
                Operator::Sub => target.checked_sub(operand),
                Operator::Mul => target.checked_mul(operand),
                _ => None,
            };
            result.map(|result| *target = result).is_some()
        }
        (Value::Float(target), Number::Float(operand)) => {
            let result = match operator {
                Operator::Add => *target + operand,
                Operator::Sub => *target - operand,
                Operator::Mul => *target * operand,
                Operator::Div => *target / operand,
                _ => return false,
            };
            if result.is_finite() {
                *target = result;
            }
            result.is_finite()
        }
        _ => false,
    }
}

impl Machine {
    /// `UpdatePlace` in the plainest case: a number, in a variable or in arrays and structs that nobody shares, and an
    /// operand of its kind. The frame's registers begin at `base`. False, and nothing is changed, for everything else: then
    /// it is for `update_place`.
    #[inline(never)]
    pub(super) fn update_number(
        &self,
        context: &mut Context,
        place: &Place,
        base: usize,
        operand: Number,
        operator: Operator,
    ) -> bool {
        match self.part_for_update::<false>(context, place, base) {
            Some(target) => apply(operator, target, operand),
            None => false,
        }
    }

    /// The same for a field of `self`, where that is a variable of the caller.
    #[inline(always)]
    pub(super) fn update_own_field(
        &self,
        context: &mut Context,
        name: Symbol,
        operand: Number,
        operator: Operator,
    ) -> bool {
        let Context { stack, frames, .. } = context;
        let Some(&Frame { receiver: SelfPlace::Variable { slot, .. }, .. }) = frames.last() else {
            return false;
        };
        let target = stack.get_mut(slot as usize).and_then(|own| self.field_for_update::<false>(own, name));
        target.is_some_and(|target| apply(operator, target, operand))
    }

    /// The same for a variable that closures share.
    #[inline(always)]
    pub(super) fn update_capture(
        &self,
        context: &mut Context,
        index: u16,
        operand: Number,
        operator: Operator,
    ) -> bool {
        let Context { frames, cells, .. } = context;
        let target = held_by(capture(frames, index), cells);
        target.is_some_and(|target| apply(operator, target, operand))
    }

    /// The same for `variable[index].field`, if the variable is an array of structs in a register.
    #[inline(always)]
    pub(super) fn update_listed_field(
        &self,
        registers: &mut RegisterBase,
        (root, index): (Reg, Reg),
        name: Symbol,
        operand: Number,
        operator: Operator,
    ) -> bool {
        let &Value::Int(at) = registers.get(index) else { return false };
        let item = access::listed_mut(registers.get_mut(root), at as usize);
        match item.and_then(|item| self.field_for_update::<false>(item, name)) {
            Some(target) => apply(operator, target, operand),
            None => false,
        }
    }

    /// `SetPlace` in the plainest case: a part that is there already, in arrays and structs that nobody shares, without an
    /// annotation. The new value lies at stack position `src`. False, and nothing is changed, for everything else: then it
    /// is for `set_place`.
    #[inline(never)]
    pub(super) fn set_plain(&self, context: &mut Context, place: &Place, base: usize, src: usize) -> bool {
        let new = context.stack[src].clone();
        match self.part_for_update::<true>(context, place, base) {
            Some(target) => *target = new,
            None => return false,
        }
        true
    }

    /// The part of a variable that this context may change, if it lies in arrays and structs that nobody shares. Indexes are
    /// read before the path is walked, because it begins among them. With `NEW` any value is to be stored there: then fields
    /// with annotations are left to others. Without, the kind of the value stays, so they need no look.
    #[inline(always)]
    fn part_for_update<'a, const NEW: bool>(
        &self,
        context: &'a mut Context,
        place: &Place,
        base: usize,
    ) -> Option<&'a mut Value> {
        match *place.steps {
            [] => root_for_update(context, place, base),
            [Step::Field(name)] => self.field_for_update::<NEW>(root_for_update(context, place, base)?, name),
            [Step::Index(index), Step::Field(name)] => {
                let position = position_in(context, base, index)?;
                let item = access::listed_mut(root_for_update(context, place, base)?, position)?;
                self.field_for_update::<NEW>(item, name)
            }
            ref steps => {
                let mut positions = [0; MOST_STEPS];
                if steps.len() > MOST_STEPS {
                    return None;
                }
                for (position, step) in positions.iter_mut().zip(steps) {
                    if let Step::Index(index) = step {
                        *position = position_in(context, base, *index)?;
                    }
                }
                let mut value = root_for_update(context, place, base)?;
                for (step, position) in steps.iter().zip(positions) {
                    value = match *step {
                        Step::Index(_) => access::listed_mut(value, position)?,
                        Step::Field(name) => self.field_for_update::<NEW>(value, name)?,
                        Step::FieldOrNull(_) => return None,
                    };
                }
                Some(value)
            }
        }
    }

    /// A field of a struct that nobody shares.
    #[inline(always)]
    fn field_for_update<'a, const NEW: bool>(
        &self,
        value: &'a mut Value,
        name: Symbol,
    ) -> Option<&'a mut Value> {
        let Value::Struct(body) = value else { return None };
        let def = &self.program.structs[body.id.index()];
        let at = def.field(name)?;
        if NEW && def.fields[at].check.is_some() {
            return None;
        }
        Counted::get_mut(body)?.fields.get_mut(at)
    }
}

/// The position that an index register holds. Negative ones are as far outside as can be.
#[inline(always)]
fn position_in(context: &Context, base: usize, index: Reg) -> Option<usize> {
    match context.stack[base + usize::from(index)] {
        Value::Int(at) => Some(at as usize),
        _ => None,
    }
}

/// The variable that a place starts with, if this context may change it and it is no module-level one.
#[inline(always)]
fn root_for_update<'a>(context: &'a mut Context, place: &Place, base: usize) -> Option<&'a mut Value> {
    if let Root::Receiver | Root::OuterReceiver(_) = place.root {
        let slot = whole_receiver(context, place.root)?;
        return context.stack.get_mut(slot);
    }
    if place.immutable.is_some() {
        return None;
    }
    let Context { stack, frames, cells, .. } = context;
    match place.root {
        Root::Register(root) => Some(&mut stack[base + usize::from(root)]),
        Root::Cell(root) => held_by(&stack[base + usize::from(root)], cells),
        Root::Capture(index) => held_by(capture(frames, index), cells),
        Root::Receiver | Root::OuterReceiver(_) | Root::Global(_) => None,
    }
}

/// The stack position of `self` where it is a whole variable that may change.
#[inline]
fn whole_receiver(context: &Context, root: Root) -> Option<usize> {
    let receiver = match root {
        Root::OuterReceiver(index) => match outer_receiver(context, index).ok()? {
            Known::Running(_, receiver) => receiver,
            Known::Kept(_) => return None,
        },
        _ => match &context.frames.last()?.receiver {
            SelfPlace::None => return None,
            SelfPlace::Variable { slot, .. } => return Some(*slot as usize),
            SelfPlace::Kept(receiver) => receiver,
        },
    };
    whole_variable(receiver)
}

#[inline]
fn held_by<'a>(cell: &Value, cells: &'a mut Cells) -> Option<&'a mut Value> {
    let Value::Cell(cell) = cell else { return None };
    cells.get_mut(cell)
}
