//! The command line: one file per subcommand.
//!
//! Owns: all printing and every exit code (docs/LANGUAGE.md, 15). Nothing outside this folder writes to a stream or ends
//! the process.
//! Does not: know how scripts are compiled or run; `engine` does.

mod exit;
mod options;
mod paint;
mod load;
mod schedule;
mod workspace;
mod run;
mod check;
mod test;
mod format;
mod bench_ssg;
mod site;
mod inspect;
mod interrupt;
mod disasm;
mod repl;
mod doc;
mod crash;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

pub use exit::Exit;

/// Ruff, a scripting language whose waiting functions cost bytes instead of threads.
#[derive(Debug, Parser)]
#[command(name = "ruff", version, disable_help_subcommand = false, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a script
    Run(run::Arguments),
    /// Report all errors of a script without running it
    Check(check::Arguments),
    /// Run the tests of scripts
    Test(test::Arguments),
    /// Evaluate one input after the other
    Repl(repl::Arguments),
    /// Show what functions of the library take and do
    Doc(doc::Arguments),
    /// Print scripts in the house style, or write them back
    Format(format::Arguments),
    /// Make, build and check static sites
    Site(site::Arguments),
    /// List the contexts of a running program
    Ps(inspect::PsArguments),
    /// Show a waiting context's stack with its variables
    Inspect(inspect::InspectArguments),
    /// Watch a program while it runs
    Top(inspect::TopArguments),
    /// Measure how long a site build takes
    BenchSsg(bench_ssg::Arguments),
    /// Print the bytecode of a script
    #[command(hide = true)]
    Disasm(disasm::Arguments),
}

/// Runs the command line `words`, the program's own name first.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    crash::report_panics();
    let exit = match Arguments::try_parse_from(words) {
        Ok(arguments) => dispatch(arguments.command),
        Err(error) => usage(&error),
    };
    exit.into()
}

fn dispatch(command: Option<Command>) -> Exit {
    match command {
        Some(Command::Run(arguments)) => run::run(arguments),
        Some(Command::Check(arguments)) => check::check(&arguments),
        Some(Command::Test(arguments)) => test::test(arguments),
        Some(Command::Repl(arguments)) => repl::repl(&arguments),
        Some(Command::Doc(arguments)) => doc::doc(&arguments),
        Some(Command::Format(arguments)) => format::format_files(&arguments),
        Some(Command::Site(arguments)) => site::site(&arguments),
        Some(Command::Ps(arguments)) => inspect::ps(&arguments),
        Some(Command::Inspect(arguments)) => inspect::inspect(&arguments),
        Some(Command::Top(arguments)) => inspect::top(arguments),
        Some(Command::BenchSsg(arguments)) => bench_ssg::bench_ssg(&arguments),
        Some(Command::Disasm(arguments)) => disasm::disasm(&arguments),
        None => {
            paint::out(&Arguments::command().render_help().to_string());
            Exit::Success
        }
    }
}

/// Help and version are answers; everything else is wrong usage.
fn usage(error: &clap::Error) -> Exit {
    if let Err(failure) = error.print()
        && !error.use_stderr()
    {
        paint::lost(&failure);
    }
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Success,
        ErrorKind::InvalidSubcommand => {
            paint::error(&subcommand_hint(error));
            Exit::Usage
        }
        _ => Exit::Usage,
    }
}

/// What somebody who wrote an unknown command probably wanted.
fn subcommand_hint(error: &clap::Error) -> String {
    let Some(clap::error::ContextValue::String(word)) =
        error.get(clap::error::ContextKind::InvalidSubcommand)
    else {
        return String::new();
    };
    if word.ends_with(".ruff") || std::path::Path::new(word).is_file() {
        return format!("\nTo run a script: ruff run {word}\n");
    }
    String::new()
}
