//! `ruff disasm FILE`: the bytecode of a script's own functions, for people who work on Ruff.

use super::{Exit, load, paint};
use crate::bytecode::{FunctionId, disassemble};
use crate::engine::{Engine, Options};

/// What follows `ruff disasm`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// The script
    file: String,
}

/// Prints the bytecode of a script.
pub(super) fn disasm(arguments: &Arguments) -> Exit {
    let bytes = match load::read(&arguments.file) {
        Ok(bytes) => bytes,
        Err(unreadable) => return unreadable.report(),
    };
    match load::compile(&Engine::new(Options::default()), &arguments.file, &bytes) {
        Ok(script) => {
            let program = script.program();
            let own = program.functions.iter().enumerate().filter(|(_, function)| !function.flags.is_prelude);
            let text: Vec<String> =
                own.map(|(index, _)| disassemble(program, FunctionId(index as u32))).collect();
            paint::out(&text.join("\n"));
            Exit::Success
        }
        Err(problem) => {
            paint::engine_error(&problem, None, &arguments.file);
            Exit::of(&problem)
        }
    }
}
