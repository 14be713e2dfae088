//! Loops, `try`, and leaving them.
//!
//! A `finally` clause is emitted once. Every way into it notes in a register why it was entered: 0 for the normal end, 1 for
//! an error, further numbers for each `return`, `break` or `continue` that it delays; behind the clause the noted way goes on.

use super::Emitter;
use super::builder::{Control, Exit, Jump, Target};
use crate::bytecode::{Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind, LogicOp, Pattern};

/// What a `finally` clause is told if it runs because of an error.
pub(super) const FAILED: i64 = 1;

impl<'a> Emitter<'a> {
    pub(super) fn while_loop(&mut self, condition: Option<&'a Expr>, body: &'a ast::Block) {
        let head = self.at.here();
        let mut exits = Vec::new();
        if let Some(condition) = condition {
            self.jump_unless(condition, &mut exits);
        }
        self.at.controls.push(Control::Loop { breaks: Vec::new(), head });
        self.block(body);
        self.at.emit(Op::Loop { target: head });
        self.end_loop();
        self.at.land_all(exits);
    }

    /// Ends the innermost loop: its breaks land here.
    fn end_loop(&mut self) {
        if let Some(Control::Loop { breaks, .. }) = self.at.controls.pop() {
            self.at.land_all(breaks);
        }
    }

    pub(super) fn for_loop(&mut self, pattern: &'a Pattern, iterable: &'a Expr, body: &'a ast::Block) {
        let height = self.at.height();
        let state = self.at.window(3);
        let src = self.operand(iterable);
        self.at.emit(Op::ForStart { dst: state, src });
        self.at.release(state + 3);
        let head = self.at.here();
        let exit = self.at.jump(Op::ForNext { base: state, target: 0 });
        self.at.controls.push(Control::Loop { breaks: Vec::new(), head });
        if let Some(&scope) = self.found.block_scopes.get(&body.span.start) {
            self.enter_scope(scope);
        }
        self.bind_item(pattern, state + 2);
        body.statements.iter().for_each(|statement| self.statement(statement));
        self.at.emit(Op::Loop { target: head });
        self.at.release(state + 3);
        self.end_loop();
        self.at.land(exit);
        // What was iterated over is no longer shared.
        self.at.null(state);
        self.at.release(height);
    }

    /// `break`, `continue` and, with its value in `value`, `return`.
    pub(super) fn leave(&mut self, exit: Exit, value: Option<Reg>) {
        let depth = self.at.controls.len();
        self.leave_from(depth, exit, value);
    }

    /// Leaves from inside the first `depth` controls.
    fn leave_from(&mut self, depth: usize, exit: Exit, value: Option<Reg>) {
        let innermost = self.at.controls[..depth].iter().rposition(|control| match control {
            Control::Loop { .. } => exit != Exit::Return,
            Control::Finally { .. } => true,
        });
        match innermost {
            Some(index) => self.leave_through(index, exit, value),
            None => self.finish_return(value),
        }
    }

    fn leave_through(&mut self, index: usize, exit: Exit, value: Option<Reg>) {
        match &mut self.at.controls[index] {
            Control::Loop { head, .. } if exit == Exit::Continue => {
                let target = *head;
                self.at.emit(Op::Loop { target });
            }
            Control::Loop { .. } => {
                let jump = self.at.always();
                if let Control::Loop { breaks, .. } = &mut self.at.controls[index] {
                    breaks.push(jump);
                }
            }
            Control::Finally { kind, value: slot, exits, .. } => {
                let (kind, slot) = (*kind, *slot);
                let number = match exits.iter().position(|&known| known == exit) {
                    Some(known) => known,
                    None => {
                        exits.push(exit);
                        exits.len() - 1
                    }
                };
                if let Some(value) = value {
                    self.at.copy(slot, value);
                }
                self.at.int(kind, number as i64 + 2);
                let jump = self.at.always();
                if let Control::Finally { jumps, .. } = &mut self.at.controls[index] {
                    jumps.push(jump);
                }
            }
        }
    }

    fn finish_return(&mut self, value: Option<Reg>) {
        if self.at.function.flags.is_generator {
            return self.at.emit(Op::Finish {});
        }
        let src = match value {
            Some(value) => value,
            None => {
                let temp = self.at.temp();
                self.at.null(temp);
                temp
            }
        };
        if let Some(check) = self.at.result_check {
            self.at.emit(Op::CheckType { src, check });
        }
        self.at.emit(match self.at.shared_self {
            Some(_) => Op::LeaveSelf { src },
            None => Op::Return { src },
        });
    }

    pub(super) fn try_statement(&mut self, node: &'a ast::Try) {
        match &node.finally {
            Some(finally) => self.try_finally(node, finally),
            None => self.try_except(node),
        }
    }

    fn try_except(&mut self, node: &'a ast::Try) {
        let Some((name, block)) = &node.except else { return self.block(&node.body) };
        self.caught(&node.body, |this, error| {
            if let Some(&scope) = this.found.block_scopes.get(&block.span.start) {
                this.enter_scope(scope);
            }
            if let Some(name) = name {
                this.bind_name(name, error);
            }
            block.statements.iter().for_each(|statement| this.statement(statement));
        });
    }

    /// The code of `body`, and for its errors that of `clause`, which is given the register that holds one.
    pub(super) fn caught(&mut self, body: &'a ast::Block, clause: impl FnOnce(&mut Self, Reg)) {
        let start = self.at.here();
        self.at.guarded += 1;
        self.block(body);
        self.at.guarded -= 1;
        let end = self.at.here();
        let after = self.at.always();
        let height = self.at.height();
        let error = self.at.temp();
        self.at.handler(start, end, error);
        clause(self, error);
        self.at.release(height);
        self.at.land(after);
    }

