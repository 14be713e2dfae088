//! Hand-assembled programs for what scripts reach only by detours: the protocol with the runtime, places that must
//! not be copied, stepping. The language itself is tested by scripts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Answer, Call, Form, Halt, Host, Machine, Native, NativeTable, Request};
use crate::bytecode::{
    ArgumentForm, CallSite, Constant, Fallback, Function, FunctionFlags, FunctionId, Handler, NO_REGISTER,
    NativeId, Op, Param, Place, Program, Root, Step, StructDef, verify,
};
use crate::context::{Context, Globals};
use crate::value::{Counted, ErrorKind, Fault, Handle, Outcome, Parcel, Resource, StructValue, Value};

/// Address of the body `push` last saw, to tell an edit in place from a copy.
fn push(call: &mut Call<'_>) -> Result<Answer, Fault> {
    let item = call.args[1].take();
    if matches!(item, Value::Null) {
        return Err(Fault::new(ErrorKind::ValueError, "refused"));
    }
    let Value::Array(items) = &mut call.args[0] else { unreachable!("checked by signature") };
    Counted::make_mut(items).push(item);
    Ok(Answer::Value(Value::Null))
}

fn pop(call: &mut Call<'_>) -> Result<Answer, Fault> {
    let Value::Array(items) = &mut call.args[0] else { unreachable!("checked by signature") };
    Ok(Answer::Value(Counted::make_mut(items).pop().unwrap_or_default()))
}

fn sleep(call: &mut Call<'_>) -> Result<Answer, Fault> {
    let Value::Float(ms) = call.args[0] else { unreachable!("checked by signature") };
    Ok(Answer::Wait(Request::Sleep { ms }))
}

fn chunk(call: &mut Call<'_>) -> Result<Answer, Fault> {
    Ok(Answer::Value(Value::array(call.args.iter().map(Value::clone).collect())))
}

const fn native(signature: &'static str, form: Form, run: super::Run) -> Native {
    Native { signature, form, capability: None, summary: "", run }
}

const NATIVES: &[Native] = &[
    native("push append(a: array, x: any) -> array", Form::Edit, push),
    native("pop(a: array) -> array", Form::Cut, pop),
    native("sleep(ms: float) -> null", Form::Plain, sleep),
    native("chunk(xs: array, n: int, opts: dict = {}) -> array", Form::Plain, chunk),
];

/// A program under construction; function 0 is the main one.
struct Assembly {
    program: Program,
}

impl Assembly {
    fn new(registers: u16, code: &[Op]) -> Assembly {
        let mut assembly = Assembly { program: Program::default() };
        assembly.program.files.push(crate::source::Source::new("test", "a\nb\nc\n"));
        for name in ["push", "a", "b", "n", "self", "m", "op_add"] {
            assembly.program.intern(name);
        }
        assembly.function("<main>", 0, registers, code);
        assembly
    }

    fn function(&mut self, name: &str, params: usize, registers: u16, code: &[Op]) -> &mut Function {
        let symbol = self.program.intern("a");
        self.program.functions.push(Function {
            name: name.into(),
            params: vec![Param { name: symbol, optional: false }; params],
            registers,
            code: code.to_vec(),
            spans: vec![Default::default(); code.len()],
            ..Function::default()
        });
        self.program.functions.last_mut().expect("just pushed")
    }

    fn main(&mut self) -> &mut Function {
        &mut self.program.functions[0]
    }

    fn machine(self) -> Machine {
        verify(&self.program).expect("test programs are well formed");
        Machine::new(Arc::new(self.program), Arc::new(NativeTable::new(&[NATIVES])), Host::default())
    }
}

fn start(machine: &Machine) -> Context {
    let globals = Globals::own(machine.program.globals.len());
    Context::start(&machine.program, FunctionId(0), None, Vec::new(), globals)
}

