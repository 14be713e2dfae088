//! Imports: an import is a call of the module's top-level code, unless that has run.

use super::Emitter;
use super::builder::Target;
use super::postfix::Value;
use crate::bytecode::{Constant, NO_HINT, Op, Reg};
use crate::compiler::module::Import;
use crate::compiler::scope::Use;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Name, Step, StepKind};

impl<'a> Emitter<'a> {
    /// Runs the module of an import statement if it has not run; what cannot be imported is thrown.
    pub(super) fn import(&mut self, span: Span) {
        self.at.span = span;
        let reg = self.at.temp();
        match self.imports.at(span.start) {
            Some(&Import::Unit(unit)) => self.run_module(unit, reg),
            Some(Import::Failed { message, help }) => {
                let message = self.at.constant_index(Constant::Text(message.as_str().into()));
                let hint = help.as_deref().map(|help| self.at.constant_index(Constant::Text(help.into())));
                let hint = hint.and_then(|hint| hint.try_into().ok()).unwrap_or(NO_HINT);
                self.at.emit(Op::Fail { import: true, hint, message });
            }
            None => {}
        }
        self.at.release(reg);
    }

    /// The module's state becomes null when its code has ended well, else the error, which every further import throws.
    fn run_module(&mut self, unit: usize, reg: Reg) {
        let (main, index) = (self.program.modules[unit].main.0, self.program.modules[unit].state);
        self.at.emit(Op::IsSet { dst: reg, index });
        let ran = self.at.jump(Op::JumpIf { src: reg, target: 0 });
        let start = self.at.here();
        self.at.emit(Op::Call { base: reg, argc: 0, function: main });
        let end = self.at.here();
        self.at.null(reg);
        self.at.emit(Op::SetGlobal { src: reg, index });
        let succeeded = self.at.always();
        self.at.handler(start, end, reg);
        self.at.emit(Op::SetGlobal { src: reg, index });
        let failed = self.at.always();
        self.at.land(ran);
        self.at.emit(Op::GetGlobal { dst: reg, index });
        let well = self.at.jump(Op::JumpIfNone { src: reg, target: 0 });
        self.at.land(failed);
        self.at.emit(Op::Throw { src: reg });
        self.at.land_all([succeeded, well]);
    }

    /// `from m import x`: the variables among the names are copied.
    pub(super) fn import_names(&mut self, names: &'a [(Name, Option<Name>)], span: Span) {
        self.import(span);
        for (name, alias) in names {
            let local = alias.as_ref().unwrap_or(name);
            let (Some(&Use::Global(index)), Some(&(id, true))) =
                (self.found.uses.get(&name.span.start), self.found.targets.get(&local.span.start))
            else {
                continue;
            };
            let dst = self.at.temp();
            self.at.span = name.span;
            self.at.emit(Op::GetGlobal { dst, index });
            self.store_declared(id, dst);
        }
    }

    /// An error when the program gets here: a name found nowhere, in a file whose imports fail.
    pub(super) fn missing(&mut self, name: &str) {
        let message = self.at.constant_index(Constant::Text(format!("Undefined variable: {name}").into()));
        self.at.emit(Op::Fail { import: false, hint: NO_HINT, message });
    }

    /// An expression behind such an error: the functions in it must have code all the same.
    pub(super) fn unreached(&mut self, expr: &'a Expr) {
        let height = self.at.height();
        let reg = self.at.temp();
        self.expr(expr, Target::fresh(reg));
        self.at.release(height);
    }

    /// `module.name` at the beginning of a chain, where the module is known: the member, and how many steps it takes.
    pub(super) fn member(&mut self, base: &'a Expr, steps: &'a [Step], dst: Reg) -> Option<(Value, usize)> {
        let ExprKind::Name(_) = base.kind else { return None };
        let Some(Use::Module(_)) = self.found.uses.get(&base.span.start) else { return None };
        let (StepKind::Field(name) | StepKind::OptionalField(name)) = &steps.first()?.kind else {
            return None;
        };
        let at = name.span.start;
        // Else it is a method that takes the module.
        let used = *self.found.uses.get(&at)?;
        self.at.span = base.span.to(name.span);
        if let Some(Step { kind: StepKind::Call(arguments), span }) = steps.get(1) {
            self.call_name(at, arguments, None, dst, base.span.to(*span));
            return Some((Value::Register(dst), 2));
        }
        if let Use::Variable(id) = used
            && self.can_be_place(id)
        {
            return Some((Value::Place(id, Vec::new()), 1));
        }
        self.name(at, dst);
        Some((Value::Register(dst), 1))
    }
}
