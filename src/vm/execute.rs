//! The instructions that routines leave: those that need the whole context, and the cases of all others that are not
//! plain, errors included.
//!
//! Invariant: `Frame::ip` stands behind the instruction. Registers are looked at anew here, so any part of the context may
//! change. Arms stay short: what takes more than a few lines is in `ops`, `call`, `method`, `place` and the other files.

use super::arguments::Window;
use super::call::{Callee, Outcome};
use super::iterate::{self, Next};
use super::library::Style;
use super::ops::{self, Operator};
use super::place::guard_at;
use super::registers::Registers;
use super::{Machine, access, check, literal, pattern, place, release, scope, variable};
use crate::bytecode::{Function, FunctionId, NO_HINT, NO_REGISTER, NativeId, Op, Program, StructId};
use crate::context::{Access, Context, PathStep};
use crate::value::{Counted, Dict, EnumValue, ErrorKind, Fault, StructValue, Value};

impl Machine {
    /// Executes one instruction of the running frame, whose function and base these are.
    #[inline(never)]
    pub(super) fn execute(&self, context: &mut Context, function: &Function, base: usize, op: Op) -> Outcome {
        let program: &Program = &self.program;
        let frame = context.frames.last_mut().expect("instructions run in frames");
        let ip = frame.ip as usize;
        /// Goes on at a target instead of the next instruction.
        macro_rules! jump {
            ($target:expr) => {
                frame.ip = $target
            };
        }
        let mut registers = Registers::of(&mut context.stack, base, function);
        macro_rules! get {
            ($register:expr) => {
                *registers.get($register)
            };
        }
        macro_rules! set {
            ($register:expr) => {
                *registers.get_mut($register)
            };
        }
        /// Before an edit of a register: dead registers must not make its value seem shared.
        macro_rules! release {
            ($target:expr) => {
                if release::is_shared(&get!($target)) {
                    release::dead_registers(function, ip - 1, &mut registers);
                }
            };
        }
        match op {
            Op::Function { dst, function } => set!(dst) = Value::Function(FunctionId(function)),
            Op::Native { dst, native } => set!(dst) = Value::Native(NativeId(native)),
            Op::Unset { dst } => set!(dst) = Value::Unset,

            Op::NewCell { dst, src } => {
                let value = set!(src).take();
                set!(dst) = Value::Cell(context.cells.add(value, Access::Own));
            }
            Op::ShareSelf { dst } => {
                let shared = self.share_self(context)?;
                context.stack[base + usize::from(dst)] = shared;
            }
            // What a routine has not read is not set.
            Op::GetCell { .. } => return Err(self.undeclared(context)),
            Op::SetCell { cell, src } => self.set_cell(context, cell, src)?,
            Op::GetCapture { index, .. } => return Err(self.undeclared_capture(function, index)),
            Op::SetCapture { src, index } => self.set_capture(context, function, index, src)?,
            Op::GetGlobal { index, .. } => return Err(self.undeclared_global(index)),
            Op::IsSet { dst, index } => {
                let set = !matches!(context.globals.get(index), Value::Unset);
                set!(dst).set_bool(set);
            }
            Op::Module { dst, module } => set!(dst) = Value::Module(module),
            Op::SetGlobal { src, index } => self.set_global(context, index, src)?,
            Op::Callee { dst } => set!(dst) = variable::callee(&context.frames),
            Op::Closure { dst, function } => {
                let function = FunctionId(function);
                set!(dst) = self.closure(&context.frames, &registers, function);
            }

            Op::GetPlace { dst, place } => {
                let place = &function.places[usize::from(place)];
                if let Err(fault) = self.get_place(context, place, base + usize::from(dst)) {
                    return self.get_indexed(context, place, dst, fault);
                }
            }
            Op::SetPlace { src, place } => {
                self.set_place(context, &function.places[usize::from(place)], src)?;
            }
            Op::UpdatePlace { place, src, op } => {
                let (place, op) = (&function.places[usize::from(place)], ops::UPDATES[usize::from(op)]);
                let guard = guard_at(&function.code, ip).unwrap_or(NO_REGISTER);
                return self.update_place(context, place, src, op, guard);
            }

            Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::Rem { .. }
            | Op::AddConst { .. }
            | Op::SubConst { .. }
            | Op::MulConst { .. }
            | Op::DivConst { .. }
            | Op::RemConst { .. }
            | Op::AddInt { .. }
            | Op::BitAnd { .. }
            | Op::BitOr { .. }
            | Op::BitXor { .. }
            | Op::Pow { .. }
            | Op::Shl { .. }
            | Op::Shr { .. } => return self.calculate(context, op),
            Op::Neg { dst, src } => match ops::negate(program, &get!(src)) {
                Ok(negated) => set!(dst) = negated,
                Err(fault) => {
                    let operand = [get!(src).clone()];
                    return self.operate(context, Operator::Neg, dst, &operand, fault);
                }
            },
            Op::Not { dst, src } => {
                if self.operator_method(Operator::Not, &get!(src)).is_some() {
                    let operand = [get!(src).clone()];
                    let fault = Fault::new(ErrorKind::TypeError, "op_not");
                    return self.operate(context, Operator::Not, dst, &operand, fault);
                }
                let truth = get!(src).truth();
                set!(dst).set_bool(!truth);
            }
            Op::BitNot { dst, src } => set!(dst) = ops::complement(program, &get!(src))?,

            Op::Eq { .. }
            | Op::Ne { .. }
            | Op::Lt { .. }
            | Op::Le { .. }
            | Op::Gt { .. }
            | Op::Ge { .. }
            | Op::IfEq { .. }
            | Op::IfNe { .. }
            | Op::IfLt { .. }
            | Op::IfLe { .. }
            | Op::IfGt { .. }
            | Op::IfGe { .. }
            | Op::IfEqInt { .. }
            | Op::IfNeInt { .. }
            | Op::IfLtInt { .. }
            | Op::IfLeInt { .. }
            | Op::IfGtInt { .. }
            | Op::IfGeInt { .. } => return self.compare(context, op),
            Op::In { dst, lhs, rhs } => {
                if self.own.equality
                    && let Some(open) = self.deciding_within(&get!(lhs), &get!(rhs))?
                {
                    return self.answer_by(context, "__any_equal", dst, open);
                }
                set!(dst) = Value::Bool(ops::contains(program, &get!(lhs), &get!(rhs))?);
            }

            Op::JumpIfOk { src, target } => {
                if literal::open_result(program, &mut set!(src))? {
                    jump!(target);
                }
            }
            Op::ForNext { base: state, target } => {
                match iterate::next(&mut registers[usize::from(state)..]) {
                    Next::Item => {}
                    Next::End => jump!(target),
                    // The instruction is run again when the answer is there.
                    Next::Ask => {
                        frame.ip -= 1;
                        return self.ask(context, base + usize::from(state));
                    }
                }
            }
            Op::ForStart { dst, src } => {
                set!(dst) = iterate::start(program, &get!(src))?;
                set!(dst + 1) = Value::Int(0);
            }

            Op::Array { dst, base, count } => {
                set!(dst) = Value::array(literal::take_window(&mut registers, base, count).collect());
            }
            Op::ArrayPush { array, src } => {
                let item = set!(src).take();
                if let Value::Array(items) = &mut set!(array) {
                    Counted::make_mut(items).push(item);
                }
            }
            Op::ArrayExtend { array, src } => {
                let more = get!(src).clone();
                literal::extend_array(program, &mut set!(array), &more)?;
            }
            Op::Dict { dst } => set!(dst) = Value::dict(Dict::new()),
            Op::DictInsert { dict, key, src } => {
                let key = access::owned_key(program, &get!(key))?;
                let item = set!(src).take();
                if let Value::Dict(dict) = &mut set!(dict) {
                    Counted::make_mut(dict).insert(key, item);
                }
            }
            Op::DictExtend { dict, src } => {
                let more = get!(src).clone();
                literal::extend_dict(program, &mut set!(dict), &more)?;
            }
            Op::Struct { dst, base, id } => {
                let id = StructId(id);
                literal::hold_fields(program, id, &mut registers[usize::from(base)..])?;
                let fields = literal::take_fields(program, id, &mut registers, base)?;
                set!(dst) = Value::Struct(Counted::new(StructValue { id, fields }));
            }
            Op::Member { dst, function } => {
                let member = literal::member(program, FunctionId(function), &get!(dst))?;
                set!(dst) = member;
            }
            Op::Enum { dst, base, variant: index } => {
                let (id, variant) = program.variants[usize::from(index)];
                let count = literal::payload_count(&function.code, ip);
                let payload = literal::take_window(&mut registers, base, count).collect();
                set!(dst) = Value::Enum(Counted::new(EnumValue { id, variant, payload }));
            }
            Op::Constructor { dst, variant } => set!(dst) = Value::Constructor(variant),
            Op::Text { dst, base, count } => {
                let values = &registers[usize::from(base)..][..usize::from(count)];
                if self.has_own_text(values) {
                    let values = values.to_vec();
                    return self.join_shown(context, dst, values);
                }
                set!(dst) = ops::text(program, values)?;
            }
            Op::GetField { dst, object, name } => {
                let name = function.names[usize::from(name)];
                set!(dst) = match get!(object) {
                    Value::Module(module) => self.module_field(&context.globals, module, name)?,
                    ref object => self.field(object, name)?,
                };
            }
            Op::GetFieldOrNull { dst, object, name } => {
                let name = function.names[usize::from(name)];
                set!(dst) = self.optional_field(&context.globals, &get!(object), name)?;
            }
            Op::GetIndex { dst, object, index } => match access::item(program, &get!(object), &get!(index)) {
                Ok(item) => set!(dst) = item,
                Err(fault) => {
                    let operands = [get!(object).clone(), get!(index).clone()];
                    return self.operate(context, Operator::Index, dst, &operands, fault);
                }
            },
            Op::GetSlice { dst, object, base } => {
                set!(dst) = access::slice(program, &get!(object), &get!(base), &get!(base + 1))?;
            }
            Op::SetIndex { target, index, src } => {
                release!(target);
                let (new, index) = (get!(src).clone(), get!(index).clone());
                access::set_item(program, &mut set!(target), &index, new)?;
            }
            Op::SetField { target, src, name } => {
                release!(target);
                let new = get!(src).clone();
                let step = PathStep::Field(function.names[usize::from(name)]);
                access::set_part(program, &mut set!(target), &step, new)?;
            }

            Op::Unpack { src, base, shape } => {
                let whole = get!(src).clone();
                let shape = &function.shapes[usize::from(shape)];
                pattern::unpack(program, shape, &whole, &mut registers[usize::from(base)..])?;
            }
            Op::Match { src, base, shape } => {
                let whole = get!(src).clone();
                let shape = &function.shapes[usize::from(shape)];
                let parts = &mut registers[usize::from(base) + 1..];
                set!(base) = Value::Bool(pattern::fits(program, shape, &whole, parts));
            }

            Op::Call { base: at, argc, function: callee } => {
                let first = base + usize::from(at);
                let window = Window { first, count: argc.into(), result: first };
                return self.enter(context, Callee::plain(FunctionId(callee)), window, Vec::new());
            }
            Op::CallValue { base: at, argc } => {
                let (callee, at) = (set!(at).take(), base + usize::from(at));
                let window = Window { first: at + 1, count: argc.into(), result: at };
                return self.call_value(context, callee, window, Vec::new(), Style::Plain);
            }
            Op::CallLocal { base: at, argc, callee } => {
                let (callee, at) = (get!(callee).clone(), base + usize::from(at));
                let window = Window { first: at + 1, count: argc.into(), result: at };
                return self.call_value(context, callee, window, Vec::new(), Style::Plain);
            }
            Op::CallNative { base: at, native, argc } => {
                let first = base + usize::from(at);
                let window = Window { first, count: argc.into(), result: first };
                return self.call_native(context, NativeId(native), window, Vec::new(), Style::Plain);
            }
            Op::CallWith { base: at, site } => {
                return self.call_with(context, &function.sites[usize::from(site)], base + usize::from(at));
            }
            Op::CallMethod { base: at, site } => return self.call_method(context, function, at, site),
            Op::Spawn { dst, src } => {
                let block = get!(src).clone();
                return self.spawn_block(context, block, base + usize::from(dst));
            }
            Op::OpenScope { dst } => return scope::open(context, base + usize::from(dst)),
            // Run again until what was waited for is no scope any more.
            Op::CloseScope { scope: slot, failed } => {
                if let Value::Handle(scope) = &get!(slot) {
                    let request = scope::closing(scope, &get!(failed));
                    frame.ip -= 1;
                    return scope::close(context, base + usize::from(slot), request);
                }
            }
            Op::Await { src, .. } => return self.settle_await(context, base + usize::from(src)),
            Op::Return { src } => {
                let value = place::register_mut(context, src).take();
                return self.leave(context, value);
            }
            Op::LeaveSelf { src } => {
                let value = place::register_mut(context, src).take();
                return self.leave_self(context, value);
            }
            Op::Yield { src } => return self.suspend(context, src),
            Op::Finish {} => return self.finish(context),
            Op::Throw { src } => {
                let thrown = get!(src).clone();
                return self.throw_value(context, thrown);
            }
            Op::ThrowTry { src } => {
                let failed = get!(src).clone();
                return self.throw_failed(context, failed);
            }
            Op::CheckType { src, check } => {
                check::hold(program, &function.checks[usize::from(check)], &mut set!(src))?;
            }
            Op::Fail { import, hint, message } => {
                let constants = &self.prepared(frame.function).literals;
                let hint = constants.get(usize::from(hint)).filter(|_| hint != NO_HINT);
                return Err(Machine::failure(import, &constants[message as usize], hint));
            }
            Op::NoMatch { src } => {
                let unmatched = get!(src).clone();
                return Err(literal::no_match(program, &unmatched));
            }

            Op::Null { .. }
            | Op::Bool { .. }
            | Op::Int { .. }
            | Op::Const { .. }
            | Op::Copy { .. }
            | Op::Move { .. }
            | Op::CopySettled { .. }
            | Op::PlaceGuard { .. }
            | Op::PayloadCount { .. }
            | Op::Truth { .. }
            | Op::Jump { .. }
            | Op::Loop { .. }
            | Op::JumpIf { .. }
            | Op::JumpIfNot { .. }
            | Op::JumpIfNone { .. }
            | Op::JumpIfSet { .. } => unreachable!("routines execute these in all cases"),
        }
        Ok(None)
    }
}
