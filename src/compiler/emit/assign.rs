//! Variables and places: reading them, declaring, assigning and editing in place.

use super::Emitter;
use super::builder::{Storage, Target};
use super::effects::{assigns, mentions, same_place, value_calls};
use crate::bytecode::{ArgumentForm, CallSite, Fallback, NO_REGISTER, Op, Place, Reg, Root, Step};
use crate::compiler::library::Builtin;
use crate::compiler::scope::{Kind, Use, VariableId};
use crate::source::Span;
use crate::syntax::ast::{self, Argument, AssignOp, BinaryOp, Expr, ExprKind, PlaceStep, StepKind};

/// Where a variable is, seen from the function being emitted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Location {
    Register(Reg),
    Cell(Reg),
    Capture(u16),
    Global(u32),
    /// The running function itself.
    Callee,
    /// A function that captures nothing.
    Constant(u32),
    /// `self` of a mutating method.
    Receiver,
    /// That of a mutating method around this function.
    OuterReceiver(u16),
}

impl<'a> Emitter<'a> {
    pub(super) fn locate(&self, id: VariableId) -> Location {
        if let Some(storage) = self.at.storage.get(&id) {
            return match *storage {
                Storage::Register(reg) => Location::Register(reg),
                Storage::Cell(reg) => Location::Cell(reg),
            };
        }
        if let Some(&index) = self.globals.get(&id) {
            return Location::Global(index);
        }
        let variable = self.found.variable(id);
        if let Some(body) = variable.function
            && self.found.is_static(id)
        {
            return Location::Constant(self.function_id(body).0);
        }
        let Some(body) = self.at.body else { return Location::Callee };
        let info = self.found.body(body);
        if info.declared_as == Some(id) {
            return Location::Callee;
        }
        if info.receiver == Some(id) {
            return Location::Receiver;
        }
        match info.captures.iter().position(|&captured| captured == id) {
            Some(index) if variable.kind == Kind::Receiver && variable.cell => {
                Location::OuterReceiver(index as u16)
            }
            Some(index) => Location::Capture(index as u16),
            // Only after an error that was reported; the program will not run.
            None => Location::Callee,
        }
    }

    /// dst := the variable.
    pub(super) fn read(&mut self, id: VariableId, dst: Reg) {
        match self.locate(id) {
            Location::Register(src) => self.at.copy(dst, src),
            Location::Cell(cell) => self.at.emit(Op::GetCell { dst, cell }),
            Location::Capture(index) => self.at.emit(Op::GetCapture { dst, index }),
            Location::Global(index) => self.at.emit(Op::GetGlobal { dst, index }),
            Location::Callee => self.at.emit(Op::Callee { dst }),
            Location::Constant(function) => self.at.emit(Op::Function { dst, function }),
            Location::Receiver | Location::OuterReceiver(_) => {
                let place = self.variable_place(id, &[]);
                self.at.emit(Op::GetPlace { dst, place });
            }
        }
    }

    /// From now on the variable lives in a register.
    pub(super) fn hold(&mut self, id: VariableId, storage: Storage) {
        self.at.hold(id, self.found.variable(id).span, storage);
    }

    /// Makes the value in `reg`, the topmost register, the value of a variable declared here.
    pub(super) fn store_declared(&mut self, id: VariableId, reg: Reg) {
        self.at.release(reg + 1);
        if let Some(&index) = self.globals.get(&id) {
            self.at.emit(Op::SetGlobal { src: reg, index });
            return self.at.release(reg);
        }
        let variable = self.found.variable(id);
        if let (true, Some(&Storage::Cell(cell))) = (variable.early, self.at.storage.get(&id)) {
            self.at.emit(Op::SetCell { cell, src: reg });
            return self.at.release(reg);
        }
        if variable.cell {
            self.at.emit(Op::NewCell { dst: reg, src: reg });
            self.hold(id, Storage::Cell(reg));
        } else {
            self.hold(id, Storage::Register(reg));
        }
    }

