//! `ruff format FILE...`: scripts in the house style, printed, written back or only compared.
//!
//! Owns: which files are meant, and that a file is replaced whole or not at all.
//! Invariant: a file with errors is never written, and one that is in order already is not touched.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Exit, load, paint};
use crate::engine::{self, Error};
use crate::format::{Refusal, Style, format};
use crate::source::{Code, Source};

/// What follows `ruff format`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Write the files back instead of printing them
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Write nothing; exit with 1 and name the files that would change
    #[arg(long)]
    check: bool,
    /// Print the outcome as one JSON object
    #[arg(long)]
    json: bool,
    /// Spaces of one level of indentation
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    indent: u8,
    /// How long a line may become
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(20..=1000))]
    line_length: u16,
    /// Keep adjacent imports in their order
    #[arg(long)]
    no_sort_imports: bool,
    /// Scripts, folders (all *.ruff files below), or - for stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// What came of one file.
struct Outcome {
    name: String,
    result: Result<Formatted, Failed>,
}

struct Formatted {
    text: String,
    changed: bool,
}

enum Failed {
    Unreadable(load::Unreadable),
    Incorrect(Error),
    /// A bug of the formatter, which it noticed itself.
    Changed,
}

/// Formats the files.
pub(super) fn format_files(arguments: &Arguments) -> Exit {
    let mut exit = Exit::Success;
    let mut outcomes = Vec::new();
    for name in files(&arguments.files) {
        let mut outcome = Outcome { result: formatted(&name, &arguments.style()), name };
        if arguments.write && outcome.name != "-" {
            outcome.save();
        }
        exit = worst(exit, outcome.exit(arguments));
        match arguments.json {
            true => outcomes.push(outcome),
            false => report(arguments, &outcome),
        }
    }
    if arguments.json {
        paint::out(&format!("{}\n", as_json(arguments, exit, &outcomes)));
    }
    exit
}

impl Arguments {
    fn style(&self) -> Style {
        Style {
            indent: usize::from(self.indent),
            line_length: usize::from(self.line_length),
            sort_imports: !self.no_sort_imports,
        }
    }
}

impl Outcome {
    /// Writes the text back if it is another one.
    fn save(&mut self) {
        let Ok(Formatted { text, changed: true }) = &self.result else { return };
        if let Err(error) = replace(Path::new(&self.name), text) {
            let message = format!("Cannot write file '{}': {error}", self.name);
            let help = "check the permissions of the file and its folder".to_owned();
            self.result = Err(Failed::Unreadable(load::Unreadable { message, help }));
        }
    }

    fn exit(&self, arguments: &Arguments) -> Exit {
        match &self.result {
            Ok(formatted) if formatted.changed && arguments.check => Exit::Unmet,
            Ok(_) => Exit::Success,
            Err(Failed::Unreadable(_)) => Exit::File,
            Err(Failed::Incorrect(error)) => Exit::of(error),
            Err(Failed::Changed) => Exit::Internal,
        }
    }
}

/// The more serious of two exits.
fn worst(a: Exit, b: Exit) -> Exit {
    if b.code() > a.code() { b } else { a }
}

/// The files that are meant, folders replaced by the scripts below them.
fn files(words: &[String]) -> Vec<String> {
    words
        .iter()
        .flat_map(|word| if Path::new(word).is_dir() { below(word) } else { vec![word.clone()] })
        .collect()
}

fn below(folder: &str) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let scripts = entries.map(walkdir::DirEntry::into_path).filter(|path| is_script(path));
    scripts.map(|path| path.to_string_lossy().into_owned()).collect()
}

fn is_script(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|extension| extension == "ruff")
}

fn formatted(name: &str, style: &Style) -> Result<Formatted, Failed> {
    let bytes = if name == "-" { stdin() } else { load::read(name) }.map_err(Failed::Unreadable)?;
    let source = Source::from_bytes(name, &bytes).map_err(|error| Failed::Incorrect(Error::Source(error)))?;
    match format(&source, style) {
        Ok(text) => Ok(Formatted { changed: text != source.text(), text }),
        Err(Refusal::Incorrect(list)) => {
            Err(Failed::Incorrect(Error::Diagnostics(vec![engine::Incorrect { source, diagnostics: list }])))
        }
        Err(Refusal::Changed) => Err(Failed::Changed),
    }
}

fn stdin() -> Result<Vec<u8>, load::Unreadable> {
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let message = format!("Cannot read standard input: {error}");
            Err(load::Unreadable { message, help: "name a file instead".to_owned() })
        }
    }
}

/// Puts a new file with the same permissions in the place of the old one. Links stay links.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let temporary = beside(&path);
    let written = write_new(&temporary, &path, text).and_then(|()| std::fs::rename(&temporary, &path));
    if written.is_err() {
        // What went wrong is reported; the rest of it is only litter.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// A name in the same folder, so that renaming is one step.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn write_new(temporary: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let permissions = std::fs::metadata(path)?.permissions();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(temporary)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()
}

fn report(arguments: &Arguments, outcome: &Outcome) {
    match &outcome.result {
        Ok(formatted) if arguments.check => {
            if formatted.changed {
                paint::out(&format!("would reformat: {}\n", outcome.name));
            }
        }
        Ok(formatted) if arguments.write && outcome.name != "-" => {
            if formatted.changed {
                paint::out(&format!("reformatted: {}\n", outcome.name));
            }
        }
        Ok(formatted) => paint::out(&formatted.text),
        Err(Failed::Unreadable(unreadable)) => paint::cli_error(&unreadable.message, &unreadable.help),
        Err(Failed::Incorrect(error)) => paint::engine_error(error, None, &outcome.name),
        Err(Failed::Changed) => paint::cli_error(&changed_message(&outcome.name), CHANGED_HELP),
    }
}

const CHANGED_HELP: &str = "this is a bug of Ruff; please report it together with the script";

fn changed_message(name: &str) -> String {
    format!("{name}: formatting would change the meaning, so nothing was written")
}

fn as_json(arguments: &Arguments, exit: Exit, outcomes: &[Outcome]) -> serde_json::Value {
    let files: Vec<_> = outcomes.iter().map(|outcome| json_file(arguments, outcome)).collect();
    let status = if exit.code() > Exit::Unmet.code() { "error" } else { "ok" };
    json!({ "command": "format", "status": status, "exit_code": exit.code(), "files": files })
}

fn json_file(arguments: &Arguments, outcome: &Outcome) -> serde_json::Value {
    let file = &outcome.name;
    let plain = |message: &str| vec![paint::json_plain(Code::CommandLine, message, file)];
    let diagnostics = match &outcome.result {
        Ok(formatted) => {
            let mut object = json!({ "file": file, "status": "ok", "changed": formatted.changed });
            if !arguments.write && !arguments.check {
                object["formatted"] = json!(formatted.text);
            }
            return object;
        }
        Err(Failed::Unreadable(unreadable)) => plain(&unreadable.message),
        Err(Failed::Incorrect(problem)) => paint::json_diagnostics(problem, file),
        Err(Failed::Changed) => plain(&changed_message(file)),
    };
    json!({ "file": file, "status": "error", "diagnostics": diagnostics })
}
