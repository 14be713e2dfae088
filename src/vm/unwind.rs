//! Throwing: what errors look like, where they were thrown, and who catches them.

use super::call::Outcome;
use super::{Halt, Machine};
use crate::bytecode::{Function, Handler, NO_REGISTER, Program, Symbol};
use crate::context::{Context, Frame};
use crate::value::{Counted, ErrorKind, Fault, Text, TracePoint, Value, to_text};

impl Machine {
    /// Throws an error where the context stands: goes to the innermost handler, or ends the context.
    #[cold]
    pub(super) fn throw(&self, context: &mut Context, fault: Fault) -> Option<Halt> {
        let fault = if fault.body().trace.is_empty() { fault.with_trace(trace(context)) } else { fault };
        let closes = fault.is_closing();
        while let Some(frame) = context.frames.last_mut() {
            let function = self.program.function(frame.function);
            let at = frame.ip.saturating_sub(1);
            let catches =
                |one: &&Handler| one.start <= at && at < one.end && (!closes || cleans(function, one));
            let Some(handler) = function.handlers.iter().find(catches) else {
                if closes && function.flags.is_generator {
                    return self.finish(context).err().and_then(|fault| self.throw(context, fault));
                }
                let base = frame.base as usize;
                if let Some(register) = function.generator_register() {
                    super::generator::end(context, base + register as usize);
                }
                self.drop_frame(context);
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

    /// `throw value`; the prelude does it if the printed text of the value is not the machine's to write.
    #[cold]
    pub(super) fn throw_value(&self, context: &mut Context, value: Value) -> Outcome {
        let is_shown = !matches!(value, Value::Error(_) | Value::Struct(_));
        match is_shown && self.has_own_text([&value]) {
            true => self.answer_by(context, "__throw_shown", 0, value),
            false => Err(thrown(&self.program, value)),
        }
    }

    /// What a failed `?` throws at top level.
    #[cold]
    pub(super) fn throw_failed(&self, context: &mut Context, failed: Value) -> Outcome {
        match failed {
            Value::Err(inner) => self.throw_value(context, Counted::into_inner(inner)),
            _ => Err(Fault::new(ErrorKind::ValueError, "Try operator found None")),
        }
    }
}

/// Whether a handler leads to a `finally` clause, which begins where the guarded code ends.
fn cleans(function: &Function, handler: &Handler) -> bool {
    function.clauses.iter().any(|clause| clause.start == handler.end)
}

/// What `throw value` throws (LANGUAGE 9.2): an error unchanged, anything else wrapped.
pub fn thrown(program: &Program, value: Value) -> Fault {
    thrown_with(program, value, |value| {
        let mut text = String::new();
        to_text(program, value, &mut text).map(|()| Text::from(text))
    })
}

/// The same, where the printed text, if it is needed, is given.
pub fn thrown_with(
    program: &Program,
    value: Value,
    text: impl FnOnce(&Value) -> Result<Text, Fault>,
) -> Fault {
    if let Value::Error(fault) = value {
        return fault;
    }
    let kind = match &value {
        Value::Struct(body) => program.structs[body.id.index()].name.to_string(),
        _ => ErrorKind::Thrown.text(),
    };
    let message = match (part(program, &value, "message"), &value) {
        (Some(Value::Text(message)), _) => message,
        (_, Value::Struct(_)) => format!("{kind} error").into(),
        _ => match text(&value) {
            Ok(text) => text,
            Err(fault) => return fault,
        },
    };
    let cause = part(program, &value, "cause").unwrap_or_default();
    Fault::of_kind(kind, message).with_value(value).with_cause(cause)
}

/// The entry of a thrown dict or the field of a thrown struct.
fn part(program: &Program, value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Dict(dict) => dict.get_text(name).cloned(),
        Value::Struct(body) => {
            let symbol: Symbol = program.find_symbol(name)?;
            let at = program.structs[body.id.index()].field(symbol)?;
            body.fields.get(at).cloned()
        }
        _ => None,
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