    /// A name bound by a pattern, `for` or `except`: declares or assigns as the resolver decided.
    pub(super) fn bind_name(&mut self, name: &'a ast::Name, src: Reg) {
        let Some(&(id, declares)) = self.found.targets.get(&name.span.start) else { return };
        self.at.span = name.span;
        let known = self.at.storage.contains_key(&id) && !self.found.variable(id).early;
        if declares && !known {
            let reg = self.at.temp();
            self.at.copy(reg, src);
            self.store_declared(id, reg);
        } else if declares {
            self.redeclare(id, src);
        } else {
            self.write(id, src);
        }
    }

    /// The pattern := what `reg` holds, which nobody else reads: a plain name may take the register over, if nothing lies above
    /// it.
    pub(super) fn bind_item(&mut self, pattern: &'a ast::Pattern, reg: Reg) {
        if let ast::Pattern::Name(name) = pattern
            && let Some(&(id, true)) = self.found.targets.get(&name.span.start)
            && !self.found.variable(id).early
            && !self.at.storage.contains_key(&id)
            && self.at.height() == reg + 1
        {
            self.at.span = name.span;
            return self.store_declared(id, reg);
        }
        self.bind_pattern(pattern, reg);
    }

    /// A further alternative of a pattern, or a further turn of a loop, binds a name that has its register.
    fn redeclare(&mut self, id: VariableId, src: Reg) {
        match self.at.storage.get(&id) {
            Some(&Storage::Cell(cell)) if !self.found.variable(id).early => {
                let temp = self.at.temp();
                self.at.copy(temp, src);
                self.at.emit(Op::NewCell { dst: cell, src: temp });
            }
            _ => self.write(id, src),
        }
    }

    /// The variable := src.
    pub(super) fn write(&mut self, id: VariableId, src: Reg) {
        if let Some(check) = self.check_of(id) {
            self.at.emit(Op::CheckType { src, check });
        }
        match self.locate(id) {
            Location::Register(dst) => self.at.copy(dst, src),
            Location::Cell(cell) => self.at.emit(Op::SetCell { cell, src }),
            Location::Capture(index) => self.at.emit(Op::SetCapture { src, index }),
            Location::Global(index) => self.at.emit(Op::SetGlobal { src, index }),
            Location::Receiver | Location::OuterReceiver(_) => {
                let place = self.variable_place(id, &[]);
                self.at.emit(Op::SetPlace { src, place });
            }
            Location::Callee | Location::Constant(_) => {}
        }
    }

    // Places.

    fn root(&self, id: VariableId) -> Root {
        match self.locate(id) {
            Location::Register(reg) => Root::Register(reg),
            Location::Cell(reg) => Root::Cell(reg),
            Location::Capture(index) => Root::Capture(index),
            Location::Global(index) => Root::Global(index),
            Location::Receiver => Root::Receiver,
            Location::OuterReceiver(index) => Root::OuterReceiver(index),
            Location::Callee | Location::Constant(_) => Root::Capture(0),
        }
    }

    pub(super) fn variable_place(&mut self, id: VariableId, steps: &[Step]) -> u16 {
        let variable = self.found.variable(id);
        let immutable = self.found.immutable(id);
        let name = self.program.intern(&variable.name);
        let root = self.root(id);
        self.at.place(Place { root, steps: steps.into(), name, immutable })
    }

    /// Whether a variable can be the root of a place: it is a variable of its own, not a constant function.
    pub(super) fn can_be_place(&self, id: VariableId) -> bool {
        !matches!(self.locate(id), Location::Callee | Location::Constant(_)) && !self.captured_by_value(id)
    }

    fn captured_by_value(&self, id: VariableId) -> bool {
        matches!(self.locate(id), Location::Capture(_)) && !self.found.variable(id).cell
    }

