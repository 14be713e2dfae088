//! Places (LANGUAGE 3.2): walking from a variable along a path, by reference.
//!
//! Invariant: while a place is changed no second reference to what lies on its path is held here, so that only what
//! another variable shares is copied.

use smallvec::SmallVec;

use super::call::Outcome;
use super::disorder::disorder;
use super::ops::{self, Operator};
use super::receiver::{Known, outer_receiver};
use super::registers::RegisterBase;
use super::release::is_shared;
use super::variable::{capture, in_cell};
use super::{Machine, access, check};
use crate::bytecode::{NO_REGISTER, Op, Place, Reg, Root, Step, Symbol, TypeCheck};
use crate::context::{Context, PathStep, Receiver, ReceiverRoot, SelfPlace};
use crate::value::{Counted, ErrorKind, Fault, Text, Value};

/// A place with its indexes evaluated: a `Receiver` that is not kept.
pub(super) struct Located {
    /// Where it starts.
    pub(super) root: ReceiverRoot,
    pub(super) steps: SmallVec<[PathStep; 4]>,
    pub(super) name: Symbol,
    immutable: Option<&'static str>,
    /// The call around the running closure whose `self` it is.
    pub(super) outer: Option<u32>,
}

impl Located {
    /// The place as it is kept by a frame.
    pub(super) fn keep(self) -> SelfPlace {
        let Located { root, steps, name, immutable, .. } = self;
        match root {
            ReceiverRoot::Slot(slot) if steps.is_empty() && immutable.is_none() => {
                SelfPlace::Variable { slot, name }
            }
            root => {
                let steps = steps.into_vec();
                SelfPlace::Kept(Box::new(Receiver { root, steps, name, immutable, shared: None }))
            }
        }
    }

    /// The start of a place.
    fn at(root: ReceiverRoot, place: &Place) -> Located {
        Located { root, steps: SmallVec::new(), name: place.name, immutable: place.immutable, outer: None }
    }

    /// The place that is `self` of a call.
    pub(super) fn of_self(place: &SelfPlace) -> Result<Located, Fault> {
        match place {
            SelfPlace::None => Err(disorder("a method has no receiver")),
            &SelfPlace::Variable { slot, name } => {
                let root = ReceiverRoot::Slot(slot);
                Ok(Located { root, steps: SmallVec::new(), name, immutable: None, outer: None })
            }
            SelfPlace::Kept(receiver) => Ok(Located::of(receiver)),
        }
    }

    /// The place that a frame kept.
    pub(super) fn of(receiver: &Receiver) -> Located {
        let mut steps = SmallVec::new();
        if !receiver.steps.is_empty() {
            steps.extend(receiver.steps.iter().cloned());
        }
        let Receiver { name, immutable, .. } = *receiver;
        Located { root: receiver.root.clone(), steps, name, immutable, outer: None }
    }
}

impl Machine {
    /// The current frame's place number `place`, its indexes read from registers.
    pub(super) fn locate(&self, context: &Context, place: &Place) -> Result<Located, Fault> {
        let frame = context.frames.last().expect("instructions run in frames");
        let base = frame.base as usize;
        let mut located = match place.root {
            Root::Receiver => Located::of_self(&frame.receiver)?,
            Root::OuterReceiver(index) => match outer_receiver(context, index)? {
                Known::Running(call, receiver) => Located { outer: Some(call), ..Located::of(receiver) },
                Known::Kept(cell) => Located::at(ReceiverRoot::Cell(cell.clone()), place),
            },
            root => Located::at(self.root(context, base, root)?, place),
        };
        for step in &place.steps {
            located.steps.push(match *step {
                Step::Field(name) => PathStep::Field(name),
                Step::FieldOrNull(name) => PathStep::FieldOrNull(name),
                Step::Index(register) => PathStep::Index(context.stack[base + register as usize].clone()),
            });
        }
        Ok(located)
    }

    /// `GetPlace` in the plainest case, which is one of arrays, structs and dicts. The frame's registers begin at `base`, the
    /// result goes to stack position `dst`. False, and nothing is changed, for everything else: then it is for `get_place`.
    #[inline(never)]
    pub(super) fn get_plain(&self, context: &mut Context, place: &Place, base: usize, dst: usize) -> bool {
        match self.peek_place(context, base, place) {
            Some(&Value::Int(int)) => context.stack[dst].set_int(int),
            Some(&Value::Float(float)) => context.stack[dst].set_float(float),
            Some(value) => {
                let value = value.clone();
                context.stack[dst] = value;
            }
            None => return false,
        }
        true
    }

