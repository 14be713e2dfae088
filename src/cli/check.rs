//! `ruff check FILES`: all lexical, syntax and static errors, and warnings; runs nothing.
//!
//! Invariant: warnings change neither the exit code nor what is written to stdout for people.

use serde_json::{Value as Json, json};

use super::{Exit, load, paint};
use crate::engine::{Engine, Error, Incorrect, Options, Script};
use crate::source::{Code, Source};

/// What follows `ruff check`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Print nothing if the script is correct, warnings included
    #[arg(long)]
    quiet: bool,
    /// Print the result as one JSON object per script
    #[arg(long)]
    json: bool,
    /// The scripts
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// Checks scripts; the worst result counts.
pub(super) fn check(arguments: &Arguments) -> Exit {
    let engine = Engine::new(Options::default());
    let exits = arguments.files.iter().map(|file| check_file(&engine, arguments, file));
    exits.max_by_key(|exit| exit.code()).unwrap_or(Exit::Success)
}

fn check_file(engine: &Engine, arguments: &Arguments, file: &str) -> Exit {
    let bytes = match load::read(file) {
        Ok(bytes) => bytes,
        Err(unreadable) if arguments.json => {
            let diagnostic = paint::json_plain(Code::CommandLine, &unreadable.message, file);
            paint::out(&format!("{}\n", json_errors(file, Exit::File, vec![diagnostic])));
            return Exit::File;
        }
        Err(unreadable) => return unreadable.report(),
    };
    let source = match Source::from_bytes(file, &bytes) {
        Ok(source) => source,
        Err(problem) => return failed(arguments, file, &Error::Source(problem)),
    };
    match engine.check(source, &load::modules(file)) {
        Ok((script, warnings)) => passed(arguments, file, &script, &warnings),
        Err(problem) => failed(arguments, file, &problem),
    }
}

fn passed(arguments: &Arguments, file: &str, script: &Script, warnings: &[Incorrect]) -> Exit {
    if arguments.quiet && !arguments.json {
        return Exit::Success;
    }
    if arguments.json {
        let warnings: Vec<Json> = warnings.iter().flat_map(paint::json_incorrect).collect();
        let object = json!({
            "command": "check", "file": file, "status": "ok",
            "statement_count": script.statement_count(),
            "bytecode_instruction_count": script.instruction_count(),
            "diagnostics": [], "warnings": warnings,
        });
        paint::out(&format!("{object}\n"));
    } else {
        warnings.iter().for_each(|file| paint::warnings(&file.source, &file.diagnostics));
        paint::out(&format!("check passed: {file}\n"));
    }
    Exit::Success
}

fn failed(arguments: &Arguments, file: &str, problem: &Error) -> Exit {
    let exit = Exit::of(problem);
    if arguments.json {
        let list = paint::json_diagnostics(problem, file);
        paint::out(&format!("{}\n", json_errors(file, exit, list)));
    } else {
        paint::engine_error(problem, None, file);
    }
    exit
}

fn json_errors(file: &str, exit: Exit, list: Vec<Json>) -> Json {
    json!({
        "command": "check", "file": file, "status": "error", "exit_code": exit.code(),
        "diagnostics": list, "warnings": [],
    })
}
