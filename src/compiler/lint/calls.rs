//! Calls of functions that are known: how many arguments they take, and whether they give a promise.

use super::Linter;
use crate::compiler::library::{Arity, Builtin};
use crate::compiler::scope::Use;
use crate::source::Span;
use crate::syntax::ast::{self, Argument, Expr, ExprKind, StepKind};

/// A call of a name.
pub(super) struct Call<'a> {
    pub(super) called: Use,
    pub(super) name: &'a str,
    pub(super) arguments: &'a [Argument],
    pub(super) span: Span,
}

impl Linter<'_> {
    /// Warns about calls that can only throw TypeError.
    pub(super) fn check_calls(&mut self) {
        for call in std::mem::take(&mut self.calls) {
            if let Some(arity) = self.arity(&call)
                && let Some(got) = misfit(call.arguments, arity)
            {
                let message = format!("{} expects {arity}, got {got}", call.name);
                self.warn(message, call.span, "the call will throw a TypeError when it runs");
            }
        }
    }

    fn arity(&self, call: &Call<'_>) -> Option<Arity> {
        match call.called {
            Use::Variable(id) => self.functions.get(&id).map(|function| declared_arity(function)),
            Use::Builtin(Builtin::Prelude(id)) => {
                // An imported function is not in the library.
                let function = self.library.base.functions.get(id.index())?;
                Some(Arity { required: function.required(), most: function.accepted() })
            }
            Use::Builtin(Builtin::Native { .. }) => self.library.arities.get(call.name).copied(),
            Use::Builtin(Builtin::Constant(_) | Builtin::Group(_))
            | Use::Global(_)
            | Use::Module(_)
            | Use::Missing => None,
        }
    }

    /// Warns about a promise where a value is wanted.
    pub(super) fn check_values(&mut self) {
        for expr in std::mem::take(&mut self.wanted_values) {
            if let Some(name) = self.async_call(expr) {
                let message = format!("{name} is async: its call gives a promise, not the result");
                self.warn(message, expr.span, format!("write `await {name}(..)` to get the result"));
            }
        }
    }

    /// The name of the async function that the expression is a call of.
    fn async_call<'e>(&self, expr: &'e Expr) -> Option<&'e str> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.async_call(inner),
            ExprKind::Postfix { base, steps } => {
                let (ExprKind::Name(name), [step]) = (&base.kind, &**steps) else { return None };
                let Use::Variable(id) = self.found.uses.get(&base.span.start)? else { return None };
                let called = matches!(step.kind, StepKind::Call(_)) && self.functions.get(id)?.is_async;
                called.then_some(&**name)
            }
            _ => None,
        }
    }
}

fn declared_arity(function: &ast::Function) -> Arity {
    let required = function.params.iter().filter(|param| param.default.is_none()).count();
    Arity { required, most: function.rest.is_none().then_some(function.params.len()) }
}

/// How many arguments are given, if a function of this arity cannot take them. Named ones may be options or fill gaps, so
/// only calls without them are judged.
fn misfit(arguments: &[Argument], arity: Arity) -> Option<usize> {
    if !arguments.iter().all(|argument| matches!(argument, Argument::One(_))) {
        return None;
    }
    let got = arguments.len();
    (got < arity.required || arity.most.is_some_and(|most| got > most)).then_some(got)
}
