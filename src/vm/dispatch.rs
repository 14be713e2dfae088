//! The loop: a match over the instructions that loops are made of, in their plain cases.
//!
//! Invariant: the current frame's code, base and instruction pointer live in locals here; `Frame::ip` is written
//! before anything that looks at the whole context, and the locals are read again afterwards. An arm either has done all
//! that its instruction says and goes on, or has changed nothing and leaves the instruction to `execute`. So little is
//! held here across calls that code, registers and literals stay in registers of the processor.
//! Does not: throw, or know what is dear.
//! Longer than 500 lines because the match over the plain cases is one function.

use super::arguments::Window;
use super::plain::MethodCall;
use super::registers::{Code, Literals, Registers};
use super::update::Number;
use super::{Halt, Machine, access, ops, variable};
use crate::bytecode::{FunctionId, NativeId, Op, Program};
use crate::context::{Context, NO_HOME, SelfPlace};
use crate::value::Value;

/// The same as `f64::is_finite`, without a constant that takes a register of the processor.
#[inline(always)]
#[allow(clippy::eq_op, reason = "the difference of infinities, and of no numbers, is no number")]
fn is_finite(float: f64) -> bool {
    float - float == 0.0
}

impl Machine {
    /// Executes instructions until the context halts; with `ONCE` one: then it is out of fuel, unless it halted by itself.
    pub(super) fn dispatch<const ONCE: bool>(&self, context: &mut Context, fuel: &mut u32) -> Halt {
        let program: &Program = &self.program;
        let mut executed = false;
        'frame: loop {
            let Some(frame) = context.frames.last() else { return Halt::Done(Value::Null) };
            let mut function = program.function(frame.function);
            let mut literals = Literals::of(self.constants(frame.function));
            let mut base = frame.base as usize;
            let mut code = Code::of(function, frame.ip as usize);
            let mut registers = Registers::of(&mut context.stack, base, function);

            /// Goes on in another frame, which is the innermost one now.
            macro_rules! run {
                ($id:expr, $function:expr, $ip:expr, $base:expr) => {{
                    (function, base) = ($function, $base);
                    literals = Literals::of(self.constants($id));
                    code = Code::of(function, $ip);
                    registers = Registers::of(&mut context.stack, base, function);
                    continue;
                }};
            }

            /// Writes the instruction pointer back to the frame.
            macro_rules! save {
                ($ip:expr) => {
                    context.frames.last_mut().expect("the loop runs a frame").ip = $ip as u32
                };
            }
            /// Enters a function, plainly: see `enter_plain`.
            macro_rules! enter {
                ($callee:expr, $closure:expr, $own:expr, $window:expr) => {{
                    let (callee, window) = ($callee, $window);
                    let target = program.function(callee);
                    self.enter_plain(context, (callee, target), $closure, $own, code.ip(), window);
                    run!(callee, target, 0, window.first);
                }};
            }
            /// Counts a unit of fuel, or stops before the instruction.
            macro_rules! burn {
                () => {
                    if *fuel == 0 {
                        save!(code.ip() - 1);
                        return Halt::OutOfFuel;
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
                            let copy = other.clone_counted();
                            set!($register).put(copy);
                        }
                    }
                };
            }
            /// dst := a calculation with two numbers: ints by `$checked`, floats by `$plain` if nothing is wrong with the
            /// result.
            macro_rules! arithmetic {
                ($dst:expr, $lhs:expr, $right:expr, $checked:ident, $plain:tt) => {{
                    let (left, right) = (&get!($lhs), $right);
                    // Each case by itself: a conversion of both to floats first would be seen by every float.
                    let floats = match (left, right) {
                        (&Value::Int(a), &Value::Int(b)) => {
                            if let Some(result) = a.$checked(b) {
                                set!($dst).set_int(result);
                                continue;
                            }
                            None
                        }
                        (&Value::Float(a), &Value::Float(b)) => Some((a, b)),
                        (&Value::Float(a), &Value::Int(b)) => Some((a, b as f64)),
                        (&Value::Int(a), &Value::Float(b)) => Some((a as f64, b)),
                        _ => None,
                    };
                    if let Some((a, b)) = floats {
                        let result = a $plain b;
                        if is_finite(result) {
                            set!($dst).set_float(result);
                            continue;
                        }
                    }
                }};
            }
            /// The same for remainders. The processor divides small numbers in a third of the time.
            macro_rules! remainder {
                ($dst:expr, $lhs:expr, $right:expr) => {{
                    if let (&Value::Int(a), &Value::Int(b)) = (&get!($lhs), $right)
                        && u32::try_from(a | b).is_ok()
                        && b != 0
                    {
                        set!($dst).set_int(i64::from(a as u32 % b as u32));
                        continue;
                    }
                    arithmetic!($dst, $lhs, $right, checked_rem, %)
                }};
            }
            macro_rules! bits {
                ($dst:expr, $lhs:expr, $rhs:expr, $operator:tt) => {
                    if let (&Value::Int(a), &Value::Int(b)) = (&get!($lhs), &get!($rhs)) {
                        set!($dst).set_int(a $operator b);
                        continue;
                    }
                };
            }
            /// dst := whether two numbers compare so.
            macro_rules! comparison {
                ($dst:expr, $lhs:expr, $rhs:expr, $compare:tt) => {
                    match (&get!($lhs), &get!($rhs)) {
                        (&Value::Int(a), &Value::Int(b)) => {
                            set!($dst).set_bool(a $compare b);
                            continue;
                        }
                        (&Value::Float(a), &Value::Float(b)) => {
                            set!($dst).set_bool(a $compare b);
                            continue;
                        }
                        _ => {}
                    }
                };
            }
            /// The same for `==` and `!=`, of whatever is plainly equal or not.
            macro_rules! equality {
                ($dst:expr, $lhs:expr, $rhs:expr, $equal:expr) => {
                    if let Some(equal) = ops::plainly_equal(&get!($lhs), &get!($rhs)) {
                        set!($dst).set_bool(equal == $equal);
                        continue;
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
                    if $holds {
                        code.skip();
                        continue;
                    }
                    match *code.peek() {
                        Op::JumpIfNot { target, .. } => code.jump(target),
                        _ => code.skip(),
                    }
                    continue;
                }};
            }
            /// Decides by two numbers. For all else `execute` compares, and the `JumpIfNot` runs by itself.
            macro_rules! decision {
                ($lhs:expr, $rhs:expr, $compare:tt) => {
                    match (&get!($lhs), &get!($rhs)) {
                        (&Value::Int(a), &Value::Int(b)) => decide!(a $compare b),
                        (&Value::Float(a), &Value::Float(b)) => decide!(a $compare b),
                        _ => {}
                    }
                };
            }
            /// The same for `==` and `!=`.
            macro_rules! decision_by_equality {
                ($lhs:expr, $rhs:expr, $equal:expr) => {
                    if let Some(equal) = ops::plainly_equal(&get!($lhs), &get!($rhs)) {
                        decide!(equal == $equal)
                    }
                };
            }
            /// Calls the closure or function in a register; the variable at stack position `$home` lends it, if it is one.
            macro_rules! call_held {
                ($held:expr, $at:expr, $argc:expr, $home:expr) => {{
                    burn!();
                    let result = base + usize::from($at);
                    let window = Window { first: result + 1, count: $argc.into(), result };
                    if let Value::Closure(closure) = &get!($held)
                        && self.is_plain(&context.frames, closure.function, $argc)
                        && let Value::Closure(closure) = set!($held).take()
                    {
                        enter!(closure.function, Some((closure, $home)), SelfPlace::None, window);
                    }
                    if let &Value::Function(callee) = &get!($held)
                        && self.is_plain(&context.frames, callee, $argc)
                        && program.function(callee).captures.is_empty()
                    {
                        enter!(callee, None, SelfPlace::None, window);
                    }
                }};
            }
            /// Begins the next turn of a loop, and takes the decision whether there is one.
            macro_rules! turn {
                ($target:expr) => {{
                    burn!();
                    code.jump($target);
                    if !ONCE
                        && let Op::IfLt { lhs, rhs, .. } = *code.peek()
                        && let (&Value::Int(a), &Value::Int(b)) = (&get!(lhs), &get!(rhs))
                    {
                        code.skip();
                        decide!(a < b)
                    }
                    continue;
                }};
            }
            macro_rules! decision_int {
                ($lhs:expr, $value:expr, $compare:tt) => {
                    if let &Value::Int(a) = &get!($lhs) {
                        decide!(a $compare i64::from($value))
                    }
                };
            }

