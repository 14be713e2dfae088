//! Calls: entering and leaving functions, calling values, creating contexts.

use super::arguments::{Named, Window};
use super::disorder::disorder;
use super::library::Style;
use super::{Halt, Machine, Request, check};
use crate::bytecode::{CallSite, Function, FunctionId, Op};
use crate::context::{Context, Frame, SelfPlace};
use crate::value::{Closure, Counted, EnumValue, ErrorKind, Fault, StructValue, TracePoint, Value};

/// How many calls may be nested. Frames are small; this bounds the memory that endless recursion takes.
pub(super) const DEEPEST: usize = 100_000;

/// A program function about to be entered.
pub(super) struct Callee {
    pub(super) function: FunctionId,
    pub(super) closure: Option<Counted<Closure>>,
    /// The place that is `self`.
    pub(super) receiver: SelfPlace,
    /// Whether the result is stored there too.
    pub(super) stores_result: bool,
}

impl Callee {
    /// A function that captures nothing.
    pub(super) fn plain(function: FunctionId) -> Callee {
        Callee { function, closure: None, receiver: SelfPlace::None, stores_result: false }
    }

    /// A function of a struct, called on a value of it.
    pub(super) fn member(function: FunctionId, of: &StructValue) -> Callee {
        Callee { closure: of.closure(function), ..Callee::plain(function) }
    }
}

/// What a call or another instruction that needs the whole context comes to.
pub(super) type Outcome = Result<Option<Halt>, Fault>;

impl Machine {
    /// Calls a program function: pushes a frame, or creates a context if it is async.
    pub(super) fn enter(
        &self,
        context: &mut Context,
        callee: Callee,
        window: Window,
        named: Named,
    ) -> Outcome {
        let function = self.program.function(callee.function);
        let flags = function.flags;
        if callee.closure.is_none() && !function.captures.is_empty() {
            return Err(disorder("a function lacks its closure"));
        }
        if window.count != function.params.len() || flags.has_rest || !named.is_empty() {
            self.bind(context, function, window, named)?;
        }
        if flags.is_generator {
            return self.suspended(context, callee, window);
        }
        let inline = flags.is_async && self.awaits_directly(context);
        if flags.is_async && !inline {
            self.hold_arguments(context, function, window.first)?;
            let end = window.first + function.params.len();
            // They are the begin of the new context's stack.
            let mut arguments = Vec::with_capacity(function.registers as usize);
            arguments.extend(context.stack[window.first..end].iter_mut().map(Value::take));
            return self.spawn(context, callee.function, callee.closure, arguments, window.result);
        }
        if context.frames.len() >= DEEPEST {
            let name = self.name_in_script(context, function);
            let message = format!("Maximum call depth of {DEEPEST} exceeded while calling {name}");
            let hint = "a function that calls itself needs a case in which it does not";
            return Err(Fault::new(ErrorKind::RecursionError, message).with_hint(hint));
        }
        grow(&mut context.stack, callee_end(window.first, function));
        let mut frame =
            Frame::new(callee.function, window.first as u32, window.result as u32, callee.closure);
        frame.receiver = callee.receiver;
        frame.stores_result = callee.stores_result;
        frame.inline = inline;
        context.inline_awaits += u32::from(inline);
        if flags.mutates_self && frame.receiver.is_none() {
            // `self` of a mutating method that is called on no place: a variable of its own, register 0.
            frame.receiver = SelfPlace::Variable { slot: window.first as u32, name: function.params[0].name };
        }
        context.frames.push(frame);
        Ok(None)
    }

    /// What reports call a function that is called: one of the library's own goes by the name of who calls it.
    #[cold]
    fn name_in_script<'m>(&'m self, context: &Context, function: &'m Function) -> &'m str {
        let callers = context.frames.iter().rev().map(|frame| &*self.program.function(frame.function).name);
        std::iter::once(&*function.name)
            .chain(callers)
            .find(|name| !name.starts_with("__"))
            .unwrap_or_default()
    }

    /// Holds the arguments of a context to be made to their annotations, so that a wrong call throws in the caller.
    pub(super) fn hold_arguments(
        &self,
        context: &mut Context,
        function: &Function,
        first: usize,
    ) -> Result<(), Fault> {
        for (param, value) in function.params.iter().zip(&mut context.stack[first..]) {
            if let (Some(check), false) = (param.check, matches!(value, Value::Unset)) {
                check::hold(&self.program, &function.checks[usize::from(check)], value)?;
            }
        }
        Ok(())
    }

    /// Goes on after what an instruction came to: throws an error, gives a halt.
    #[inline(never)]
    pub(super) fn proceed(&self, context: &mut Context, outcome: Outcome) -> Option<Halt> {
        match outcome {
            Ok(halt) => halt,
            Err(fault) => self.throw(context, fault),
        }
    }

    /// Whether the current call's promise would be awaited by the next instruction (LANGUAGE 10.3).
    fn awaits_directly(&self, context: &Context) -> bool {
        let caller = context.frames.last().expect("calls are made by frames");
        let code = &self.program.function(caller.function).code;
        matches!(code.get(caller.ip as usize), Some(Op::Await { inline: true, .. }))
    }

    /// Ends the current call with a result.
    pub(super) fn leave(&self, context: &mut Context, value: Value) -> Outcome {
        let frame = context.pop_frame().expect("only running functions return");
        let base = frame.base as usize;
        let Some(caller) = context.frames.last_mut() else {
            context.end(value);
            return Ok(Some(Halt::Done));
        };
        let end = caller.base as usize + self.program.function(caller.function).registers as usize;
        caller.ip += u32::from(frame.inline);
        context.stack.truncate(base);
        context.stack.resize_with(end, Value::default);
        if frame.stores_result {
            return self.finish_special(context, frame, value);
        }
        *slot_mut(context, frame.result as usize)? = value;
        Ok(None)
    }

