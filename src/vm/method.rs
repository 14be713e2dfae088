//! Method calls and members (LANGUAGE 7.3 to 7.5), and edits of the place a method is called on (STDLIB 1.2).

use super::arguments::{Named, Window};
use super::call::{Callee, Outcome, slot_mut};
use super::library::Style;
use super::ops::Operator;
use super::place::{Located, guard_at, register, undefined};
use super::variable::{capture, in_cell};
use super::{Answer, Form, Machine, access, check, error_field};
use crate::bytecode::{CallSite, Fallback, Function, FunctionId, NativeId, Op, Reg, StructId, Symbol};
use crate::context::{Context, Frame, Globals};
use crate::value::{Bound, Counted, ErrorKind, Fault, KeyRef, ResourceKind, Value};

/// What a method call calls.
enum Target {
    /// A function of the receiver's struct.
    Own(Callee),
    /// An own method of the receiver's builtin type.
    Library(NativeId),
    /// An own method that is written in Ruff; its result is stored in the place.
    Editing(FunctionId),
    /// A function in a field or under a key.
    Member(Value),
    /// Whatever is visible outside.
    Outer,
}

impl Machine {
    /// `CallMethod`.
    pub(super) fn call_method(
        &self,
        context: &mut Context,
        function: &Function,
        base: Reg,
        site: u16,
    ) -> Outcome {
        let site = &function.sites[site as usize];
        let frame = context.frames.last().expect("instructions run in frames");
        let (ip, slot) = (frame.ip as usize, frame.base as usize + base as usize);
        let Some(place) = site.place else { return self.call_on_temporary(context, site, slot) };
        let place = &function.places[place as usize];
        let guard = guard_at(&function.code, ip);
        if guard.is_none()
            && let Some(receiver) = self.peek_place(context, frame.base as usize, place)
            && !is_changeable(receiver)
        {
            context.stack[slot] = receiver.clone();
            return self.call_on_temporary(context, site, slot);
        }
        let located = self.locate(context, place)?;
        self.release_for(context, &located);
        match guard {
            Some(guard) => self.assign_edit(context, site, located, guard, slot),
            None => self.call_on_place(context, site, located, slot),
        }
    }

    fn call_on_temporary(&self, context: &mut Context, site: &CallSite, slot: usize) -> Outcome {
        let (count, named) = self.spread(context, site, slot + 1)?;
        let target = match context.stack[slot] {
            Value::Module(module) => match self.module_member(&context.globals, module, site.name) {
                Some(member) => Target::Member(member),
                None => Target::Outer,
            },
            ref receiver => self.resolve(receiver, site.name),
        };
        self.call_target(context, site, target, Window { first: slot, count: count + 1, result: slot }, named)
    }

    fn call_on_place(
        &self,
        context: &mut Context,
        site: &CallSite,
        located: Located,
        slot: usize,
    ) -> Outcome {
        let target = match self.glance(context, &located) {
            Some(receiver) => self.resolve(receiver, site.name),
            None => match self.read(context, &located) {
                Ok(receiver) => self.resolve(&receiver, site.name),
                Err(fault) => return Err(self.no_receiver(context, &located, fault)),
            },
        };
        let (count, named) = self.spread(context, site, slot + 1)?;
        let window = Window { first: slot, count: count + 1, result: slot };
        let mut callee = match target {
            Target::Library(native) if self.natives.entries[native.index()].0.form != Form::Plain => {
                if self.may_detour(native) {
                    let receiver = self.read(context, &located)?;
                    if let Some(function) = self.editing_form(context, native, &receiver, window, &named) {
                        context.stack[slot] = receiver;
                        return self.edit_by(context, function, native, located, window, named);
                    }
                }
                return self.edit(context, &located, native, window, named, site.wants_result);
            }
            Target::Own(callee) if self.program.function(callee.function).flags.mutates_self => {
                context.stack[slot] = Value::Null;
                callee
            }
            Target::Editing(function) => {
                context.stack[slot] = self.read(context, &located)?;
                Callee { stores_result: true, ..Callee::plain(function) }
            }
            target => {
                context.stack[slot] = self.read(context, &located)?;
                return self.call_target(context, site, target, window, named);
            }
        };
        self.changeable(&located)?;
        callee.receiver = located.keep();
        self.enter(context, callee, window, named)
    }

    /// Finds what `receiver.name(..)` calls (LANGUAGE 7.4).
    fn resolve(&self, receiver: &Value, name: Symbol) -> Target {
        if let Value::Struct(body) = receiver {
            let def = &self.program.structs[body.id.index()];
            if let Some(&function) = def.functions.get(&name) {
                return Target::Own(Callee::member(function, body));
            }
        } else if let Some(own) = self.own_method(receiver, name) {
            return own;
        }
        if let Value::Error(fault) = receiver {
            let member = error_field(&self.program, fault, self.program.symbol(name));
            return member.filter(Value::is_callable).map_or(Target::Outer, Target::Member);
        }
        match self.member(receiver, name) {
            Some(member) if member.is_callable() => Target::Member(member.clone()),
            _ => Target::Outer,
        }
    }

