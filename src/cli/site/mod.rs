//! `ruff site`: new sites, built and checked by a generator that is itself a script.
//!
//! Owns: which generator runs (the one inside the program, or the project's own) and the words it gets. What a site is, is
//! said in `generator/`.

mod generator;
mod project;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::options::RunOptions;
use super::workspace::Workspace;
use super::{Exit, load, paint};
use crate::engine::{Console, Engine, Error, Script};
use crate::source::Source;
use generator::{Embedded, MAIN};
use project::Refused;

/// Where a project keeps a generator of its own.
const OWN: &str = "generator";

const NEW: &str = "`ruff site new FOLDER` makes a site";

/// What follows `ruff site`.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Make a new site
    New {
        /// The folder, which is empty or not there yet
        folder: PathBuf,
    },
    /// Build a site into its folder public/
    Build(Build),
    /// Build a site for a look only, and find links that lead nowhere
    Check(Check),
    /// Copy the generator into a site's folder generator/, where it is used from then on
    Eject {
        /// The site
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Show a site in browsers, and build it anew whenever a file of it changes
    Serve(Serve),
}

/// What to build.
#[derive(clap::Args, Debug)]
struct Choice {
    /// The site
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Build drafts, too
    #[arg(long)]
    drafts: bool,
    /// Build pages with a date in the future, too
    #[arg(long)]
    future: bool,
    #[command(flatten)]
    options: RunOptions,
}

/// Where the site will stand.
#[derive(clap::Args, Debug)]
struct Address {
    /// The address at which the site stands, instead of that in site.toml
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

#[derive(clap::Args, Debug)]
struct Check {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    address: Address,
}

#[derive(clap::Args, Debug)]
struct Serve {
    #[command(flatten)]
    choice: Choice,
    /// The address to listen at; others than this machine reach it only at another one
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port [default: 4000, or the next one that is free]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Open the site in a browser
    #[arg(long)]
    open: bool,
}

#[derive(clap::Args, Debug)]
struct Build {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    address: Address,
    /// The folder to build into [default: public/ in the site]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Build everything anew, whatever the last build left
    #[arg(long)]
    clean: bool,
}

/// Does what is asked.
pub(super) fn site(arguments: &Arguments) -> Exit {
    match &arguments.command {
        Command::New { folder } => match project::create(folder) {
            Ok(()) => told(&format!(
                "A new site is in {0}\n  ruff site serve {0}\n  ruff site build {0}\n  ruff site check {0}\n",
                folder.display()
            )),
            Err(refused) => refuse(refused, "name a folder that does not exist yet"),
        },
        Command::Eject { folder } if !project::is_site(folder) => {
            let message = format!("{} is no site: there is no site.toml in it", folder.display());
            paint::cli_error(&message, NEW);
            Exit::File
        }
        Command::Eject { folder } => match project::eject(&folder.join(OWN)) {
            Ok(()) => told(&format!("The generator is in {}\n", folder.join(OWN).display())),
            Err(refused) => refuse(refused, "the site has a generator of its own; remove it to start anew"),
        },
        Command::Build(build) => {
            if let Some(file) = build.output.as_deref().and_then(no_folder) {
                let message = format!("The output cannot be in '{}', which is no folder", file.display());
                paint::cli_error(&message, "choose another folder with --output");
                return Exit::File;
            }
            let more = json!({
                "output": build.output.as_deref().map(Path::to_string_lossy),
                "clean": build.clean,
                "base_url": build.address.base_url,
            });
            generate("build", &build.choice, more)
        }
        Command::Check(check) => {
            generate("check", &check.choice, json!({ "base_url": check.address.base_url }))
        }
        Command::Serve(serve) => show(serve),
    }
}

/// What stands where an output or a folder around it would have to be.
fn no_folder(output: &Path) -> Option<&Path> {
    output.ancestors().find(|path| path.exists()).filter(|path| !path.is_dir())
}

/// Serves from a folder that is gone afterwards, so that what was built for publishing stays.
fn show(serve: &Serve) -> Exit {
    let mut workspace = match Workspace::new("ruff-site", None) {
        Ok(workspace) => workspace,
        Err(message) => return refuse(Refused::Failed(message), ""),
    };
    let output = match workspace.next_run() {
        Ok(folder) => folder,
        Err(message) => return refuse(Refused::Failed(message), ""),
    };
    let more = json!({
        "output": output.to_string_lossy(),
        "host": serve.host,
        "port": serve.port,
        "open": serve.open,
    });
    match generate("serve", &serve.choice, more) {
        // Ctrl-C is how one ends it.
        Exit::Interrupted => Exit::Success,
        exit => exit,
    }
}

fn told(text: &str) -> Exit {
    paint::out(text);
    Exit::Success
}

fn refuse(refused: Refused, help: &str) -> Exit {
    let (message, help, exit) = match refused {
        Refused::Taken(message) => (message, help, Exit::Usage),
        Refused::Failed(message) => (message, "", Exit::File),
    };
    paint::cli_error(&message, help);
    exit
}

/// Runs the generator with a command, the folder, and options as JSON.
fn generate(command: &str, choice: &Choice, mut more: serde_json::Value) -> Exit {
    if !choice.folder.is_dir() {
        let message = format!("There is no folder {}", choice.folder.display());
        paint::cli_error(&message, NEW);
        return Exit::File;
    }
    more["drafts"] = json!(choice.drafts);
    more["future"] = json!(choice.future);
    // Paths in messages read better without "./".
    let folder = match choice.folder.to_string_lossy().into_owned() {
        here if here == "." => String::new(),
        folder => folder,
    };
    let words = vec![command.to_owned(), folder, more.to_string()];
    let own = choice.folder.join(OWN).join(MAIN);
    if own.is_file() { run_own(&own.to_string_lossy(), choice, words) } else { run_inside(choice, words) }
}

fn run_own(path: &str, choice: &Choice, words: Vec<String>) -> Exit {
    let engine = Engine::new(choice.options.engine(path, words));
    match load::read(path) {
        Ok(bytes) => run(&engine, path, load::compile(&engine, path, &bytes)),
        Err(unreadable) => unreadable.report(),
    }
}

fn run_inside(choice: &Choice, words: Vec<String>) -> Exit {
    let engine = Engine::new(choice.options.engine(MAIN, words));
    let source = Source::new(MAIN, generator::main_script());
    run(&engine, MAIN, engine.compile_with(source, &Embedded))
}

fn run(engine: &Engine, file: &str, script: Result<Script, Error>) -> Exit {
    let script = match script {
        Ok(script) => script,
        Err(problem) => return failed(&problem, None, file),
    };
    match engine.execute(&script, Arc::new(Console::default())).end {
        Ok(_) => Exit::Success,
        Err(problem) => failed(&problem, Some(&script), file),
    }
}

fn failed(problem: &Error, script: Option<&Script>, file: &str) -> Exit {
    if !matches!(problem, Error::Interrupted) {
        paint::engine_error(problem, script.map(Script::program), file);
    }
    Exit::of(problem)
}
