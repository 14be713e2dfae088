//! What goes in comes out.

use ruff::bytecode::Program;
use ruff::context::{Context, Globals};
use ruff::snapshot::{Form, ThawError, freeze, from_portable, thaw, to_portable};
use ruff::value::{Counted, Value, equal};

use crate::fixture::{WAITER, closure, every_kind, program, rich, waiting};

const FORMS: [Form; 2] = [Form::Packed, Form::Portable(1)];

/// Freezes, thaws, freezes again: the same bytes. Gives back what was thawed.
fn check(make: impl Fn() -> Context, form: Form) -> Context {
    let program = program();
    let mut context = make();
    let first = freeze(&mut context, &program, form);
    let (bytes, trace) = (first.bytes().to_vec(), first.trace());
    thaw(first, &program, &mut context).expect("our own snapshot");
    let again = freeze(&mut context, &program, form);
    assert_eq!(again.bytes(), bytes);
    assert_eq!(again.trace(), trace);
    thaw(again, &program, &mut context).expect("our own snapshot");
    context
}

fn assert_equal(a: &Value, b: &Value) {
    assert!(equal(a, b).expect("shallow"), "{a:?} is not {b:?}");
}

#[test]
fn waiting_keeps_what_is_read_later() {
    for form in FORMS {
        let context = check(waiting, form);
        assert_eq!(context.stack.len(), 6);
        assert!(matches!(context.stack[..2], [Value::Int(70), Value::Int(-300)]));
        assert!(matches!(context.stack[2], Value::Handle(_)));
        assert!(context.stack[3..].iter().all(|value| matches!(value, Value::Null)), "dead values are gone");
        assert_eq!((context.wait, context.frames[0].ip), (Some(2), 2));
    }
}

#[test]
fn a_rich_context_comes_back() {
    for form in FORMS {
        let (context, before) = (check(rich, form), rich());
        assert_eq!(context.frames.len(), 2);
        assert!(context.frames[1].stores_result);
        let receiver = context.frames[1].receiver.kept().expect("a receiver");
        assert_eq!((receiver.immutable, receiver.steps.len()), (Some("let"), 2));
        let closure = context.frames[1].closure.as_ref().expect("a closure");
        let Value::Cell(cell) = &closure.captures[0] else { panic!("a cell") };
        assert!(matches!(context.cells.get(cell), Value::Closure(inner) if Counted::same(inner, closure)));
        assert!(context.pending.is_some());
        let stack = before.stack[0].part_count();
        assert_eq!(context.stack[0].part_count(), stack);
        for at in 0..stack {
            // A set that holds a NaN equals nothing, and a bound method or a generator only itself.
            let (left, right) =
                (context.stack[0].part(at).expect("a part"), before.stack[0].part(at).expect("a part"));
            if !matches!(left, Value::Set(_) | Value::Bound(_) | Value::Generator(..)) {
                assert_equal(left, right);
            }
        }
    }
}

#[test]
fn handles_are_refused_by_name() {
    let fault = to_portable(&waiting(), &program(), 1).expect_err("it holds a promise");
    assert!(fault.body().message.as_str().contains("<promise pending>"), "{fault:?}");
}

#[test]
fn sharing_is_kept() {
    let doubled = (0..60).fold(Value::text("deep"), |part, _| Value::array(vec![part.clone(), part]));
    let make = || {
        let mut context = waiting();
        context.stack[0] = doubled.clone();
        context.stack[2] = doubled.clone();
        context
    };
    let bytes = to_portable(&make(), &program(), 1).expect("no handles");
    assert!(bytes.len() < 400, "{} bytes", bytes.len());
    let context = from_portable(&bytes, &program(), 1).expect("valid");
    let address = |value: &Value| value.body().map(|body| body.0);
    assert_eq!(address(&context.stack[0]), address(&context.stack[2]));
    assert_equal(&context.stack[0], &doubled);
}

#[test]
fn values_of_any_depth() {
    let make = || {
        let mut context = waiting();
        context.stack[0] = (0..200_000).fold(Value::Int(1), |part, _| Value::array(vec![part]));
        context.stack[2] = Value::Null;
        context
    };
    let bytes = to_portable(&make(), &program(), 1).expect("no handles");
    let context = from_portable(&bytes, &program(), 1).expect("valid");
    assert_eq!(to_portable(&context, &program(), 1).expect("no handles"), bytes);
}

#[test]
fn large_values_are_moved() {
    let text = Value::text("x".repeat(1 << 20));
    let mut context = waiting();
    context.stack[0] = text.clone();
    let snapshot = freeze(&mut context, &program(), Form::Packed);
    assert!(snapshot.size() < 200, "{} bytes", snapshot.size());
    thaw(snapshot, &program(), &mut context).expect("our own snapshot");
    assert_eq!(context.stack[0].body(), text.body());
}

#[test]
fn views_stay_shared() {
    let view = Counted::new(ruff::context::View::new(every_kind()));
    let make = || Context { globals: Globals::View(view.clone()), ..waiting() };
    let context = check(make, Form::Packed);
    assert!(matches!(&context.globals, Globals::View(same) if Counted::same(same, &view)));
}

#[test]
fn between_any_two_instructions() {
    for ip in 0..5 {
        for form in FORMS {
            let make = || {
                let mut context = waiting();
                context.wait = None;
                context.frames[0].ip = ip;
                context
            };
            let (context, before) = (check(make, form), make());
            assert_equal(&context.stack[0], &before.stack[0]);
            // At 0 nothing but the parameters has a value.
            let kept: &[usize] = match ip {
                0 => &[0, 1],
                1 => &[0, 1, 2],
                2 => &[0, 1],
                3 => &[0, 4],
                _ => &[0],
            };
            for slot in 0..6 {
                let is_null = matches!(context.stack[slot], Value::Null);
                assert_eq!(is_null, !kept.contains(&slot), "slot {slot} at {ip}");
            }
        }
    }
}

#[test]
fn another_program_or_version_is_refused() {
    let mut context = rich();
    context.frames[1].closure = Some(closure(Value::Int(1)));
    let bytes = to_portable(&context, &program(), 1).expect("no handles");
    assert_eq!(from_portable(&bytes, &program(), 2).err(), Some(ThawError::OtherProgram));
    assert_eq!(from_portable(&bytes[1..], &program(), 1).err(), Some(ThawError::NotASnapshot));
    let mut newer = bytes.clone();
    newer[4] = 2;
    assert_eq!(from_portable(&newer, &program(), 1).err(), Some(ThawError::Version(2)));
    let mut damaged = bytes.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    assert_eq!(from_portable(&damaged, &program(), 1).err(), Some(ThawError::Damaged));
}

#[test]
fn a_snapshot_tells_where_it_stands() {
    let snapshot = freeze(&mut waiting(), &program(), Form::Packed);
    let trace = snapshot.trace();
    assert_eq!(trace.len(), 1);
    assert_eq!((trace[0].function, trace[0].ip), (WAITER, 1));
}

#[test]
fn packed_snapshots_of_another_program_are_refused() {
    let mut context = rich();
    let snapshot = freeze(&mut context, &program(), Form::Packed);
    assert!(thaw(snapshot, &Program::default(), &mut context).is_err());
    assert!(context.frames.is_empty() && context.stack.is_empty());
    let mut other = program();
    other.functions[WAITER.index()].live.clear();
    let snapshot = freeze(&mut waiting(), &program(), Form::Packed);
    assert!(thaw(snapshot, &other, &mut context).is_err());
}
