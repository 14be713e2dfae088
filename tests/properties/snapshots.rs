//! Mangled snapshots of real contexts: refused, or accepted and then run without a panic.
//!
//! Contexts are taken where they really stop: behind any instruction, at any request, and parked in a runtime. They are
//! mangled twice over: as bytes, and as data before they become bytes, which gets far past the checks of the format.

use std::sync::Arc;

use ruff::bytecode::{FunctionId, Program};
use ruff::context::{Access, Context, Frame, PathStep, Receiver, ReceiverRoot, SelfPlace};
use ruff::engine::Output;
use ruff::runtime::{Config, Execution, Runtime};
use ruff::snapshot::{from_portable, to_portable};
use ruff::value::{Bound, CellRef, Counted, EnumValue, Handle, Lazy, StructValue, Suspension, Value};
use ruff::vm::{Machine, Stream};

use crate::counting::count_here;
use crate::dice::{Dice, cases, seed};
use crate::world::{compiler, drive, machine, main_context};
use crate::{mangle, panics};

/// The mark of the program; one script at a time, so any will do.
const FINGERPRINT: u64 = 7;
/// Magic, version, fingerprint; the checksum stands behind them.
const BEFORE_CHECKSUM: usize = 14;
const HEADER: usize = 22;
/// How many snapshots of one script are mangled.
const SNAPSHOTS: usize = 6;
/// How often each.
const MANGLED: usize = 12;