    /// An own method of a builtin type: a mutating function that accepts the value, or a function of handles.
    fn own_method(&self, receiver: &Value, name: Symbol) -> Option<Target> {
        let named = self.named(name);
        if let Some(first) = named.native
            && let Some(native) = self.natives.accepting(first, Some(receiver))
        {
            let handles = &self.natives.accepts[native.index()].params;
            let form = self.natives.entries[native.index()].0.form;
            if form != Form::Plain || handles.first().is_some_and(|set| set.names_handle(receiver)) {
                return Some(Target::Library(native));
            }
        }
        let edits = |&id: &FunctionId| self.program.function(id).flags.edits_place;
        match receiver {
            Value::Array(_) | Value::Dict(_) => named.prelude.filter(edits).map(Target::Editing),
            _ => None,
        }
    }

    /// A field of a struct or an entry of a dict.
    fn member<'a>(&self, value: &'a Value, name: Symbol) -> Option<&'a Value> {
        match value {
            Value::Struct(body) => access::struct_field(&self.program, body, name),
            Value::Dict(dict) => dict.get_text(self.program.symbol(name)),
            _ => None,
        }
    }

    /// Calls what was found; the receiver lies in the first register of the window, before the arguments.
    fn call_target(
        &self,
        context: &mut Context,
        site: &CallSite,
        target: Target,
        window: Window,
        named: Named,
    ) -> Outcome {
        let without = Window { first: window.first + 1, count: window.count - 1, ..window };
        match target {
            Target::Own(callee) if self.program.function(callee.function).flags.is_method => {
                self.enter(context, callee, window, named)
            }
            Target::Own(callee) => self.enter(context, callee, without, named),
            Target::Library(native) => self.call_native(context, native, window, named, Style::Dot),
            Target::Editing(function) => self.enter(context, Callee::plain(function), window, named),
            Target::Member(member) => self.call_value(context, member, without, named, Style::Plain),
            Target::Outer => self.call_fallback(context, site, window, named),
        }
    }

    fn call_fallback(&self, context: &mut Context, site: &CallSite, window: Window, named: Named) -> Outcome {
        let callee = match site.fallback {
            Fallback::Function(function) => Value::Function(function),
            Fallback::Native(native) => Value::Native(native),
            Fallback::Register(from) => in_cell(&context.cells, register(context, from)).clone(),
            Fallback::Capture(index) => in_cell(&context.cells, capture(&context.frames, index)).clone(),
            Fallback::None => {
                let message = format!("Unknown method: {}", self.program.symbol(site.name));
                let receiver = &context.stack[window.first];
                let hint = self.unknown_method(receiver, site.name);
                return Err(Fault::new(ErrorKind::NameError, message).with_hint_opt(hint).about(&[receiver]));
            }
        };
        if matches!(callee, Value::Unset) {
            return Err(undefined(self.program.symbol(site.name)));
        }
        self.call_value(context, callee, window, named, Style::Dot)
    }

    /// `place.f(..)` of a mutating native: the value is taken out of the place, changed, and put back whether or not it
    /// failed, so that it is never shared meanwhile.
    fn edit(
        &self,
        context: &mut Context,
        located: &Located,
        native: NativeId,
        window: Window,
        named: Named,
        wants_result: bool,
    ) -> Outcome {
        self.changeable(located)?;
        let receiver = self.at_mut(context, located)?.take();
        context.stack[window.first] = receiver;
        let done = self.invoke(context, native, window, named);
        let edited = context.stack[window.first].take();
        let form = self.natives.entries[native.index()].0.form;
        let result = (form == Form::Edit && wants_result).then(|| edited.clone());
        *self.at_mut(context, located)? = edited;
        let (answer, end) = done?;
        self.clear(context, window.first, end);
        let answer = if form == Form::Edit { Answer::Value(result.unwrap_or_default()) } else { answer };
        self.deliver(context, answer, window.result)
    }

    /// `x := f(x, ..)` written as an edit of x: a plain call whose result is stored (`PlaceGuard`).
    fn assign_edit(
        &self,
        context: &mut Context,
        site: &CallSite,
        located: Located,
        guard: Reg,
        slot: usize,
    ) -> Outcome {
        self.changeable(&located)?;
        let (count, named) = self.spread(context, site, slot + 1)?;
        let window = Window { first: slot, count: count + 1, result: slot };
        let earlier = self.release_guard(context, &located, guard);
        match site.fallback {
            Fallback::Native(native) => {
                if self.may_detour(native) {
                    let receiver = earlier.clone().map_or_else(|| self.read(context, &located), Ok)?;
                    if let Some(function) = self.editing_form(context, native, &receiver, window, &named) {
                        context.stack[slot] = receiver;
                        return self.edit_by(context, function, native, located, window, named);
                    }
                }
                self.assign_native(context, located, native, window, named, earlier, site.wants_result)
            }
            Fallback::Function(function) => {
                context.stack[slot] = match earlier {
                    Some(value) => value,
                    None => self.read(context, &located)?,
                };
                let receiver = located.keep();
                let callee = Callee { receiver, stores_result: true, ..Callee::plain(function) };
                self.enter(context, callee, window, named)
            }
            _ => unreachable!("only library functions are written as edits"),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one call, taken apart only here")]
    fn assign_native(
        &self,
        context: &mut Context,
        located: Located,
        native: NativeId,
        window: Window,
        named: Named,
        earlier: Option<Value>,
        wants_result: bool,
    ) -> Outcome {
        let now = earlier.as_ref().or_else(|| self.glance(context, &located));
        let native = self.natives.select(native, now);
        let form = self.natives.entries[native.index()].0.form;
        // Taken out of the place only if it can be put back as it was, and if the result cannot be refused.
        let refusable = self.annotation(context, &located).zip(now);
        let held = refusable.is_some_and(|(check, value)| !check::growth_fits(check, value));
        let taken = earlier.is_none() && form != Form::Plain && !held;
        let receiver = match earlier {
            Some(value) => value,
            None if taken => self.at_mut(context, &located)?.take(),
            None => self.read(context, &located)?,
        };
        if matches!(receiver, Value::Unset) {
            *self.at_mut(context, &located)? = Value::Unset;
            return Err(undefined(self.program.symbol(located.name)));
        }
        context.stack[window.first] = receiver;
        let (answer, end) = match self.invoke(context, native, window, named) {
            Ok(done) => done,
            Err(fault) => {
                if taken {
                    let unchanged = context.stack[window.first].take();
                    *self.at_mut(context, &located)? = unchanged;
                }
                return Err(fault);
            }
        };
        let edited = context.stack[window.first].take();
        self.clear(context, window.first, end);
        let result = match (form, answer) {
            (Form::Edit, _) => edited,
            (Form::Cut, Answer::Value(item)) => Value::array(vec![edited, item]),
            (_, Answer::Value(value)) => value,
            (_, question) => return self.deliver(context, question, window.result),
        };
        if wants_result {
            context.stack[window.result] = result.clone();
        }
        self.store(context, &located, result)?;
        Ok(None)
    }

    /// The end of a call whose result is more than a value in a register: it is stored in the receiver's place too, or
    /// it is the answer of `op_eq`. The frame is popped already.
    #[cold]
    pub(super) fn finish_special(&self, context: &mut Context, frame: Frame, value: Value) -> Outcome {
        let caller = context.frames.last().expect("special calls have callers");
        let function = self.program.function(caller.function);
        let result = frame.result as usize;
        let call = caller.ip.checked_sub(1).map(|ip| function.code[ip as usize]);
        match call {
            Some(Op::Eq { .. } | Op::IfEq { .. } | Op::IfEqInt { .. }) => {
                *slot_mut(context, result)? = Value::Bool(value.truth());
            }
            Some(op) if is_negated(op) => *slot_mut(context, result)? = Value::Bool(!value.truth()),
            Some(Op::CallMethod { site, .. }) => {
                if function.sites[site as usize].wants_result {
                    *slot_mut(context, result)? = value.clone();
                }
                self.store(context, &Located::of_self(&frame.receiver)?, value)?;
            }
            Some(Op::UpdatePlace { .. }) => {
                self.store(context, &Located::of_self(&frame.receiver)?, value)?;
            }
            _ => *slot_mut(context, result)? = value,
        }
        Ok(None)
    }

    /// `object.name`.
    pub(super) fn field(&self, object: &Value, name: Symbol) -> Result<Value, Fault> {
        if let Some(found) = self.field_opt(object, name) {
            return Ok(found);
        }
        let text = self.program.symbol(name);
        match object {
            Value::Dict(dict) => Err(access::missing_key(Some(dict), KeyRef::Text(text))),
            _ => Err(access::no_field(&self.program, object, text)),
        }
    }

    /// `object?.name`: null if it is missing in what has fields or keys; `r?` was probably meant for Results and Options.
    pub(super) fn optional_field(
        &self,
        globals: &Globals,
        object: &Value,
        name: Symbol,
    ) -> Result<Value, Fault> {
        match object {
            Value::Module(module) => Ok(self.module_field(globals, *module, name).unwrap_or_default()),
            Value::Null | Value::Dict(_) | Value::Struct(_) | Value::Error(_) => {
                Ok(self.field_opt(object, name).unwrap_or_default())
            }
            _ => self.field(object, name),
        }
    }

    fn field_opt(&self, object: &Value, name: Symbol) -> Option<Value> {
        if let Some(member) = self.member(object, name) {
            return Some(member.clone());
        }
        match object {
            Value::Error(fault) => error_field(&self.program, fault, self.program.symbol(name)),
            Value::Struct(body) => {
                let def = &self.program.structs[body.id.index()];
                let function = *def.functions.get(&name)?;
                let callee = body.function(function);
                Some(if self.program.function(function).flags.is_method {
                    bind(object, callee)
                } else {
                    callee
                })
            }
            Value::Null | Value::Dict(_) => None,
            _ => self.library_method(object, name),
        }
    }

    /// A library function as a method of a value: the own ones, or any whose first parameter accepts it.
    fn library_method(&self, object: &Value, name: Symbol) -> Option<Value> {
        let named = self.named(name);
        let native = named.native.and_then(|first| self.natives.accepting(first, Some(object)));
        let callee = native.map(Value::Native).or(named.prelude.map(Value::Function))?;
        Some(bind(object, callee))
    }

    /// An operator that the machine has no meaning for: the operator method of the left operand, or the error.
    #[cold]
    pub(super) fn operate(
        &self,
        context: &mut Context,
        operator: Operator,
        dst: Reg,
        operands: &[Value],
        fault: Fault,
    ) -> Outcome {
        let Some(callee) = self.operator_method(operator, &operands[0]) else { return Err(fault) };
        let frame = context.frames.last().expect("instructions run in frames");
        let result = frame.base as usize + dst as usize;
        let first = self.lay_down(context, operands);
        let callee = Callee { stores_result: operator == Operator::Eq, ..callee };
        self.enter(context, callee, Window { first, count: operands.len(), result }, Vec::new())
    }

    /// Puts the operands of an instruction behind the registers of the running frame, as the arguments of a call. Callers
    /// may have more registers: what they hold up there is free, as for any call.
    pub(super) fn lay_down(&self, context: &mut Context, operands: &[Value]) -> usize {
        let frame = context.frames.last().expect("instructions run in frames");
        let first = frame.base as usize + usize::from(self.program.function(frame.function).registers);
        context.stack.truncate(first);
        context.stack.extend_from_slice(operands);
        first
    }

    /// `place += operand` where the place holds a struct with an operator method.
    pub(super) fn update_by_method(
        &self,
        context: &mut Context,
        method: Callee,
        operands: [Value; 2],
        located: Located,
    ) -> Outcome {
        let first = self.lay_down(context, &operands);
        let receiver = located.keep();
        let callee = Callee { receiver, stores_result: true, ..method };
        self.enter(context, callee, Window { first, count: 2, result: first }, Vec::new())
    }

    /// The operator method of a struct value.
    pub(super) fn operator_method(&self, operator: Operator, operand: &Value) -> Option<Callee> {
        let Value::Struct(body) = operand else { return None };
        Some(Callee::member(self.operator_function(operator, body.id)?, body))
    }

    fn operator_function(&self, operator: Operator, id: StructId) -> Option<FunctionId> {
        let name = self.operator_names.get(operator as usize).copied().flatten()?;
        self.program.structs[id.index()].functions.get(&name).copied()
    }

    /// The `op_eq` that serves `a == b`, if both are of one struct that has it.
    pub(super) fn equality_method(&self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Struct(left), Value::Struct(right)) if left.id == right.id => {
                self.operator_function(Operator::Eq, left.id).is_some()
            }
            _ => false,
        }
    }
}

/// Whether the instruction is `!=`.
pub(super) fn is_negated(op: Op) -> bool {
    matches!(op, Op::Ne { .. } | Op::IfNe { .. } | Op::IfNeInt { .. })
}

/// Whether a method may change the place that holds this value: texts and numbers are only read, and so are handles but for
/// those of what is built step by step (servers and their answers).
fn is_changeable(value: &Value) -> bool {
    match value {
        Value::Array(_)
        | Value::Dict(_)
        | Value::Set(_)
        | Value::Deque(_)
        | Value::Bytes(_)
        | Value::Struct(_) => true,
        Value::Handle(handle) => !matches!(handle.kind(), ResourceKind::Promise | ResourceKind::Channel),
        _ => false,
    }
}

fn bind(receiver: &Value, callee: Value) -> Value {
    Value::Bound(Counted::new(Bound { receiver: receiver.clone(), callee }))
}
