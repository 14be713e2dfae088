//! Calls, returns and awaits.

use std::hint::cold_path;

use super::load::copy;
use super::{At, Did};
use crate::bytecode::{CallSite, FunctionId, NO_REGISTER, NativeId, Op, Reg, Symbol};
use crate::context::{Context, Frame, NO_HOME, SelfPlace, pop_bare_call, pop_call, push_call_within};
use crate::value::{Closure, Counted, Fault, Value};
use crate::vm::call::{DEEPEST, Outcome, callee_end, grow};
use crate::vm::dispatch::Run;
use crate::vm::plain::MethodCall;
use crate::vm::prepared::{NO_ARITY, ShortSite};
use crate::vm::registers::{Code, RegisterBase};

/// What a call that is made outside the routine came to.
#[derive(Clone, Copy)]
enum Called {
    /// It is done.
    Done,
    /// The frame of what is called is the innermost one.
    Entered,
    /// Nothing: it is no plain one.
    Nothing,
    /// The chain has to be left.
    Leave,
}

impl<const SWIFT: bool> At<'_, '_, SWIFT> {
    /// Enters a function whose first register is at `first`. `own`: the variable that is `self`, if one is. `closure`: takes what is
    /// called out of its register, to which it goes back afterwards if that is `home`. Nothing is done if calls are nested too
    /// deeply, and with `SWIFT` if it needs memory.
    #[inline(always)]
    fn enter(
        &mut self,
        callee: FunctionId,
        (first, result): (usize, usize),
        own: Option<(u32, Symbol)>,
        home: u32,
        closure: impl FnOnce(&mut RegisterBase) -> Option<Counted<Closure>>,
    ) -> Did {
        let run = &mut *self.run;
        let (machine, program) = (run.machine, run.program);
        let (function, prepared) = (program.function(callee), machine.prepared(callee));
        let Context { stack, frames, lent, .. } = &mut *run.context;
        if frames.len() >= DEEPEST {
            return self.not_plain();
        }
        if !SWIFT {
            grow(stack, callee_end(first, function));
            frames.reserve(1);
            // The stack may lie elsewhere now.
            self.registers = RegisterBase::of(stack, run.base, run.function);
        } else if callee_end(first, function) > stack.len() || frames.len() == frames.capacity() {
            return self.not_plain();
        }
        let registers = RegisterBase::of(stack, first, function);
        let ip = self.code.ip(run.first) + 1;
        let Some(caller) = frames.last_mut() else { return Did::Leave };
        caller.ip = ip as u32;
        *lent += u32::from(home != NO_HOME);
        let frame = Frame::new(callee, first as u32, result as u32, closure(&mut self.registers));
        let receiver = own.map_or(SelfPlace::None, |(slot, name)| SelfPlace::Variable { slot, name });
        push_call_within(frames, Frame { receiver, home, ..frame });
        run.enter(function, prepared, first);
        self.code = run.first;
        self.registers = registers;
        Did::Jump
    }

    /// Does nothing about a call whose fuel is counted. The second routine counts it again; `execute` does not.
    #[inline(always)]
    fn not_plain(&mut self) -> Did {
        if SWIFT {
            self.run.fuel += 1;
        }
        Did::Nothing
    }

    #[inline(always)]
    pub(super) fn call(&mut self, base: Reg, argc: u8, function: u32) -> Did {
        if !self.burn() {
            return Did::Starved;
        }
        let (callee, first) = (FunctionId(function), self.position(base));
        if self.run.machine.prepared(callee).arity != u16::from(argc) {
            return self.not_plain();
        }
        self.enter(callee, (first, first), None, NO_HOME, |_| None)
    }

    /// Calls the closure or function in a register; `lent`: by a variable, which gets it back.
    #[inline(always)]
    pub(super) fn call_held(&mut self, held: Reg, base: Reg, argc: u8, lent: bool) -> Did {
        if !self.burn() {
            return Did::Starved;
        }
        let callee = match self.registers.get(held) {
            Value::Closure(closure) => closure.function,
            &Value::Function(callee) if self.run.program.function(callee).captures.is_empty() => callee,
            _ => return self.not_plain(),
        };
        if self.run.machine.prepared(callee).arity != u16::from(argc) {
            return self.not_plain();
        }
        let result = self.position(base);
        let lent = lent && matches!(self.registers.get(held), Value::Closure(_));
        let home = if lent { self.position(held) as u32 } else { NO_HOME };
        self.enter(callee, (result + 1, result), None, home, move |registers| {
            registers.get_mut(held).take_closure()
        })
    }