/// Runs to the end twice, at once and step by step, and holds both to give the same.
fn finish(machine: &Machine) -> Result<Value, Fault> {
    let end = |halt| match halt {
        Halt::Done(value) => Ok(value),
        Halt::Failed(fault) => Err(fault),
        other => panic!("unexpected {other:?}"),
    };
    let whole = end(machine.run(&mut start(machine), &mut 10_000_000));
    let mut context = start(machine);
    let mut halt = None;
    for _ in 0..2_000_000 {
        halt = machine.step(&mut context);
        if halt.is_some() {
            break;
        }
    }
    let stepped = end(halt.expect("it ends"));
    let text = |outcome: &Result<Value, Fault>| format!("{outcome:?}");
    assert_eq!(text(&whole), text(&stepped));
    whole
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(value) => *value,
        other => panic!("expected an int, got {other:?}"),
    }
}

fn place(root: Root, steps: &[Step], name: crate::bytecode::Symbol) -> Place {
    Place { root, steps: steps.into(), name, immutable: None }
}

fn site(name: crate::bytecode::Symbol, arguments: usize, place: Option<u16>, fallback: Fallback) -> CallSite {
    CallSite {
        name,
        arguments: vec![ArgumentForm::One; arguments].into(),
        place,
        fallback,
        optional: false,
        wants_result: false,
    }
}

#[test]
fn recursion_adds_up() {
    let mut assembly = Assembly::new(
        1,
        &[Op::Int { dst: 0, value: 20 }, Op::Call { base: 0, argc: 1, function: 1 }, Op::Return { src: 0 }],
    );
    // f(n) = if n < 2 { n } else { f(n - 1) + f(n - 2) }
    let fib = [
        Op::Int { dst: 1, value: 2 },
        Op::Lt { dst: 1, lhs: 0, rhs: 1 },
        Op::JumpIfNot { src: 1, target: 4 },
        Op::Return { src: 0 },
        Op::AddInt { dst: 1, lhs: 0, value: -1 },
        Op::Call { base: 1, argc: 1, function: 1 },
        Op::AddInt { dst: 2, lhs: 0, value: -2 },
        Op::Call { base: 2, argc: 1, function: 1 },
        Op::Add { dst: 1, lhs: 1, rhs: 2 },
        Op::Return { src: 1 },
    ];
    assembly.function("fib", 1, 3, &fib);
    assert_eq!(int(&finish(&assembly.machine()).expect("fib works")), 6765);
}

#[test]
fn endless_recursion_is_caught_by_the_outermost_handler() {
    let mut assembly = Assembly::new(
        2,
        &[
            Op::Call { base: 0, argc: 0, function: 1 },
            Op::Return { src: 0 },
            Op::GetField { dst: 0, object: 1, name: 0 },
            Op::Return { src: 0 },
        ],
    );
    assembly.function("f", 0, 1, &[Op::Call { base: 0, argc: 0, function: 1 }, Op::Return { src: 0 }]);
    let message = assembly.program.intern("message");
    assembly.main().names = vec![message];
    assembly.main().handlers = vec![Handler { start: 0, end: 1, target: 2, error: 1 }];
    let Value::Text(text) = finish(&assembly.machine()).expect("caught") else { panic!("a message is text") };
    assert_eq!(text.as_str(), "Maximum call depth of 100000 exceeded while calling f");
}

#[test]
fn arity_is_checked_in_the_caller() {
    let mut assembly = Assembly::new(1, &[Op::Call { base: 0, argc: 1, function: 1 }, Op::Return { src: 0 }]);
    assembly.function("add", 2, 2, &[Op::Return { src: 0 }]);
    let fault = finish(&assembly.machine()).expect_err("one argument is missing");
    assert_eq!(fault.body().message.as_str(), "add expects 2 arguments, got 1");
    assert_eq!(fault.body().trace.len(), 1);
}

#[test]
fn arithmetic_errors_name_the_operands() {
    let mut assembly = Assembly::new(
        2,
        &[
            Op::Const { dst: 0, index: 0 },
            Op::Int { dst: 1, value: 1 },
            Op::Add { dst: 0, lhs: 0, rhs: 1 },
            Op::Return { src: 0 },
        ],
    );
    assembly.main().constants = vec![Constant::Int(i64::MAX)];
    let fault = finish(&assembly.machine()).expect_err("it overflows");
    assert_eq!(fault.body().message.as_str(), "Integer overflow: 9223372036854775807 + 1");
}

