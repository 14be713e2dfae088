//! Operators: chains, logic, pipes.

use super::Emitter;
use super::builder::Target;
use super::effects::assigns;
use crate::bytecode::{Op, Reg};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, LogicOp};

impl<'a> Emitter<'a> {
    /// Both operands, left one first. A local variable is read in place unless the right side may assign it.
    pub(super) fn two_operands(&mut self, left: &'a Expr, right: &'a Expr) -> (Reg, Reg) {
        let lhs = if assigns(right) { self.stable_operand(left) } else { self.operand(left) };
        (lhs, self.operand(right))
    }

    /// `a + b - c`. Intermediate results are never put into a variable that a later operand may read.
    pub(super) fn chain(&mut self, first: &'a Expr, rest: &'a [(BinaryOp, Expr)], target: Target) {
        let span = first.span;
        let Some(((op, second), more)) = rest.split_first() else { return self.expr(first, target) };
        let (lhs, rhs) = match small_int(*op, second) {
            Some(value) if more.is_empty() => {
                let lhs = self.operand(first);
                self.at.span = span.to(second.span);
                return self.at.emit(Op::AddInt { dst: target.reg, lhs, value });
            }
            _ => self.two_operands(first, second),
        };
        self.at.span = span.to(second.span);
        if more.is_empty() {
            return self.binary(*op, target.reg, lhs, rhs);
        }
        let acc = if target.fresh { target.reg } else { self.at.temp() };
        self.binary(*op, acc, lhs, rhs);
        let height = self.at.height();
        for (position, (op, operand)) in more.iter().enumerate() {
            let rhs = self.operand(operand);
            self.at.span = span.to(operand.span);
            let dst = if position + 1 == more.len() { target.reg } else { acc };
            if dst == acc || *op != BinaryOp::Add {
                self.binary(*op, dst, acc, rhs);
            } else {
                // Grow the intermediate value in place, then hand it over.
                self.binary(*op, acc, acc, rhs);
                self.at.copy(dst, acc);
            }
            self.at.release(height);
        }
    }

    pub(super) fn binary(&mut self, op: BinaryOp, dst: Reg, lhs: Reg, rhs: Reg) {
        self.at.emit(match op {
            BinaryOp::Add => Op::Add { dst, lhs, rhs },
            BinaryOp::Subtract => Op::Sub { dst, lhs, rhs },
            BinaryOp::Multiply => Op::Mul { dst, lhs, rhs },
            BinaryOp::Divide => Op::Div { dst, lhs, rhs },
            BinaryOp::Remainder => Op::Rem { dst, lhs, rhs },
            BinaryOp::ShiftLeft => Op::Shl { dst, lhs, rhs },
            BinaryOp::ShiftRight => Op::Shr { dst, lhs, rhs },
            BinaryOp::BitAnd => Op::BitAnd { dst, lhs, rhs },
            BinaryOp::BitXor => Op::BitXor { dst, lhs, rhs },
            BinaryOp::BitOr => Op::BitOr { dst, lhs, rhs },
            BinaryOp::Less => Op::Lt { dst, lhs, rhs },
            BinaryOp::LessEqual => Op::Le { dst, lhs, rhs },
            BinaryOp::Greater => Op::Gt { dst, lhs, rhs },
            BinaryOp::GreaterEqual => Op::Ge { dst, lhs, rhs },
            BinaryOp::Equal => Op::Eq { dst, lhs, rhs },
            BinaryOp::NotEqual => Op::Ne { dst, lhs, rhs },
            BinaryOp::In | BinaryOp::NotIn => Op::In { dst, lhs, rhs },
        });
        if op == BinaryOp::NotIn {
            self.at.emit(Op::Not { dst, src: dst });
        }
    }

    /// `&&`, `||`, `??`; dst may be used on the way.
    pub(super) fn logic(&mut self, op: LogicOp, operands: &'a [Expr], dst: Reg) {
        let Some((last, before)) = operands.split_last() else { return };
        let mut ends = Vec::new();
        for operand in before {
            self.expr(operand, Target::fresh(dst));
            match op {
                LogicOp::And => ends.push(self.at.jump(Op::JumpIfNot { src: dst, target: 0 })),
                LogicOp::Or => ends.push(self.at.jump(Op::JumpIf { src: dst, target: 0 })),
                LogicOp::Coalesce => {
                    let none = self.at.jump(Op::JumpIfNone { src: dst, target: 0 });
                    ends.push(self.at.always());
                    self.at.land(none);
                }
            }
        }
        self.expr(last, Target::fresh(dst));
        self.at.land_all(ends);
        if op != LogicOp::Coalesce {
            self.at.emit(Op::Truth { dst, src: dst });
        }
    }

    /// `x |> f(a) |> g`: each target is called with the value before it as first argument.
    pub(super) fn pipe(&mut self, first: &'a Expr, rest: &'a [Expr], dst: Reg) {
        self.expr(first, Target::fresh(dst));
        for target in rest {
            let height = self.at.height();
            let value = self.at.temp();
            self.at.copy(value, dst);
            self.piped_call(target, value, dst);
            self.at.release(height);
        }
    }
}

/// The constant of `x + 1` or `x - 1`.
fn small_int(op: BinaryOp, operand: &Expr) -> Option<i16> {
    let ExprKind::Int(value) = operand.kind else { return None };
    match op {
        BinaryOp::Add => i16::try_from(value).ok(),
        _ => None,
    }
}
