//! A program and contexts made by hand, so that these tests need neither compiler nor machine.

use ruff::bytecode::{
    CaptureSource, EnumDef, FieldDef, Function, FunctionFlags, FunctionId, GlobalDef, NativeId, Op, Param,
    Place, Program, Root, StructDef, StructId, VariantDef,
};
use ruff::context::{Access, Context, Frame, Globals, PathStep, Receiver, ReceiverRoot, View};
use ruff::value::{
    Bound, Closure, Counted, Dict, EnumValue, ErrorKind, Fault, Handle, Key, Lazy, Resource, ResourceKind,
    Scope, Set, StructValue, Suspension, TracePoint, Value,
};

/// The function that waits. Registers 0 and 1 are read behind its `Await` at 1, which waits in register 2; only register 0
/// is read behind its call at 3, whose window is register 4.
pub(crate) const WAITER: FunctionId = FunctionId(1);
/// The closure's function: one capture, two registers, nothing known about liveness.
pub(crate) const INNER: FunctionId = FunctionId(2);
/// A generator without captures and with three registers; it refers to itself in the first one while it runs.
pub(crate) const GENERATOR: FunctionId = FunctionId(3);
/// The same with a capture.
pub(crate) const CAPTURING: FunctionId = FunctionId(4);

pub(crate) fn program() -> Program {
    let mut program = Program::default();
    let x = program.intern("x");
    let param = Param { name: x, optional: false, check: None };
    let waiter = Function {
        name: "waiter".into(),
        registers: 6,
        params: vec![param.clone(), param],
        code: vec![
            Op::Null { dst: 2 },
            Op::Await { src: 2, inline: false },
            Op::Null { dst: 3 },
            Op::Call { base: 4, argc: 1, function: 2 },
            Op::Return { src: 0 },
        ],
        live: vec![(1, [0, 1, 2].into()), (2, [0, 1].into()), (3, [0, 4].into()), (4, [0].into())],
        ..Function::default()
    };
    let inner = Function {
        name: "inner".into(),
        registers: 2,
        code: vec![Op::Null { dst: 0 }, Op::Return { src: 0 }],
        captures: vec![CaptureSource::Capture(0)],
        ..Function::default()
    };
    let place = Place { root: Root::Global(0), steps: [].into(), name: x, immutable: Some("let") };
    let main = Function {
        name: "<main>".into(),
        registers: 2,
        code: vec![Op::Return { src: 0 }],
        places: vec![place],
        ..Function::default()
    };
    let generator = Function {
        name: "generator".into(),
        registers: 3,
        code: vec![Op::Yield { src: 1 }, Op::Yield { src: 2 }, Op::Finish {}],
        flags: FunctionFlags { is_generator: true, ..FunctionFlags::default() },
        ..Function::default()
    };
    let capturing = Function { captures: vec![CaptureSource::Capture(0)], ..generator.clone() };
    program.functions = vec![main, waiter, inner, generator, capturing];
    program.globals = vec![GlobalDef { name: x }];
    let fields = vec![FieldDef { name: x, check: None }];
    program.structs = vec![StructDef::new("P", fields.clone()), StructDef::new("Q", fields)];
    program.structs[1].scope = Some(INNER);
    let variant = VariantDef { name: "Rect".into(), payload: Some(2), checks: Vec::new() };
    program.enums = vec![EnumDef { name: "Shape".into(), variants: vec![variant] }];
    program.variants = vec![(ruff::bytecode::EnumId(0), 0)];
    program.native_names = vec!["len"];
    program
}

/// A promise that never settles.
pub(crate) struct Promise;

impl Resource for Promise {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Promise
    }

    fn text(&self) -> String {
        "<promise pending>".into()
    }
}

pub(crate) fn promise() -> Value {
    Value::Handle(Handle::new(Promise))
}

/// Parked in `await p` with two ints.
pub(crate) fn waiting() -> Context {
    let dead = Value::text("a value that nobody reads any more, too long to stand in the bytes".repeat(9));
    let stack = vec![Value::Int(70), Value::Int(-300), promise(), dead.clone(), dead.clone(), dead];
    let frame = Frame { ip: 2, ..Frame::new(WAITER, 0, 0, None) };
    Context { stack, frames: vec![frame], wait: Some(2), reply: 3, ..Context::default() }
}

pub(crate) fn closure(capture: Value) -> Counted<Closure> {
    Counted::new(Closure { function: INNER, captures: [capture].into() })
}