    /// What is at `variable[index].field`, if the variable is a plain array of structs in a register.
    #[inline(always)]
    pub(super) fn peek_listed_field<'a>(
        &self,
        registers: &'a RegisterBase,
        (root, index): (Reg, Reg),
        name: Symbol,
    ) -> Option<&'a Value> {
        let Value::Struct(body) = access::listed(registers.get(root), registers.get(index))? else {
            return None;
        };
        let value = access::struct_field(&self.program, body, name)?;
        // Left to who throws.
        (!matches!(value, Value::Unset)).then_some(value)
    }

    /// `GetPlace`: dst := what is at the place.
    pub(super) fn get_place(&self, context: &mut Context, place: &Place, dst: usize) -> Result<(), Fault> {
        context.stack[dst] = self.read(context, &self.locate(context, place)?)?;
        Ok(())
    }

    /// What is at a place by reference, without evaluating it first, if the path is one of plain containers. The frame's
    /// registers begin at `base`.
    #[inline(always)]
    pub(super) fn peek_place<'a>(
        &self,
        context: &'a Context,
        base: usize,
        place: &Place,
    ) -> Option<&'a Value> {
        let register = |register: Reg| &context.stack[base + usize::from(register)];
        let mut value = match place.root {
            Root::Register(root) => register(root),
            Root::Cell(root) => in_cell(&context.cells, register(root)),
            Root::Capture(index) => in_cell(&context.cells, capture(&context.frames, index)),
            Root::Global(index) => context.globals.get(index),
            Root::Receiver => match context.frames.last()?.receiver {
                SelfPlace::Variable { slot, .. } => context.stack.get(slot as usize)?,
                _ => return None,
            },
            Root::OuterReceiver(_) => return None,
        };
        for step in &place.steps {
            value = match (value, step) {
                (Value::Struct(body), Step::Field(name)) => access::struct_field(&self.program, body, *name)?,
                (_, Step::Field(name) | Step::FieldOrNull(name)) => {
                    access::peek_field(&self.program, value, *name)?
                }
                (_, Step::Index(index)) => {
                    let index = register(*index);
                    match access::listed(value, index) {
                        Some(item) => item,
                        None => access::peek_item(value, index)?,
                    }
                }
            };
        }
        // Left to who throws.
        (!matches!(value, Value::Unset)).then_some(value)
    }

    fn root(&self, context: &Context, base: usize, root: Root) -> Result<ReceiverRoot, Fault> {
        let cell = |value: &Value| match value {
            Value::Cell(cell) => Ok(ReceiverRoot::Cell(cell.clone())),
            _ => Err(disorder("a variable is not shared")),
        };
        match root {
            Root::Register(register) => Ok(ReceiverRoot::Slot((base + register as usize) as u32)),
            Root::Cell(register) => cell(&context.stack[base + register as usize]),
            Root::Capture(index) => cell(capture(&context.frames, index)),
            Root::Global(index) => Ok(ReceiverRoot::Global(index)),
            Root::Receiver | Root::OuterReceiver(_) => unreachable!("resolved by locate"),
        }
    }

    /// The root variable's value. NameError if it is unset.
    pub(super) fn root_value<'a>(&self, context: &'a Context, located: &Located) -> Result<&'a Value, Fault> {
        let value = match &located.root {
            ReceiverRoot::Slot(slot) => context.stack.get(*slot as usize).ok_or_else(nowhere)?,
            ReceiverRoot::Cell(cell) => context.cells.get(cell),
            ReceiverRoot::Global(index) => context.globals.get(*index),
        };
        match value {
            Value::Unset => Err(undefined(self.program.symbol(located.name))),
            value => Ok(value),
        }
    }

    /// The value at a place for changing; the place itself must exist. Does not look at mutability.
    pub(super) fn at_mut<'a>(
        &self,
        context: &'a mut Context,
        located: &Located,
    ) -> Result<&'a mut Value, Fault> {
        self.walk(context, located, &located.steps)
    }

    fn walk<'a>(
        &self,
        context: &'a mut Context,
        located: &Located,
        steps: &[PathStep],
    ) -> Result<&'a mut Value, Fault> {
        let foreign = || isolation(self.program.symbol(located.name));
        let mut value = match &located.root {
            ReceiverRoot::Slot(slot) => context.stack.get_mut(*slot as usize).ok_or_else(nowhere)?,
            ReceiverRoot::Cell(cell) => context.cells.get_mut(cell).ok_or_else(foreign)?,
            ReceiverRoot::Global(index) => context.globals.get_mut(*index).ok_or_else(foreign)?,
        };
        if matches!(value, Value::Unset) && !located.steps.is_empty() {
            return Err(undefined(self.program.symbol(located.name)));
        }
        for step in steps {
            value = access::part_mut(&self.program, value, step)?;
        }
        Ok(value)
    }

    /// MutabilityError if the place must not be changed.
    pub(super) fn changeable(&self, located: &Located) -> Result<(), Fault> {
        let Some(what) = located.immutable else { return Ok(()) };
        Err(access::immutable(what, self.program.symbol(located.name)))
    }

    /// A copy of what is at a place.
    pub(super) fn read(&self, context: &Context, located: &Located) -> Result<Value, Fault> {
        self.follow(context, self.root_value(context, located)?, &located.steps)
    }

    pub(super) fn follow(
        &self,
        context: &Context,
        value: &Value,
        steps: &[PathStep],
    ) -> Result<Value, Fault> {
        let Some((step, rest)) = steps.split_first() else { return Ok(value.clone()) };
        if let Some(part) = access::peek(&self.program, value, step) {
            return self.follow(context, part, rest);
        }
        let part = match step {
            PathStep::Field(name) => match value {
                Value::Module(module) => self.module_field(&context.globals, *module, *name)?,
                value => self.field(value, *name)?,
            },
            PathStep::FieldOrNull(name) => self.optional_field(&context.globals, value, *name)?,
            PathStep::Index(index) => access::item(&self.program, value, index)?,
        };
        self.follow(context, &part, rest)
    }

    /// Looks at what is at a place without copying it, if the path is one of plain containers.
    pub(super) fn glance<'a>(&self, context: &'a Context, located: &Located) -> Option<&'a Value> {
        let mut value = self.root_value(context, located).ok()?;
        for step in &located.steps {
            value = access::peek(&self.program, value, step)?;
        }
        Some(value)
    }

    /// Whether a value on the path is shared, so that a change would copy it.
    pub(super) fn is_shared_at(&self, context: &Context, located: &Located) -> bool {
        let Ok(mut value) = self.root_value(context, located) else { return false };
        for step in &located.steps {
            if is_shared(value) {
                return true;
            }
            match access::peek(&self.program, value, step) {
                Some(part) => value = part,
                None => return false,
            }
        }
        is_shared(value)
    }

    /// The place := new. A missing last dict key is inserted.
    pub(super) fn store(&self, context: &mut Context, located: &Located, new: Value) -> Result<(), Fault> {
        self.changeable(located)?;
        let Some((last, path)) = located.steps.split_last() else {
            *self.walk(context, located, &[])? = new;
            return Ok(());
        };
        let container = self.walk(context, located, path)?;
        access::set_part(&self.program, container, last, new)
    }

    /// `SetPlace`.
    pub(super) fn set_place(&self, context: &mut Context, place: &Place, src: Reg) -> Result<(), Fault> {
        let located = self.locate(context, place)?;
        self.release_for(context, &located);
        let new = register(context, src).clone();
        self.store(context, &located, new)
    }

    /// `UpdatePlace`: the place := place `operator` src, in place where the value is not shared.
    pub(super) fn update_place(
        &self,
        context: &mut Context,
        place: &Place,
        src: Reg,
        operator: Operator,
        guard: Reg,
    ) -> Outcome {
        let located = self.locate(context, place)?;
        self.changeable(&located)?;
        self.release_for(context, &located);
        let operand = register(context, src).clone();
        let earlier = self.release_guard(context, &located, guard);
        let check = self.annotation(context, &located).cloned();
        let target = match self.at_mut(context, &located) {
            Ok(target) => target,
            Err(fault) => {
                let operand = (operator, operand, earlier);
                return self.update_byte(context, &located, operand, fault).map(|()| None);
            }
        };
        if matches!(target, Value::Unset) {
            return Err(undefined(self.program.symbol(located.name)));
        }
        let grows = check.as_ref().is_none_or(|check| check::sum_fits(check, target, &operand));
        let before = earlier.as_ref().unwrap_or(target);
        if let Some(method) = self.operator_method(operator, before) {
            let operands = [before.clone(), operand];
            return self.update_by_method(context, method, operands, located);
        }
        if grows && earlier.is_none() {
            ops::update(&self.program, operator, target, &operand)?;
            return Ok(None);
        }
        // Computed beside the place, because the result may be refused.
        let mut result = earlier.unwrap_or_else(|| target.clone());
        ops::update(&self.program, operator, &mut result, &operand)?;
        if let Some(check) = &check {
            check::hold(&self.program, check, &mut result)?;
        }
        *self.at_mut(context, &located)? = result;
        Ok(None)
    }

    /// `UpdatePlace` of an item of bytes, which is no value of its own. `fault` if the place is something else.
    fn update_byte(
        &self,
        context: &mut Context,
        located: &Located,
        (operator, operand, earlier): (Operator, Value, Option<Value>),
        fault: Fault,
    ) -> Result<(), Fault> {
        let Some((PathStep::Index(_), path)) = located.steps.split_last() else { return Err(fault) };
        if !matches!(self.follow(context, self.root_value(context, located)?, path)?, Value::Bytes(_)) {
            return Err(fault);
        }
        let mut item = match earlier {
            Some(item) => item,
            None => self.read(context, located)?,
        };
        ops::update(&self.program, operator, &mut item, &operand)?;
        self.store(context, located, item)
    }

    /// What `PlaceGuard` says: the value that was read from the place earlier, if it is not what is there now. Else
    /// the guard lets go of it, so that the place holds the only reference.
    pub(super) fn release_guard(
        &self,
        context: &mut Context,
        located: &Located,
        guard: Reg,
    ) -> Option<Value> {
        if guard == NO_REGISTER {
            return None;
        }
        let earlier = register_mut(context, guard).take();
        let now = self.glance(context, located);
        if now.is_some_and(|now| same_allocation(now, &earlier)) { None } else { Some(earlier) }
    }

    /// The annotation of the struct field that a place ends in.
    pub(super) fn annotation(&self, context: &Context, located: &Located) -> Option<&TypeCheck> {
        let (PathStep::Field(name), path) = located.steps.split_last()? else { return None };
        let mut value = self.root_value(context, located).ok()?;
        for step in path {
            value = access::peek(&self.program, value, step)?;
        }
        let Value::Struct(body) = value else { return None };
        let def = &self.program.structs[body.id.index()];
        def.fields[def.field(*name)?].check.as_ref()
    }
}

