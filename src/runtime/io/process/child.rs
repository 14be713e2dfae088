//! Starting a child.

use std::collections::BTreeMap;
use std::io;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::Child;

use super::group::Group;
use super::{Parent, Variables};
use crate::runtime::failure::io_fault;
use crate::value::Fault;
use crate::vm::{ChildEnvironment, Command, Sink, Stdin};

/// Starts a program; what it reads and writes is as the command says.
pub(super) fn start(command: &Command, parent: &Parent) -> Result<(Child, Arc<Group>), Fault> {
    let stdin = match command.stdin {
        Stdin::Data(_) | Stdin::Open => Stdio::piped(),
        Stdin::Inherit => Stdio::inherit(),
        Stdin::Null => Stdio::null(),
    };
    start_between(command, parent, stdin, stdio(command.stdout))
}

/// The same with these streams in the place of its own.
pub(super) fn start_between(
    command: &Command,
    parent: &Parent,
    stdin: Stdio,
    stdout: Stdio,
) -> Result<(Child, Arc<Group>), Fault> {
    let mut started = tokio::process::Command::new(&command.program);
    started.args(&command.args).kill_on_drop(true);
    started
        .env_clear()
        .envs(inherited(&command.environment, &parent.variables))
        .envs(own(&command.environment));
    if let Some(cwd) = &command.cwd {
        started.current_dir(cwd);
    }
    started.stdin(stdin).stdout(stdout).stderr(stdio(command.stderr));
    // A group of its own can be killed with all that it starts. But a terminal gives its input to one group only.
    let apart = command.stdin != Stdin::Inherit;
    #[cfg(unix)]
    if apart {
        started.process_group(0);
    }
    parent.children.start(&mut started, apart).map_err(|error| not_started(command, &error))
}

/// The system does not say whether it missed the program or the folder.
fn not_started(command: &Command, error: &io::Error) -> Fault {
    if let Some(cwd) = &command.cwd {
        match std::fs::metadata(cwd) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return io_fault("enter directory", cwd, &io::ErrorKind::NotADirectory.into()),
            Err(error) => return io_fault("enter directory", cwd, &error),
        }
    }
    io_fault("start process", &command.program, error)
}

fn stdio(sink: Sink) -> Stdio {
    match sink {
        Sink::Capture => Stdio::piped(),
        Sink::Inherit => Stdio::inherit(),
        Sink::Null => Stdio::null(),
    }
}

fn inherited<'a>(
    environment: &'a ChildEnvironment,
    variables: &'a Variables,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    let passes = |name: &String| {
        let allowed = environment.allowed.as_ref().is_none_or(|allowed| allowed.contains(name));
        !environment.cleared && allowed && !environment.denied.contains(name)
    };
    variables.iter().filter(move |(name, _)| passes(name))
}

fn own(environment: &ChildEnvironment) -> BTreeMap<&String, &String> {
    environment.set.iter().map(|(name, value)| (name, value)).collect()
}