/// A generator that has yielded once.
pub(crate) fn suspension() -> Suspension {
    let registers = vec![Value::Null, Value::Int(1), Value::text("kept")];
    Suspension { function: GENERATOR, ip: 1, callee: Value::Null, registers }
}

pub(crate) fn suspended(state: Suspension) -> Value {
    Value::Suspended(Counted::new(state))
}

/// One value of every kind, with parts that are shared.
pub(crate) fn every_kind() -> Vec<Value> {
    let shared = Value::array(vec![Value::Int(-1), Value::Float(0.5), Value::text("shared")]);
    let key = Key::Text("a key that is long enough to be worth sharing".into());
    let dict = Dict::from_iter([(key, shared.clone()), (Key::Int(-7), Value::Bool(true))]);
    let set = Set::from_items([Value::Int(1), shared.clone(), Value::Float(f64::NAN)]).expect("shallow");
    let trace = vec![TracePoint { function: WAITER, ip: 1 }];
    let fault = Fault::new(ErrorKind::ValueError, "bad").with_value(shared.clone()).with_hint("try less");
    let counted = |value: &Value| Counted::new(value.clone());
    let scope = Value::Scope(Counted::new(Scope { captures: [shared.clone()].into() }));
    vec![
        Value::Null,
        Value::Bool(false),
        Value::Int(i64::MIN),
        Value::Float(-0.0),
        Value::text("short"),
        Value::text("ä€😀".repeat(40)),
        Value::bytes(vec![0, 255, 7]),
        Value::dict(dict),
        Value::Set(Counted::new(set)),
        Value::Struct(Counted::new(StructValue { id: StructId(0), fields: vec![shared.clone()] })),
        Value::Struct(Counted::new(StructValue { id: StructId(1), fields: vec![Value::Int(1), scope] })),
        Value::Enum(Counted::new(EnumValue {
            id: ruff::bytecode::EnumId(0),
            variant: 0,
            payload: [Value::None, shared.clone()].into(),
        })),
        Value::Ok(counted(&shared)),
        Value::Err(counted(&Value::Null)),
        Value::Some(counted(&Value::None)),
        Value::Function(WAITER),
        Value::Native(NativeId(0)),
        Value::Constructor(0),
        Value::Bound(Counted::new(Bound { receiver: shared.clone(), callee: Value::Native(NativeId(0)) })),
        Value::Error(fault.with_cause(Value::Int(3)).with_trace(trace)),
        shared,
    ]
}

/// Everything a context can hold but handles: two frames, cells, a receiver, a pending error.
pub(crate) fn rich() -> Context {
    let mut context = Context::default();
    let cell = context.cells.add(Value::Unset, Access::Own);
    let recursive = closure(Value::Cell(cell.clone()));
    *context.cells.get_mut(&cell).expect("owned") = Value::Closure(recursive.clone());
    let read_only = context.cells.add(Value::array(every_kind()), Access::ReadOnly);
    let shared = context.cells.add(Value::Unset, Access::Own);
    assert!(context.cells.lend(&shared, 1));
    let generator = context.cells.add(suspended(suspension()), Access::Own);
    let closure =
        Counted::new(Closure { function: CAPTURING, captures: [Value::Cell(generator.clone())].into() });
    let iterator = Suspension { function: CAPTURING, callee: Value::Closure(closure), ..suspension() };
    let iterator = context.cells.add(suspended(iterator), Access::ReadOnly);
    let mut values = every_kind();
    values.extend([Value::Generator(generator, Lazy::Generator), Value::Generator(iterator, Lazy::Iterator)]);
    context.stack = vec![
        Value::array(values),
        Value::Cell(read_only),
        Value::Null,
        Value::Null,
        Value::Unset,
        Value::Cell(cell),
    ];
    let receiver = Receiver {
        root: ReceiverRoot::Slot(1),
        steps: vec![PathStep::Field(ruff::bytecode::Symbol(0)), PathStep::Index(Value::text("at"))],
        name: ruff::bytecode::Symbol(0),
        immutable: Some("let"),
        shared: Some(shared.clone()),
    };
    let outer = Frame { ip: 4, ..Frame::new(WAITER, 0, 0, None) };
    let inner = Frame {
        ip: 1,
        receiver: Box::new(receiver).into(),
        stores_result: true,
        ..Frame::new(INNER, 4, 4, Some(recursive))
    };
    context.frames = vec![outer, inner];
    let view = View::new(vec![Value::array(every_kind()), Value::Unset]);
    context.globals = Globals::View(Counted::new(view));
    context.pending = Some(Fault::new(ErrorKind::CancelledError, "cancelled"));
    context
}
