//! Hand-assembled programs for what scripts reach only by detours: the protocol with the runtime, places that must
//! not be copied, stepping. The language itself is tested by scripts.

mod language;
mod protocol;

use std::sync::Arc;

use crate::bytecode::{
    ArgumentForm, CallSite, Fallback, Function, FunctionId, Op, Param, Place, Program, Root, Step, Symbol,
    verify,
};
use crate::context::{Context, Globals};
use crate::value::{Counted, ErrorKind, Fault, Value};
use crate::vm::{Answer, Call, Form, Halt, Host, Machine, Native, NativeTable, Request, Run, Work};

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
    Ok(Answer::wait(Request::Sleep { ms }))
}

fn chunk(call: &mut Call<'_>) -> Result<Answer, Fault> {
    Ok(Answer::Value(Value::array(call.args.iter().map(Value::clone).collect())))
}

const fn native(signature: &'static str, form: Form, run: Run) -> Native {
    Native {
        signature,
        form,
        work: Work::Other,
        sends: false,
        capability: None,
        may_need: &[],
        summary: "",
        run,
    }
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
            params: vec![Param { name: symbol, optional: false, check: None }; params],
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
    let end = |halt, mut context: Context| match halt {
        Halt::Done => Ok(context.take_result()),
        Halt::Failed(fault) => Err(fault),
        other => panic!("unexpected {other:?}"),
    };
    let mut context = start(machine);
    let halt = machine.run(&mut context, &mut 10_000_000);
    let whole = end(halt, context);
    let mut context = start(machine);
    let mut halt = None;
    for _ in 0..2_000_000 {
        halt = machine.step(&mut context);
        if halt.is_some() {
            break;
        }
    }
    let stepped = end(halt.expect("it ends"), context);
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

fn place(root: Root, steps: &[Step], name: Symbol) -> Place {
    Place { root, steps: steps.into(), name, immutable: None }
}

fn site(name: Symbol, arguments: usize, place: Option<u16>, fallback: Fallback) -> CallSite {
    CallSite {
        name,
        arguments: vec![ArgumentForm::One; arguments].into(),
        place,
        fallback,
        optional: false,
        wants_result: false,
    }
}
