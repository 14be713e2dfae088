//! `ruff check FILE`: all lexical, syntax and static errors; runs nothing.

use serde_json::json;

use super::{Exit, load, paint};
use crate::engine::{Engine, Error, Options, Script};
use crate::source::Code;

/// What follows `ruff check`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Print nothing if the script is correct
    #[arg(long)]
    quiet: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    /// The script
    file: String,
}

/// Checks a script.
pub(super) fn check(arguments: &Arguments) -> Exit {
    let file = arguments.file.as_str();
    let bytes = match load::read(file) {
        Ok(bytes) => bytes,
        Err(unreadable) if arguments.json => {
            let diagnostic = paint::json_plain(Code::CommandLine, &unreadable.message, file);
            paint::out(&format!("{}\n", json_errors(file, Exit::File, vec![diagnostic])));
            return Exit::File;
        }
        Err(unreadable) => return unreadable.report(),
    };
    match Engine::new(Options::default()).compile_bytes(file, &bytes) {
        Ok(script) => passed(arguments, &script),
        Err(problem) => failed(arguments, &problem),
    }
}

fn passed(arguments: &Arguments, script: &Script) -> Exit {
    let file = &arguments.file;
    if arguments.json {
        let object = json!({
            "command": "check", "file": file, "status": "ok",
            "statement_count": script.statement_count(),
            "bytecode_instruction_count": script.instruction_count(),
        });
        paint::out(&format!("{object}\n"));
    } else if !arguments.quiet {
        paint::out(&format!("check passed: {file}\n"));
    }
    Exit::Success
}

fn failed(arguments: &Arguments, problem: &Error) -> Exit {
    let file = arguments.file.as_str();
    let exit = Exit::of(problem);
    if arguments.json {
        let list = paint::json_diagnostics(problem, file);
        paint::out(&format!("{}\n", json_errors(file, exit, list)));
    } else {
        paint::engine_error(problem, None, file);
    }
    exit
}

fn json_errors(file: &str, exit: Exit, list: Vec<serde_json::Value>) -> serde_json::Value {
    json!({
        "command": "check", "file": file, "status": "error", "exit_code": exit.code(), "diagnostics": list,
    })
}