/// `d[0] := array; loop { d[0].push(i) }` as a dot call on a place: linear, and nothing is copied.
#[test]
fn dot_calls_edit_places_without_copying() {
    let mut assembly = Assembly::new(
        6,
        &[
            Op::Array { dst: 1, base: 0, count: 0 },
            Op::Array { dst: 0, base: 1, count: 1 },
            Op::Int { dst: 1, value: 0 },
            Op::Int { dst: 2, value: 100_000 },
            // loop: r4 := r1; r0[r5].push(r4)
            Op::Int { dst: 5, value: 0 },
            Op::Copy { dst: 4, src: 1 },
            Op::CallMethod { base: 3, site: 0 },
            Op::AddInt { dst: 1, lhs: 1, value: 1 },
            Op::Lt { dst: 3, lhs: 1, rhs: 2 },
            Op::JumpIfNot { src: 3, target: 11 },
            Op::Loop { target: 4 },
            Op::Return { src: 0 },
        ],
    );
    let name = assembly.program.intern("push");
    let path = [Step::Index(5)];
    assembly.main().places = vec![place(Root::Register(0), &path, name)];
    assembly.main().sites = vec![site(name, 1, Some(0), Fallback::Native(NativeId(0)))];
    // Register 5 must survive the call: windows stand above what is needed later.
    let code = &mut assembly.main().code;
    code[6] = Op::CallMethod { base: 3, site: 0 };
    let Value::Array(outer) = finish(&assembly.machine()).expect("it works") else { panic!("an array") };
    let Value::Array(inner) = &outer[0] else { panic!("an array") };
    assert_eq!(inner.len(), 100_000);
}

#[test]
fn failed_edits_leave_the_place_as_it_was() {
    let mut assembly = Assembly::new(
        3,
        &[
            Op::Array { dst: 0, base: 1, count: 2 },
            Op::CallMethod { base: 1, site: 0 },
            Op::Return { src: 1 },
            Op::Return { src: 0 },
        ],
    );
    let name = assembly.program.intern("push");
    assembly.main().places = vec![place(Root::Register(0), &[], name)];
    assembly.main().sites = vec![site(name, 1, Some(0), Fallback::None)];
    assembly.main().handlers = vec![Handler { start: 1, end: 2, target: 3, error: NO_REGISTER }];
    let Value::Array(items) = finish(&assembly.machine()).expect("caught") else { panic!("an array") };
    assert_eq!(items.len(), 2);
}

/// `x := push(x, 1)` with a guard: the guard lets go, so the array is changed in place; with another value in the
/// place, the guard's value is what is pushed to.
#[test]
fn guards_decide_which_value_is_edited() {
    let code = |changed: Op| {
        [
            Op::Array { dst: 0, base: 1, count: 0 },
            Op::Copy { dst: 1, src: 0 },
            changed,
            Op::Int { dst: 3, value: 7 },
            Op::CallMethod { base: 2, site: 0 },
            Op::PlaceGuard { guard: 1 },
            Op::Return { src: 0 },
        ]
    };
    for (changed, expected) in [(Op::Null { dst: 2 }, 1), (Op::Array { dst: 0, base: 1, count: 3 }, 1)] {
        let mut assembly = Assembly::new(4, &code(changed));
        if expected == 1 && matches!(changed, Op::Array { .. }) {
            // Would take the guard's register: build the other array from registers that hold nothing.
            assembly.main().code[2] = Op::Array { dst: 0, base: 2, count: 2 };
        }
        let name = assembly.program.intern("push");
        assembly.main().places = vec![place(Root::Register(0), &[], name)];
        assembly.main().sites = vec![site(name, 1, Some(0), Fallback::Native(NativeId(0)))];
        let Value::Array(items) = finish(&assembly.machine()).expect("it works") else { panic!("an array") };
        assert_eq!(items.len(), expected);
        assert_eq!(items.count(), 1);
    }
}

#[test]
fn immutable_places_refuse_edits() {
    let mut assembly = Assembly::new(
        3,
        &[
            Op::Array { dst: 0, base: 1, count: 0 },
            Op::CallMethod { base: 1, site: 0 },
            Op::Return { src: 0 },
        ],
    );
    let (push, name) = (assembly.program.intern("push"), assembly.program.intern("a"));
    assembly.main().places = vec![Place { immutable: Some("let"), ..place(Root::Register(0), &[], name) }];
    assembly.main().sites = vec![site(push, 1, Some(0), Fallback::None)];
    let fault = finish(&assembly.machine()).expect_err("it is immutable");
    assert_eq!(fault.body().message.as_str(), "Cannot mutate immutable let binding: a");
}