            loop {
                if ONCE {
                    if executed {
                        save!(code.ip());
                        return Halt::OutOfFuel;
                    }
                    executed = true;
                }
                let op = code.fetch();
                match *op {
                    Op::Null { dst } => {
                        set!(dst).set_null();
                        continue;
                    }
                    Op::Bool { dst, value } => {
                        set!(dst).set_bool(value);
                        continue;
                    }
                    Op::Int { dst, value } => {
                        set!(dst).set_int(value.into());
                        continue;
                    }
                    Op::Const { dst, index } => {
                        copy!(dst, literals.get(index as usize));
                        continue;
                    }
                    Op::Copy { dst, src } => {
                        copy!(dst, &get!(src));
                        continue;
                    }
                    Op::Move { dst, src } => {
                        match get!(src) {
                            Value::Int(int) => {
                                set!(src).set_null();
                                set!(dst).set_int(int);
                            }
                            Value::Float(float) => {
                                set!(src).set_null();
                                set!(dst).set_float(float);
                            }
                            _ => {
                                let moved = set!(src).take();
                                set!(dst).put(moved);
                            }
                        }
                        continue;
                    }
                    Op::GetCell { dst, cell } => {
                        let value = variable::in_cell(&context.cells, &get!(cell));
                        if !matches!(value, Value::Unset) {
                            copy!(dst, value);
                            continue;
                        }
                    }
                    Op::GetCapture { dst, index } => {
                        let captured = variable::capture(&context.frames, index);
                        let value = variable::in_cell(&context.cells, captured);
                        if !matches!(value, Value::Unset) {
                            copy!(dst, value);
                            continue;
                        }
                    }
                    Op::GetGlobal { dst, index } => {
                        let value = context.globals.get(index);
                        if !matches!(value, Value::Unset) {
                            copy!(dst, value);
                            continue;
                        }
                    }
                    Op::GetPlace { dst, place } => {
                        let place = &function.places[place as usize];
                        if let Some(value) = self.peek_listed_field(&registers, place) {
                            copy!(dst, value);
                            continue;
                        }
                        let found = self.get_plain(context, place, base, base + usize::from(dst));
                        registers = Registers::of(&mut context.stack, base, function);
                        if found {
                            continue;
                        }
                    }
                    Op::SetPlace { src, place } => {
                        let place = &function.places[usize::from(place)];
                        let done = self.set_plain(context, place, base, base + usize::from(src));
                        registers = Registers::of(&mut context.stack, base, function);
                        if done {
                            continue;
                        }
                    }
                    Op::UpdatePlace { place, src, op } => {
                        let place = &function.places[place as usize];
                        let operator = ops::UPDATES[usize::from(op)];
                        if !matches!(code.peek(), Op::PlaceGuard { .. })
                            && let Some(operand) = Number::of(&get!(src))
                        {
                            if self.update_listed_field(&mut registers, place, operand, operator) {
                                continue;
                            }
                            let done = self.update_outer(context, place, operand, operator)
                                || self.update_number(context, place, base, operand, operator);
                            registers = Registers::of(&mut context.stack, base, function);
                            if done {
                                continue;
                            }
                        }
                    }
                    // Operands of the instruction before: passing over them does nothing.
                    Op::PlaceGuard { .. } | Op::PayloadCount { .. } => continue,

                    Op::Add { dst, lhs, rhs } => arithmetic!(dst, lhs, &get!(rhs), checked_add, +),
                    Op::Sub { dst, lhs, rhs } => arithmetic!(dst, lhs, &get!(rhs), checked_sub, -),
                    Op::Mul { dst, lhs, rhs } => arithmetic!(dst, lhs, &get!(rhs), checked_mul, *),
                    Op::Div { dst, lhs, rhs } => arithmetic!(dst, lhs, &get!(rhs), checked_div, /),
                    Op::Rem { dst, lhs, rhs } => remainder!(dst, lhs, &get!(rhs)),
                    Op::AddConst { dst, lhs, index } => {
                        arithmetic!(dst, lhs, literals.get(index.into()), checked_add, +);
                    }
                    Op::SubConst { dst, lhs, index } => {
                        arithmetic!(dst, lhs, literals.get(index.into()), checked_sub, -);
                    }
                    Op::MulConst { dst, lhs, index } => {
                        arithmetic!(dst, lhs, literals.get(index.into()), checked_mul, *);
                    }
                    Op::DivConst { dst, lhs, index } => {
                        arithmetic!(dst, lhs, literals.get(index.into()), checked_div, /);
                    }
                    Op::RemConst { dst, lhs, index } => {
                        remainder!(dst, lhs, literals.get(index.into()));
                    }
                    Op::AddInt { dst, lhs, value } => {
                        if let &Value::Int(a) = &get!(lhs)
                            && let Some(sum) = a.checked_add(value.into())
                        {
                            set!(dst).set_int(sum);
                            if !ONCE && let Op::Loop { target } = *code.peek() {
                                code.skip();
                                turn!(target)
                            }
                            continue;
                        }
                    }
                    Op::BitAnd { dst, lhs, rhs } => bits!(dst, lhs, rhs, &),
                    Op::BitOr { dst, lhs, rhs } => bits!(dst, lhs, rhs, |),
                    Op::BitXor { dst, lhs, rhs } => bits!(dst, lhs, rhs, ^),
                    Op::Not { dst, src } => {
                        if let &Value::Bool(truth) = &get!(src) {
                            set!(dst).set_bool(!truth);
                            continue;
                        }
                    }
                    Op::Truth { dst, src } => {
                        let truth = truth!(src);
                        set!(dst).set_bool(truth);
                        continue;
                    }

                    Op::Eq { dst, lhs, rhs } => equality!(dst, lhs, rhs, true),
                    Op::Ne { dst, lhs, rhs } => equality!(dst, lhs, rhs, false),
                    Op::Lt { dst, lhs, rhs } => comparison!(dst, lhs, rhs, <),
                    Op::Le { dst, lhs, rhs } => comparison!(dst, lhs, rhs, <=),
                    Op::Gt { dst, lhs, rhs } => comparison!(dst, lhs, rhs, >),
                    Op::Ge { dst, lhs, rhs } => comparison!(dst, lhs, rhs, >=),

                    Op::IfEq { lhs, rhs, .. } => decision_by_equality!(lhs, rhs, true),
                    Op::IfNe { lhs, rhs, .. } => decision_by_equality!(lhs, rhs, false),
                    Op::IfLt { lhs, rhs, .. } => decision!(lhs, rhs, <),
                    Op::IfLe { lhs, rhs, .. } => decision!(lhs, rhs, <=),
                    Op::IfGt { lhs, rhs, .. } => decision!(lhs, rhs, >),
                    Op::IfGe { lhs, rhs, .. } => decision!(lhs, rhs, >=),
                    Op::IfEqInt { lhs, value, .. } => decision_int!(lhs, value, ==),
                    Op::IfNeInt { lhs, value, .. } => decision_int!(lhs, value, !=),
                    Op::IfLtInt { lhs, value, .. } => decision_int!(lhs, value, <),
                    Op::IfLeInt { lhs, value, .. } => decision_int!(lhs, value, <=),
                    Op::IfGtInt { lhs, value, .. } => decision_int!(lhs, value, >),
                    Op::IfGeInt { lhs, value, .. } => decision_int!(lhs, value, >=),

                    Op::Jump { target } => {
                        code.jump(target);
                        continue;
                    }
                    Op::Loop { target } => turn!(target),
                    Op::JumpIf { src, target } => {
                        if truth!(src) {
                            code.jump(target);
                        }
                        continue;
                    }
                    Op::JumpIfNot { src, target } => {
                        if !truth!(src) {
                            code.jump(target);
                        }
                        continue;
                    }
                    Op::JumpIfNone { src, target } => {
                        if matches!(get!(src), Value::Null | Value::None) {
                            code.jump(target);
                        }
                        continue;
                    }
                    Op::JumpIfSet { src, target } => {
                        if !matches!(get!(src), Value::Unset) {
                            code.jump(target);
                        }
                        continue;
                    }
                    Op::ForNext { base: state, target } => match (&get!(state), &get!(state + 1)) {
                        (&Value::Int(end), &Value::Int(at)) => {
                            if at < end {
                                set!(state + 1).set_int(at + 1);
                                set!(state + 2).set_int(at);
                            } else {
                                code.jump(target);
                            }
                            continue;
                        }
                        (Value::Array(items), &Value::Int(at)) => {
                            if let Some(item) = items.get(at as usize) {
                                copy!(state + 2, item);
                                set!(state + 1).set_int(at + 1);
                            } else {
                                code.jump(target);
                            }
                            continue;
                        }
                        _ => {}
                    },

                    Op::GetField { dst, object, name } => {
                        if let Value::Struct(body) = &get!(object)
                            && let name = function.names[usize::from(name)]
                            && let Some(value) = access::struct_field(program, body, name)
                        {
                            copy!(dst, value);
                            continue;
                        }
                    }
                    Op::GetIndex { dst, object, index } => {
                        let (whole, index) = (&get!(object), &get!(index));
                        if let Some(item) =
                            access::listed(whole, index).or_else(|| access::peek_item(whole, index))
                        {
                            copy!(dst, item);
                            continue;
                        }
                    }
                    Op::SetIndex { target, index, src } => {
                        let new = match get!(src) {
                            Value::Int(int) => Some(Value::Int(int)),
                            Value::Float(float) => Some(Value::Float(float)),
                            _ => None,
                        };
                        if let (Value::Int(at), Some(new)) = (&get!(index), new)
                            && let Ok(at) = usize::try_from(*at)
                            && let Some(item) = access::listed_mut(&mut set!(target), at)
                        {
                            *item = new;
                            continue;
                        }
                    }

                    Op::Call { base: at, argc, function: callee } => {
                        burn!();
                        let (callee, first) = (FunctionId(callee), base + usize::from(at));
                        if self.is_plain(&context.frames, callee, argc) {
                            let window = Window { first, count: argc.into(), result: first };
                            enter!(callee, None, SelfPlace::None, window);
                        }
                    }
                    Op::CallValue { base: at, argc } => call_held!(at, at, argc, NO_HOME),
                    // The closure is moved there and back: a second reference would have to be counted.
                    Op::CallLocal { base: at, argc, callee } => {
                        call_held!(callee, at, argc, (base + usize::from(callee)) as u32);
                    }
                    Op::CallMethod { base: at, site } => {
                        burn!();
                        let site = &function.sites[usize::from(site)];
                        let is_edit = matches!(code.peek(), Op::PlaceGuard { .. });
                        let slot = base + usize::from(at);
                        if !is_edit
                            && let Some(place) = site.place
                            && let Some((register, name)) = function.places[usize::from(place)].own_variable()
                            && let Value::Struct(body) = &get!(register)
                            && let Some(method) = self.plain_method(&context.frames, site, body.id)
                            && (!method.mutates || body.is_unique())
                        {
                            let own = if method.mutates {
                                set!(at).set_null();
                                SelfPlace::Variable { slot: (base + usize::from(register)) as u32, name }
                            } else {
                                let body = body.clone();
                                set!(at).put(Value::Struct(body));
                                SelfPlace::None
                            };
                            let window =
                                Window { first: slot, count: site.arguments.len() + 1, result: slot };
                            enter!(method.function, None, own, window);
                        }
                        if !is_edit {
                            match self.call_plain_method(context, (function, base), site, slot, code.ip()) {
                                MethodCall::Entered => continue 'frame,
                                // As most do. What is passed on further is copied once more.
                                MethodCall::Answered(Ok(Some(halt))) => return halt,
                                MethodCall::Answered(outcome) => {
                                    if let Some(halt) = self.proceed(context, outcome) {
                                        return halt;
                                    }
                                    continue 'frame;
                                }
                                MethodCall::Other => {}
                            }
                        }
                    }
                    Op::CallNative { base: at, native, argc } => {
                        burn!();
                        save!(code.ip());
                        let native = NativeId(native);
                        match self.call_plain_native(context, native, base + usize::from(at), argc) {
                            Some(Ok(None)) => {
                                registers = Registers::of(&mut context.stack, base, function);
                                continue;
                            }
                            Some(Ok(Some(halt))) => return halt,
                            Some(outcome) => {
                                if let Some(halt) = self.proceed(context, outcome) {
                                    return halt;
                                }
                                continue 'frame;
                            }
                            None => {}
                        }
                    }
                    Op::CallWith { .. } => {
                        burn!();
                    }
                    Op::Await { src, .. } => {
                        burn!();
                        if !matches!(get!(src), Value::Handle(_)) {
                            continue;
                        }
                    }
                    Op::CopySettled { dst, src } => {
                        if let Value::Handle(handle) = &get!(src)
                            && let Some(value) = handle.plain_outcome()
                        {
                            copy!(dst, value);
                            code.skip();
                        } else {
                            copy!(dst, &get!(src));
                        }
                        continue;
                    }
                    Op::Return { src } => {
                        if let Some(caller) = self.leave_plain(context, function, src) {
                            run!(caller.id, caller.function, caller.ip, caller.base);
                        }
                    }
                    // Named one by one, so that the jump to an arm needs no check of its own.
                    Op::Function { .. }
                    | Op::Native { .. }
                    | Op::Unset { .. }
                    | Op::NewCell { .. }
                    | Op::ShareSelf { .. }
                    | Op::SetCell { .. }
                    | Op::SetCapture { .. }
                    | Op::IsSet { .. }
                    | Op::Module { .. }
                    | Op::SetGlobal { .. }
                    | Op::Callee { .. }
                    | Op::Closure { .. }
                    | Op::Pow { .. }
                    | Op::Shl { .. }
                    | Op::Shr { .. }
                    | Op::Neg { .. }
                    | Op::BitNot { .. }
                    | Op::In { .. }
                    | Op::JumpIfOk { .. }
                    | Op::ForStart { .. }
                    | Op::Array { .. }
                    | Op::ArrayPush { .. }
                    | Op::ArrayExtend { .. }
                    | Op::Dict { .. }
                    | Op::DictInsert { .. }
                    | Op::DictExtend { .. }
                    | Op::Struct { .. }
                    | Op::Member { .. }
                    | Op::Enum { .. }
                    | Op::Constructor { .. }
                    | Op::Text { .. }
                    | Op::GetFieldOrNull { .. }
                    | Op::GetSlice { .. }
                    | Op::SetField { .. }
                    | Op::Unpack { .. }
                    | Op::Match { .. }
                    | Op::Spawn { .. }
                    | Op::OpenScope { .. }
                    | Op::CloseScope { .. }
                    | Op::LeaveSelf { .. }
                    | Op::Yield { .. }
                    | Op::Finish {}
                    | Op::Throw { .. }
                    | Op::ThrowTry { .. }
                    | Op::CheckType { .. }
                    | Op::Fail { .. }
                    | Op::NoMatch { .. } => {}
                }
                save!(code.ip());
                let depth = context.frames.len();
                match self.execute(context, function, base, *op) {
                    // No instruction ends a call and begins another, so this is the same frame.
                    Ok(None) if context.frames.len() == depth => {
                        code = Code::of(function, context.frames[depth - 1].ip as usize);
                        registers = Registers::of(&mut context.stack, base, function);
                    }
                    outcome => {
                        if let Some(halt) = self.proceed(context, outcome) {
                            return halt;
                        }
                        continue 'frame;
                    }
                }
            }
        }
    }
}
