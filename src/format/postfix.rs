//! Chains of calls, indexes and fields.
//!
//! Owns: where a chain breaks: before the name of each call, if it has three calls or was broken there in the source.

use crate::syntax::ast::{Argument, Expr, ExprKind, Step, StepKind};
use crate::syntax::token::Symbol;

use super::Printer;
use super::layout::Hug;
use super::list::{Form, is_bracketed};

impl Printer<'_> {
    pub(super) fn postfix(&mut self, base: &Expr, steps: &[Step]) {
        if !self.breaks(steps) {
            self.expr(base);
            return steps.iter().for_each(|step| self.step(step));
        }
        // A list opened inside of a chain that goes on would force the chain apart the next time.
        self.layout.open(if ends_in_arguments(steps) { Hug::Any } else { Hug::Nothing });
        self.expr(base);
        if self.was_broken(steps) {
            self.layout.force();
        }
        self.layout.indent();
        for (index, step) in steps.iter().enumerate() {
            if is_call(steps, index) {
                // `?` and `.` would be one token side by side.
                match self.glued == Some(Symbol::Question) {
                    true => self.line(),
                    false => self.soft(),
                }
            }
            self.step(step);
        }
        self.layout.dedent();
        self.layout.close();
    }

    /// Whether the chain may break at its calls.
    fn breaks(&self, steps: &[Step]) -> bool {
        let calls = (0..steps.len()).filter(|&index| is_call(steps, index)).count();
        calls > 2 || calls == 2 && self.was_broken(steps)
    }

    /// Whether a call of the chain begins a line in the source.
    fn was_broken(&self, steps: &[Step]) -> bool {
        let starts_line = |step: &Step| {
            let at = self.tokens.partition_point(|token| token.span.start < step.span.start);
            self.tokens.get(at).is_some_and(|token| token.starts_line)
        };
        (0..steps.len()).any(|index| is_call(steps, index) && starts_line(&steps[index]))
    }

    /// Whether the only argument is a string that stands in the line of its brackets: a line end would gain nothing.
    fn is_bare_text(&self, argument: &Argument) -> bool {
        let Argument::One(Expr { kind: ExprKind::Text(text), span }) = argument else { return false };
        let at = self.tokens.partition_point(|token| token.span.start < span.start);
        let after = self.tokens.partition_point(|token| token.span.start < span.end);
        let ends_line = self.tokens[after].starts_line && !self.source.slice(*span).contains('\n');
        !self.tokens[at].starts_line && !ends_line && !self.has_comments(text.span)
    }

    fn step(&mut self, step: &Step) {
        match &step.kind {
            StepKind::Call(arguments) => self.arguments(arguments),
            StepKind::Index(index) => {
                self.token();
                self.expr(index);
                self.token();
            }
            StepKind::Slice(from, to) => {
                self.token();
                from.iter().for_each(|from| self.expr(from));
                self.token();
                to.iter().for_each(|to| self.expr(to));
                self.token();
            }
            StepKind::Field(_) | StepKind::OptionalField(_) | StepKind::Try => self.tokens_of(step.span),
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        let alone = arguments.len() == 1;
        if alone && self.is_bare_text(&arguments[0]) {
            self.token();
            self.expr(value(&arguments[0]));
            self.skip(&[Symbol::Comma]);
            return self.token();
        }
        let hugged = |argument: &Argument| match &value(argument).kind {
            ExprKind::Array(items) => alone && !items.is_empty(),
            ExprKind::Postfix { steps, .. } => alone && ends_in_short_call(steps),
            _ => is_bracketed(value(argument)),
        };
        self.list(arguments, Form::Plain, hugged, |printer, argument| {
            match argument {
                Argument::One(_) => {}
                Argument::Spread(_) => printer.token(),
                Argument::Named(name, _) => {
                    printer.tokens_of(name.span);
                    if printer.next_is(Symbol::Equal) {
                        printer.space();
                    }
                    printer.word();
                }
            }
            printer.expr(value(argument));
        });
    }
}

/// Whether the chain is hardly more than a call with arguments.
fn ends_in_short_call(steps: &[Step]) -> bool {
    let calls = steps.iter().filter(|step| matches!(step.kind, StepKind::Call(_))).count();
    calls < 3 && ends_in_arguments(steps)
}

/// Whether the chain ends in a call with arguments.
fn ends_in_arguments(steps: &[Step]) -> bool {
    matches!(steps.last().map(|step| &step.kind), Some(StepKind::Call(list)) if !list.is_empty())
}

fn value(argument: &Argument) -> &Expr {
    match argument {
        Argument::One(value) | Argument::Spread(value) | Argument::Named(_, value) => value,
    }
}

/// Whether the chain may break before this step: the name of a method that is called, or the first of the fields that
/// lead to one. Fields right behind the base stay there.
fn is_call(steps: &[Step], index: usize) -> bool {
    let is_field = |step: &Step| matches!(step.kind, StepKind::Field(_) | StepKind::OptionalField(_));
    let fields = steps[index..].iter().take_while(|step| is_field(step)).count();
    let called = matches!(steps.get(index + fields).map(|step| &step.kind), Some(StepKind::Call(_)));
    let before = steps[..index].iter().rev().take_while(|step| is_field(step)).count();
    let starts = if before == index { fields == 1 } else { before == 0 };
    fields > 0 && called && starts
}