    #[inline(always)]
    pub(super) fn call_method(&mut self, base: Reg, site: u16) -> Did {
        if !self.burn() {
            return Did::Starved;
        }
        if matches!(self.code.next().op(), Op::PlaceGuard { .. }) {
            return self.not_plain();
        }
        let slot = self.position(base);
        let short = self.run.prepared.sites[usize::from(site)];
        let ShortSite { register, variable, method, count, .. } = short;
        if count != NO_ARITY
            && let Value::Struct(body) = self.registers.get(register)
            && let Some(method) = self.run.machine.methods[body.id.index()].find(method)
            && method.arity == count
            && (!method.mutates || body.is_unique())
            && (!SWIFT || self.registers.get(base).is_plain())
        {
            let (callee, mutates) = (method.function, method.mutates);
            let own = mutates.then_some((self.position(register) as u32, variable));
            return self.enter(callee, (slot, slot), own, NO_HOME, move |registers| {
                let own = if mutates { None } else { registers.get(register).copied_bits() };
                let first = registers.get_mut(base);
                if !SWIFT {
                    first.let_go();
                }
                match own {
                    Some(own) => first.set_bits(own),
                    None => first.set_null(),
                }
                None
            });
        }
        if SWIFT {
            return self.not_plain();
        }
        let receiver = if register == NO_REGISTER { base } else { register };
        if short.native.is_some() && matches!(self.registers.get(receiver), Value::Handle(_)) {
            return self.called(|run, code| run.call_quick(code, site, slot));
        }
        let site = &self.run.function.sites[usize::from(site)];
        self.called(|run, code| run.call_plain_method(code, site, slot))
    }

    #[inline(always)]
    pub(super) fn call_native(&mut self, base: Reg, native: u16, argc: u8) -> Did {
        if !self.burn() {
            return Did::Starved;
        }
        let first = self.position(base);
        self.called(|run, code| run.call_plain_native(code, NativeId(native), first, argc))
    }

