//! Operator instructions whose operands are not two numbers of a kind: routines do those.
//!
//! Owns: what each operator instruction does with any values: arithmetic between kinds, strings, arrays, the operator
//! methods of structs (LANGUAGE 7.5), and the errors.

use super::call::Outcome;
use super::ops::{self, Operator};
use super::{Machine, method};
use crate::bytecode::{Op, Reg};
use crate::context::Context;
use crate::value::{self, ErrorKind, Fault, Value};

/// The right operand of an instruction.
#[derive(Clone, Copy)]
enum Right {
    In(Reg),
    Literal(u16),
    Number(i64),
}

/// An operator instruction taken apart.
struct Operation {
    operator: Operator,
    dst: Reg,
    lhs: Reg,
    right: Right,
}

impl Operation {
    fn calculation(op: Op) -> Option<Operation> {
        let between = |operator, dst, lhs, rhs| Operation { operator, dst, lhs, right: Right::In(rhs) };
        let literal =
            |operator, dst, lhs, index| Operation { operator, dst, lhs, right: Right::Literal(index) };
        Some(match op {
            Op::Add { dst, lhs, rhs } => between(Operator::Add, dst, lhs, rhs),
            Op::Sub { dst, lhs, rhs } => between(Operator::Sub, dst, lhs, rhs),
            Op::Mul { dst, lhs, rhs } => between(Operator::Mul, dst, lhs, rhs),
            Op::Div { dst, lhs, rhs } => between(Operator::Div, dst, lhs, rhs),
            Op::Rem { dst, lhs, rhs } => between(Operator::Rem, dst, lhs, rhs),
            Op::Pow { dst, lhs, rhs } => between(Operator::Pow, dst, lhs, rhs),
            Op::BitAnd { dst, lhs, rhs } => between(Operator::BitAnd, dst, lhs, rhs),
            Op::BitOr { dst, lhs, rhs } => between(Operator::BitOr, dst, lhs, rhs),
            Op::BitXor { dst, lhs, rhs } => between(Operator::BitXor, dst, lhs, rhs),
            Op::Shl { dst, lhs, rhs } => between(Operator::Shl, dst, lhs, rhs),
            Op::Shr { dst, lhs, rhs } => between(Operator::Shr, dst, lhs, rhs),
            Op::AddConst { dst, lhs, index } => literal(Operator::Add, dst, lhs, index),
            Op::SubConst { dst, lhs, index } => literal(Operator::Sub, dst, lhs, index),
            Op::MulConst { dst, lhs, index } => literal(Operator::Mul, dst, lhs, index),
            Op::DivConst { dst, lhs, index } => literal(Operator::Div, dst, lhs, index),
            Op::RemConst { dst, lhs, index } => literal(Operator::Rem, dst, lhs, index),
            Op::AddInt { dst, lhs, value } => {
                let (operator, value) = ops::written_addition(value);
                Operation { operator, dst, lhs, right: Right::Number(value) }
            }
            _ => return None,
        })
    }

    fn comparison(op: Op) -> Option<Operation> {
        let between = |operator, dst, lhs, rhs| Operation { operator, dst, lhs, right: Right::In(rhs) };
        let number = |operator, dst, lhs, value: i16| Operation {
            operator,
            dst,
            lhs,
            right: Right::Number(value.into()),
        };
        Some(match op {
            Op::Eq { dst, lhs, rhs } | Op::IfEq { dst, lhs, rhs } => between(Operator::Eq, dst, lhs, rhs),
            Op::Ne { dst, lhs, rhs } | Op::IfNe { dst, lhs, rhs } => between(Operator::Eq, dst, lhs, rhs),
            Op::Lt { dst, lhs, rhs } | Op::IfLt { dst, lhs, rhs } => between(Operator::Lt, dst, lhs, rhs),
            Op::Le { dst, lhs, rhs } | Op::IfLe { dst, lhs, rhs } => between(Operator::Le, dst, lhs, rhs),
            Op::Gt { dst, lhs, rhs } | Op::IfGt { dst, lhs, rhs } => between(Operator::Gt, dst, lhs, rhs),
            Op::Ge { dst, lhs, rhs } | Op::IfGe { dst, lhs, rhs } => between(Operator::Ge, dst, lhs, rhs),
            Op::IfEqInt { dst, lhs, value } | Op::IfNeInt { dst, lhs, value } => {
                number(Operator::Eq, dst, lhs, value)
            }
            Op::IfLtInt { dst, lhs, value } => number(Operator::Lt, dst, lhs, value),
            Op::IfLeInt { dst, lhs, value } => number(Operator::Le, dst, lhs, value),
            Op::IfGtInt { dst, lhs, value } => number(Operator::Gt, dst, lhs, value),
            Op::IfGeInt { dst, lhs, value } => number(Operator::Ge, dst, lhs, value),
            _ => return None,
        })
    }
}

impl Machine {
    /// dst := lhs `operator` right, for an instruction that calculates.
    #[inline(never)]
    pub(super) fn calculate(&self, context: &mut Context, op: Op) -> Outcome {
        let Some(Operation { operator, dst, lhs, right }) = Operation::calculation(op) else {
            return Ok(None);
        };
        let base = context.frames.last().expect("instructions run in frames").base as usize;
        let calculated = if let Right::In(rhs) = right {
            ops::binary(&self.program, &mut context.stack[base..], operator, [dst, lhs, rhs])
        } else {
            let number = self.right(context, base, right);
            ops::with_number(&self.program, &mut context.stack[base..], operator, [dst, lhs], &number)
        };
        let Err(fault) = calculated else { return Ok(None) };
        let operands = [context.stack[base + usize::from(lhs)].clone(), self.right(context, base, right)];
        self.operate(context, operator, dst, &operands, fault)
    }

    /// dst := whether lhs `operator` right holds, for an instruction that compares.
    #[inline(never)]
    pub(super) fn compare(&self, context: &mut Context, op: Op) -> Outcome {
        let Some(Operation { operator, dst, lhs, right }) = Operation::comparison(op) else {
            return Ok(None);
        };
        let base = context.frames.last().expect("instructions run in frames").base as usize;
        let right = match right {
            Right::In(rhs) => &context.stack[base + usize::from(rhs)],
            other => &self.right(context, base, other),
        };
        let left = &context.stack[base + usize::from(lhs)];
        let holds = if operator == Operator::Eq {
            if self.equality_method(left, right) {
                let (operands, fault) =
                    ([left.clone(), right.clone()], Fault::new(ErrorKind::TypeError, "op_eq"));
                return self.operate(context, operator, dst, &operands, fault);
            }
            if self.own.equality
                && let Some(pairs) = self.deciding(left, right)?
            {
                return self.answer_by(context, "__all_equal", dst, pairs);
            }
            value::equal(left, right)? != method::is_negated(op)
        } else {
            match ops::ordered(&self.program, operator, left, right) {
                Ok(holds) => holds,
                Err(fault) => {
                    let operands = [left.clone(), right.clone()];
                    return self.operate(context, operator, dst, &operands, fault);
                }
            }
        };
        context.stack[base + usize::from(dst)].set_bool(holds);
        Ok(None)
    }

    fn right(&self, context: &Context, base: usize, right: Right) -> Value {
        let function = context.frames.last().expect("instructions run in frames").function;
        match right {
            Right::In(rhs) => context.stack[base + usize::from(rhs)].clone(),
            Right::Literal(index) => self.prepared(function).literals[usize::from(index)].clone(),
            Right::Number(number) => Value::Int(number),
        }
    }
}
