//! Generators (LANGUAGE 11): suspended calls that run as frames of whoever asks for their next value.
//!
//! `yield` stands in the body of a `func*` only, so a suspended generator is one frame, kept in a shared variable of the
//! context that owns it; what scripts hold refers to that variable. So generators are copied between contexts, frozen and
//! let go of as captured variables are, and may be resumed wherever such a variable may be assigned.
//! Invariant: while the frame runs, the register behind its parameters refers to the generator, and the variable is unset.

use super::Machine;
use super::arguments::Window;
use super::call::{Callee, DEEPEST, Outcome, slot_mut};
use super::disorder::disorder;
use crate::bytecode::Reg;
use crate::context::{Access, Context, Frame};
use crate::value::{CellRef, Counted, ErrorKind, Fault, Lazy, Suspension, Value};

impl Machine {
    /// Calls a `func*`, whose arguments are bound: checks them, runs nothing.
    pub(super) fn suspended(&self, context: &mut Context, callee: Callee, window: Window) -> Outcome {
        let function = self.program.function(callee.function);
        self.hold_arguments(context, function, window.first)?;
        let end = window.first + function.params.len();
        let arguments = context.stack[window.first..end].iter_mut().map(Value::take);
        let mut registers: Vec<Value> = arguments.collect();
        registers.resize_with(function.registers as usize, Value::default);
        let suspension = Suspension {
            function: callee.function,
            ip: 0,
            callee: callee.closure.map_or(Value::Null, Value::Closure),
            registers,
        };
        let state = context.cells.add(Value::Suspended(Counted::new(suspension)), Access::Own);
        let lazy = if function.flags.is_prelude { Lazy::Iterator } else { Lazy::Generator };
        self.restore(context);
        *slot_mut(context, window.result)? = Value::Generator(state, lazy);
        Ok(None)
    }

    /// Runs a generator until its next value, which will be in stack position `answer` as an Option.
    pub(super) fn resume_generator(
        &self,
        context: &mut Context,
        generator: CellRef,
        lazy: Lazy,
        answer: usize,
    ) -> Outcome {
        let depth = context.frames.len();
        let Some(state) = context.cells.get_mut(&generator) else { return Err(foreign(lazy)) };
        let suspension = match state {
            Value::Suspended(_) if depth >= DEEPEST => return Err(too_deep()),
            Value::Suspended(suspension) => suspension.clone(),
            Value::Unset => return Err(running(lazy)),
            _ => {
                context.stack[answer] = Value::None;
                return Ok(None);
            }
        };
        *state = Value::Unset;
        let Suspension { function, ip, callee, mut registers } = Counted::into_inner(suspension);
        let register = self.program.function(function).generator_register();
        let slot = register.and_then(|register| registers.get_mut(register as usize));
        *slot.ok_or_else(|| disorder("a generator has no register for itself"))? =
            Value::Generator(generator, lazy);
        self.restore(context);
        let base = context.stack.len();
        context.stack.append(&mut registers);
        let closure = match callee {
            Value::Closure(closure) => Some(closure),
            _ => None,
        };
        context.frames.push(Frame { ip, ..Frame::new(function, base as u32, answer as u32, closure) });
        Ok(None)
    }

    /// Ends a generator where it stands: its `finally` clauses run as if it returned there. Stack position `answer` gets
    /// null if it had ended before, `None` when it has ended now, and what a clause yields as a `Some`.
    pub(super) fn close_generator(
        &self,
        context: &mut Context,
        generator: CellRef,
        lazy: Lazy,
        answer: usize,
    ) -> Outcome {
        let answered = match context.cells.get_mut(&generator) {
            Some(Value::Null) => Some(Value::Null),
            Some(state) if matches!(&*state, Value::Suspended(suspension) if suspension.ip == 0) => {
                *state = Value::Null;
                Some(Value::None)
            }
            _ => None,
        };
        if let Some(answered) = answered {
            context.stack[answer] = answered;
            return Ok(None);
        }
        self.resume_generator(context, generator, lazy, answer)?;
        Ok(self.throw(context, Fault::closing()))
    }

    /// `Yield`.
    pub(super) fn suspend(&self, context: &mut Context, src: Reg) -> Outcome {
        let (frame, generator) = self.leave_generator(context)?;
        let function = self.program.function(frame.function);
        let base = frame.base as usize;
        let value = context.stack[base + src as usize].clone();
        let mut registers = vec![Value::Null; function.registers as usize];
        let mut keep = |register: Reg| {
            registers[register as usize] = context.stack[base + register as usize].take();
        };
        match function.live_at(frame.ip) {
            Some(live) => live.iter().copied().for_each(&mut keep),
            None => (0..function.registers).for_each(&mut keep),
        }
        // Else the generator would keep itself.
        if let Some(register) = function.generator_register() {
            registers[register as usize] = Value::Null;
        }
        let callee = frame.closure.map_or(Value::Null, Value::Closure);
        let suspension = Suspension { function: frame.function, ip: frame.ip, callee, registers };
        if let Some(state) = context.cells.get_mut(&generator) {
            *state = Value::Suspended(Counted::new(suspension));
        }
        self.restore(context);
        *slot_mut(context, frame.result as usize)? = Value::Some(Counted::new(value));
        Ok(None)
    }

    /// `Finish`.
    pub(super) fn finish(&self, context: &mut Context) -> Outcome {
        let (frame, generator) = self.leave_generator(context)?;
        if let Some(state) = context.cells.get_mut(&generator) {
            *state = Value::Null;
        }
        context.stack.truncate(frame.base as usize);
        self.restore(context);
        *slot_mut(context, frame.result as usize)? = Value::None;
        Ok(None)
    }

    /// Pops the frame of the running generator; its registers stay.
    fn leave_generator(&self, context: &mut Context) -> Result<(Frame, CellRef), Fault> {
        let [.., _, frame] = &context.frames[..] else {
            return Err(disorder("a generator runs for nobody"));
        };
        let register = self.program.function(frame.function).generator_register();
        let slot = register.map(|register| frame.base as usize + register as usize);
        let Some(Value::Generator(generator, _)) = slot.and_then(|slot| context.stack.get(slot)) else {
            return Err(disorder("a running generator does not know itself"));
        };
        let generator = generator.clone();
        let frame = context.frames.pop().expect("it was just looked at");
        Ok((frame, generator))
    }
}

/// An error has left a generator that stack position `slot` refers to: that was its end.
pub(super) fn end(context: &mut Context, slot: usize) {
    if let Some(Value::Generator(generator, _)) = context.stack.get(slot)
        && let Some(state) = context.cells.get_mut(generator)
    {
        *state = Value::Null;
    }
}

#[cold]
fn foreign(lazy: Lazy) -> Fault {
    let name = lazy.type_name();
    let message = format!("Cannot use the {name}: it belongs to another context");
    Fault::new(ErrorKind::IsolationError, message)
        .with_hint("make it in the context that uses it, or send its values over a channel")
}

#[cold]
fn running(lazy: Lazy) -> Fault {
    Fault::new(ErrorKind::ValueError, format!("The {} is running already", lazy.type_name()))
}

#[cold]
fn too_deep() -> Fault {
    let message = format!("Maximum call depth of {DEEPEST} exceeded while resuming a generator");
    Fault::new(ErrorKind::RecursionError, message)
}
