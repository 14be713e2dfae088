//! A world of one thread for contexts: every request is answered at once, and what would be a promise is its value.
//!
//! So a context can be run, stopped at any instruction, frozen and gone on with, without threads, clocks or files.

use std::sync::Arc;

use ruff::bytecode::Program;
use ruff::context::{Context, Globals};
use ruff::engine::{Engine, Options};
use ruff::stdlib;
use ruff::value::Value;
use ruff::vm::{Halt, Host, Machine, Request};

/// How deep contexts that make contexts are followed.
const DEEPEST: usize = 3;

/// A machine for a script, if it compiles.
pub(crate) fn machine(engine: &Engine, text: &str) -> Option<Machine> {
    let script = engine.compile_bytes("mangled", text.as_bytes()).ok()?;
    let program = Arc::new(script.program().clone());
    Some(Machine::new(program, Arc::new(stdlib::table()), Host::default()))
}

/// An engine that only compiles.
pub(crate) fn compiler() -> Engine {
    Engine::new(Options { workers: 1, ..Options::default() })
}

/// The context that runs the top-level code.
pub(crate) fn main_context(program: &Program) -> Context {
    Context::start(program, program.main, None, Vec::new(), Globals::own(program.globals.len()))
}

/// Runs a context for a while; `visit` sees it at each request and, if `steps`, behind each instruction. Gives whether it
/// ended.
pub(crate) fn drive(
    machine: &Machine,
    context: &mut Context,
    mut budget: usize,
    steps: bool,
    visit: &mut dyn FnMut(&Context),
) -> bool {
    drive_at(machine, context, &mut budget, steps, visit, 0)
}

fn drive_at(
    machine: &Machine,
    context: &mut Context,
    budget: &mut usize,
    steps: bool,
    visit: &mut dyn FnMut(&Context),
    depth: usize,
) -> bool {
    while *budget > 0 {
        *budget -= 1;
        let halt = if steps { machine.step(context) } else { Some(machine.run(context, &mut 50)) };
        match halt {
            None => visit(context),
            Some(Halt::OutOfFuel) => visit(context),
            Some(Halt::Done | Halt::Failed(_)) => return true,
            // Nothing here is ever pending, but a foreign snapshot may say so.
            Some(Halt::Waiting(_)) => return true,
            Some(Halt::Ask(request) | Halt::Wait(request)) => {
                visit(context);
                let value = answer(machine, *request, budget, steps, visit, depth);
                context.answer(value);
                // As it is when it really waits: the answer lies where the snapshot says, and is not yet looked at.
                context.wait = Some(context.reply);
                visit(context);
            }
        }
    }
    false
}

fn answer(
    machine: &Machine,
    request: Request,
    budget: &mut usize,
    steps: bool,
    visit: &mut dyn FnMut(&Context),
    depth: usize,
) -> Value {
    match request {
        Request::Spawn { mut context, .. } if depth < DEEPEST => {
            let mut share = *budget / 2;
            *budget -= share;
            drive_at(machine, &mut context, &mut share, steps, visit, depth + 1);
            *budget += share;
            Value::Null
        }
        Request::Compute(job) => (job.0)().unwrap_or_default(),
        Request::All(parcels) => Value::array(parcels.into_iter().map(|parcel| parcel.value).collect()),
        Request::ReceiveNext { .. } | Request::TryReceive { .. } => Value::None,
        Request::Resolved(parcel) => parcel.value,
        _ => Value::Null,
    }
}