    /// `CallWith`: the callee lies at stack position `at`, the written arguments behind it.
    pub(super) fn call_with(&self, context: &mut Context, site: &CallSite, at: usize) -> Outcome {
        let callee = context.stack[at].take();
        let (count, named) = self.spread(context, site, at + 1)?;
        let window = Window { first: at + 1, count, result: at };
        self.call_value(context, callee, window, named, Style::Plain)
    }

    /// Calls any value.
    pub(super) fn call_value(
        &self,
        context: &mut Context,
        callee: Value,
        window: Window,
        named: Named,
        style: Style,
    ) -> Outcome {
        match callee {
            Value::Function(function) => self.enter(context, Callee::plain(function), window, named),
            Value::Closure(closure) => {
                let callee = Callee { closure: Some(closure.clone()), ..Callee::plain(closure.function) };
                self.enter(context, callee, window, named)
            }
            Value::Native(native) => self.call_native(context, native, window, named, style),
            Value::Bound(bound) => {
                context.stack.truncate(window.first + window.count);
                context.stack.insert(window.first, bound.receiver.clone());
                let window = Window { count: window.count + 1, ..window };
                self.call_value(context, bound.callee.clone(), window, named, Style::Dot)
            }
            Value::Constructor(variant) => self.construct(context, variant, window, named),
            other => {
                let hint = super::hint::not_callable(&self.program, &other);
                let fault = Fault::new(ErrorKind::TypeError, "Cannot call non-function");
                Err(fault.with_hint(hint).about(&[&other]))
            }
        }
    }

    /// Builds an enum value by calling its variant.
    fn construct(&self, context: &mut Context, variant: u16, window: Window, named: Named) -> Outcome {
        let (id, position) = self.program.variants[variant as usize];
        let def = &self.program.enums[id.index()];
        let expected = def.variants[position as usize].payload.map(usize::from);
        let name = || format!("{}::{}", def.name, def.variants[position as usize].name);
        if let Some((argument, _)) = named.first() {
            return Err(super::arguments::unknown_name(&name(), self.program.symbol(*argument), &[]));
        }
        if expected.is_some_and(|expected| expected != window.count) {
            let required = expected.unwrap_or_default();
            return Err(super::arguments::wrong_count(&name(), required, expected, window.count));
        }
        let arguments = &mut context.stack[window.first..window.first + window.count];
        for (check, value) in def.variants[position as usize].checks.iter().zip(&mut *arguments) {
            if let Some(check) = check {
                check::hold(&self.program, check, value)?;
            }
        }
        let payload = arguments.iter_mut().map(Value::take).collect();
        self.restore(context);
        context.stack[window.result] =
            Value::Enum(Counted::new(EnumValue { id, variant: position, payload }));
        Ok(None)
    }

    /// Makes the stack as long as the current frame says, after a call took from it or added to it.
    pub(super) fn restore(&self, context: &mut Context) {
        let frame = context.frames.last().expect("instructions run in frames");
        let end = frame.base as usize + self.program.function(frame.function).registers as usize;
        context.stack.resize_with(end, Value::default);
    }

    /// Asks for a new context that runs `function`; its promise goes to stack position `result`.
    pub(super) fn spawn(
        &self,
        context: &mut Context,
        function: FunctionId,
        closure: Option<Counted<Closure>>,
        arguments: Vec<Value>,
        result: usize,
    ) -> Outcome {
        let site = self.place_of(context).unwrap_or(TracePoint { function, ip: 0 });
        let child = match context.cells.lends() {
            false => context.child(&self.program, function, closure, arguments),
            true => self.with_shared_selves(context, |context| {
                context.child(&self.program, function, closure, arguments)
            }),
        };
        self.restore(context);
        context.reply = result as u32;
        let request = Request::Spawn { context: Box::new(child), site };
        Ok(Some(Halt::ask(request)))
    }

    /// `Spawn`: starts a context that runs the function in a register.
    pub(super) fn spawn_block(&self, context: &mut Context, block: Value, result: usize) -> Outcome {
        match block {
            Value::Closure(closure) => {
                self.spawn(context, closure.function, Some(closure), Vec::new(), result)
            }
            Value::Function(function) => self.spawn(context, function, None, Vec::new(), result),
            _ => Err(Fault::new(ErrorKind::TypeError, "Cannot call non-function")),
        }
    }

    /// `Await`.
    pub(super) fn settle_await(&self, context: &mut Context, slot: usize) -> Outcome {
        let Value::Handle(handle) = &mut context.stack[slot] else { return Ok(None) };
        match handle.take_outcome() {
            Some(outcome) => {
                let value = self.outcome(context, outcome)?;
                context.stack[slot] = value;
                Ok(None)
            }
            None if handle.is_promise() => {
                let handle = handle.clone();
                context.wait = Some(slot as u32);
                Ok(Some(Halt::Waiting(handle)))
            }
            None => Ok(None),
        }
    }
}

/// Where a result goes.
pub(super) fn slot_mut(context: &mut Context, slot: usize) -> Result<&mut Value, Fault> {
    context.stack.get_mut(slot).ok_or_else(|| disorder("a result lies outside of the stack"))
}

/// Where the registers of a function end whose first one is at `first`.
#[inline]
pub(super) fn callee_end(first: usize, function: &Function) -> usize {
    first + function.registers as usize
}

/// Makes the stack at least `end` long. What lies there, dead registers of the caller or of calls that have ended, may
/// stay: no function reads a register before it has written it.
#[inline]
pub(super) fn grow(stack: &mut Vec<Value>, end: usize) {
    if stack.len() < end {
        stack.resize_with(end, Value::default);
    }
}
