//! What the machine and the runtime say to each other: requests and answers, waiting, cancelling, fuel.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Assembly, int, start};
use crate::bytecode::{FunctionId, Handler, Op, Param, Symbol};
use crate::context::{Context, Globals};
use crate::value::{Counted, ErrorKind, Fault, Handle, Outcome, Parcel, Resource, ResourceKind, Value};
use crate::vm::{Halt, Machine, Request};

/// A promise that is pending for a number of polls.
struct Later {
    polls: AtomicUsize,
    outcome: Outcome,
}

impl Resource for Later {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Promise
    }

    fn text(&self) -> String {
        "<promise>".into()
    }

    fn poll(&self) -> Option<&Outcome> {
        let left = self.polls.load(Ordering::Relaxed);
        self.polls.store(left.saturating_sub(1), Ordering::Relaxed);
        (left == 0).then_some(&self.outcome)
    }
}

fn promise(polls: usize, outcome: Outcome) -> Value {
    Value::Handle(Handle::new(Later { polls: AtomicUsize::new(polls), outcome }))
}

/// The int that a context returns which ends now.
fn result(machine: &Machine, context: &mut Context) -> i64 {
    assert!(matches!(machine.run(context, &mut 100), Halt::Done));
    int(&context.take_result())
}

#[test]
fn a_waiting_native_resumes_with_the_outcome() {
    let assembly = Assembly::new(
        2,
        &[
            Op::Int { dst: 1, value: 20 },
            Op::CallNative { base: 1, native: 2, argc: 1 },
            Op::Return { src: 1 },
        ],
    );
    let machine = assembly.machine();
    let mut context = start(&machine);
    let halt = machine.run(&mut context, &mut 100);
    assert!(matches!(halt, Halt::Wait(request) if matches!(*request, Request::Sleep { ms: 20.0 })));
    context.answer_later(promise(1, Ok(Parcel::plain(Value::Int(9)))));
    assert!(matches!(machine.run(&mut context, &mut 100), Halt::Waiting(_)));
    assert_eq!(result(&machine, &mut context), 9);
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
    assembly.main().params = vec![Param { name: Symbol(0), optional: false, check: None }];
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
        assert_eq!(result(&machine, &mut context), 3);
    }
}

#[test]
fn cancellation_is_thrown_where_the_context_waits() {
    let mut assembly = Assembly::new(1, &[Op::Await { src: 0, inline: false }, Op::Return { src: 0 }]);
    assembly.main().params = vec![Param { name: Symbol(0), optional: false, check: None }];
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
            Halt::Done => {
                assert!(inline && int(&context.take_result()) == 6 && context.inline_awaits == 1);
            }
            Halt::Ask(request) => {
                let Request::Spawn { context: mut child, .. } = *request else { panic!("it spawns") };
                assert!(!inline);
                let value = Value::Int(result(&machine, &mut child));
                context.answer(promise(0, Ok(Parcel::plain(value))));
                assert_eq!(result(&machine, &mut context), 6);
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
    assembly.main().params = vec![Param { name: Symbol(0), optional: false, check: None }];
    let machine = assembly.machine();
    struct Channel;
    impl Resource for Channel {
        fn kind(&self) -> ResourceKind {
            ResourceKind::Channel
        }
        fn text(&self) -> String {
            "<channel>".into()
        }
    }
    let argument = Value::Handle(Handle::new(Channel));
    let mut context = Context::start(&machine.program, FunctionId(0), None, vec![argument], Globals::own(0));
    for item in
        [Value::Some(Counted::new(Value::Int(1))), Value::Some(Counted::new(Value::Int(2))), Value::None]
    {
        let halt = machine.run(&mut context, &mut 100);
        assert!(matches!(halt, Halt::Wait(request) if matches!(*request, Request::ReceiveNext { .. })));
        context.answer(item);
    }
    assert_eq!(result(&machine, &mut context), 2);
}
