//! Letting go of dead registers before an edit.
//!
//! A value that is about to be changed may seem shared only because a register that nothing reads any more still refers
//! to it. Before it would be copied, such registers are cleared; the compiler says which registers are read later
//! (`Function::live_at`). This keeps edits in loops linear without clearing registers where no edit needs it.

use super::Machine;
use super::place::Located;
use crate::bytecode::Function;
use crate::context::Context;
use crate::value::Value;

/// Whether changing this value would copy it.
pub(super) fn is_shared(value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.is_unique(),
        Value::Array(items) => !items.is_unique(),
        Value::Dict(dict) => !dict.is_unique(),
        Value::Struct(body) => !body.is_unique(),
        Value::Set(set) => !set.is_unique(),
        Value::Bytes(bytes) => !bytes.is_unique(),
        _ => false,
    }
}

/// Clears the registers that are not read from instruction `ip` on.
#[cold]
pub(super) fn dead_registers(function: &Function, ip: usize, registers: &mut [Value]) {
    let Some(live) = function.live_at(ip as u32) else { return };
    let mut live = live.iter().map(|&register| register as usize).peekable();
    for (index, register) in registers.iter_mut().enumerate() {
        if live.next_if_eq(&index).is_none() {
            *register = Value::Null;
        }
    }
}

impl Machine {
    /// Clears dead registers if something on the way to the place is shared: those of the running function and, as
    /// long as `self` is a place of the caller, of its callers. Only before the operands of the instruction are moved.
    pub(super) fn release_for(&self, context: &mut Context, located: &Located) {
        if !self.is_shared_at(context, located) {
            return;
        }
        let mut end = context.stack.len();
        for (depth, frame) in context.frames.iter().rev().enumerate() {
            let function = self.program.function(frame.function);
            let base = frame.base as usize;
            // The running instruction lies before `ip`; a caller stands behind its call.
            let ip = if depth == 0 { frame.ip.saturating_sub(1) } else { frame.ip };
            let own = end.min(base + function.registers as usize).max(base);
            dead_registers(function, ip as usize, &mut context.stack[base..own]);
            if frame.receiver.is_none() {
                break;
            }
            end = base;
        }
    }
}
