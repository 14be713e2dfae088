//! What things take. A change here is a decision, not an accident.

use ruff::bytecode::{Function, FunctionId, Op, Program};
use ruff::context::{Context, Frame};
use ruff::snapshot::{Form, Snapshot, freeze};
use ruff::value::{CellRef, Handle, Parcel, Resource, ResourceKind, Value};

/// Stands for one.
struct Promise;

impl Resource for Promise {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Promise
    }

    fn text(&self) -> String {
        "<promise pending>".to_owned()
    }
}

#[test]
fn of_types() {
    assert_eq!(size_of::<Value>(), 16);
    assert_eq!(size_of::<Op>(), 8);
    assert_eq!(size_of::<Frame>(), 48);
    assert_eq!(size_of::<Snapshot>(), 32);
    assert_eq!(size_of::<Handle>(), 8);
    assert_eq!(size_of::<CellRef>(), 8);
    assert_eq!(size_of::<Parcel>(), 24);
}

/// A context of `frames` calls, each waiting for the next, with two ints in each.
fn parked(frames: u32) -> (Program, Context) {
    let code = vec![
        Op::Await { src: 2, inline: false },
        Op::Call { base: 3, argc: 0, function: 0 },
        Op::Return { src: 0 },
    ];
    let live = vec![(1, [0, 1].into()), (2, [0, 1].into())];
    let function = Function { registers: 20, code, live, ..Function::default() };
    let program = Program { functions: vec![function], ..Program::default() };
    let frame = |at: u32| {
        let ip = if at + 1 == frames { 1 } else { 2 };
        Frame { ip, ..Frame::new(FunctionId(0), at * 3, at * 3, None) }
    };
    let mut context = Context { frames: (0..frames).map(frame).collect(), ..Context::default() };
    context.stack = vec![Value::Int(1000); frames as usize * 3 + 17];
    let wait = frames * 3 - 1;
    context.stack[wait as usize] = Value::Handle(Handle::new(Promise));
    context.wait = Some(wait);
    (program, context)
}

#[test]
fn of_parked_contexts() {
    let check = |frames, bytes, size| {
        let (program, mut context) = parked(frames);
        let snapshot = freeze(&mut context, &program, Form::Packed);
        let measured = (snapshot.handle_count(), snapshot.bytes().len(), snapshot.size());
        assert_eq!(measured, (1, bytes, size), "{frames} frames");
    };
    // 32 of the snapshot itself, the promise and up to 22 bytes included; further bytes take 16 for 14. There are 4 bytes for
    // the context, 5 for each frame and 6 for its ints; numbers above 127 take a second one.
    check(1, 4 + 11, 32);
    check(10, 4 + 110, 32 + 16 * 9);
    check(1000, 4 + 2 + 11_000, 32 + 16 * 787);
}

#[test]
fn snapshots_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Snapshot>();
    check::<Context>();
}
