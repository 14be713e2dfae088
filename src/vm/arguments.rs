//! Binding arguments to parameters (LANGUAGE 6.2).
//!
//! Arguments lie on the stack where the callee's first registers will be; binding brings them into the order of the
//! parameters there, so that an ordinary call moves nothing.

use super::Machine;
use super::library::add_option;
use crate::bytecode::{ArgumentForm, CallSite, Function, Symbol};
use crate::context::Context;
use crate::source::suggest;
use crate::value::{ErrorKind, Fault, Value, type_name};

/// Where a call's arguments lie and where its result goes: absolute stack positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The first argument.
    pub(super) first: usize,
    /// How many arguments are given by position.
    pub(super) count: usize,
    /// The result.
    pub(super) result: usize,
}

/// Arguments given by name.
pub(super) type Named = Vec<(Symbol, Value)>;

impl Machine {
    /// Spreads arrays and takes named arguments out; the written arguments of `site` lie at `first`. Gives the number of
    /// those by position and the others.
    pub(super) fn spread(
        &self,
        context: &mut Context,
        site: &CallSite,
        first: usize,
    ) -> Result<(usize, Named), Fault> {
        let written = site.arguments.len();
        if site.arguments.iter().all(|form| *form == ArgumentForm::One) {
            return Ok((written, Vec::new()));
        }
        let values: Vec<Value> = context.stack[first..first + written].iter_mut().map(Value::take).collect();
        context.stack.truncate(first);
        let mut named = Vec::new();
        for (form, value) in site.arguments.iter().zip(values) {
            match (form, value) {
                (ArgumentForm::One, value) => context.stack.push(value),
                (ArgumentForm::Named(name), value) => named.push((*name, value)),
                (ArgumentForm::Spread, Value::Array(items)) => context.stack.extend_from_slice(&items),
                (ArgumentForm::Spread, other) => {
                    let message =
                        format!("Cannot spread {}: expected array", type_name(&self.program, &other));
                    return Err(Fault::new(ErrorKind::TypeError, message).about(&[&other]));
                }
            }
        }
        Ok((context.stack.len() - first, named))
    }

    /// Brings the arguments into the order of the parameters: exactly one value for each, `Unset` where an optional
    /// one is left out, the rest array last. The stack ends behind them.
    pub(super) fn bind(
        &self,
        context: &mut Context,
        function: &Function,
        window: Window,
        named: Named,
    ) -> Result<(), Fault> {
        let Window { first, count, .. } = window;
        let own = usize::from(function.flags.is_method);
        let fixed = function.params.len() - usize::from(function.flags.has_rest);
        let given = count.saturating_sub(own) + named.len();
        let wrong = || wrong_count(&function.name, function.required(), function.accepted(), given);
        if count < own {
            let message = format!("{} expects its receiver as first argument", function.name);
            return Err(Fault::new(ErrorKind::TypeError, message));
        }
        context.stack.truncate(first + count);
        let rest = match function.flags.has_rest {
            true => Some(context.stack.drain((first + fixed).min(first + count)..).collect()),
            false if count > fixed => return Err(wrong()),
            false => None,
        };
        context.stack.resize(first + fixed, Value::Unset);
        self.bind_named(context, function, first, named)?;
        let mut values = function.params[own..fixed].iter().zip(&context.stack[first + own..]);
        if let Some((missing, _)) =
            values.find(|(param, value)| !param.optional && matches!(value, Value::Unset))
        {
            let hint = format!("argument '{}' is missing", self.program.symbol(missing.name));
            return Err(wrong().with_hint(hint));
        }
        context.stack.extend(rest.map(Value::array));
        Ok(())
    }

    fn bind_named(
        &self,
        context: &mut Context,
        function: &Function,
        first: usize,
        named: Named,
    ) -> Result<(), Fault> {
        let own = usize::from(function.flags.is_method);
        let fixed = function.params.len() - usize::from(function.flags.has_rest);
        for (name, value) in named {
            let Some(at) = function.params[own..fixed].iter().position(|param| param.name == name) else {
                if self.collects_options(function, fixed) {
                    add_option(&mut context.stack[first + fixed - 1], self.program.symbol(name), value);
                    continue;
                }
                let known: Vec<&str> =
                    function.params[own..fixed].iter().map(|param| self.program.symbol(param.name)).collect();
                return Err(unknown_name(&function.name, self.program.symbol(name), &known));
            };
            let slot = &mut context.stack[first + own + at];
            if !matches!(slot, Value::Unset) {
                return Err(repeated_name(&function.name, self.program.symbol(name)));
            }
            *slot = value;
        }
        Ok(())
    }

    /// Whether further named arguments are options, as in a native whose last parameter is named so (STDLIB 1.1).
    fn collects_options(&self, function: &Function, fixed: usize) -> bool {
        let last = function.params[..fixed].last();
        function.flags.is_prelude && last.is_some_and(|last| self.program.symbol(last.name) == "opts")
    }
}

/// `add expects 2 arguments, got 1`.
#[cold]
pub(super) fn wrong_count(name: &str, required: usize, accepted: Option<usize>, got: usize) -> Fault {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let expected = match accepted {
        None => format!("at least {required} arguments"),
        Some(most) if most == required => format!("{required} argument{}", plural(required)),
        Some(most) => format!("{required} to {most} arguments"),
    };
    Fault::new(ErrorKind::TypeError, format!("{name} expects {expected}, got {got}"))
}

/// A named argument that no parameter takes.
#[cold]
pub(super) fn unknown_name(function: &str, argument: &str, known: &[&str]) -> Fault {
    let message = format!("{function} has no parameter named '{argument}'");
    Fault::new(ErrorKind::TypeError, message).with_hint_opt(suggest(argument, known, "its parameters are"))
}

/// An argument given twice.
#[cold]
pub(super) fn repeated_name(function: &str, argument: &str) -> Fault {
    Fault::new(ErrorKind::TypeError, format!("{function} got argument '{argument}' more than once"))
}
