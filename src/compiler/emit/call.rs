//! Calls, methods and the other postfix steps.

use super::Emitter;
use super::builder::{Jump, Target};
use crate::bytecode::{ArgumentForm, CallSite, Fallback, Op, Reg, Step as PathStep};
use crate::compiler::library::Builtin;
use crate::compiler::scope::{Entity, Use, VariableId};
use crate::source::Span;
use crate::syntax::ast::{Argument, Expr, ExprKind, Name, Step, StepKind};

/// More written arguments than this go through the general form of call.
const PLAIN_ARGUMENTS: usize = 200;

/// What a postfix chain has computed so far.
enum Value {
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
    fn in_fresh_top(&mut self, target: Target, work: impl FnOnce(&mut Self, Reg)) {
        if target.fresh && target.reg + 1 == self.at.height() {
            return work(self, target.reg);
        }
        let top = self.at.temp();
        work(self, top);
        self.at.copy(target.reg, top);
    }

    /// dst, the topmost register, := base followed by the steps.
    fn steps(&mut self, base: &'a Expr, steps: &'a [Step], dst: Reg, wanted: bool) {
        let mut skips: Vec<Jump> = Vec::new();
        let mut value = None;
        let mut rest = steps;
        if let Some(first) = steps.first()
            && let StepKind::Call(arguments) = &first.kind
        {
            self.call(base, arguments, None, dst, base.span.to(first.span));
            (value, rest) = (Some(Value::Register(dst)), &steps[1..]);
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
    fn start(&mut self, base: &'a Expr, dst: Reg) -> Value {
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
    fn load(&mut self, value: Value, dst: Reg) {
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
                (self.field(value, name, optional, dst), more)
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

    fn field(&mut self, value: Value, name: &Name, optional: bool, dst: Reg) -> Value {
        let symbol = self.program.intern(&name.text);
        match value {
            Value::Place(id, mut steps) if !optional => {
                steps.push(PathStep::Field(symbol));
                Value::Place(id, steps)
            }
            value => {
                let object = self.object(value, dst);
                let name = self.at.name(symbol);
                self.at.emit(match optional {
                    true => Op::GetFieldOrNull { dst, object, name },
                    false => Op::GetField { dst, object, name },
                });
                Value::Register(dst)
            }
        }
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

    // Calls.

    /// dst, the topmost register, := base(arguments); `first` is a piped first argument.
    fn call(&mut self, base: &'a Expr, arguments: &'a [Argument], first: Option<Reg>, dst: Reg, span: Span) {
        let plain = arguments.iter().all(|argument| matches!(argument, Argument::One(_)))
            && arguments.len() < PLAIN_ARGUMENTS;
        match self.known_callee(base, arguments.len() + usize::from(first.is_some())) {
            Some(Callee::Variant(variant)) if plain => {
                let argc = self.plain_arguments(dst, arguments, first);
                self.at.span = span;
                self.make_variant(dst, dst, variant, argc.into());
            }
            Some(Callee::Function(function)) if plain => {
                let argc = self.plain_arguments(dst, arguments, first);
                self.at.span = span;
                self.at.emit(Op::Call { base: dst, argc, function });
            }
            Some(Callee::Native(native)) if plain => {
                let argc = self.plain_arguments(dst, arguments, first);
                self.at.span = span;
                self.at.emit(Op::CallNative { base: dst, native, argc });
            }
            _ => {
                self.expr(base, Target::fresh(dst));
                self.call_value(dst, arguments, first, span);
            }
        }
    }

    /// Evaluates positional arguments into the window at `base`, which is the topmost register.
    fn plain_arguments(&mut self, base: Reg, arguments: &'a [Argument], first: Option<Reg>) -> u8 {
        let count = arguments.len() as u16 + u16::from(first.is_some());
        self.at.window(count.saturating_sub(1));
        if let Some(first) = first {
            self.at.copy(base, first);
        }
        for (position, argument) in arguments.iter().enumerate() {
            if let Argument::One(value) = argument {
                self.expr(value, Target::fresh(base + position as u16 + u16::from(first.is_some())));
            }
        }
        self.at.release(base + 1);
        count as u8
    }

    /// Calls the value in `base`, the topmost register.
    fn call_value(&mut self, base: Reg, arguments: &'a [Argument], first: Option<Reg>, span: Span) {
        let (forms, plain) = self.written_arguments(base, arguments, first);
        self.at.span = span;
        if plain {
            self.at.emit(Op::CallValue { base, argc: forms.len() as u8 });
        } else {
            let site = self.at.value_site(forms);
            self.at.emit(Op::CallWith { base, site });
        }
    }

    /// Evaluates arguments of any form into the registers behind `base`, which is the topmost one.
    fn written_arguments(
        &mut self,
        base: Reg,
        arguments: &'a [Argument],
        first: Option<Reg>,
    ) -> (Vec<ArgumentForm>, bool) {
        let mut forms = Vec::new();
        if let Some(first) = first {
            let reg = self.at.temp();
            self.at.copy(reg, first);
            forms.push(ArgumentForm::One);
        }
        for argument in arguments {
            let reg = self.at.temp();
            let (form, value) = match argument {
                Argument::One(value) => (ArgumentForm::One, value),
                Argument::Spread(value) => (ArgumentForm::Spread, value),
                Argument::Named(name, value) => (ArgumentForm::Named(self.program.intern(&name.text)), value),
            };
            forms.push(form);
            self.expr(value, Target::fresh(reg));
        }
        self.at.release(base + 1);
        let plain = forms.iter().all(|form| *form == ArgumentForm::One) && forms.len() < PLAIN_ARGUMENTS;
        (forms, plain)
    }

    fn known_callee(&mut self, base: &Expr, given: usize) -> Option<Callee> {
        match &base.kind {
            ExprKind::Name(_) => match *self.found.uses.get(&base.span.start)? {
                Use::Variable(id) => match self.locate(id) {
                    super::assign::Location::Constant(function) => Some(Callee::Function(function)),
                    _ => None,
                },
                Use::Builtin(builtin) => Callee::of_builtin(builtin),
            },
            ExprKind::Path { path, member } => match self.found.types.get(&path.first()?.span.start) {
                Some(&Entity::Struct(index)) => self.struct_function(index, member).map(Callee::Function),
                Some(&Entity::Enum(index)) => self.checked_variant(index, member, given),
                _ => match *self.found.uses.get(&member.span.start)? {
                    Use::Builtin(builtin) => Callee::of_builtin(builtin),
                    Use::Variable(_) => None,
                },
            },
            _ => None,
        }
    }

    /// A variant that takes any payload is built at once; one with a fixed payload is called, which checks the count.
    fn checked_variant(&mut self, index: usize, member: &Name, given: usize) -> Option<Callee> {
        let variant = self.variant(index, member)?;
        let (id, position) = self.program.variants[variant as usize];
        let payload = self.program.enums[id.index()].variants[position as usize].payload;
        match payload {
            None => Some(Callee::Variant(variant)),
            Some(0) if given == 0 => Some(Callee::Variant(variant)),
            Some(_) => None,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "what a method call is made of")]
    fn method(
        &mut self,
        value: Value,
        name: &'a Name,
        arguments: &'a [Argument],
        first: Option<Reg>,
        optional: bool,
        dst: Reg,
        wanted: bool,
    ) {
        let span = self.at.span;
        let place = match value {
            Value::Place(id, steps) => Some(self.variable_place(id, &steps)),
            Value::Register(reg) => {
                self.at.copy(dst, reg);
                None
            }
        };
        let base = if self.at.height() == dst + 1 { dst } else { self.at.temp() };
        if place.is_none() {
            self.at.copy(base, dst);
        }
        let (forms, _) = self.written_arguments(base, arguments, first);
        let fallback = self.method_fallback(name);
        let name = self.program.intern(&name.text);
        let arguments = forms.into();
        let site = CallSite { name, arguments, place, fallback, optional, wants_result: wanted };
        let site = self.at.site(site);
        self.at.span = span;
        self.at.emit(Op::CallMethod { base, site });
        self.at.copy(dst, base);
        self.at.release(dst + 1);
    }

    fn method_fallback(&mut self, name: &Name) -> Fallback {
        match self.found.fallbacks.get(&name.span.start) {
            Some(&Use::Builtin(Builtin::Native { id, .. })) => Fallback::Native(id),
            Some(&Use::Builtin(Builtin::Prelude(id))) => Fallback::Function(id),
            Some(&Use::Variable(id)) => match self.locate(id) {
                super::assign::Location::Constant(function) => {
                    Fallback::Function(crate::bytecode::FunctionId(function))
                }
                super::assign::Location::Register(reg) => Fallback::Register(reg),
                super::assign::Location::Capture(index) => Fallback::Capture(index),
                _ => {
                    let reg = self.at.temp();
                    self.read(id, reg);
                    Fallback::Register(reg)
                }
            },
            _ => Fallback::None,
        }
    }

    /// `value |> target`.
    pub(super) fn piped_call(&mut self, target: &'a Expr, value: Reg, dst: Reg) {
        let top = self.at.temp();
        let span = target.span;
        if let ExprKind::Postfix { base, steps } = &target.kind
            && let Some((Step { kind: StepKind::Call(arguments), .. }, before)) = steps.split_last()
        {
            match before.split_last() {
                None => self.call(base, arguments, Some(value), top, span),
                Some((Step { kind: StepKind::Field(name), .. }, path)) => {
                    let receiver = self.plain_path(base, path, top);
                    self.at.span = span;
                    self.method(receiver, name, arguments, Some(value), false, top, true);
                }
                Some(_) => {
                    self.steps(base, before, top, true);
                    self.call_value(top, arguments, Some(value), span);
                }
            }
        } else {
            self.call(target, &[], Some(value), top, span);
        }
        self.at.copy(dst, top);
    }

    /// The receiver of a piped method call.
    fn plain_path(&mut self, base: &'a Expr, path: &'a [Step], top: Reg) -> Value {
        if path.is_empty() {
            return self.start(base, top);
        }
        self.steps(base, path, top, true);
        Value::Register(top)
    }

    /// `await e`: the body of a directly awaited call runs in this context (LANGUAGE 10.3).
    pub(super) fn await_expr(&mut self, operand: &'a Expr, dst: Reg) {
        let span = self.at.span;
        let direct = is_call(operand);
        self.in_fresh_top(Target::fresh(dst), |this, reg| {
            this.expr(operand, Target::fresh(reg));
            let inline = direct && this.at.last().is_some_and(|op| calls_into(op, reg));
            this.at.span = span;
            this.at.emit(Op::Await { src: reg, inline });
        });
    }
}

/// What a call's name is known to be when compiling.
enum Callee {
    Function(u32),
    Native(u16),
    Variant(u16),
}

impl Callee {
    fn of_builtin(builtin: Builtin) -> Option<Callee> {
        match builtin {
            Builtin::Native { id, .. } => Some(Callee::Native(id.0)),
            Builtin::Prelude(id) => Some(Callee::Function(id.0)),
            Builtin::Constant(_) => None,
        }
    }
}

/// Whether the expression is a call, possibly in parentheses.
fn is_call(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_call(inner),
        ExprKind::Postfix { steps, .. } => matches!(steps.last(), Some(Step { kind: StepKind::Call(_), .. })),
        ExprKind::Pipe { .. } => true,
        _ => false,
    }
}

/// Whether the instruction is a call whose result is in `reg`.
fn calls_into(op: Op, reg: Reg) -> bool {
    match op {
        Op::Call { base, .. }
        | Op::CallValue { base, .. }
        | Op::CallWith { base, .. }
        | Op::CallMethod { base, .. } => base == reg,
        _ => false,
    }
}
