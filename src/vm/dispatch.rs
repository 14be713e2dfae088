//! The loop: one match over all instructions.
//!
//! Invariant: the current frame's code, base and instruction pointer live in locals here; `Frame::ip` is written
//! before anything that looks at the whole context, and the locals are read again afterwards. Arms stay short: what
//! takes more than a few lines is in `ops`, `call`, `method`, `place` and the other files.
//! Longer than 500 lines because the match over all instructions is one function.

use super::arguments::Window;
use super::call::Callee;
use super::iterate::{self, Next};
use super::library::Style;
use super::ops::{self, Operator};
use super::registers::{Code, Registers};
use super::{Halt, Machine, access, check, literal, pattern, place, release, scope, variable};
use crate::bytecode::{FunctionId, NO_HINT, NO_REGISTER, NativeId, Op, Program, StructId};
use crate::context::{Access, Context, PathStep};
use crate::value::{Counted, Dict, EnumValue, ErrorKind, Fault, StructValue, Value};

impl Machine {
    /// Executes instructions until the context halts; with `ONCE` exactly one, which gives `None` if it did not halt.
    pub(super) fn dispatch<const ONCE: bool>(&self, context: &mut Context, fuel: &mut u32) -> Option<Halt> {
        let program: &Program = &self.program;
        let mut executed = false;
        'frame: loop {
            let Some(frame) = context.frames.last() else { return Some(Halt::Done(Value::Null)) };
            let function = program.function(frame.function);
            let constants = self.constants(frame.function);
            let base = frame.base as usize;
            let mut ip = frame.ip as usize;
            let code = Code::of(function, ip);
            let mut registers = Registers::of(&mut context.stack, base, function);

            /// Writes the instruction pointer back to the frame.
            macro_rules! save {
                ($ip:expr) => {
                    context.frames.last_mut().expect("the loop runs a frame").ip = $ip as u32
                };
            }
            /// Does something with the whole context, then goes on wherever that leads.
            macro_rules! whole {
                ($outcome:expr) => {{
                    save!(ip);
                    let outcome = $outcome;
                    if let Some(halt) = self.proceed(context, outcome) {
                        return Some(halt);
                    }
                    continue 'frame;
                }};
            }
            /// The value of something that works on registers alone, or throws.
            macro_rules! attempt {
                ($result:expr) => {
                    match $result {
                        Ok(value) => value,
                        Err(fault) => whole!(Err(fault)),
                    }
                };
            }
            /// Counts a unit of fuel, or stops before the instruction.
            macro_rules! burn {
                () => {
                    if *fuel == 0 {
                        save!(ip - 1);
                        return Some(Halt::OutOfFuel);
                    }
                    *fuel -= 1;
                };
            }
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
            /// register := a value by reference. Numbers go from register to register and never through memory.
            macro_rules! copy {
                ($register:expr, $value:expr) => {
                    match $value {
                        &Value::Int(int) => set!($register).set_int(int),
                        &Value::Float(float) => set!($register).set_float(float),
                        other => {
                            let copy = other.clone();
                            set!($register) = copy;
                        }
                    }
                };
            }
            /// Does something with the whole context that stays in this frame.
            macro_rules! aside {
                ($result:expr) => {{
                    save!(ip);
                    match $result {
                        Ok(value) => {
                            registers = Registers::of(&mut context.stack, base, function);
                            value
                        }
                        Err(fault) => whole!(Err(fault)),
                    }
                }};
            }
            /// Before an edit of a register: dead registers must not make its value seem shared.
            macro_rules! release {
                ($target:expr) => {
                    if release::is_shared(&get!($target)) {
                        release::dead_registers(function, ip - 1, &mut registers);
                    }
                };
            }
            /// dst := a calculation with two numbers: ints by `$checked`, floats by `$plain` if nothing is wrong with the
            /// result. All else is for `calculate`.
            macro_rules! arithmetic {
                ($op:expr, $dst:expr, $lhs:expr, $right:expr, $checked:ident, $plain:tt) => {
                    match (&get!($lhs), $right) {
                        (&Value::Int(a), &Value::Int(b)) if let Some(result) = a.$checked(b) => {
                            set!($dst).set_int(result);
                        }
                        (&Value::Float(a), &Value::Float(b)) if (a $plain b).is_finite() => {
                            set!($dst).set_float(a $plain b);
                        }
                        _ => whole!(self.calculate(context, *$op)),
                    }
                };
            }
            macro_rules! bits {
                ($op:expr, $dst:expr, $lhs:expr, $rhs:expr, $operator:tt) => {
                    match (&get!($lhs), &get!($rhs)) {
                        (&Value::Int(a), &Value::Int(b)) => set!($dst).set_int(a $operator b),
                        _ => whole!(self.calculate(context, *$op)),
                    }
                };
            }
            /// dst := whether two numbers compare so. All else is for `compare`.
            macro_rules! comparison {
                ($op:expr, $dst:expr, $lhs:expr, $right:expr, $compare:tt) => {
                    match (&get!($lhs), $right) {
                        (&Value::Int(a), &Value::Int(b)) => set!($dst).set_bool(a $compare b),
                        (&Value::Float(a), &Value::Float(b)) => set!($dst).set_bool(a $compare b),
                        _ => whole!(self.compare(context, *$op)),
                    }
                };
            }
            macro_rules! truth {
                ($register:expr) => {
                    match &get!($register) {
                        &Value::Bool(truth) => truth,
                        other => other.truth(),
                    }
                };
            }
            /// Takes the `JumpIfNot` that comes next, or passes over it.
            macro_rules! decide {
                ($holds:expr) => {{
                    let holds = $holds;
                    match *code.at(ip) {
                        Op::JumpIfNot { target, .. } if !holds => ip = target as usize,
                        _ => ip += 1,
                    }
                }};
            }
            /// Decides by two numbers. All else is for `compare`, and the `JumpIfNot` runs by itself.
            macro_rules! decision {
                ($op:expr, $lhs:expr, $rhs:expr, $compare:tt) => {
                    match (&get!($lhs), &get!($rhs)) {
                        (&Value::Int(a), &Value::Int(b)) => decide!(a $compare b),
                        (&Value::Float(a), &Value::Float(b)) => decide!(a $compare b),
                        _ => whole!(self.compare(context, *$op)),
                    }
                };
            }
            macro_rules! decision_int {
                ($op:expr, $lhs:expr, $value:expr, $compare:tt) => {
                    match &get!($lhs) {
                        &Value::Int(a) => decide!(a $compare i64::from($value)),
                        _ => whole!(self.compare(context, *$op)),
                    }
                };
            }

            loop {
                if ONCE {
                    if executed {
                        save!(ip);
                        return None;
                    }
                    executed = true;
                }
                let op = code.at(ip);
                ip += 1;
                match *op {
                    Op::Null { dst } => set!(dst).set_null(),
                    Op::Bool { dst, value } => set!(dst).set_bool(value),
                    Op::Int { dst, value } => set!(dst).set_int(value.into()),
                    Op::Const { dst, index } => copy!(dst, &constants[index as usize]),
                    Op::Function { dst, function } => set!(dst) = Value::Function(FunctionId(function)),
                    Op::Native { dst, native } => set!(dst) = Value::Native(NativeId(native)),
                    Op::Copy { dst, src } => copy!(dst, &get!(src)),
                    Op::Move { dst, src } => match get!(src) {
                        Value::Int(int) => {
                            set!(src).set_null();
                            set!(dst).set_int(int);
                        }
                        _ => {
                            let moved = set!(src).take();
                            set!(dst) = moved;
                        }
                    },
                    Op::Unset { dst } => set!(dst) = Value::Unset,

                    Op::NewCell { dst, src } => {
                        let value = set!(src).take();
                        set!(dst) = Value::Cell(context.cells.add(value, Access::Own));
                    }
                    Op::ShareSelf { dst } => {
                        let shared = aside!(self.share_self(context));
                        set!(dst) = shared;
                    }
                    Op::GetCell { dst, cell } => match variable::in_cell(&context.cells, &get!(cell)) {
                        Value::Unset => whole!(Err(self.undeclared(context))),
                        value => copy!(dst, value),
                    },
                    Op::SetCell { cell, src } => aside!(self.set_cell(context, cell, src)),
                    Op::GetCapture { dst, index } => {
                        match variable::in_cell(&context.cells, variable::capture(&context.frames, index)) {
                            Value::Unset => whole!(Err(self.undeclared_capture(function, index))),
                            value => copy!(dst, value),
                        }
                    }
                    Op::SetCapture { src, index } => {
                        aside!(self.set_capture(context, function, index, src));
                    }
                    Op::GetGlobal { dst, index } => match context.globals.get(index) {
                        Value::Unset => whole!(Err(self.undeclared_global(index))),
                        value => copy!(dst, value),
                    },
                    Op::IsSet { dst, index } => {
                        let set = !matches!(context.globals.get(index), Value::Unset);
                        set!(dst).set_bool(set);
                    }
                    Op::Module { dst, module } => set!(dst) = Value::Module(module),
                    Op::SetGlobal { src, index } => aside!(self.set_global(context, index, src)),
                    Op::Callee { dst } => set!(dst) = variable::callee(&context.frames),
                    Op::Closure { dst, function } => {
                        let function = FunctionId(function);
                        set!(dst) = self.closure(&context.frames, &registers, function);
                    }

                    Op::GetPlace { dst, place } => {
                        let place = &function.places[place as usize];
                        match self.get_place(context, place, base + usize::from(dst)) {
                            Ok(()) => registers = Registers::of(&mut context.stack, base, function),
                            Err(fault) => whole!(self.get_indexed(context, place, dst, fault)),
                        }
                    }
                    Op::SetPlace { src, place } => {
                        let place = &function.places[place as usize];
                        aside!(self.set_place(context, place, src));
                    }
                    Op::UpdatePlace { place, src, op } => {
                        let (place, op) = (&function.places[place as usize], ops::UPDATES[op as usize]);
                        let guard = place::guard_at(&code, ip);
                        if guard.is_none() && self.update_number(context, place, src, op) {
                            registers = Registers::of(&mut context.stack, base, function);
                            continue;
                        }
                        let guard = guard.unwrap_or(NO_REGISTER);
                        whole!(self.update_place(context, place, src, op, guard))
                    }
                    // Operands of the instruction before: passing over them does nothing.
                    Op::PlaceGuard { .. } | Op::PayloadCount { .. } => {}

                    Op::Add { dst, lhs, rhs } => arithmetic!(op, dst, lhs, &get!(rhs), checked_add, +),
                    Op::Sub { dst, lhs, rhs } => arithmetic!(op, dst, lhs, &get!(rhs), checked_sub, -),
                    Op::Mul { dst, lhs, rhs } => arithmetic!(op, dst, lhs, &get!(rhs), checked_mul, *),
                    Op::Div { dst, lhs, rhs } => arithmetic!(op, dst, lhs, &get!(rhs), checked_div, /),
                    Op::Rem { dst, lhs, rhs } => arithmetic!(op, dst, lhs, &get!(rhs), checked_rem, %),
                    Op::AddConst { dst, lhs, index } => {
                        arithmetic!(op, dst, lhs, &constants[usize::from(index)], checked_add, +);
                    }
                    Op::SubConst { dst, lhs, index } => {
                        arithmetic!(op, dst, lhs, &constants[usize::from(index)], checked_sub, -);
                    }
                    Op::MulConst { dst, lhs, index } => {
                        arithmetic!(op, dst, lhs, &constants[usize::from(index)], checked_mul, *);
                    }
                    Op::DivConst { dst, lhs, index } => {
                        arithmetic!(op, dst, lhs, &constants[usize::from(index)], checked_div, /);
                    }
                    Op::RemConst { dst, lhs, index } => {
                        arithmetic!(op, dst, lhs, &constants[usize::from(index)], checked_rem, %);
                    }
                    Op::AddInt { dst, lhs, value } => match &get!(lhs) {
                        &Value::Int(a) if let Some(sum) = a.checked_add(value.into()) => {
                            set!(dst).set_int(sum)
                        }
                        _ => whole!(self.calculate(context, *op)),
                    },
                    Op::BitAnd { dst, lhs, rhs } => bits!(op, dst, lhs, rhs, &),
                    Op::BitOr { dst, lhs, rhs } => bits!(op, dst, lhs, rhs, |),
                    Op::BitXor { dst, lhs, rhs } => bits!(op, dst, lhs, rhs, ^),
                    Op::Pow { .. } | Op::Shl { .. } | Op::Shr { .. } => whole!(self.calculate(context, *op)),
                    Op::Neg { dst, src } => match ops::negate(program, &get!(src)) {
                        Ok(negated) => set!(dst) = negated,
                        Err(fault) => {
                            let operand = [get!(src).clone()];
                            whole!(self.operate(context, Operator::Neg, dst, &operand, fault));
                        }
                    },
                    Op::Not { dst, src } => {
                        if self.operator_method(Operator::Not, &get!(src)).is_some() {
                            let operand = [get!(src).clone()];
                            let fault = Fault::new(ErrorKind::TypeError, "op_not");
                            whole!(self.operate(context, Operator::Not, dst, &operand, fault));
                        }
                        let truth = truth!(src);
                        set!(dst).set_bool(!truth);
                    }
                    Op::BitNot { dst, src } => set!(dst) = attempt!(ops::complement(program, &get!(src))),
                    Op::Truth { dst, src } => {
                        let truth = truth!(src);
                        set!(dst).set_bool(truth);
                    }

                    Op::Eq { dst, lhs, rhs } => comparison!(op, dst, lhs, &get!(rhs), ==),
                    Op::Ne { dst, lhs, rhs } => comparison!(op, dst, lhs, &get!(rhs), !=),
                    Op::Lt { dst, lhs, rhs } => comparison!(op, dst, lhs, &get!(rhs), <),
                    Op::Le { dst, lhs, rhs } => comparison!(op, dst, lhs, &get!(rhs), <=),
                    Op::Gt { dst, lhs, rhs } => comparison!(op, dst, lhs, &get!(rhs), >),
                    Op::Ge { dst, lhs, rhs } => comparison!(op, dst, lhs, &get!(rhs), >=),
                    Op::In { dst, lhs, rhs } => {
                        if self.own.equality
                            && let Some(open) = attempt!(self.deciding_within(&get!(lhs), &get!(rhs)))
                        {
                            whole!(self.answer_by(context, "__any_equal", dst, open));
                        }
                        set!(dst) = Value::Bool(attempt!(ops::contains(program, &get!(lhs), &get!(rhs))));
                    }

                    Op::IfEq { lhs, rhs, .. } => decision!(op, lhs, rhs, ==),
                    Op::IfNe { lhs, rhs, .. } => decision!(op, lhs, rhs, !=),
                    Op::IfLt { lhs, rhs, .. } => decision!(op, lhs, rhs, <),
                    Op::IfLe { lhs, rhs, .. } => decision!(op, lhs, rhs, <=),
                    Op::IfGt { lhs, rhs, .. } => decision!(op, lhs, rhs, >),
                    Op::IfGe { lhs, rhs, .. } => decision!(op, lhs, rhs, >=),
                    Op::IfEqInt { lhs, value, .. } => decision_int!(op, lhs, value, ==),
                    Op::IfNeInt { lhs, value, .. } => decision_int!(op, lhs, value, !=),
                    Op::IfLtInt { lhs, value, .. } => decision_int!(op, lhs, value, <),
                    Op::IfLeInt { lhs, value, .. } => decision_int!(op, lhs, value, <=),
                    Op::IfGtInt { lhs, value, .. } => decision_int!(op, lhs, value, >),
                    Op::IfGeInt { lhs, value, .. } => decision_int!(op, lhs, value, >=),

                    Op::Jump { target } => ip = target as usize,
                    Op::Loop { target } => {
                        burn!();
                        ip = target as usize;
                    }
                    Op::JumpIf { src, target } => {
                        if truth!(src) {
                            ip = target as usize;
                        }
                    }
                    Op::JumpIfNot { src, target } => {
                        if !truth!(src) {
                            ip = target as usize;
                        }
                    }
                    Op::JumpIfNone { src, target } => {
                        if matches!(get!(src), Value::Null | Value::None) {
                            ip = target as usize;
                        }
                    }
                    Op::JumpIfSet { src, target } => {
                        if !matches!(get!(src), Value::Unset) {
                            ip = target as usize;
                        }
                    }
                    Op::JumpIfOk { src, target } => {
                        if attempt!(literal::open_result(program, &mut set!(src))) {
                            ip = target as usize;
                        }
                    }
                    Op::ForNext { base: state, target } => {
                        match iterate::next(&mut registers[state as usize..]) {
                            Next::Item => {}
                            Next::End => ip = target as usize,
                            // The instruction is run again when the answer is there.
                            Next::Ask => {
                                ip -= 1;
                                whole!(self.ask(context, base + state as usize))
                            }
                        }
                    }
                    Op::ForStart { dst, src } => {
                        set!(dst) = attempt!(iterate::start(program, &get!(src)));
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
                        attempt!(literal::extend_array(program, &mut set!(array), &more));
                    }
                    Op::Dict { dst } => set!(dst) = Value::dict(Dict::new()),
                    Op::DictInsert { dict, key, src } => {
                        let key = attempt!(access::owned_key(program, &get!(key)));
                        let item = set!(src).take();
                        if let Value::Dict(dict) = &mut set!(dict) {
                            Counted::make_mut(dict).insert(key, item);
                        }
                    }
                    Op::DictExtend { dict, src } => {
                        let more = get!(src).clone();
                        attempt!(literal::extend_dict(program, &mut set!(dict), &more));
                    }
                    Op::Struct { dst, base, id } => {
                        let id = StructId(id);
                        attempt!(literal::hold_fields(program, id, &mut registers[base as usize..]));
                        let fields = attempt!(literal::take_fields(program, id, &mut registers, base));
                        set!(dst) = Value::Struct(Counted::new(StructValue { id, fields }));
                    }
                    Op::Member { dst, function } => {
                        let member = attempt!(literal::member(program, FunctionId(function), &get!(dst)));
                        set!(dst) = member;
                    }
                    Op::Enum { dst, base, variant: index } => {
                        let (id, variant) = program.variants[index as usize];
                        let count = literal::payload_count(&code, ip);
                        let payload = literal::take_window(&mut registers, base, count).collect();
                        set!(dst) = Value::Enum(Counted::new(EnumValue { id, variant, payload }));
                    }
                    Op::Constructor { dst, variant } => set!(dst) = Value::Constructor(variant),
                    Op::Text { dst, base, count } => {
                        let values = &registers[base as usize..][..count as usize];
                        if self.has_own_text(values) {
                            let values = values.to_vec();
                            whole!(self.join_shown(context, dst, values));
                        }
                        set!(dst) = attempt!(ops::text(program, values));
                    }
                    Op::GetField { dst, object, name } => {
                        let name = function.names[name as usize];
                        set!(dst) = match get!(object) {
                            Value::Module(module) => {
                                attempt!(self.module_field(&context.globals, module, name))
                            }
                            ref object => attempt!(self.field(object, name)),
                        };
                    }
                    Op::GetFieldOrNull { dst, object, name } => {
                        let name = function.names[name as usize];
                        set!(dst) = attempt!(self.optional_field(&context.globals, &get!(object), name));
                    }
                    Op::GetIndex { dst, object, index } => {
                        let (whole, key) = (&get!(object), &get!(index));
                        if let Some(item) = access::listed(whole, key) {
                            copy!(dst, item);
                            continue;
                        }
                        match access::item(program, whole, key) {
                            Ok(item) => set!(dst) = item,
                            Err(fault) => {
                                let operands = [get!(object).clone(), get!(index).clone()];
                                whole!(self.operate(context, Operator::Index, dst, &operands, fault));
                            }
                        }
                    }
                    Op::GetSlice { dst, object, base } => {
                        let slice = access::slice(program, &get!(object), &get!(base), &get!(base + 1));
                        set!(dst) = attempt!(slice);
                    }
                    Op::SetIndex { target, index, src } => {
                        release!(target);
                        let (new, index) = (get!(src).clone(), get!(index).clone());
                        attempt!(access::set_item(program, &mut set!(target), &index, new));
                    }
                    Op::SetField { target, src, name } => {
                        release!(target);
                        let new = get!(src).clone();
                        let step = PathStep::Field(function.names[name as usize]);
                        attempt!(access::set_part(program, &mut set!(target), &step, new));
                    }

                    Op::Unpack { src, base, shape } => {
                        let whole = get!(src).clone();
                        let (shape, parts) =
                            (&function.shapes[shape as usize], &mut registers[base as usize..]);
                        attempt!(pattern::unpack(program, shape, &whole, parts));
                    }
                    Op::Match { src, base, shape } => {
                        let whole = get!(src).clone();
                        let (shape, parts) =
                            (&function.shapes[shape as usize], &mut registers[base as usize + 1..]);
                        set!(base) = Value::Bool(pattern::fits(program, shape, &whole, parts));
                    }

                    Op::Call { base: at, argc, function } => {
                        burn!();
                        let (callee, first) = (FunctionId(function), base + at as usize);
                        let window = Window { first, count: argc.into(), result: first };
                        if self.is_plain(context, callee, argc) {
                            self.enter_plain(context, callee, None, ip, window);
                            continue 'frame;
                        }
                        whole!(self.enter(context, Callee::plain(callee), window, Vec::new()))
                    }
                    Op::CallValue { base: at, argc } => {
                        burn!();
                        let (callee, at) = (set!(at).take(), base + at as usize);
                        let window = Window { first: at + 1, count: argc.into(), result: at };
                        let callee = match callee {
                            Value::Closure(closure) if self.is_plain(context, closure.function, argc) => {
                                self.enter_plain(context, closure.function, Some(closure), ip, window);
                                continue 'frame;
                            }
                            other => other,
                        };
                        whole!(self.call_value(context, callee, window, Vec::new(), Style::Plain))
                    }
                    Op::CallNative { base: at, native, argc } => {
                        burn!();
                        let first = base + at as usize;
                        let window = Window { first, count: argc.into(), result: first };
                        whole!(self.call_native(context, NativeId(native), window, Vec::new(), Style::Plain))
                    }
                    Op::CallWith { base: at, site } => {
                        burn!();
                        whole!(self.call_with(context, &function.sites[site as usize], base + at as usize))
                    }
                    Op::CallMethod { base: at, site } => {
                        burn!();
                        whole!(self.call_method(context, function, at, site))
                    }
                    Op::Spawn { dst, src } => {
                        let block = get!(src).clone();
                        whole!(self.spawn_block(context, block, base + dst as usize))
                    }
                    Op::OpenScope { dst } => whole!(scope::open(context, base + dst as usize)),
                    // Run again until what was waited for is no scope any more.
                    Op::CloseScope { scope: slot, failed } => {
                        if let Value::Handle(scope) = &get!(slot) {
                            let request = scope::closing(scope, &get!(failed));
                            ip -= 1;
                            whole!(scope::close(context, base + slot as usize, request))
                        }
                    }
                    Op::Await { src, .. } => {
                        burn!();
                        if matches!(get!(src), Value::Handle(_)) {
                            whole!(self.settle_await(context, base + src as usize));
                        }
                    }
                    Op::Return { src } => {
                        if self.leave_plain(context, function, src) {
                            continue 'frame;
                        }
                        let value = place::register_mut(context, src).take();
                        whole!(self.leave(context, value))
                    }
                    Op::LeaveSelf { src } => {
                        let value = place::register_mut(context, src).take();
                        whole!(self.leave_self(context, value))
                    }
                    Op::Yield { src } => whole!(self.suspend(context, src)),
                    Op::Finish {} => whole!(self.finish(context)),
                    Op::Throw { src } => {
                        let thrown = get!(src).clone();
                        whole!(self.throw_value(context, thrown))
                    }
                    Op::ThrowTry { src } => {
                        let failed = get!(src).clone();
                        whole!(self.throw_failed(context, failed))
                    }
                    Op::CheckType { src, check } => {
                        attempt!(check::hold(program, &function.checks[check as usize], &mut set!(src)));
                    }
                    Op::Fail { import, hint, message } => {
                        let hint = constants.get(usize::from(hint)).filter(|_| hint != NO_HINT);
                        whole!(Err(Machine::failure(import, &constants[message as usize], hint)));
                    }
                    Op::NoMatch { src } => {
                        let unmatched = get!(src).clone();
                        whole!(Err(literal::no_match(program, &unmatched)))
                    }
                }
            }
        }
    }
}