/// A mutating method sees and changes the place it was called on; on a temporary, a variable of its own.
#[test]
fn self_is_the_receiver_place() {
    let mut assembly = Assembly::new(
        3,
        &[
            Op::Int { dst: 1, value: 5 },
            Op::Struct { dst: 0, base: 1, id: 0 },
            Op::CallMethod { base: 1, site: 0 },
            Op::Copy { dst: 1, src: 0 },
            Op::CallMethod { base: 1, site: 1 },
            Op::GetField { dst: 0, object: 0, name: 0 },
            Op::Add { dst: 0, lhs: 0, rhs: 1 },
            Op::Return { src: 0 },
        ],
    );
    let names = ["n", "m", "self", "a"].map(|name| assembly.program.intern(name));
    let [field, method, own, variable] = names;
    assembly.main().names = vec![field];
    assembly.main().places = vec![place(Root::Register(0), &[], variable)];
    let call = |place| site(method, 0, place, Fallback::None);
    assembly.main().sites = vec![call(Some(0)), call(None)];
    // self.n += 1; return self.n
    let body = assembly.function(
        "P.m",
        1,
        2,
        &[
            Op::Int { dst: 1, value: 1 },
            Op::UpdatePlace { place: 0, src: 1, op: 0 },
            Op::PlaceGuard { guard: NO_REGISTER },
            Op::GetPlace { dst: 1, place: 0 },
            Op::Return { src: 1 },
        ],
    );
    body.flags = FunctionFlags { is_method: true, mutates_self: true, ..FunctionFlags::default() };
    body.places = vec![place(Root::Receiver, &[Step::Field(field)], own)];
    let fields = vec![crate::bytecode::FieldDef { name: field, check: None }];
    let functions = [(method, FunctionId(1))].into_iter().collect();
    assembly.program.structs.push(StructDef { name: "P".into(), fields, functions });
    // The place holds 6 after the first call; the second gives 7 and changes nothing.
    assert_eq!(int(&finish(&assembly.machine()).expect("it works")), 13);
}

#[test]
fn operator_methods_serve_arithmetic() {
    let mut assembly = Assembly::new(
        2,
        &[
            Op::Struct { dst: 0, base: 1, id: 0 },
            Op::Int { dst: 1, value: 4 },
            Op::Add { dst: 1, lhs: 0, rhs: 1 },
            Op::Return { src: 1 },
        ],
    );
    let name = assembly.program.intern("op_add");
    let body = assembly.function("P.op_add", 2, 2, &[Op::Return { src: 1 }]);
    body.flags.is_method = true;
    let functions = [(name, FunctionId(1))].into_iter().collect();
    assembly.program.structs.push(StructDef { name: "P".into(), fields: Vec::new(), functions });
    assert_eq!(int(&finish(&assembly.machine()).expect("it works")), 4);
}

#[test]
fn natives_check_count_types_and_options() {
    let call = |arguments: &[Value]| {
        let argc = arguments.len() as u8;
        let mut assembly =
            Assembly::new(4, &[Op::CallNative { base: 0, native: 3, argc }, Op::Return { src: 0 }]);
        assembly.main().params =
            vec![Param { name: crate::bytecode::Symbol(0), optional: false }; arguments.len()];
        let machine = assembly.machine();
        let mut context =
            Context::start(&machine.program, FunctionId(0), None, arguments.to_vec(), Globals::own(0));
        match machine.run(&mut context, &mut 100) {
            Halt::Done(Value::Array(args)) => Ok(args),
            Halt::Failed(fault) => Err(fault.body().message.as_str().to_owned()),
            other => panic!("unexpected {other:?}"),
        }
    };
    let array = Value::array(Vec::new());
    let bound = call(&[array.clone(), Value::Float(3.0)]).expect("an integral float is an int");
    assert!(matches!(bound[..], [Value::Array(_), Value::Int(3), Value::Dict(_)]));
    let refused = [
        (vec![array.clone()], "chunk expects 2 to 3 arguments, got 1"),
        (vec![array.clone(), Value::text("x")], "chunk: argument 'n' expects int, got string"),
        (vec![array, Value::Float(0.5)], "chunk: argument 'n' expects int, got 0.5"),
    ];
    for (arguments, message) in refused {
        assert_eq!(call(&arguments).expect_err("refused"), message);
    }
}

