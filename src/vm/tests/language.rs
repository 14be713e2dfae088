//! Calls, places, methods, natives, errors.

use super::{Assembly, finish, int, place, site};
use crate::bytecode::{
    Constant, Fallback, FieldDef, FunctionFlags, FunctionId, GlobalDef, Handler, NO_REGISTER, NativeId, Op,
    Param, Place, Root, Step, StructDef, Symbol, verify,
};
use crate::context::{Context, Globals};
use crate::value::{ErrorKind, Value};
use crate::vm::Halt;

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

/// `loop { a[0].push(i) }`: were the array copied each time, this would not end.
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

/// `x := push(x, 7)`: the guard lets go of what is still in the place, which is then changed in place; if there is
/// another value by now, the guard's is pushed to and stored.
#[test]
fn guards_decide_which_value_is_edited() {
    let nothing = Op::Null { dst: 2 };
    let other_value = Op::Array { dst: 0, base: 2, count: 2 };
    for meanwhile in [nothing, other_value] {
        let mut assembly = Assembly::new(
            4,
            &[
                Op::Array { dst: 0, base: 1, count: 0 },
                Op::Copy { dst: 1, src: 0 },
                meanwhile,
                Op::Int { dst: 3, value: 7 },
                Op::CallMethod { base: 2, site: 0 },
                Op::PlaceGuard { guard: 1 },
                Op::Return { src: 0 },
            ],
        );
        let name = assembly.program.intern("push");
        assembly.main().places = vec![place(Root::Register(0), &[], name)];
        assembly.main().sites = vec![site(name, 1, Some(0), Fallback::Native(NativeId(0)))];
        let Value::Array(items) = finish(&assembly.machine()).expect("it works") else { panic!("an array") };
        assert_eq!((items.len(), items.count()), (1, 1));
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
    let fields = vec![FieldDef { name: field, check: None }];
    let functions = [(method, FunctionId(1))].into_iter().collect();
    assembly.program.structs.push(StructDef::new("P", fields));
    assembly.program.structs[0].functions = functions;
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
    assembly.program.structs.push(StructDef::new("P", Vec::new()));
    assembly.program.structs[0].functions = functions;
    assert_eq!(int(&finish(&assembly.machine()).expect("it works")), 4);
}

#[test]
fn natives_check_count_types_and_options() {
    let call = |arguments: &[Value]| {
        let argc = arguments.len() as u8;
        let mut assembly =
            Assembly::new(4, &[Op::CallNative { base: 0, native: 3, argc }, Op::Return { src: 0 }]);
        assembly.main().params =
            vec![Param { name: Symbol(0), optional: false, check: None }; arguments.len()];
        let machine = assembly.machine();
        let mut context =
            Context::start(&machine.program, FunctionId(0), None, arguments.to_vec(), Globals::own(0));
        match machine.run(&mut context, &mut 100) {
            Halt::Done => match context.take_result() {
                Value::Array(args) => Ok(args),
                other => panic!("unexpected {other:?}"),
            },
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

#[test]
fn views_refuse_assignments() {
    let mut assembly = Assembly::new(1, &[Op::SetGlobal { src: 0, index: 0 }, Op::Return { src: 0 }]);
    let name = assembly.program.intern("total");
    assembly.program.globals.push(GlobalDef { name });
    let machine = assembly.machine();
    let mut context = Context::start(&machine.program, FunctionId(0), None, Vec::new(), Globals::default());
    let Halt::Failed(fault) = machine.run(&mut context, &mut 100) else { panic!("it is not the owner") };
    assert!(fault.is(ErrorKind::IsolationError) && fault.body().message.as_str().contains("total"));
}

#[test]
fn thrown_structs_name_their_kind() {
    let mut assembly = Assembly::new(1, &[Op::Struct { dst: 0, base: 0, id: 0 }, Op::Throw { src: 0 }]);
    let functions = Default::default();
    assembly.program.structs.push(StructDef::new("P", Vec::new()));
    assembly.program.structs[0].functions = functions;
    let fault = finish(&assembly.machine()).expect_err("it throws");
    assert_eq!((fault.body().kind.as_str(), fault.body().message.as_str()), ("P", "P error"));
    assert!(matches!(&fault.body().value, Value::Struct(body) if body.fields.is_empty()));
}

#[test]
fn operands_that_routines_take_for_different_registers_are_different() {
    let rule = |op| verify(&Assembly::new(2, &[op, Op::Return { src: 0 }]).program);
    assert_eq!(rule(Op::Move { dst: 0, src: 1 }), Ok(()));
    assert!(rule(Op::Move { dst: 0, src: 0 }).is_err_and(|rule| rule.contains("moves to itself")));
    assert_eq!(rule(Op::CallLocal { base: 0, argc: 0, callee: 1 }), Ok(()));
    let lent = rule(Op::CallLocal { base: 1, argc: 0, callee: 1 });
    assert!(lent.is_err_and(|rule| rule.contains("replace the variable")));
}