    /// The steps of an assigned place. Indexes are evaluated into new registers if what is evaluated behind them may assign:
    /// `assigned` says whether what follows the place may.
    fn place_steps(&mut self, steps: &'a [PlaceStep], assigned: bool) -> Vec<Step> {
        let index_assigns = |step: &PlaceStep| matches!(step, PlaceStep::Index(index) if assigns(index));
        let assigned = assigned || steps.iter().any(index_assigns);
        let step = |step: &'a PlaceStep| match step {
            PlaceStep::Field(name) => Step::Field(self.program.intern(&name.text)),
            PlaceStep::Index(index) if assigned => Step::Index(self.stable_operand(index)),
            PlaceStep::Index(index) => Step::Index(self.operand(index)),
        };
        steps.iter().map(step).collect()
    }

    /// An operand that later code cannot change: a local variable only if nothing may assign it meanwhile.
    pub(super) fn stable_operand(&mut self, expr: &'a Expr) -> Reg {
        let reg = self.at.temp();
        self.expr(expr, Target::fresh(reg));
        self.at.release(reg + 1);
        reg
    }

    // Assignments.

    pub(super) fn assign(&mut self, assign: &'a ast::Assign, span: Span) {
        let root = &assign.place.root;
        let Some(&(id, declares)) = self.found.targets.get(&root.span.start) else {
            self.missing(&root.text);
            let indexes = assign.place.steps.iter().filter_map(|step| match step {
                PlaceStep::Index(index) => Some(index),
                PlaceStep::Field(_) => None,
            });
            return indexes.chain([&assign.value]).for_each(|expr| self.unreached(expr));
        };
        if declares && assign.place.steps.is_empty() {
            let reg = self.at.temp();
            self.expr(&assign.value, Target::fresh(reg));
            self.at.span = assign.place.span;
            return self.store_declared(id, reg);
        }
        let done = match assign.op {
            AssignOp::Set => self.edit_assign(id, assign, span) || self.grow_assign(id, assign, span),
            AssignOp::Update(_) => false,
        };
        if done {
            return;
        }
        match (assign.op, assign.place.steps.is_empty()) {
            (AssignOp::Set, true) => self.assign_variable(id, &assign.value),
            (AssignOp::Set, false) => self.assign_place(id, assign, span),
            (AssignOp::Update(op), _) => self.update(id, &assign.place, op, &assign.value, span),
        }
    }

    fn assign_variable(&mut self, id: VariableId, value: &'a Expr) {
        match self.locate(id) {
            Location::Register(reg) if self.check_of(id).is_none() => {
                self.expr(value, Target::variable(reg));
            }
            _ => {
                let src = self.operand(value);
                self.write(id, src);
            }
        }
    }

    fn assign_place(&mut self, id: VariableId, assign: &'a ast::Assign, span: Span) {
        let steps = self.place_steps(&assign.place.steps, assigns(&assign.value));
        let src = self.operand(&assign.value);
        self.at.span = span;
        match (self.locate(id), &steps[..]) {
            (Location::Register(target), [Step::Index(index)]) => {
                self.at.emit(Op::SetIndex { target, index: *index, src });
            }
            (Location::Register(target), [Step::Field(symbol)]) => {
                let name = self.at.name(*symbol);
                self.at.emit(Op::SetField { target, src, name });
            }
            _ => {
                let place = self.variable_place(id, &steps);
                self.at.emit(Op::SetPlace { src, place });
            }
        }
    }

    /// `place op= value`.
    fn update(&mut self, id: VariableId, place: &'a ast::Place, op: BinaryOp, value: &'a Expr, span: Span) {
        if place.steps.is_empty() && !self.keeps_type(id, Some(value)) {
            return self.update_checked(id, op, value, span);
        }
        if let (Location::Register(reg), true) = (self.locate(id), place.steps.is_empty()) {
            return self.update_register(reg, op, value, span);
        }
        let steps = self.place_steps(&place.steps, assigns(value));
        let index = self.variable_place(id, &steps);
        let guard = self.guard(id, &steps, index, value_calls(value));
        let src = self.operand(value);
        self.at.span = span;
        self.at.emit(Op::UpdatePlace { place: index, src, op: update_index(op) });
        if guard != NO_REGISTER {
            self.at.emit(Op::PlaceGuard { guard });
        }
    }

    fn update_register(&mut self, reg: Reg, op: BinaryOp, value: &'a Expr, span: Span) {
        let lhs = if assigns(value) {
            let temp = self.at.temp();
            self.at.copy(temp, reg);
            temp
        } else {
            reg
        };
        self.operate(op, reg, lhs, value, span);
    }

    /// A copy of the place's value from before the operands are evaluated, if they might change the place.
    fn guard(&mut self, id: VariableId, steps: &[Step], place: u16, calls: bool) -> Reg {
        let safe = matches!(self.locate(id), Location::Register(_)) && steps.is_empty();
        if safe || !calls {
            return NO_REGISTER;
        }
        let guard = self.at.temp();
        self.at.emit(Op::GetPlace { dst: guard, place });
        guard
    }

    /// `place := push(place, ..)` and the like: the library function edits the place itself, so that the value is not shared
    /// and the edit is O(1).
    fn edit_assign(&mut self, id: VariableId, assign: &'a ast::Assign, span: Span) -> bool {
        let Some((name, builtin, arguments)) = self.editing_call(&assign.value) else { return false };
        let Some((Argument::One(first), rest)) = arguments.split_first() else { return false };
        let positional = rest.iter().all(|argument| matches!(argument, Argument::One(_)));
        if !positional || !same_place(first, &assign.place) || !self.may_edit(id, assign) {
            return false;
        }
        let argument_assigns =
            |argument: &Argument| !matches!(argument, Argument::One(value) if !assigns(value));
        let steps = self.place_steps(&assign.place.steps, rest.iter().any(argument_assigns));
        let place = self.variable_place(id, &steps);
        let calls =
            rest.iter().any(|argument| matches!(argument, Argument::One(value) if value_calls(value)));
        let guard = self.guard(id, &steps, place, calls);
        let base = self.at.window(arguments.len() as u16);
        for (position, argument) in rest.iter().enumerate() {
            if let Argument::One(value) = argument {
                self.expr(value, Target::fresh(base + 1 + position as u16));
                self.at.release(base + arguments.len() as u16);
            }
        }
        let symbol = self.program.intern(&name);
        let site = self.at.site(CallSite {
            name: symbol,
            arguments: vec![ArgumentForm::One; rest.len()].into(),
            place: Some(place),
            fallback: builtin,
            optional: false,
            wants_result: false,
        });
        self.at.span = span;
        self.at.emit(Op::CallMethod { base, site });
        if guard != NO_REGISTER {
            self.at.emit(Op::PlaceGuard { guard });
        }
        true
    }

    fn editing_call(&self, value: &'a Expr) -> Option<(Box<str>, Fallback, &'a [Argument])> {
        let ExprKind::Postfix { base, steps } = &value.kind else { return None };
        let [ast::Step { kind: StepKind::Call(arguments), .. }] = &steps[..] else { return None };
        let ExprKind::Name(name) = &base.kind else { return None };
        match self.found.uses.get(&base.span.start)? {
            Use::Builtin(Builtin::Native { id, edits: true, .. }) => {
                Some((name.clone(), Fallback::Native(*id), arguments))
            }
            _ => None,
        }
    }

    /// `x := x + a + b` of a local variable: grows it step by step. Not inside `try`, where a failing second step would
    /// show that the first was done.
    fn grow_assign(&mut self, id: VariableId, assign: &'a ast::Assign, span: Span) -> bool {
        let ExprKind::Chain { first, rest } = &assign.value.kind else { return false };
        let adds = rest.iter().all(|(op, operand)| *op == BinaryOp::Add && !assigns(operand));
        if !adds || !same_place(first, &assign.place) || !self.may_edit(id, assign) {
            return false;
        }
        match (self.locate(id), assign.place.steps.is_empty()) {
            (Location::Register(reg), true)
                if rest.len() == 1 || (self.at.guarded == 0 && !mentions(rest, first)) =>
            {
                for (_, operand) in rest {
                    let rhs = self.operand(operand);
                    self.at.span = span;
                    self.at.emit(Op::Add { dst: reg, lhs: reg, rhs });
                }
                true
            }
            (Location::Register(_), true) => false,
            _ if rest.len() == 1 => {
                self.update(id, &assign.place, BinaryOp::Add, &rest[0].1, span);
                true
            }
            _ => false,
        }
    }
}

/// The position of an operator in `Op::UPDATES`.
fn update_index(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Add => 0,
        BinaryOp::Subtract => 1,
        BinaryOp::Multiply => 2,
        BinaryOp::Divide => 3,
        _ => 4,
    }
}
