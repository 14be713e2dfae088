//! `UpdatePlace` in the plainest case: a number in a variable, or in arrays and structs that nobody shares, and an operand
//! of its kind. This is what loops that count and add do most; everything else is for `place`.

use super::Machine;
use super::ops::Operator;
use super::receiver::{Known, outer_receiver, whole_variable};
use super::variable::capture;
use crate::bytecode::{Place, Reg, Root, Step};
use crate::context::{Cells, Context};
use crate::value::{Counted, Value};

/// The longest path that an update of a number follows by itself.
const MOST_STEPS: usize = 4;

/// A number to update another one with.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

/// target := target `operator` operand. False, and nothing is changed, if they are not two numbers of a kind or something is
/// wrong with the result.
#[inline]
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
    /// operand of its kind. False, and nothing is changed, for everything else: then it is for `update_place`.
    pub(super) fn update_number(
        &self,
        context: &mut Context,
        place: &Place,
        src: Reg,
        operator: Operator,
    ) -> bool {
        let base = context.frames.last().expect("instructions run in frames").base as usize;
        let operand = match context.stack[base + usize::from(src)] {
            Value::Int(operand) => Number::Int(operand),
            Value::Float(operand) => Number::Float(operand),
            _ => return false,
        };
        let mut positions = [0; MOST_STEPS];
        if place.steps.len() > MOST_STEPS {
            return false;
        }
        for (position, step) in positions.iter_mut().zip(&place.steps) {
            if let Step::Index(index) = step {
                let Value::Int(at) = context.stack[base + usize::from(*index)] else { return false };
                // Negative ones are as far outside as can be.
                *position = at as usize;
            }
        }
        let path = place.steps.iter().zip(positions);
        match self.part_for_update(context, base, place, path) {
            Some(target) => apply(operator, target, operand),
            None => false,
        }
    }

    /// The part of a variable that this context may change, if it lies in arrays and structs that nobody shares.
    #[inline]
    fn part_for_update<'a, 'b>(
        &self,
        context: &'a mut Context,
        base: usize,
        place: &Place,
        path: impl Iterator<Item = (&'b Step, usize)>,
    ) -> Option<&'a mut Value> {
        let receiver = match place.root {
            Root::Receiver | Root::OuterReceiver(_) => Some(whole_receiver(context, place.root)?),
            _ => None,
        };
        let Context { stack, frames, cells, .. } = context;
        let mut value = match place.root {
            Root::Register(root) => &mut stack[base + usize::from(root)],
            Root::Cell(root) => held_by(&stack[base + usize::from(root)], cells)?,
            Root::Capture(index) => held_by(capture(frames, index), cells)?,
            Root::Receiver | Root::OuterReceiver(_) => stack.get_mut(receiver?.0)?,
            Root::Global(_) => return None,
        };
        if receiver.map_or(place.immutable, |(_, immutable)| immutable).is_some() {
            return None;
        }
        for (step, position) in path {
            value = match (value, step) {
                (Value::Array(items), Step::Index(_)) => Counted::get_mut(items)?.get_mut(position)?,
                (Value::Struct(body), Step::Field(name)) => {
                    // Its annotation needs no look: the result is of the same kind as what is there.
                    let at = self.program.structs[body.id.index()].field(*name)?;
                    Counted::get_mut(body)?.fields.get_mut(at)?
                }
                _ => return None,
            };
        }
        Some(value)
    }
}

/// The stack position of `self` where it is a whole variable, and why it must not change.
fn whole_receiver(context: &Context, root: Root) -> Option<(usize, Option<&'static str>)> {
    match root {
        Root::OuterReceiver(index) => match outer_receiver(context, index).ok()? {
            Known::Running(_, receiver) => whole_variable(receiver),
            Known::Kept(_) => None,
        },
        _ => whole_variable(context.frames.last()?.receiver.as_deref()?),
    }
}

fn held_by<'a>(cell: &Value, cells: &'a mut Cells) -> Option<&'a mut Value> {
    let Value::Cell(cell) = cell else { return None };
    cells.get_mut(cell)
}