/// The operand of the `PlaceGuard` after instruction `ip - 1`, or `None` if there is none.
pub(super) fn guard_at(code: &[Op], ip: usize) -> Option<Reg> {
    match code.get(ip) {
        Some(Op::PlaceGuard { guard }) => Some(*guard),
        _ => None,
    }
}

/// A register of the current frame.
pub(super) fn register(context: &Context, register: Reg) -> &Value {
    let base = context.frames.last().expect("instructions run in frames").base as usize;
    &context.stack[base + register as usize]
}

/// A register of the current frame, for changing.
pub(super) fn register_mut(context: &mut Context, register: Reg) -> &mut Value {
    let base = context.frames.last().expect("instructions run in frames").base as usize;
    &mut context.stack[base + register as usize]
}

/// Whether two values are one: the same body, or equal where there is none.
fn same_allocation(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Text::same(a, b),
        (Value::Bytes(a), Value::Bytes(b)) => Counted::same(a, b),
        (Value::Array(a), Value::Array(b)) => Counted::same(a, b),
        (Value::Dict(a), Value::Dict(b)) => Counted::same(a, b),
        (Value::Set(a), Value::Set(b)) => Counted::same(a, b),
        (Value::Deque(a), Value::Deque(b)) => Counted::same(a, b),
        (Value::Struct(a), Value::Struct(b)) => Counted::same(a, b),
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        _ => false,
    }
}

/// A place in a frame that is gone.
#[cold]
fn nowhere() -> Fault {
    disorder("a place lies outside of the stack")
}

/// NameError for a variable whose declaration has not run.
#[cold]
pub(super) fn undefined(name: &str) -> Fault {
    let fault = Fault::new(ErrorKind::NameError, format!("Undefined variable: {name}"));
    fault.with_hint("its declaration has not run yet; declare it before what uses it is called")
}

/// IsolationError for a variable of another context (LANGUAGE 10.4, rule 3).
#[cold]
pub(super) fn isolation(name: &str) -> Fault {
    let advice = "return the new value, send it over a channel, or use shared_set or shared_add_int";
    let message = format!("Cannot change variable of another context: {name}; {advice}");
    Fault::new(ErrorKind::IsolationError, message)
}
