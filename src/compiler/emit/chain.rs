//! Operators: chains, logic, pipes.

use super::Emitter;
use super::builder::{Jump, Target};
use super::effects::assigns;
use crate::bytecode::{Constant, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, LogicOp};

impl<'a> Emitter<'a> {
    /// Both operands, left one first. A local variable is read in place unless the right side may assign it.
    pub(super) fn two_operands(&mut self, left: &'a Expr, right: &'a Expr) -> (Reg, Reg) {
        (self.left_operand(left, right), self.operand(right))
    }

    /// The left one of them; the right one is to be evaluated next.
    fn left_operand(&mut self, left: &'a Expr, right: &Expr) -> Reg {
        if assigns(right) { self.stable_operand(left) } else { self.operand(left) }
    }

    /// `a + b - c`. Intermediate results are never put into a variable that a later operand may read.
    pub(super) fn chain(&mut self, first: &'a Expr, rest: &'a [(BinaryOp, Expr)], target: Target) {
        let span = first.span;
        let Some(((op, second), more)) = rest.split_first() else { return self.expr(first, target) };
        let lhs = self.left_operand(first, second);
        if more.is_empty() {
            return self.operate(*op, target.reg, lhs, second, span);
        }
        let acc = if target.fresh { target.reg } else { self.at.temp() };
        self.operate(*op, acc, lhs, second, span);
        let height = self.at.height();
        for (position, (op, operand)) in more.iter().enumerate() {
            let dst = if position + 1 == more.len() { target.reg } else { acc };
            if dst == acc || *op != BinaryOp::Add {
                self.operate(*op, dst, acc, operand, span);
            } else {
                // Grow the intermediate value in place, then hand it over.
                self.operate(*op, acc, acc, operand, span);
                self.at.copy(dst, acc);
            }
            self.at.release(height);
        }
    }

    /// dst := lhs `op` operand, which has not been evaluated yet. `start`: where the expression begins.
    pub(super) fn operate(&mut self, op: BinaryOp, dst: Reg, lhs: Reg, operand: &'a Expr, start: Span) {
        let span = start.to(operand.span);
        if let Some(with) = self.with_literal(op, dst, lhs, operand) {
            self.at.span = span;
            return self.at.emit(with);
        }
        let rhs = self.operand(operand);
        self.at.span = span;
        self.binary(op, dst, lhs, rhs);
    }

    /// The instruction that has the right operand, a number, in itself.
    fn with_literal(&mut self, op: BinaryOp, dst: Reg, lhs: Reg, operand: &Expr) -> Option<Op> {
        let number = match operand.kind {
            ExprKind::Int(value) => {
                if let Some(value) = added(op, value) {
                    return Some(Op::AddInt { dst, lhs, value });
                }
                Constant::Int(value)
            }
            ExprKind::Float(value) => Constant::Float(value),
            _ => return None,
        };
        let make: fn(Reg, Reg, u16) -> Op = match op {
            BinaryOp::Add => |dst, lhs, index| Op::AddConst { dst, lhs, index },
            BinaryOp::Subtract => |dst, lhs, index| Op::SubConst { dst, lhs, index },
            BinaryOp::Multiply => |dst, lhs, index| Op::MulConst { dst, lhs, index },
            BinaryOp::Divide => |dst, lhs, index| Op::DivConst { dst, lhs, index },
            BinaryOp::Remainder => |dst, lhs, index| Op::RemConst { dst, lhs, index },
            _ => return None,
        };
        let index = self.at.constant_index(number).try_into().ok()?;
        Some(make(dst, lhs, index))
    }

    /// Jumps if the comparison does not hold. `None`, and nothing is emitted, if the operator does not compare.
    pub(super) fn jump_unless_compared(
        &mut self,
        first: &'a Expr,
        op: BinaryOp,
        second: &'a Expr,
    ) -> Option<Jump> {
        deciding(op, 0, 0, 0)?;
        let height = self.at.height();
        let dst = self.at.temp();
        let span = first.span.to(second.span);
        let decide = match second.kind {
            ExprKind::Int(value) if let Ok(value) = i16::try_from(value) => {
                deciding_int(op, dst, self.operand(first), value)?
            }
            _ => {
                let (lhs, rhs) = self.two_operands(first, second);
                deciding(op, dst, lhs, rhs)?
            }
        };
        self.at.span = span;
        self.at.emit(decide);
        self.at.release(height);
        Some(self.at.jump(Op::JumpIfNot { src: dst, target: 0 }))
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
/// What `AddInt` adds for `+ value` or `- value`.
fn added(op: BinaryOp, value: i64) -> Option<i16> {
    match op {
        BinaryOp::Add => i16::try_from(value).ok(),
        // 0 would be taken for an addition where it throws.
        BinaryOp::Subtract if value > 0 => i16::try_from(-value).ok(),
        _ => None,
    }
}

/// The instruction that decides by a comparison.
fn deciding(op: BinaryOp, dst: Reg, lhs: Reg, rhs: Reg) -> Option<Op> {
    Some(match op {
        BinaryOp::Equal => Op::IfEq { dst, lhs, rhs },
        BinaryOp::NotEqual => Op::IfNe { dst, lhs, rhs },
        BinaryOp::Less => Op::IfLt { dst, lhs, rhs },
        BinaryOp::LessEqual => Op::IfLe { dst, lhs, rhs },
        BinaryOp::Greater => Op::IfGt { dst, lhs, rhs },
        BinaryOp::GreaterEqual => Op::IfGe { dst, lhs, rhs },
        _ => return None,
    })
}

/// The same with a small int on the right.
fn deciding_int(op: BinaryOp, dst: Reg, lhs: Reg, value: i16) -> Option<Op> {
    Some(match op {
        BinaryOp::Equal => Op::IfEqInt { dst, lhs, value },
        BinaryOp::NotEqual => Op::IfNeInt { dst, lhs, value },
        BinaryOp::Less => Op::IfLtInt { dst, lhs, value },
        BinaryOp::LessEqual => Op::IfLeInt { dst, lhs, value },
        BinaryOp::Greater => Op::IfGtInt { dst, lhs, value },
        BinaryOp::GreaterEqual => Op::IfGeInt { dst, lhs, value },
        _ => return None,
    })
}
