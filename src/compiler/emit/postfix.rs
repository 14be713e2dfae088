//! Postfix chains: fields, indexes, slices, `?.` and `?`; the calls in them are in `call`.
//!
//! A chain that starts with a variable stays a place as long as it can, so that what lies under the variable is read or edited
//! without copying anything on the way.

use super::Emitter;
use super::builder::{Jump, Target};
use crate::bytecode::{Op, Reg, Step as PathStep, Symbol};
use crate::compiler::scope::{Use, VariableId};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Step, StepKind};

/// What a postfix chain has computed so far.
pub(super) enum Value {
    /// A place of a variable that was not read yet.
    Place(VariableId, Vec<PathStep>),
    /// A value in a register.
    Register(Reg),
}

impl<'a> Emitter<'a> {
    /// A postfix expression whose value nobody uses.
    pub(super) fn postfix_effect(&mut self, base: &'a Expr, steps: &'a [Step], whole: &'a Expr) {
        let reg = self.at.temp();
        self.at.span = whole.span;
        self.steps(base, steps, reg, false);
    }

    pub(super) fn postfix(&mut self, base: &'a Expr, steps: &'a [Step], target: Target) {
        self.in_fresh_top(target, |this, dst| this.steps(base, steps, dst, true));
    }

    /// A register at the top of the stack, so that call windows can start in it.
    pub(super) fn in_fresh_top(&mut self, target: Target, work: impl FnOnce(&mut Self, Reg)) {
        if target.fresh && target.reg + 1 == self.at.height() {
            return work(self, target.reg);
        }
        let top = self.at.temp();
        work(self, top);
        self.at.copy(target.reg, top);
    }

    /// dst, the topmost register, := base followed by the steps.
    pub(super) fn steps(&mut self, base: &'a Expr, steps: &'a [Step], dst: Reg, wanted: bool) {
        let mut skips: Vec<Jump> = Vec::new();
        let mut value = None;
        let mut rest = steps;
        if let Some(first) = steps.first()
            && let StepKind::Call(arguments) = &first.kind
        {
            self.call(base, arguments, None, dst, base.span.to(first.span));
            (value, rest) = (Some(Value::Register(dst)), &steps[1..]);
        }
        if value.is_none()
            && let Some((member, taken)) = self.member(base, steps, dst)
        {
            (value, rest) = (Some(member), &steps[taken..]);
        }
        let mut value = value.unwrap_or_else(|| self.start(base, dst));
        while let Some((step, more)) = rest.split_first() {
            let span = base.span.to(step.span);
            (value, rest) = self.step(value, step, more, dst, span, wanted, &mut skips);
        }
        self.load(value, dst);
        if !skips.is_empty() {
            let end = self.at.always();
            self.at.land_all(skips);
            self.at.null(dst);
            self.at.land(end);
        }
    }

    /// The base of a chain: a variable stays a place, so that what is under it is reached without copying it.
    pub(super) fn start(&mut self, base: &'a Expr, dst: Reg) -> Value {
        if matches!(base.kind, ExprKind::Name(_) | ExprKind::SelfRef)
            && let Some(&Use::Variable(id)) = self.found.uses.get(&base.span.start)
            && self.can_be_place(id)
        {
            return Value::Place(id, Vec::new());
        }
        self.expr(base, Target::fresh(dst));
        Value::Register(dst)
    }

    /// Puts the value so far into dst.
    pub(super) fn load(&mut self, value: Value, dst: Reg) {
        match value {
            Value::Register(reg) => self.at.copy(dst, reg),
            Value::Place(id, steps) => self.load_place(id, &steps, dst),
        }
    }

    /// The same; index registers are free then, so dst is the topmost register.
    fn load_top(&mut self, value: Value, dst: Reg) {
        self.load(value, dst);
        self.at.release(dst + 1);
    }