/// A promise that is pending for a number of polls.
struct Later {
    polls: AtomicUsize,
    outcome: Outcome,
}

impl Resource for Later {
    fn type_name(&self) -> &'static str {
        "promise"
    }

    fn text(&self) -> String {
        "<promise>".into()
    }

    fn poll(&self) -> Option<Outcome> {
        let left = self.polls.load(Ordering::Relaxed);
        self.polls.store(left.saturating_sub(1), Ordering::Relaxed);
        (left == 0).then(|| self.outcome.clone())
    }
}

fn promise(polls: usize, outcome: Outcome) -> Value {
    Value::Handle(Handle::new(Arc::new(Later { polls: AtomicUsize::new(polls), outcome })))
}

#[test]
fn a_waiting_native_resumes_with_the_outcome() {
    let mut assembly = Assembly::new(
        2,
        &[
            Op::Int { dst: 1, value: 20 },
            Op::CallNative { base: 1, native: 2, argc: 1 },
            Op::Return { src: 1 },
        ],
    );
    assembly.main().handlers = Vec::new();
    let machine = assembly.machine();
    let mut context = start(&machine);
    let halt = machine.run(&mut context, &mut 100);
    assert!(matches!(halt, Halt::Request { request: Request::Sleep { ms: 20.0 }, waits: true }));
    context.answer_later(promise(1, Ok(Parcel::plain(Value::Int(9)))));
    assert!(matches!(machine.run(&mut context, &mut 100), Halt::Waiting(_)));
    assert!(matches!(machine.run(&mut context, &mut 100), Halt::Done(Value::Int(9))));
}

#[test]
fn await_throws_the_error_of_a_promise_where_it_stands() {
    let mut assembly = Assembly::new(
        2,
        &[
            Op::Await { src: 0, inline: false },
            Op::Return { src: 0 },
            Op::Int { dst: 0, value: 3 },
            Op::Return { src: 0 },
        ],
    );
    assembly.main().params = vec![Param { name: crate::bytecode::Symbol(0), optional: false }];
    assembly.main().handlers = vec![Handler { start: 0, end: 1, target: 2, error: 1 }];
    let machine = assembly.machine();
    let failed = Err(Parcel::from_fault(Fault::new(ErrorKind::ValueError, "no")));
    for polls in [0, 2] {
        let argument = promise(polls, failed.clone());
        let mut context =
            Context::start(&machine.program, FunctionId(0), None, vec![argument], Globals::own(0));
        for _ in 0..polls {
            assert!(matches!(machine.run(&mut context, &mut 100), Halt::Waiting(_)));
        }
        assert!(matches!(machine.run(&mut context, &mut 100), Halt::Done(Value::Int(3))));
    }
}

#[test]
fn cancellation_is_thrown_where_the_context_waits() {
    let mut assembly = Assembly::new(1, &[Op::Await { src: 0, inline: false }, Op::Return { src: 0 }]);
    assembly.main().params = vec![Param { name: crate::bytecode::Symbol(0), optional: false }];
    let machine = assembly.machine();
    let argument = promise(9, Ok(Parcel::plain(Value::Null)));
    let mut context = Context::start(&machine.program, FunctionId(0), None, vec![argument], Globals::own(0));
    assert!(matches!(machine.run(&mut context, &mut 100), Halt::Waiting(_)));
    context.pending = Some(Fault::new(ErrorKind::CancelledError, "cancelled"));
    let Halt::Failed(fault) = machine.run(&mut context, &mut 100) else { panic!("it was cancelled") };
    assert!(fault.is(ErrorKind::CancelledError));
    assert!(context.wait.is_none() && context.frames.is_empty());
}

