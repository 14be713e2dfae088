//! Command lines of scripts: which arguments there are, what words mean, and the help (STDLIB section 10).
//!
//! A parser is a value: each builder makes a new one. Printing and exiting are in `prelude/command_line.ruff`.

mod argument;
mod help;
mod read;

use std::sync::Arc;

use super::answer::{self, Outcome};
use super::declare::{edit, plain};
use crate::value::{Counted, Fault, Handle, Resource, ResourceKind, Value};
use crate::vm::{Call, Native};

use argument::{Argument, declared};
use read::{Request, parsed};

pub(super) const NATIVES: &[Native] = &[
    plain("arg_parser(opts: dict = {}) -> argparser", "A description of a command line.", arg_parser),
    edit(
        "add_argument(p: argparser, name: string, first: any = unset, opts: any = unset, ...more: any) -> argparser",
        "With an option `--name` or a word `name`; its options as dict, by name or as keys and values.",
        add_argument,
    ),
    edit(
        "add_command(p: argparser, name: string, sub: argparser) -> argparser",
        "With a command that has arguments of its own.",
        add_command,
    ),
    plain("help(p: argparser) -> string", "The usage and what the arguments mean.", |call| {
        answer::text(help::text(&parser(call, 0)))
    }),
    plain("__usage(p: argparser) -> string", "The usage line.", |call| {
        answer::text(help::usage(&parser(call, 0)))
    }),
    plain("__parse(p: argparser, argv: array) -> any", "The values of words; Some(text) to show.", parse),
];

/// A command line as a value.
#[derive(Clone, Debug, Default)]
struct CommandLine {
    name: String,
    about: String,
    version: Option<String>,
    /// In the order in which they were added.
    arguments: Vec<Argument>,
    commands: Vec<(String, Arc<CommandLine>)>,
}

impl Resource for CommandLine {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("argparser")
    }

    fn text(&self) -> String {
        format!("<argparser {}>", self.name)
    }
}

fn into_value(parser: CommandLine) -> Value {
    Value::Handle(Handle::new(Arc::new(parser)))
}

fn parser(call: &Call<'_>, index: usize) -> Arc<CommandLine> {
    let Value::Handle(handle) = &call.args[index] else { unreachable!("the signature admits only parsers") };
    handle.get::<Arc<CommandLine>>().expect("the signature admits only parsers").clone()
}

fn arg_parser(call: &mut Call<'_>) -> Outcome {
    let options = call.options(0, &["name", "about", "version"])?;
    let script = call.host.script_path.rsplit(['/', '\\']).next().unwrap_or_default();
    let script = if script.is_empty() { "script" } else { script };
    answer::value(into_value(CommandLine {
        name: options.text("name")?.unwrap_or(script).to_owned(),
        about: options.text("about")?.unwrap_or_default().to_owned(),
        version: options.text("version")?.map(str::to_owned),
        ..CommandLine::default()
    }))
}

fn add_argument(call: &mut Call<'_>) -> Outcome {
    let argument = declared(call)?;
    let mut parser = CommandLine::clone(&parser(call, 0));
    if parser.arguments.iter().any(|known| known.clashes(&argument)) {
        return Err(call.value_fault(format!("argument {} is there already", argument.shown())));
    }
    if !argument.is_option() && parser.arguments.iter().any(|known| !known.is_option() && known.multiple) {
        let text = format!("{} cannot follow a word that takes all the others", argument.shown());
        return Err(call.value_fault(text));
    }
    parser.arguments.push(argument);
    call.args[0] = into_value(parser);
    answer::null()
}

fn add_command(call: &mut Call<'_>) -> Outcome {
    let name = call.str(1).to_owned();
    let mut whole = CommandLine::clone(&parser(call, 0));
    if name.is_empty() || name.starts_with('-') || name.contains(char::is_whitespace) {
        return Err(call.value_fault(format!("the name of a command must be one word, got '{name}'")));
    }
    if whole.commands.iter().any(|(known, _)| *known == name) {
        return Err(call.value_fault(format!("command {name} is there already")));
    }
    whole.commands.push((name, parser(call, 2)));
    call.args[0] = into_value(whole);
    answer::null()
}

fn parse(call: &mut Call<'_>) -> Outcome {
    let words: Result<Vec<String>, Fault> = call
        .array(1)
        .iter()
        .map(|word| match word {
            Value::Text(text) => Ok(text.as_str().to_owned()),
            other => Err(call.type_fault("argv", "array of strings", other)),
        })
        .collect();
    answer::value(match parsed(&parser(call, 0), &words?)? {
        Request::Values(values) => Value::dict(values),
        Request::Show(text) => Value::Some(Counted::new(Value::text(text))),
    })
}
