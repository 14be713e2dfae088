//! Letting go of dead registers before an edit.
//!
//! A value that is about to be changed may seem shared only because a register that nothing reads any more still refers
//! to it. Before it would be copied, such registers are cleared; the compiler says which registers are read later
//! (`Function::live_at`). This keeps edits in loops linear without clearing registers where no edit needs it.

use smallvec::SmallVec;

use super::Machine;
use super::place::Located;
use crate::bytecode::Function;
use crate::context::{Context, Frame};
use crate::value::Value;

/// Whether changing this value would copy it.
pub(super) fn is_shared(value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.is_unique(),
        Value::Array(items) => !items.is_unique(),
        Value::Dict(dict) => !dict.is_unique(),
        Value::Struct(body) => !body.is_unique(),
        Value::Set(set) => !set.is_unique(),
        Value::Deque(body) => !body.is_unique(),
        Value::Bytes(bytes) => !bytes.is_unique(),
        _ => false,
    }
}

/// Clears the registers that are not read from instruction `ip` on.
#[cold]
pub(super) fn dead_registers(function: &Function, ip: usize, registers: &mut [Value]) {
    clear_dead(function, ip, registers, |_| false);
}

/// Clears the registers that are neither read from instruction `ip` on nor `kept`.
fn clear_dead(function: &Function, ip: usize, registers: &mut [Value], kept: impl Fn(usize) -> bool) {
    let Some(live) = function.live_at(ip as u32) else { return };
    let mut live = live.iter().map(|&register| register as usize).peekable();
    for (index, register) in registers.iter_mut().enumerate() {
        // A `self` of its own lies in register 0, which its method reaches as a place only.
        let is_self = index == 0 && function.flags.mutates_self;
        if live.next_if_eq(&index).is_none() && !is_self && !kept(index) {
            *register = Value::Null;
        }
    }
}

/// The stack position where the `self` of a frame starts: not read by its owner any more perhaps, but by the method.
fn receiver_slot(frame: &Frame) -> Option<usize> {
    frame.receiver.slot().map(|slot| slot as usize)
}

impl Machine {
    /// Clears dead registers if something on the way to the place is shared: those of the running function and, as
    /// long as `self` is a place of the caller, of its callers; for a closure in a method, from the method on. Only before
    /// the operands of the instruction are moved.
    pub(super) fn release_for(&self, context: &mut Context, located: &Located) {
        if !self.is_shared_at(context, located) {
            return;
        }
        let innermost = context.frames.len() - 1;
        let mut end = context.stack.len();
        let mut roots: SmallVec<[usize; 4]> = SmallVec::new();
        for (call, frame) in context.frames.iter().enumerate().rev() {
            let function = self.program.function(frame.function);
            let base = frame.base as usize;
            // The running instruction lies before `ip`; a caller stands behind its call.
            let ip = if call == innermost { frame.ip.saturating_sub(1) } else { frame.ip };
            let own = end.min(base + function.registers as usize).max(base);
            roots.extend(receiver_slot(frame));
            let registers = &mut context.stack[base..own];
            clear_dead(function, ip as usize, registers, |index| roots.contains(&(base + index)));
            // Without a receiver, or with one that lies in the frame itself, the place is none of a caller.
            let is_own = frame.receiver.is_none() || receiver_slot(frame).is_some_and(|slot| slot >= base);
            if is_own && located.outer.is_none_or(|outer| call <= outer as usize) {
                break;
            }
            end = base;
        }
    }
}