    fn load_place(&mut self, id: VariableId, steps: &[PathStep], dst: Reg) {
        match (self.locate(id), steps) {
            (_, []) => self.read(id, dst),
            (super::assign::Location::Register(object), [PathStep::Field(symbol)]) => {
                let name = self.at.name(*symbol);
                self.at.emit(Op::GetField { dst, object, name });
            }
            (super::assign::Location::Register(object), [PathStep::Index(index)]) => {
                self.at.emit(Op::GetIndex { dst, object, index: *index });
            }
            _ => {
                let place = self.variable_place(id, steps);
                self.at.emit(Op::GetPlace { dst, place });
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the state of one chain; a struct would only rename it")]
    fn step(
        &mut self,
        value: Value,
        step: &'a Step,
        more: &'a [Step],
        dst: Reg,
        span: Span,
        wanted: bool,
        skips: &mut Vec<Jump>,
    ) -> (Value, &'a [Step]) {
        self.at.span = span;
        match &step.kind {
            StepKind::Field(name) | StepKind::OptionalField(name) => {
                let optional = matches!(step.kind, StepKind::OptionalField(_));
                let value = if optional { self.skip_if_none(value, dst, skips) } else { value };
                if let Some((Step { kind: StepKind::Call(arguments), span: end }, after)) = more.split_first()
                {
                    self.at.span = span.to(*end);
                    let wanted = wanted || !after.is_empty();
                    self.method(value, name, arguments, None, optional, dst, wanted);
                    return (Value::Register(dst), after);
                }
                let symbol = self.program.intern(&name.text);
                match value {
                    Value::Place(id, mut steps) if !optional => {
                        steps.push(PathStep::Field(symbol));
                        (Value::Place(id, steps), more)
                    }
                    Value::Place(id, mut steps) if leads_to_a_method(more) => {
                        steps.push(PathStep::FieldOrNull(symbol));
                        (Value::Place(id, steps), more)
                    }
                    value => (self.field(value, symbol, optional, dst), more),
                }
            }
            StepKind::Index(index) => (self.index(value, index, dst, span), more),
            StepKind::Slice(from, to) => {
                self.load_top(value, dst);
                self.slice(from.as_ref(), to.as_ref(), dst, span);
                (Value::Register(dst), more)
            }
            StepKind::Call(arguments) => {
                self.load_top(value, dst);
                self.call_value(dst, arguments, None, span);
                (Value::Register(dst), more)
            }
            StepKind::Try => {
                self.load(value, dst);
                self.try_operator(dst);
                (Value::Register(dst), more)
            }
        }
    }

    /// `?.`: the rest of the chain is skipped if the value so far is null or None.
    fn skip_if_none(&mut self, value: Value, dst: Reg, skips: &mut Vec<Jump>) -> Value {
        match value {
            Value::Register(reg) => {
                self.at.copy(dst, reg);
                skips.push(self.at.jump(Op::JumpIfNone { src: dst, target: 0 }));
                Value::Register(dst)
            }
            Value::Place(id, steps) => {
                self.load_place(id, &steps, dst);
                skips.push(self.at.jump(Op::JumpIfNone { src: dst, target: 0 }));
                Value::Place(id, steps)
            }
        }
    }

    fn field(&mut self, value: Value, symbol: Symbol, optional: bool, dst: Reg) -> Value {
        let object = self.object(value, dst);
        let name = self.at.name(symbol);
        self.at.emit(match optional {
            true => Op::GetFieldOrNull { dst, object, name },
            false => Op::GetField { dst, object, name },
        });
        Value::Register(dst)
    }

    /// A register that holds the value so far; a local variable's own if it is one.
    fn object(&mut self, value: Value, dst: Reg) -> Reg {
        match value {
            Value::Register(reg) => reg,
            Value::Place(id, steps) => match (self.locate(id), &steps[..]) {
                (super::assign::Location::Register(reg), []) => reg,
                _ => {
                    self.load_place(id, &steps, dst);
                    dst
                }
            },
        }
    }

    fn index(&mut self, value: Value, index: &'a Expr, dst: Reg, span: Span) -> Value {
        match value {
            Value::Place(id, mut steps) => {
                let reg = match self.local(index) {
                    Some(reg) if !super::effects::assigns(index) => reg,
                    _ => self.stable_operand(index),
                };
                self.at.span = span;
                steps.push(PathStep::Index(reg));
                Value::Place(id, steps)
            }
            Value::Register(object) => {
                let index = self.operand(index);
                self.at.span = span;
                self.at.emit(Op::GetIndex { dst, object, index });
                Value::Register(dst)
            }
        }
    }

    fn slice(&mut self, from: Option<&'a Expr>, to: Option<&'a Expr>, dst: Reg, span: Span) {
        let base = self.at.window(2);
        for (position, bound) in [from, to].into_iter().enumerate() {
            let reg = base + position as u16;
            match bound {
                Some(bound) => self.expr(bound, Target::variable(reg)),
                None => self.at.null(reg),
            }
        }
        self.at.span = span;
        self.at.emit(Op::GetSlice { dst, object: dst, base });
        self.at.release(base);
    }

    /// `r?`: unwraps, or leaves the function with the Err or None.
    fn try_operator(&mut self, dst: Reg) {
        let good = self.at.jump(Op::JumpIfOk { src: dst, target: 0 });
        if self.at.body == Some(crate::compiler::scope::BodyId(0)) {
            self.at.emit(Op::ThrowTry { src: dst });
        } else {
            self.leave(super::builder::Exit::Return, Some(dst));
        }
        self.at.land(good);
    }
}

/// Whether the path goes on to a method, whose receiver it then is.
fn leads_to_a_method(path: &[Step]) -> bool {
    let on_the_path = |step: &&Step| {
        matches!(step.kind, StepKind::Field(_) | StepKind::OptionalField(_) | StepKind::Index(_))
    };
    let length = path.iter().take_while(on_the_path).count();
    let receiver = length.checked_sub(1).map(|last| &path[last].kind);
    let is_called = path.get(length).is_some_and(|step| matches!(step.kind, StepKind::Call(_)));
    is_called && matches!(receiver, Some(StepKind::Field(_) | StepKind::OptionalField(_)))
}