#[test]
fn async_calls_make_contexts_unless_awaited_directly() {
    for inline in [false, true] {
        let mut assembly = Assembly::new(
            1,
            &[
                Op::Int { dst: 0, value: 6 },
                Op::Call { base: 0, argc: 1, function: 1 },
                Op::Await { src: 0, inline },
                Op::Return { src: 0 },
            ],
        );
        assembly.function("f", 1, 1, &[Op::Return { src: 0 }]).flags.is_async = true;
        let machine = assembly.machine();
        let mut context = start(&machine);
        match machine.run(&mut context, &mut 100) {
            Halt::Done(value) => assert!(inline && int(&value) == 6 && context.inline_awaits == 1),
            Halt::Request { request: Request::Spawn { context: mut child, .. }, waits: false } => {
                assert!(!inline);
                let Halt::Done(value) = machine.run(&mut child, &mut 100) else { panic!("it ends") };
                context.answer(promise(0, Ok(Parcel::plain(value))));
                assert!(matches!(machine.run(&mut context, &mut 100), Halt::Done(Value::Int(6))));
            }
            other => panic!("unexpected {other:?}"),
        }
    }
}

#[test]
fn fuel_ends_before_the_instruction() {
    let machine = Assembly::new(1, &[Op::Loop { target: 0 }, Op::Return { src: 0 }]).machine();
    let mut context = start(&machine);
    for _ in 0..3 {
        let mut fuel = 10;
        assert!(matches!(machine.run(&mut context, &mut fuel), Halt::OutOfFuel));
        assert_eq!((fuel, context.frames[0].ip), (0, 0));
    }
}

#[test]
fn channels_are_asked_once_for_each_item() {
    let mut assembly = Assembly::new(
        5,
        &[
            Op::ForStart { dst: 1, src: 0 },
            Op::ForNext { base: 1, target: 4 },
            Op::Copy { dst: 4, src: 3 },
            Op::Loop { target: 1 },
            Op::Return { src: 4 },
        ],
    );
    assembly.main().params = vec![Param { name: crate::bytecode::Symbol(0), optional: false }];
    let machine = assembly.machine();
    struct Channel;
    impl Resource for Channel {
        fn type_name(&self) -> &'static str {
            "channel"
        }
        fn text(&self) -> String {
            "<channel>".into()
        }
    }
    let argument = Value::Handle(Handle::new(Arc::new(Channel)));
    let mut context = Context::start(&machine.program, FunctionId(0), None, vec![argument], Globals::own(0));
    for item in
        [Value::Some(Counted::new(Value::Int(1))), Value::Some(Counted::new(Value::Int(2))), Value::None]
    {
        let halt = machine.run(&mut context, &mut 100);
        assert!(matches!(halt, Halt::Request { request: Request::ReceiveNext { .. }, waits: true }));
        context.answer(item);
    }
    assert!(matches!(machine.run(&mut context, &mut 100), Halt::Done(Value::Int(2))));
}

#[test]
fn views_refuse_assignments() {
    let mut assembly = Assembly::new(1, &[Op::SetGlobal { src: 0, index: 0 }, Op::Return { src: 0 }]);
    let name = assembly.program.intern("total");
    assembly.program.globals.push(crate::bytecode::GlobalDef { name });
    let machine = assembly.machine();
    let mut context = Context::start(&machine.program, FunctionId(0), None, Vec::new(), Globals::default());
    let Halt::Failed(fault) = machine.run(&mut context, &mut 100) else { panic!("it is not the owner") };
    assert!(fault.is(ErrorKind::IsolationError) && fault.body().message.as_str().contains("total"));
}

#[test]
fn thrown_structs_name_their_kind() {
    let mut assembly = Assembly::new(1, &[Op::Struct { dst: 0, base: 0, id: 0 }, Op::Throw { src: 0 }]);
    let functions = Default::default();
    assembly.program.structs.push(StructDef { name: "P".into(), fields: Vec::new(), functions });
    let fault = finish(&assembly.machine()).expect_err("it throws");
    assert_eq!((fault.body().kind.as_str(), fault.body().message.as_str()), ("P", "P error"));
    assert!(matches!(&fault.body().value, Value::Struct(body) if StructValue::clone(body).fields.is_empty()));
}
