//! Bytecode as text that stays the same when the library grows: functions and natives by name, tables beside the code.

use std::fmt::Write;

use ruff::bytecode::{Fallback, Function, Place, Program, Root, Step, Symbol, disassemble};

/// The script's own functions, the top level first.
pub(crate) fn program(program: &Program) -> String {
    let own = (0..program.functions.len() as u32).map(ruff::bytecode::FunctionId);
    let own = own.filter(|&id| !program.function(id).flags.is_prelude);
    own.map(|id| named(program, &disassemble(program, id)) + &tables(program, program.function(id)))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The text with names in place of the numbers of natives, functions, variables and structs.
fn named(program: &Program, text: &str) -> String {
    let native = |id: usize| program.native_names[id].to_owned();
    let function = |id: usize| program.functions[id].name.to_string();
    let global = |id: usize| program.symbol(program.globals[id].name).to_owned();
    let mut out = String::new();
    for line in text.lines() {
        let mut line = replaced(line, "native: ", &native);
        line = replaced(&line, "function: ", &function);
        if line.contains("Global {") {
            line = replaced(&line, "index: ", &global);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The number after `label` becomes its name.
fn replaced(line: &str, label: &str, name: &dyn Fn(usize) -> String) -> String {
    let Some((before, after)) = line.split_once(label) else { return line.to_owned() };
    let digits = after.find(|character: char| !character.is_ascii_digit()).unwrap_or(after.len());
    let Ok(number) = after[..digits].parse() else { return line.to_owned() };
    format!("{before}{label}{}{}", name(number), &after[digits..])
}

/// What the instructions point at.
fn tables(program: &Program, function: &Function) -> String {
    let mut out = String::new();
    let mut row = |label: &str, index: usize, text: String| {
        let _ = writeln!(out, "      {label} {index}: {text}");
    };
    let words =
        |symbols: &[Symbol]| symbols.iter().map(|&one| program.symbol(one).to_owned()).collect::<Vec<_>>();
    for (index, constant) in function.constants.iter().enumerate() {
        row("constant", index, format!("{constant:?}"));
    }
    for (index, name) in words(&function.names).into_iter().enumerate() {
        row("name", index, name);
    }
    for (index, name) in words(&function.capture_names).into_iter().enumerate() {
        row("capture", index, format!("{name} from {:?}", function.captures[index]));
    }
    for (index, one) in function.places.iter().enumerate() {
        row("place", index, place(program, one));
    }
    for (index, site) in function.sites.iter().enumerate() {
        let at = site.place.map_or(String::new(), |place| format!(" at place {place}"));
        let (name, used) =
            (program.symbol(site.name), if site.wants_result { "" } else { ", result unused" });
        row(
            "site",
            index,
            format!("{name}{:?}{at}, else {}{used}", site.arguments, fallback(program, site.fallback)),
        );
    }
    for (index, check) in function.checks.iter().enumerate() {
        row("check", index, format!("{} is {}", check.subject, check.written));
    }
    for (index, shape) in function.shapes.iter().enumerate() {
        row("shape", index, format!("{shape:?}"));
    }
    for (ip, registers) in &function.live {
        row("live at", *ip as usize, format!("{registers:?}"));
    }
    out
}

fn place(program: &Program, place: &Place) -> String {
    let root = match place.root {
        Root::Global(index) => format!("global {}", program.symbol(program.globals[index as usize].name)),
        Root::Register(register) => format!("register {register}"),
        Root::Cell(register) => format!("cell in register {register}"),
        Root::Capture(index) => format!("capture {index}"),
        Root::Receiver => "self".to_owned(),
        Root::OuterReceiver(index) => format!("outer self {index}"),
    };
    let step = |step: &Step| match *step {
        Step::Field(name) => format!(".{}", program.symbol(name)),
        Step::FieldOrNull(name) => format!("?.{}", program.symbol(name)),
        Step::Index(register) => format!("[register {register}]"),
    };
    root + &place.steps.iter().map(step).collect::<String>()
}

fn fallback(program: &Program, fallback: Fallback) -> String {
    match fallback {
        Fallback::None => "an error".to_owned(),
        Fallback::Function(id) => program.function(id).name.to_string(),
        Fallback::Native(id) => program.native_names[id.index()].to_owned(),
        Fallback::Register(register) => format!("register {register}"),
        Fallback::Capture(index) => format!("capture {index}"),
    }
}
