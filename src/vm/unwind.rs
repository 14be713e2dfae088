//! Throwing: what errors look like, where they were thrown, and who catches them.

use super::{Halt, Machine};
use crate::bytecode::{NO_REGISTER, Symbol};
use crate::context::{Context, Frame};
use crate::value::{Counted, ErrorKind, Fault, TracePoint, Value, to_text};

impl Machine {
    /// Throws an error where the context stands: goes to the innermost handler, or ends the context.
    #[cold]
    pub(super) fn throw(&self, context: &mut Context, fault: Fault) -> Option<Halt> {
        let fault = if fault.body().trace.is_empty() { fault.with_trace(trace(context)) } else { fault };
        while let Some(frame) = context.frames.last_mut() {
            let function = self.program.function(frame.function);
            let at = frame.ip.saturating_sub(1);
            let Some(handler) = function.handlers.iter().find(|one| one.start <= at && at < one.end) else {
                let base = frame.base as usize;
                if let Some(register) = function.generator_register() {
                    super::generator::end(context, base + register as usize);
                }
                context.frames.pop();
                context.stack.truncate(base);
                continue;
            };
            frame.ip = handler.target;
            let base = frame.base as usize;
            context.stack.resize_with(base + function.registers as usize, Value::default);
            if handler.error != NO_REGISTER {
                context.stack[base + handler.error as usize] = Value::Error(fault);
            }
            return None;
        }
        Some(Halt::Failed(fault))
    }

    /// What `throw value` throws (LANGUAGE 9.2): an error unchanged, anything else wrapped.
    pub(super) fn wrap(&self, value: Value) -> Fault {
        if let Value::Error(fault) = value {
            return fault;
        }
        let message = self.part(&value, "message").filter(|part| matches!(part, Value::Text(_)));
        let cause = self.part(&value, "cause").unwrap_or_default();
        let mut text = String::new();
        let (kind, shown) = match &value {
            Value::Struct(body) => {
                let name = &self.program.structs[body.id.index()].name;
                text.push_str(name);
                text.push_str(" error");
                (name.to_string(), Ok(()))
            }
            _ => (ErrorKind::Thrown.text(), to_text(&self.program, &value, &mut text)),
        };
        if let Err(fault) = shown {
            return fault;
        }
        let fault = match message {
            Some(Value::Text(message)) => Fault::of_kind(kind, message),
            _ => Fault::of_kind(kind, text),
        };
        fault.with_value(value).with_cause(cause)
    }

    /// What a failed `?` throws at top level.
    #[cold]
    pub(super) fn wrap_try(&self, failed: Value) -> Fault {
        match failed {
            Value::Err(inner) => self.wrap(Counted::into_inner(inner)),
            _ => Fault::new(ErrorKind::ValueError, "Try operator found None"),
        }
    }

    /// The entry of a thrown dict or the field of a thrown struct.
    fn part(&self, value: &Value, name: &str) -> Option<Value> {
        match value {
            Value::Dict(dict) => dict.get_text(name).cloned(),
            Value::Struct(body) => {
                let symbol: Symbol = self.program.find_symbol(name)?;
                let at = self.program.structs[body.id.index()].field(symbol)?;
                body.fields.get(at).cloned()
            }
            _ => None,
        }
    }
}

impl Machine {
    /// The innermost place of a context that is not library code: what reports call its place.
    pub(super) fn place_of(&self, context: &Context) -> Option<TracePoint> {
        let shown = |frame: &&Frame| !self.program.function(frame.function).flags.is_prelude;
        context.frames.iter().rfind(shown).map(point)
    }
}

fn point(frame: &Frame) -> TracePoint {
    TracePoint { function: frame.function, ip: frame.ip.saturating_sub(1) }
}

/// The calls of a context, outermost first, each with the instruction it stands at.
pub(super) fn trace(context: &Context) -> Vec<TracePoint> {
    context.frames.iter().map(point).collect()
}