    /// Goes on after a call that may have changed the length of the stack.
    #[inline(always)]
    fn called(&mut self, call: impl FnOnce(&mut Run<'_>, Code) -> Called) -> Did {
        match call(self.run, self.code) {
            Called::Done => {
                self.registers = self.run.registers();
                Did::Next
            }
            Called::Entered => {
                self.code = self.run.first;
                self.registers = self.run.registers();
                Did::Jump
            }
            Called::Nothing => Did::Nothing,
            Called::Leave => Did::Leave,
        }
    }

    #[inline(always)]
    pub(super) fn call_with(&mut self) -> Did {
        if self.burn() { Did::Nothing } else { Did::Starved }
    }

    #[inline(always)]
    pub(super) fn await_promise(&mut self, src: Reg) -> Did {
        if !self.burn() {
            return Did::Starved;
        }
        Did::all(!matches!(self.registers.get(src), Value::Handle(_)))
    }

    #[inline(always)]
    pub(super) fn copy_settled(&mut self, dst: Reg, src: Reg) -> Did {
        let Value::Handle(handle) = self.registers.get(src) else { return self.copy(dst, src) };
        let Some(value) = handle.plain_outcome() else {
            cold_path();
            return self.copy(dst, src);
        };
        let did = copy!(self, dst, value);
        if let Did::Next = did {
            self.code = self.code.next();
        }
        did
    }

    /// The plainest return: the result goes to where the caller wants it, and what else the registers hold is let go. With `SWIFT`
    /// there is nothing to let go.
    #[inline(always)]
    pub(super) fn return_value(&mut self, src: Reg) -> Did {
        let run = &mut *self.run;
        let [.., _, frame] = &run.context.frames[..] else { return Did::Nothing };
        if frame.stores_result || frame.result > frame.base {
            return Did::Nothing;
        }
        let (result, inline) = (frame.result as usize, frame.inline);
        if SWIFT {
            if frame.closure.is_some()
                || matches!(frame.receiver, SelfPlace::Kept(_))
                || !self.registers.are_plain(run.function)
                || !self.move_result(result, src)
            {
                return Did::Nothing;
            }
            pop_bare_call(&mut self.run.context.frames);
        } else {
            let kept = usize::from(frame.result == frame.base);
            run.context.give_back();
            pop_call(&mut run.context.frames);
            let _ = self.move_result(result, src);
            self.registers.let_go(self.run.function, kept);
        }
        let run = &mut *self.run;
        let Context { stack, frames, .. } = &mut *run.context;
        let Some(caller) = frames.last_mut() else { return Did::Leave };
        caller.ip += u32::from(inline);
        let (id, start, ip) = (caller.function, caller.base as usize, caller.ip as usize);
        let (function, prepared) = (run.program.function(id), run.machine.prepared(id));
        // What the call has called may have cut the stack.
        if callee_end(start, function) > stack.len() {
            return Did::Leave;
        }
        self.code = Code::of(function, ip);
        self.registers = RegisterBase::of(stack, start, function);
        run.enter(function, prepared, start);
        Did::Jump
    }

    /// Moves a register to a stack position. With `SWIFT` false, and nothing is done, if something would have to be let go there.
    #[inline(always)]
    fn move_result(&mut self, position: usize, src: Reg) -> bool {
        let stack = &mut self.run.context.stack;
        if let Value::Int(int) = *self.registers.get(src) {
            if SWIFT {
                return stack[position].try_set_int(int);
            }
            stack[position].set_int(int);
            return true;
        }
        cold_path();
        if SWIFT && !stack[position].is_plain() {
            return false;
        }
        // Most functions that give nothing have just made it null: to take that as bits would be to wait for it.
        if let Value::Null = *self.registers.get(src) {
            stack[position].set_null();
            return true;
        }
        // Where both are the same, what was there is taken out first.
        let moved = self.registers.get_mut(src).take_bits();
        let to = &mut stack[position];
        to.let_go();
        to.set_bits(moved);
        true
    }
}

impl Run<'_> {
    #[inline(never)]
    fn call_plain_native(&mut self, code: Code, native: NativeId, first: usize, argc: u8) -> Called {
        self.save(code.ip(self.first) + 1);
        let outcome = self.machine.call_plain_native(self.context, native, first, argc);
        outcome.map_or(Called::Nothing, |outcome| self.called(outcome))
    }

    /// A method call on a handle, by the short form of its site.
    #[inline(never)]
    fn call_quick(&mut self, code: Code, site: u16, slot: usize) -> Called {
        let ShortSite { register, native, given, .. } = self.prepared.sites[usize::from(site)];
        let is_held = register != NO_REGISTER;
        let receiver = if is_held { self.base + usize::from(register) } else { slot };
        let (Some(first), Some(Value::Handle(handle))) = (native, self.context.stack.get(receiver)) else {
            return Called::Nothing;
        };
        let Some(quick) = self.machine.natives.quick_method(first, handle.kind()) else {
            return Called::Nothing;
        };
        let receiver = is_held.then(|| handle.clone());
        self.save(code.ip(self.first) + 1);
        let outcome = self.machine.call_quick(self.context, quick, given.into(), slot, receiver);
        outcome.map_or(Called::Nothing, |outcome| self.called(outcome))
    }

    #[inline(never)]
    fn call_plain_method(&mut self, code: Code, site: &CallSite, slot: usize) -> Called {
        let ip = code.ip(self.first) + 1;
        match self.machine.call_plain_method(self.context, (self.function, self.base), site, slot, ip) {
            MethodCall::Other => Called::Nothing,
            MethodCall::Entered => {
                self.look();
                Called::Entered
            }
            MethodCall::Answered(outcome) => self.called(outcome),
        }
    }

    /// What a library function came to.
    #[inline(always)]
    fn called(&mut self, outcome: Outcome) -> Called {
        match outcome {
            Ok(None) => Called::Done,
            Ok(halt) => {
                self.halt = halt;
                Called::Leave
            }
            Err(fault) => self.throw(fault),
        }
    }

    #[cold]
    #[inline(never)]
    fn throw(&mut self, fault: Fault) -> Called {
        self.halt = self.machine.throw(self.context, fault);
        Called::Leave
    }
}
