//! Calls of library functions and of methods in the plainest case: as many arguments as parameters, which lie where they should,
//! and nothing to bind, to spawn or to set up.
//!
//! Owns: what most of these calls are, without an allocation and without a look at anything but the two frames. Each function here either has
//! done the whole call, or has changed nothing and leaves it to `call` and `method`. Calls of functions that are known, and returns, are
//! routines of their own (`routine/call.rs`).

use super::arguments::Window;
use super::call::{DEEPEST, Outcome, callee_end, grow};
use super::methods::PlainMethod;
use super::native::Quick;
use super::{Form, Machine};
use crate::bytecode::{CallSite, Function, FunctionId, NativeId, Place, Root, StructId};
use crate::context::{Context, Frame, SelfPlace, push_call};
use crate::value::{Handle, Value};

/// What became of a method call.
pub(super) enum MethodCall {
    /// Its frame runs.
    Entered,
    /// It is done, or asks the runtime.
    Answered(Outcome),
    /// Nothing: it is no plain one.
    Other,
}

impl Machine {
    /// The plainest call, whose arguments lie as they should. The caller stands at `ip`.
    fn enter_plain(
        &self,
        context: &mut Context,
        (callee, function): (FunctionId, &Function),
        own: SelfPlace,
        ip: usize,
        window: Window,
    ) {
        context.frames.last_mut().expect("calls are made by frames").ip = ip as u32;
        grow(&mut context.stack, callee_end(window.first, function));
        let frame = Frame::new(callee, window.first as u32, window.result as u32, None);
        push_call(&mut context.frames, Frame { receiver: own, ..frame });
    }

    /// The plainest call of a library function: one that stands for itself alone, with an argument for each parameter, of
    /// the types that it takes. The arguments begin at `first`, where the result goes. `None`, and nothing is changed, if
    /// there is more to it: then it is for `call_native`.
    #[inline(always)]
    pub(super) fn call_plain_native(
        &self,
        context: &mut Context,
        native: NativeId,
        first: usize,
        count: u8,
    ) -> Option<Outcome> {
        let entry = &self.natives.entries[native.index()].0;
        let accepts = &self.natives.accepts[native.index()];
        let args = &mut context.stack[first..first + usize::from(count)];
        let is_plain = entry.form == Form::Plain
            && entry.capability.is_none()
            && !entry.sends
            && accepts.overload.is_none()
            && accepts.rest.is_none()
            && accepts.params.len() == args.len()
            && !self.may_detour_with(native, args, &Vec::new())
            && args.iter().zip(&accepts.params).all(|(value, set)| set.admits(value));
        if !is_plain {
            return None;
        }
        let answer = self.run_native(native, args, &context.cells);
        match answer {
            Ok(answer) => {
                args.iter_mut().for_each(Value::let_go);
                Some(self.deliver(context, answer, first))
            }
            Err(fault) => Some(Err(fault)),
        }
    }

    /// The plainest method calls that the routine leaves: of a struct whose functions close over nothing; of a mutating method on
    /// `self` if nobody shares its value; of what a handle has itself, as channels have `send`. The caller, whose function and base these
    /// are, stands at `ip`; the receiver, if the site has no place, and the arguments lie at `slot`.
    #[inline(always)]
    pub(super) fn call_plain_method(
        &self,
        context: &mut Context,
        (function, base): (&Function, usize),
        site: &CallSite,
        slot: usize,
        ip: usize,
    ) -> MethodCall {
        let place = site.place.map(|place| &function.places[usize::from(place)]);
        let receiver = match place {
            Some(place) => self.peek_place(context, base, place),
            None => context.stack.get(slot),
        };
        match receiver {
            Some(Value::Struct(body)) => {
                let Some(method) = self.plain_method(&context.frames, site, body.id) else {
                    return MethodCall::Other;
                };
                let mut own = SelfPlace::None;
                if method.mutates {
                    let place = place.and_then(|place| whole_self(context, place));
                    let Some(place) = place.filter(|_| body.is_unique()) else {
                        return MethodCall::Other;
                    };
                    own = place;
                    context.stack[slot].set_null();
                } else if place.is_some() {
                    let body = body.clone();
                    context.stack[slot].put(Value::Struct(body));
                }
                let window = Window { first: slot, count: site.arguments.len() + 1, result: slot };
                let callee = (method.function, self.program.function(method.function));
                self.enter_plain(context, callee, own, ip, window);
                MethodCall::Entered
            }
            Some(Value::Handle(handle)) => {
                let kind = handle.kind();
                let native = self.named(site.name).native;
                let Some(quick) = native.and_then(|first| self.natives.quick_method(first, kind)) else {
                    return MethodCall::Other;
                };
                if !site.is_positional() {
                    return MethodCall::Other;
                }
                let receiver = place.is_some().then(|| handle.clone());
                context.frames.last_mut().expect("calls are made by frames").ip = ip as u32;
                match self.call_quick(context, quick, site.arguments.len(), slot, receiver) {
                    Some(outcome) => MethodCall::Answered(outcome),
                    None => MethodCall::Other,
                }
            }
            _ => MethodCall::Other,
        }
    }

    /// Calls a method of a handle with so many arguments besides it, by position. `None`, and nothing is changed, if this call is
    /// another one, for `call_native` to make or to refuse. `receiver`: the handle, unless it lies at `slot`.
    #[inline(always)]
    pub(super) fn call_quick(
        &self,
        context: &mut Context,
        quick: &Quick,
        given: usize,
        slot: usize,
        receiver: Option<Handle>,
    ) -> Option<Outcome> {
        if given > quick.params.len() || (quick.sends && context.cells.lends()) {
            return None;
        }
        let end = slot + 1 + quick.params.len();
        grow(&mut context.stack, end);
        let (handle, args) = context.stack[slot..end].split_first_mut()?;
        for (index, (value, (set, default))) in args.iter_mut().zip(&quick.params).enumerate() {
            if index < given {
                if !set.admits(value) {
                    return None;
                }
                continue;
            }
            match default.as_ref()? {
                Value::Null => value.set_null(),
                default => *value = default.clone(),
            }
        }
        if let Some(receiver) = receiver {
            handle.put(Value::Handle(receiver));
        }
        let args = &mut context.stack[slot..end];
        match self.run_native(quick.native, args, &context.cells) {
            Ok(answer) => {
                args.iter_mut().for_each(Value::let_go);
                Some(self.deliver(context, answer, slot))
            }
            Err(fault) => Some(Err(fault)),
        }
    }

    /// The method of a struct that a site calls, if such a call is a plain one.
    #[inline(always)]
    pub(super) fn plain_method(
        &self,
        frames: &[Frame],
        site: &CallSite,
        id: StructId,
    ) -> Option<&PlainMethod> {
        let method = self.methods[id.index()].find(site.name)?;
        let is_plain = usize::from(method.arity) == site.arguments.len() + 1
            && frames.len() < DEEPEST
            && site.is_positional();
        is_plain.then_some(method)
    }
}

/// `self` as a place, where it is a whole variable of the caller.
fn whole_self(context: &Context, place: &Place) -> Option<SelfPlace> {
    match context.frames.last()?.receiver {
        SelfPlace::Variable { slot, name } if place.steps.is_empty() && place.root == Root::Receiver => {
            Some(SelfPlace::Variable { slot, name })
        }
        _ => None,
    }
}
