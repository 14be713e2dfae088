//! Calls of library functions: binding and checking their arguments by signature (STDLIB R3, R6, 1.2).

use super::arguments::{Named, Window, repeated_name, unknown_name, wrong_count};
use super::call::Outcome;
use super::type_set::TypeSet;
use super::unwind::trace;
use super::{Answer, Call, Capability, Form, Halt, Machine, Parameter, Request, hint};
use crate::bytecode::NativeId;
use crate::context::{Cells, Context};
use crate::value::{Counted, ErrorKind, Fault, Key, Parcel, Value, type_name};

/// How a mutating function was called (STDLIB 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `pop(a)`: gives the new collection too.
    Plain,
    /// `a.pop()`: gives the item alone.
    Dot,
}

impl Machine {
    /// Calls a library function; nothing is stored in places.
    pub(super) fn call_native(
        &self,
        context: &mut Context,
        native: NativeId,
        window: Window,
        named: Named,
        style: Style,
    ) -> Outcome {
        let native = self.select(context, native, window);
        let (mut window, mut named) = (window, named);
        if self.may_detour_with(native, &context.stack[window.first..window.first + window.count], &named)
            && let Some(detour) = self.detour(context, native, &mut window, &mut named)?
        {
            return self.call_by(context, detour, native, window);
        }
        let (answer, end) = self.invoke(context, native, window, named)?;
        let first = window.first;
        let answer = match (self.natives.entries[native.index()].0.form, style, answer) {
            (Form::Edit, _, _) => Answer::Value(context.stack[first].take()),
            (Form::Cut, Style::Plain, Answer::Value(item)) => {
                Answer::Value(Value::array(vec![context.stack[first].take(), item]))
            }
            (_, _, answer) => answer,
        };
        self.clear(context, first, end);
        self.deliver(context, answer, window.result)
    }

    /// The overload that accepts the first argument.
    pub(super) fn select(&self, context: &Context, native: NativeId, window: Window) -> NativeId {
        let first = (window.count > 0).then(|| &context.stack[window.first]);
        self.natives.select(native, first)
    }

    /// Puts an answer where the result belongs, or asks the runtime for it. Inline, because a request is large: each time that it
    /// is passed on, what was just written in parts is read as a whole.
    #[inline(always)]
    pub(super) fn deliver(&self, context: &mut Context, answer: Answer, result: usize) -> Outcome {
        let halt = match answer {
            Answer::Value(value) => {
                context.stack[result] = value;
                return Ok(None);
            }
            Answer::Ask(mut request) => {
                if let Request::Rejected(error) = &mut *request {
                    place(context, error);
                }
                Halt::Ask(request)
            }
            Answer::Wait(request) => Halt::Wait(request),
        };
        context.reply = result as u32;
        Ok(Some(halt))
    }

    /// Lets go of a call's arguments: what a dead register still referred to would be copied when it is next changed.
    pub(super) fn clear(&self, context: &mut Context, first: usize, end: usize) {
        context.stack[first..end].iter_mut().for_each(|slot| *slot = Value::Null);
        self.restore(context);
    }

    /// Binds, checks and runs. The arguments stay on the stack (`args[0]` at `window.first`, also if it fails); gives
    /// the answer and where they end.
    pub(super) fn invoke(
        &self,
        context: &mut Context,
        native: NativeId,
        window: Window,
        named: Named,
    ) -> Result<(Answer, usize), Fault> {
        let end = self.bind_native(context, native, window, named)?;
        let (entry, signature) = &self.natives.entries[native.index()];
        if let Some(needed) = entry.capability.filter(|needed| self.host.denied.contains(needed)) {
            return Err(needed.denied(shown(signature.names[0])));
        }
        let run = |context: &mut Context| {
            self.run_native(native, &mut context.stack[window.first..end], &context.cells)
        };
        let answer = match entry.sends && context.cells.lends() {
            true => self.with_shared_selves(context, run),
            false => run(context),
        };
        Ok((answer?, end))
    }

    /// Runs a library function, whose arguments are bound and checked.
    #[inline]
    pub(super) fn run_native(
        &self,
        native: NativeId,
        args: &mut [Value],
        cells: &Cells,
    ) -> Result<Answer, Fault> {
        let (entry, signature) = &self.natives.entries[native.index()];
        (entry.run)(&mut Call {
            args,
            program: &self.program,
            host: &self.host,
            cells,
            name: signature.names[0],
            work: entry.work,
        })
    }