/// Makes the checksum right again, so that the damage is looked at.
fn seal(bytes: &mut [u8]) {
    if bytes.len() < HEADER {
        return;
    }
    let step = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    let sum = bytes[HEADER..].iter().fold(0xCBF2_9CE4_8422_2325, step);
    bytes[BEFORE_CHECKSUM..HEADER].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn mangled_snapshots_are_refused_or_run() {
    let (corpus, engine, seed) = (mangle::corpus(), compiler(), seed());
    let (mut done, mut accepted, mut wrong) = (0, 0, Vec::new());
    let count = cases(40_000);
    for round in 0.. {
        let mut dice = Dice::of_case(seed, round);
        let text = dice.pick(&corpus);
        let Some(machine) = machine(&engine, text) else { continue };
        for context in contexts(&machine, &mut dice) {
            for _ in 0..MANGLED {
                done += 1;
                let bytes = mangled(&machine, &context, &mut dice);
                match check(&machine, &bytes) {
                    Ok(was_accepted) => accepted += usize::from(was_accepted),
                    Err(why) => wrong.push(format!("seed {seed}, round {round}: {why}\n---\n{text}\n---")),
                }
            }
        }
        if done >= count || wrong.len() > 50 {
            break;
        }
    }
    eprintln!("seed {seed}: {done} snapshots, {accepted} accepted");
    wrong.sort_by_key(|report| report.split(": ").nth(1).map(str::to_owned));
    wrong.dedup_by_key(|report| {
        report.lines().next().and_then(|line| line.split(": ").nth(1)).map(str::to_owned)
    });
    assert!(wrong.is_empty(), "{} kinds of wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(accepted * 20 > done, "only {accepted} of {done} mangled snapshots are accepted");
}

/// Real contexts of a script without handles in them.
fn contexts(machine: &Machine, dice: &mut Dice) -> Vec<Context> {
    let mut found: Vec<Context> = Vec::new();
    let mut seen = 0;
    let mut main = main_context(&machine.program);
    drive(machine, &mut main, 3_000, true, &mut |context| {
        seen += 1;
        // Each has the same chance to be kept, however many there are.
        if found.len() < SNAPSHOTS {
            found.push(context.clone());
        } else if dice.below(seen) < SNAPSHOTS {
            let at = dice.below(SNAPSHOTS);
            found[at] = context.clone();
        }
    });
    found.extend(parked(machine));
    found.retain(|context| to_portable(context, &machine.program, FINGERPRINT).is_ok());
    found
}

struct Nowhere;

impl Output for Nowhere {
    fn write(&self, _: Stream, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The contexts that are parked when main first waits. What they wait for has become null.
fn parked(machine: &Machine) -> Vec<Context> {
    let text = machine.program.files.last().map_or("", |source| source.text());
    // These would touch more than themselves.
    if ["file", "dir", "path", "env", "exit", "glob", "sleep"].iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let program = Arc::clone(&machine.program);
    let machine = Machine::new(program, Arc::clone(&machine.natives), ruff::vm::Host::default());
    let main = main_context(&machine.program);
    let mut runtime = Runtime::new(Arc::new(machine), &Config::default(), Arc::new(Nowhere));
    if !matches!(runtime.run_until_suspended(main), Execution::Suspended(_)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for id in runtime.suspended().into_iter().take(SNAPSHOTS) {
        if let Some(mut context) = runtime.save(id) {
            context
                .stack
                .iter_mut()
                .filter(|value| matches!(value, Value::Handle(_)))
                .for_each(|value| *value = Value::Null);
            found.push(context);
        }
    }
    found
}

/// The bytes of a context that was changed, or changed bytes.
fn mangled(machine: &Machine, context: &Context, dice: &mut Dice) -> Vec<u8> {
    let mut context = context.clone();
    if dice.below(3) > 0 {
        for _ in 0..=dice.below(3) {
            disturb(&machine.program, &mut context, dice);
        }
    }
    let written = panics::caught(|| to_portable(&context, &machine.program, FINGERPRINT));
    // What cannot be written, such as a cell of nowhere, need not be.
    let Ok(Ok(mut bytes)) = written else { return Vec::new() };
    if dice.below(3) == 0 {
        for _ in 0..=dice.below(4) {
            damage(&mut bytes, dice);
        }
        seal(&mut bytes);
    }
    bytes
}

/// Changes bytes behind the header.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = HEADER + dice.below(bytes.len().saturating_sub(HEADER));
    if at >= bytes.len() {
        return;
    }
    match dice.below(6) {
        0 => bytes[at] = dice.next() as u8,
        1 => bytes[at] = bytes[at].wrapping_add(1),
        2 => bytes[at] = bytes[at].wrapping_sub(1),
        3 => drop(bytes.remove(at)),
        4 => bytes.insert(at, dice.next() as u8),
        _ => {
            let to = HEADER + dice.below(bytes.len() - HEADER);
            bytes[to] = bytes[at];
        }
    }
}

/// Changes one thing of a context.
fn disturb(program: &Program, context: &mut Context, dice: &mut Dice) {
    let value = any_value(program, context, dice);
    let slots = context.stack.len();
    let slot = dice.below(slots) as u32;
    let depth = dice.below(context.frames.len());
    let Some(frame) = context.frames.get_mut(depth) else { return };
    let function = program.function(frame.function);
    match dice.below(12) {
        0..=4 if slots > 0 => context.stack[slot as usize] = value,
        5 => context.wait = Some(slot),
        6 => context.reply = slot,
        7 => frame.ip = dice.below(function.code.len()) as u32,
        8 => frame.result = slot,
        9 => disturb_frame(program, frame, value, slot, dice),
        10 if slots > 0 => {
            let other = dice.below(slots);
            context.stack.swap(slot as usize, other);
        }
        _ => disturb_cells(program, context, value, dice),
    }
}

fn disturb_frame(program: &Program, frame: &mut Frame, value: Value, slot: u32, dice: &mut Dice) {
    match dice.below(6) {
        0 => frame.inline = !frame.inline,
        1 => frame.stores_result = !frame.stores_result,
        2 => frame.receiver = SelfPlace::None,
        3 => {
            frame.function = FunctionId(dice.below(program.functions.len()) as u32);
            frame.ip = dice.below(program.function(frame.function).code.len()) as u32;
        }
        4 => {
            let name = program.function(frame.function).names.first().copied().unwrap_or_default();
            let steps =
                [PathStep::Field(name), PathStep::Index(value)].into_iter().take(dice.below(3)).collect();
            let root = ReceiverRoot::Slot(slot);
            frame.receiver = Box::new(Receiver { root, steps, name, immutable: None, shared: None }).into();
        }
        _ => frame.base = frame.base.saturating_add(dice.below(3) as u32),
    }
}

/// Puts something into a variable that functions share, or one of these into the context.
fn disturb_cells(program: &Program, context: &mut Context, value: Value, dice: &mut Dice) {
    let count = context.cells.slots().len();
    let cell: Option<CellRef> = context.cells.reference(dice.below(count)).cloned();
    match cell {
        Some(cell) if dice.below(2) == 0 => {
            if let Some(held) = context.cells.get_mut(&cell) {
                *held = value;
            }
        }
        _ if dice.below(2) == 0 => disturb_generators(program, context, value, dice),
        _ => {
            let cell =
                context.cells.add(value, if dice.below(2) == 0 { Access::Own } else { Access::ReadOnly });
            let slot = dice.below(context.stack.len());
            if let Some(held) = context.stack.get_mut(slot) {
                *held = Value::Cell(cell);
            }
        }
    }
}

/// Puts a generator into the context that stopped anywhere, with anything in its registers.
fn disturb_generators(program: &Program, context: &mut Context, value: Value, dice: &mut Dice) {
    let is_plain = |at: &usize| {
        let function = &program.functions[*at];
        function.flags.is_generator && function.captures.is_empty()
    };
    let generators: Vec<usize> = (0..program.functions.len()).filter(is_plain).collect();
    if generators.is_empty() {
        return; // The prelude's are only in programs that use them.
    }
    let function = FunctionId(*dice.pick(&generators) as u32);
    let prototype = program.function(function);
    let registers = vec![value; prototype.registers as usize];
    let ip = dice.below(prototype.code.len()) as u32;
    let state = Suspension { function, ip, callee: Value::Null, registers };
    let cell = context.cells.add(Value::Suspended(Counted::new(state)), Access::Own);
    let slot = dice.below(context.stack.len());
    if let Some(held) = context.stack.get_mut(slot) {
        *held = Value::Generator(cell, *dice.pick(&[Lazy::Generator, Lazy::Iterator]));
    }
}

/// A value that may be of any kind, among them those that only the machine makes.
fn any_value(program: &Program, context: &Context, dice: &mut Dice) -> Value {
    let known = match dice.below(context.stack.len() + 1) {
        0 => Value::Int(dice.next() as i64),
        at => context.stack[at - 1].clone(),
    };
    match dice.below(20) {
        0 => Value::Null,
        1 => Value::Unset,
        2 => Value::Int(*dice.pick(&[0, 1, -1, 5, i64::MAX, i64::MIN])),
        3 => Value::Float(*dice.pick(&[0.5, 1.0, f64::NAN, f64::INFINITY, -0.0])),
        4 => Value::text(*dice.pick(&["", "x", "öä", "a long text that does not fit anywhere"])),
        5 => Value::array(vec![known]),
        6 => Value::Bool(true),
        7 => Value::Function(FunctionId(dice.below(program.functions.len()) as u32)),
        8 => Value::Native(ruff::bytecode::NativeId(dice.below(program.native_names.len()) as u16)),
        9 if !program.variants.is_empty() => Value::Constructor(dice.below(program.variants.len()) as u16),
        10 => Value::Bound(Counted::new(Bound { receiver: known, callee: Value::Function(program.main) })),
        11 => Value::Some(Counted::new(known)),
        12 => Value::Err(Counted::new(known)),
        13 => Value::None,
        14 if !program.structs.is_empty() => {
            let at = dice.below(program.structs.len());
            let fields = vec![known; program.structs[at].fields.len()];
            Value::Struct(Counted::new(StructValue { id: ruff::bytecode::StructId(at as u16), fields }))
        }
        15 if !program.enums.is_empty() => {
            let at = dice.below(program.enums.len());
            let variant = dice.below(program.enums[at].variants.len()) as u16;
            let payload = vec![known; dice.below(4)].into();
            Value::Enum(Counted::new(EnumValue { id: ruff::bytecode::EnumId(at as u16), variant, payload }))
        }
        16 => Value::bytes(vec![1, 2, 255]),
        17 => match context.cells.reference(dice.below(context.cells.slots().len())) {
            Some(cell) => Value::Cell(cell.clone()),
            None => Value::Unset,
        },
        18 => match context.cells.reference(dice.below(context.cells.slots().len())) {
            Some(cell) => Value::Generator(cell.clone(), Lazy::Generator),
            None => Value::Unset,
        },
        _ => known,
    }
}

/// Thaws and runs; whether the bytes were accepted, or what went wrong.
fn check(machine: &Machine, bytes: &[u8]) -> Result<bool, String> {
    let thaw = || count_here(|| from_portable(bytes, &machine.program, FINGERPRINT));
    let (thawed, allocated) = panics::caught(thaw).map_err(|panic| format!("thawing panics at {panic}"))?;
    let bound = 100_000 + 2_000 * bytes.len();
    if allocated > bound {
        return Err(format!("thawing {} bytes allocates {allocated}", bytes.len()));
    }
    let Ok(mut context) = thawed else { return Ok(false) };
    let again = panics::caught(|| to_portable(&context, &machine.program, FINGERPRINT));
    again
        .map_err(|panic| format!("freezing again panics at {panic}"))?
        .map_err(|fault| format!("{fault:?}"))?;
    let mut stepped = context.clone();
    let run = panics::caught(|| drive(machine, &mut context, 40, false, &mut |_| ()));
    run.map_err(|panic| format!("running panics at {panic}"))?;
    let frozen = panics::caught(|| {
        let mut budget = 60;
        while budget > 0 && !drive(machine, &mut stepped, 1, true, &mut |_| ()) {
            budget -= 1;
            let Ok(bytes) = to_portable(&stepped, &machine.program, FINGERPRINT) else { return };
            if let Ok(thawed) = from_portable(&bytes, &machine.program, FINGERPRINT) {
                stepped = thawed;
            }
        }
    });
    frozen.map_err(|panic| format!("stepping panics at {panic}"))?;
    Ok(true)
}

#[test]
fn random_bytes_are_refused_cheaply() {
    let (engine, mut dice) = (compiler(), Dice::new(seed()));
    let machine = machine(&engine, "struct P { x }\nfunc f(n) { return P { x: n } }\nprint(f(1))\n")
        .expect("it compiles");
    let head =
        to_portable(&main_context(&machine.program), &machine.program, FINGERPRINT).expect("no handles");
    for _ in 0..cases(12_000) {
        let mut bytes = head[..HEADER].to_vec();
        let length = dice.below(60);
        // Mostly small numbers, because large ones are refused at once.
        bytes.extend(
            (0..length).map(|_| if dice.below(8) == 0 { dice.next() as u8 } else { dice.below(20) as u8 }),
        );
        seal(&mut bytes);
        check(&machine, &bytes).unwrap_or_else(|why| panic!("{why}: {bytes:?}"));
    }
}

/// A handle cannot come from bytes: nothing outside can be named by who only has a snapshot.
#[test]
fn thawed_contexts_hold_no_handles() {
    fn is_handle(value: &Value) -> Option<&Handle> {
        match value {
            Value::Handle(handle) => Some(handle),
            _ => None,
        }
    }
    let (corpus, engine, mut dice) = (mangle::corpus(), compiler(), Dice::new(seed()));
    for _ in 0..20 {
        let text: &String = dice.pick(&corpus);
        let Some(machine) = machine(&engine, text) else { continue };
        for context in contexts(&machine, &mut dice) {
            let bytes = mangled(&machine, &context, &mut dice);
            if let Ok(thawed) = from_portable(&bytes, &machine.program, FINGERPRINT) {
                assert!(thawed.stack.iter().find_map(is_handle).is_none());
            }
        }
    }
}
