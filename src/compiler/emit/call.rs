//! Calls: of functions, methods and values, piped and awaited.

use super::Emitter;
use super::builder::Target;
use super::effects::{argument_value, assigns};
use super::postfix::Value;
use crate::bytecode::{ArgumentForm, CallSite, Fallback, Op, Reg};
use crate::compiler::library::Builtin;
use crate::compiler::scope::{Entity, Use};
use crate::source::Span;
use crate::syntax::ast::{Argument, Expr, ExprKind, Name, Step, StepKind};

/// More written arguments than this go through the general form of call.
const PLAIN_ARGUMENTS: usize = 200;

impl<'a> Emitter<'a> {
    /// dst, the topmost register, := base(arguments); `first` is a piped first argument.
    pub(super) fn call(
        &mut self,
        base: &'a Expr,
        arguments: &'a [Argument],
        first: Option<Reg>,
        dst: Reg,
        span: Span,
    ) {
        match self.known_callee(base, arguments.len() + usize::from(first.is_some())) {
            Some(callee) if is_plain(arguments) => self.call_known(callee, arguments, first, dst, span),
            _ => match self.local(base).filter(|_| is_plain(arguments) && !assign(arguments)) {
                Some(callee) => {
                    let (forms, _) = self.written_arguments(dst, arguments, first);
                    self.at.span = span;
                    self.at.emit(Op::CallLocal { base: dst, argc: forms.len() as u8, callee });
                }
                None => {
                    self.callee(base, dst);
                    self.call_value(dst, arguments, first, span);
                }
            },
        }
    }

    /// dst := what is called. A variant is its constructor here, also if it may stand alone.
    fn callee(&mut self, base: &'a Expr, dst: Reg) {
        if let ExprKind::Path { path, member } = &base.kind
            && let Some(name) = path.first()
            && let Some(&Entity::Enum(index)) = self.found.types.get(&name.span.start)
            && let Some(variant) = self.variant(index, member)
        {
            return self.at.emit(Op::Constructor { dst, variant });
        }
        self.expr(base, Target::fresh(dst));
    }

    /// The same for the name that stands at byte `at`.
    pub(super) fn call_name(
        &mut self,
        at: u32,
        arguments: &'a [Argument],
        first: Option<Reg>,
        dst: Reg,
        span: Span,
    ) {
        match self.found.uses.get(&at).and_then(|&used| self.callee_of(used)) {
            Some(callee) if is_plain(arguments) => self.call_known(callee, arguments, first, dst, span),
            _ => {
                self.name(at, dst);
                self.call_value(dst, arguments, first, span);
            }
        }
    }

    fn call_known(
        &mut self,
        callee: Callee,
        arguments: &'a [Argument],
        first: Option<Reg>,
        base: Reg,
        span: Span,
    ) {
        let argc = self.plain_arguments(base, arguments, first);
        self.at.span = span;
        match callee {
            Callee::Variant(variant) => self.make_variant(base, base, variant, argc.into()),
            Callee::Function(function) => self.at.emit(Op::Call { base, argc, function }),
            Callee::Native(native) => self.at.emit(Op::CallNative { base, native, argc }),
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
    pub(super) fn call_value(
        &mut self,
        base: Reg,
        arguments: &'a [Argument],
        first: Option<Reg>,
        span: Span,
    ) {
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
            ExprKind::Name(_) => self.callee_of(*self.found.uses.get(&base.span.start)?),
            ExprKind::Path { path, member } => match self.found.types.get(&path.first()?.span.start) {
                Some(&Entity::Struct(index)) if self.closing_scope(index).is_none() => {
                    self.struct_function(index, member).map(Callee::Function)
                }
                Some(Entity::Struct(_)) => None,
                Some(&Entity::Enum(index)) => self.checked_variant(index, member, given),
                _ => match *self.found.uses.get(&member.span.start)? {
                    Use::Builtin(builtin) => Callee::of_builtin(builtin),
                    _ => None,
                },
            },
            _ => None,
        }
    }

    fn callee_of(&self, used: Use) -> Option<Callee> {
        match used {
            Use::Variable(id) => match self.locate(id) {
                super::assign::Location::Constant(function) => Some(Callee::Function(function)),
                _ => None,
            },
            Use::Builtin(builtin) => Callee::of_builtin(builtin),
            Use::Global(_) | Use::Module(_) | Use::Missing => None,
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
    pub(super) fn method(
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
        self.at.spare();
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
            // A piped call leaves its result where the call is made; nothing may stand between that and the wait.
            let src = if is_pipe(operand) { this.at.take_back_copy(reg) } else { reg };
            let inline = direct && this.at.last().is_some_and(|op| calls_into(op, src));
            this.at.span = span;
            this.at.emit(Op::Await { src, inline });
            this.at.copy(reg, src);
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
            Builtin::Constant(_) | Builtin::Group(_) => None,
        }
    }
}

/// Whether the expression is a call, possibly in parentheses.
fn is_call(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_call(inner),
        ExprKind::Postfix { steps, .. } => matches!(steps.last(), Some(Step { kind: StepKind::Call(_), .. })),
        _ => is_pipe(expr),
    }
}

fn is_pipe(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_pipe(inner),
        ExprKind::Pipe { .. } => true,
        _ => false,
    }
}

/// Whether the instruction is a call whose result is in `reg`.
fn calls_into(op: Op, reg: Reg) -> bool {
    match op {
        Op::Call { base, .. }
        | Op::CallValue { base, .. }
        | Op::CallLocal { base, .. }
        | Op::CallWith { base, .. }
        | Op::CallMethod { base, .. } => base == reg,
        _ => false,
    }
}

/// Whether evaluating the arguments may assign a variable, such as the one that holds what is called.
fn assign(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| assigns(argument_value(argument)))
}

/// Whether a plain call instruction can pass the arguments.
fn is_plain(arguments: &[Argument]) -> bool {
    arguments.iter().all(|argument| matches!(argument, Argument::One(_))) && arguments.len() < PLAIN_ARGUMENTS
}