    /// One value for each parameter, defaults filled in, then the rest arguments; all checked. Gives their end.
    pub(super) fn bind_native(
        &self,
        context: &mut Context,
        native: NativeId,
        window: Window,
        named: Named,
    ) -> Result<usize, Fault> {
        let signature = &self.natives.entries[native.index()].1;
        let accepts = &self.natives.accepts[native.index()];
        let Window { first, count, .. } = window;
        let params = signature.params.len();
        if count < params || !named.is_empty() {
            self.fill(context, native, window, named)?;
        } else if count > params && accepts.rest.is_none() {
            return Err(wrong_count(signature.names[0], accepts.required, Some(params), count));
        }
        let end = first + count.max(params);
        let (fixed, rest) = context.stack[first..end].split_at_mut(params);
        for ((value, set), parameter) in fixed.iter_mut().zip(&accepts.params).zip(&signature.params) {
            self.hold_argument(signature.names[0], parameter, set, value)?;
        }
        if let (Some(set), Some(parameter)) = (&accepts.rest, &signature.rest) {
            for value in rest {
                self.hold_argument(signature.names[0], parameter, set, value)?;
            }
        }
        Ok(end)
    }

    /// Named arguments and defaults.
    fn fill(
        &self,
        context: &mut Context,
        native: NativeId,
        window: Window,
        named: Named,
    ) -> Result<(), Fault> {
        let signature = &self.natives.entries[native.index()].1;
        let accepts = &self.natives.accepts[native.index()];
        let Window { first, count, .. } = window;
        let (name, params) = (signature.names[0], signature.params.len());
        let given = count + named.len();
        context.stack.truncate(first + count);
        if count < params {
            context.stack.resize(first + params, Value::Unset);
        }
        for (argument, value) in named {
            let argument = self.program.symbol(argument);
            match signature.params.iter().position(|param| param.name == argument) {
                Some(at) if matches!(context.stack[first + at], Value::Unset) => {
                    context.stack[first + at] = value;
                }
                Some(_) => return Err(repeated_name(name, argument)),
                None if accepts.opts => add_option(&mut context.stack[first + params - 1], argument, value),
                None => {
                    let known: Vec<&str> = signature.params.iter().map(|param| param.name).collect();
                    return Err(unknown_name(name, argument, &known));
                }
            }
        }
        for (slot, parameter) in context.stack[first..].iter_mut().zip(&signature.params) {
            if matches!(slot, Value::Unset) {
                let most = signature.rest.is_none().then_some(params);
                let default = parameter.default.clone();
                *slot = default.ok_or_else(|| wrong_count(name, accepts.required, most, given))?;
            }
        }
        Ok(())
    }

    /// Holds an argument to its declared types; converts between ints and floats as R6 says.
    fn hold_argument(
        &self,
        function: &str,
        parameter: &Parameter,
        set: &TypeSet,
        value: &mut Value,
    ) -> Result<(), Fault> {
        // Left out, and the default is to be told so.
        let is_left_out = || matches!(value, Value::Unset) && matches!(parameter.default, Some(Value::Unset));
        if set.admits(value) || is_left_out() {
            return Ok(());
        }
        match *value {
            Value::Int(int) if set.has_float() => *value = Value::Float(int as f64),
            Value::Float(float) if set.has_int() && float.fract() == 0.0 && float.abs() < 9.2e18 => {
                *value = Value::Int(float as i64);
            }
            Value::Float(float) if set.has_int() => {
                let function = shown(function);
                let message = format!("{function}: argument '{}' expects int, got {float}", parameter.name);
                return Err(Fault::new(ErrorKind::ValueError, message));
            }
            _ => return Err(self.unsuitable(function, parameter, value)),
        }
        Ok(())
    }

    #[cold]
    fn unsuitable(&self, function: &str, parameter: &Parameter, value: &Value) -> Fault {
        let got = type_name(&self.program, value);
        let (name, expected, function) = (parameter.name, parameter.expected(), shown(function));
        let message = format!("{function}: argument '{name}' expects {expected}, got {got}");
        let hint = hint::counterpart(function, value).or_else(|| hint::conversion(&parameter.types, value));
        Fault::new(ErrorKind::TypeError, message).with_hint_opt(hint).about(&[value])
    }
}

/// Gives an error that rejects a promise without being thrown the place where that was done.
fn place(context: &Context, error: &mut Parcel) {
    if let Value::Error(fault) = &mut error.value
        && fault.body().trace.is_empty()
    {
        fault.body_mut().trace = trace(context);
    }
}

/// Adds a named argument to the dict of options; one that is no dict is left for the type check to refuse.
pub(super) fn add_option(options: &mut Value, name: &str, value: Value) {
    if matches!(options, Value::Unset) {
        *options = Value::dict(Default::default());
    }
    if let Value::Dict(dict) = options {
        Counted::make_mut(dict).insert(Key::Text(name.into()), value);
    }
}

/// The name that messages show: a hidden native speaks for the prelude function that calls it.
fn shown(function: &str) -> &str {
    function.strip_prefix("__").unwrap_or(function)
}

impl Call<'_> {
    /// Whether the run has a right.
    pub fn may(&self, right: Capability) -> bool {
        !self.host.denied.contains(&right)
    }

    /// CapabilityError if the run does not have a right, which this call needs besides the one that its native declares.
    pub fn requires(&self, right: Capability) -> Result<(), Fault> {
        if self.may(right) { Ok(()) } else { Err(right.denied(shown(self.name))) }
    }
}
