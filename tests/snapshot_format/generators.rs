//! Generators in bytes from outside: a state lies in its variable only, and is one that its function can have.

use proptest::prelude::*;

use ruff::context::{Access, Context, Globals, View};
use ruff::snapshot::{ThawError, from_portable, to_portable};
use ruff::value::{Closure, Counted, Lazy, Scope, Suspension, Value};

use crate::fixture::{
    CAPTURING, GENERATOR, INNER, WAITER, closure, program, rich, suspended, suspension, waiting,
};

/// What becomes of a context on its way through bytes.
fn through(context: &Context) -> Result<Context, ThawError> {
    let bytes = to_portable(context, &program(), 1).expect("no handles");
    let thawed = from_portable(&bytes, &program(), 1)?;
    to_portable(&thawed, &program(), 1).expect("what was thawed can be frozen");
    Ok(thawed)
}

/// A context whose first register is a generator in this state.
fn holding(state: Value) -> Context {
    let mut context = waiting();
    let cell = context.cells.add(state, Access::Own);
    context.stack[0] = Value::Generator(cell, Lazy::Generator);
    context.stack[2] = Value::Null;
    context
}

#[track_caller]
fn refused(context: &Context, why: &str) {
    let answer = through(context).err();
    assert!(matches!(answer, Some(ThawError::Malformed(text)) if text.contains(why)), "{answer:?}");
}

#[test]
fn a_state_comes_back() {
    let context = through(&holding(suspended(suspension()))).expect("our own snapshot");
    let Value::Generator(cell, Lazy::Generator) = &context.stack[0] else { panic!("a generator") };
    let Value::Suspended(state) = context.cells.get(cell) else { panic!("its state") };
    assert_eq!((state.function, state.ip, state.registers.len()), (GENERATOR, 1, 3));
}

#[test]
fn ended_running_and_foreign_ones_are_states_too() {
    for state in [Value::Null, Value::Unset, Value::Int(7), Value::array(vec![Value::Null])] {
        through(&holding(state)).expect("whatever is no state ends the generator");
    }
}

#[test]
fn a_generator_may_hold_itself() {
    let mut context = holding(Value::Unset);
    let own = context.stack[0].clone();
    let Value::Generator(cell, _) = &own else { panic!("a generator") };
    let registers = vec![own.clone(), own.clone(), Value::array(vec![own.clone()])];
    *context.cells.get_mut(cell).expect("owned") = suspended(Suspension { registers, ..suspension() });
    through(&context).expect("it is only a reference");
}

#[test]
fn a_state_lies_in_its_variable_only() {
    let state = || suspended(suspension());
    let misplaced = "in the wrong place";
    let mut in_register = holding(Value::Null);
    in_register.stack[1] = state();
    refused(&in_register, misplaced);
    refused(&holding(Value::array(vec![state()])), misplaced);
    refused(&holding(Value::Some(Counted::new(state()))), misplaced);
    refused(&holding(Value::Closure(closure(state()))), misplaced);
    let within = vec![Value::Null, state(), Value::Null];
    refused(&holding(suspended(Suspension { registers: within, ..suspension() })), misplaced);
    let mut in_view = holding(Value::Null);
    in_view.globals = Globals::View(Counted::new(View::new(vec![state(), Value::Null])));
    refused(&in_view, misplaced);
}

#[test]
fn a_variable_holds_no_scope() {
    refused(
        &holding(Value::Scope(Counted::new(Scope { captures: [Value::Null].into() }))),
        "in the wrong place",
    );
}

#[test]
fn a_state_is_one_of_a_generator() {
    for function in [WAITER, INNER] {
        let registers = vec![Value::Null; program().function(function).registers as usize];
        refused(&holding(suspended(Suspension { function, registers, ..suspension() })), "runs what is none");
    }
    for ip in [3, 1_000, u32::MAX] {
        refused(&holding(suspended(Suspension { ip, ..suspension() })), "runs what is none");
    }
}

#[test]
fn a_state_runs_its_own_closure() {
    let of = |function, callee| suspended(Suspension { function, callee, ..suspension() });
    let other = "runs another closure";
    refused(&holding(of(CAPTURING, Value::Null)), other);
    refused(&holding(of(CAPTURING, Value::Int(1))), other);
    refused(&holding(of(CAPTURING, Value::Closure(closure(Value::Null)))), other);
    let own = Closure { function: CAPTURING, captures: [Value::Null].into() };
    through(&holding(of(CAPTURING, Value::Closure(Counted::new(own.clone()))))).expect("its own");
    refused(&holding(of(GENERATOR, Value::Closure(Counted::new(own)))), other);
}

#[test]
fn a_state_has_all_registers_of_its_function() {
    for count in [0, 1, 2, 4, 40] {
        let registers = vec![Value::Null; count];
        through(&holding(suspended(Suspension { registers, ..suspension() })))
            .expect_err("too few or too many");
    }
}

#[test]
fn a_generator_refers_to_a_variable_that_is_there() {
    let mut context = holding(suspended(suspension()));
    let (mut other, Value::Generator(_, lazy)) = (Context::default(), context.stack[0].clone()) else {
        panic!("a generator")
    };
    let nowhere = (0..5).map(|_| other.cells.add(Value::Null, Access::Own)).last().expect("five");
    context.stack[0] = Value::Generator(nowhere, lazy);
    let written = to_portable(&context, &program(), 1).expect("no handles");
    assert_eq!(
        from_portable(&written, &program(), 1).err(),
        Some(ThawError::Malformed("there is no such cell"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_state(function in 0_u32..7, ip in 0_u32..5, count in 0_usize..6, callee in 0..3, of in 0_u32..5) {
        let captures = program().functions[of as usize].captures.len();
        let captures = vec![Value::Null; captures].into();
        let callee = match callee {
            0 => Value::Null,
            1 => Value::Closure(Counted::new(Closure { function: ruff::bytecode::FunctionId(of), captures })),
            _ => Value::text("no closure"),
        };
        let function = ruff::bytecode::FunctionId(function);
        let state = Suspension { function, ip, callee, registers: vec![Value::Int(1); count] };
        let mut context = rich();
        let cell = context.cells.add(suspended(state), Access::Own);
        context.stack[0] = Value::Generator(cell, Lazy::Iterator);
        let _ = through(&context);
    }
}