    fn try_finally(&mut self, node: &'a ast::Try, finally: &'a ast::Block) {
        self.finally(|this| this.try_except(node), |this, _, _| this.block(finally));
    }

    /// Code for `body`, then for `clause`, which also runs after errors and before ways out of the body go on. It is given
    /// the register that says why it runs, and the one that holds the error or returned value.
    pub(super) fn finally(&mut self, body: impl FnOnce(&mut Self), clause: impl FnOnce(&mut Self, Reg, Reg)) {
        let height = self.at.height();
        let (kind, value) = (self.at.temp(), self.at.temp());
        self.at.null(value);
        let (exits, jumps) = (Vec::new(), Vec::new());
        self.at.controls.push(Control::Finally { kind, value, exits, jumps });
        let start = self.at.here();
        self.at.guarded += 1;
        body(self);
        self.at.guarded -= 1;
        let end = self.at.here();
        let Some(Control::Finally { exits, jumps, .. }) = self.at.controls.pop() else { return };
        self.at.int(kind, 0);
        let normal = self.at.always();
        self.at.handler(start, end, value);
        self.at.int(kind, FAILED);
        self.at.land(normal);
        self.at.land_all(jumps);
        clause(self, kind, value);
        self.at.clause(end);
        self.after_finally(kind, value, &exits);
        self.at.release(height);
    }

    /// `async_scope`: like `finally`, but what stands there is one instruction. All ways out of the block lead to it, and
    /// so do errors, its own included, so that nothing leaves before the children have ended.
    pub(super) fn async_scope(&mut self, block: &'a ast::Block, span: Span) {
        let height = self.at.height();
        let (scope, failed) = (self.at.temp(), self.at.temp());
        let (kind, value) = (self.at.temp(), self.at.temp());
        self.at.null(failed);
        self.at.null(value);
        self.at.int(kind, 0);
        self.at.emit(Op::OpenScope { dst: scope });
        let (exits, jumps) = (Vec::new(), Vec::new());
        self.at.controls.push(Control::Finally { kind, value, exits, jumps });
        let start = self.at.here();
        self.at.guarded += 1;
        self.block(block);
        self.at.guarded -= 1;
        let Some(Control::Finally { exits, jumps, .. }) = self.at.controls.pop() else { return };
        self.at.span = span;
        self.at.land_all(jumps);
        self.at.handler(start, self.at.here() + 1, failed);
        self.at.emit(Op::CloseScope { scope, failed });
        self.throw_unless_none(scope);
        self.throw_unless_none(failed);
        self.go_on(kind, value, &exits);
        self.at.release(height);
    }

    fn throw_unless_none(&mut self, src: Reg) {
        let none = self.at.jump(Op::JumpIfNone { src, target: 0 });
        self.at.emit(Op::Throw { src });
        self.at.land(none);
    }

    /// Goes on where the clause was entered from.
    fn after_finally(&mut self, kind: Reg, value: Reg, exits: &[Exit]) {
        let skip = self.unless_kind(kind, FAILED);
        self.at.emit(Op::Throw { src: value });
        self.at.land(skip);
        self.go_on(kind, value, exits);
    }

    /// Takes the way out that was delayed.
    fn go_on(&mut self, kind: Reg, value: Reg, exits: &[Exit]) {
        for (number, &exit) in exits.iter().enumerate() {
            let skip = self.unless_kind(kind, number as i64 + 2);
            self.leave(exit, (exit == Exit::Return).then_some(value));
            self.at.land(skip);
        }
    }

    /// Jumps unless a clause runs for the reason `number`.
    pub(super) fn unless_kind(&mut self, kind: Reg, number: i64) -> Jump {
        let height = self.at.height();
        let temp = self.at.temp();
        self.at.int(temp, number);
        self.at.emit(Op::Eq { dst: temp, lhs: kind, rhs: temp });
        self.at.release(height);
        self.at.jump(Op::JumpIfNot { src: temp, target: 0 })
    }

    /// Jumps if the condition is false; adds the jumps to `fails`.
    pub(super) fn jump_unless(&mut self, condition: &'a Expr, fails: &mut Vec<Jump>) {
        match &condition.kind {
            ExprKind::Paren(inner) => return self.jump_unless(inner, fails),
            ExprKind::Logic { op: LogicOp::And, operands } => {
                return operands.iter().for_each(|operand| self.jump_unless(operand, fails));
            }
            ExprKind::Chain { first, rest } if let [(op, second)] = &rest[..] => {
                if let Some(jump) = self.jump_unless_compared(first, *op, second) {
                    return fails.push(jump);
                }
            }
            _ => {}
        }
        let height = self.at.height();
        let src = self.operand(condition);
        self.at.release(height);
        self.at.span = condition.span;
        fails.push(self.at.jump(Op::JumpIfNot { src, target: 0 }));
    }

    /// `if`; with a target, as an expression.
    pub(super) fn if_arms(&mut self, node: &'a ast::If, target: Option<Target>) {
        let mut ends = Vec::new();
        for (condition, block) in &node.arms {
            let mut fails = Vec::new();
            self.jump_unless(condition, &mut fails);
            self.valued_block(block, target);
            ends.push(self.at.always());
            self.at.land_all(fails);
        }
        match &node.otherwise {
            Some(block) => self.valued_block(block, target),
            None => {
                if let Some(target) = target {
                    self.at.null(target.reg);
                }
            }
        }
        self.at.land_all(ends);
    }
}
