//! Other programs (STDLIB section 10): what is to be run, and what is asked of a running one.
//!
//! Owns: the entries and the checks of their arguments. Does not: start anything; the runtime does. Callbacks per line,
//! iterators of lines and the async twins are in `prelude/process.ruff`.

mod command;

use command::{QUIET, SHARED, command_of, shell};

use super::answer::{self, Outcome};
use super::declare::plain;
use super::promise::{handle, milliseconds_opt};
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Capability, ChildStream, Command, Native, ProcessRequest, Request, Stdin};

/// How long a program may run unless `timeout_ms` says otherwise.
const DEFAULT_TIMEOUT: u64 = 30_000;

/// A native that waits for what a request gives.
macro_rules! waits {
    ($right:ident, $signature:literal, $summary:literal, $request:expr) => {
        plain($signature, $summary, |call| {
            let request: Result<ProcessRequest, Fault> = $request(call);
            Ok(Answer::wait(Request::Process(request?.into())))
        })
        .needs(Capability::$right)
    };
}

/// A native whose request is answered at once.
macro_rules! asks {
    ($right:ident, $signature:literal, $summary:literal, $request:expr) => {
        plain($signature, $summary, |call| {
            let request: Result<ProcessRequest, Fault> = $request(call);
            Ok(Answer::ask(Request::Process(request?.into())))
        })
        .needs(Capability::$right)
    };
}

/// The natives of this family.
pub(super) const NATIVES: &[Native] = &[
    plain(
        "__spawn_process(cmd: array, opts: dict = {}, way: string = \"run\") -> any",
        "Runs a program to its end, or starts it, or checks the arguments.",
        |call| {
            let command = listed(call, SHARED, DEFAULT_TIMEOUT)?;
            by_way(call, command, ProcessRequest::Run)
        },
    )
    .needs(Capability::ProcessExec),
    plain(
        "__execute(cmdline: string, opts: dict = {}, way: string = \"run\") -> any",
        "The output of a line for the shell; or starts it, or checks the arguments.",
        |call| {
            let command = shell(call, DEFAULT_TIMEOUT)?;
            by_way(call, command, ProcessRequest::Output)
        },
    )
    .needs(Capability::ShellExec),
    plain(
        "__execute_status(cmdline: string, opts: dict = {}, way: string = \"run\") -> any",
        "Runs a line for the shell to its end, or starts it, or checks the arguments.",
        |call| {
            let command = shell(call, DEFAULT_TIMEOUT)?;
            by_way(call, command, ProcessRequest::Run)
        },
    )
    .needs(Capability::ShellExec),
    waits!(
        ProcessExec,
        "pipe_commands(cmds: array, opts: dict = {}) -> string",
        "The output of the last of several connected programs.",
        pipe
    ),
    asks!(
        ProcessExec,
        "start_process(cmd: array, opts: dict = {}) -> process",
        "Starts a program and does not wait.",
        |call: &mut Call<'_>| Ok(ProcessRequest::Start(opened(listed(call, QUIET, 0)?)))
    ),
    plain(
        "write_stdin(p: process, data: string|bytes) -> bool",
        "Gives a process something to read.",
        |call| {
            let data = match &call.args[1] {
                Value::Bytes(bytes) => bytes.to_vec(),
                _ => call.str(1).as_bytes().to_vec(),
            };
            wait(ProcessRequest::Write { process: handle(call, 0), data })
        },
    ),
    plain("close_stdin(p: process) -> bool", "Ends what a process reads; false if it was ended.", |call| {
        wait(ProcessRequest::CloseStdin(handle(call, 0)))
    }),
    plain("__process_line(p: process) -> any", "The next line of stdout, or null.", |call| {
        wait(ProcessRequest::Line { process: handle(call, 0), stream: ChildStream::Out })
    }),
    plain("__process_error_line(p: process) -> any", "The next line of stderr, or null.", |call| {
        wait(ProcessRequest::Line { process: handle(call, 0), stream: ChildStream::Err })
    }),
    plain("__process_any_line(p: process) -> any", "[is_error, line] of either, or null.", |call| {
        wait(ProcessRequest::AnyLine(handle(call, 0)))
    }),
    plain("wait(p: process, ms: num = null) -> dict", "Waits for the end of a process.", |call| {
        let ms = milliseconds_opt(call, 1)?;
        wait(ProcessRequest::Wait { process: handle(call, 0), ms })
    }),
    plain(
        "kill(p: process, signal: string = \"TERM\") -> bool",
        "Sends a signal; false if it ended.",
        |call| {
            let signal = call.str(1).to_owned();
            ask(ProcessRequest::Kill { process: handle(call, 0), signal })
        },
    ),
    plain("info(h: process) -> dict", "{pid, running}.", |call| ask(ProcessRequest::Info(handle(call, 0)))),
    waits!(
        FilesystemRead,
        "which(name: string) -> any",
        "The program of this name on PATH, or null.",
        |call: &mut Call<'_>| { Ok(ProcessRequest::Which(call.str(0).to_owned())) }
    ),
    plain("shell_quote(s: string) -> string", "The text as one word for a shell.", shell_quote),
];

fn wait(request: ProcessRequest) -> Outcome {
    Ok(Answer::wait(Request::Process(request.into())))
}

fn ask(request: ProcessRequest) -> Outcome {
    Ok(Answer::ask(Request::Process(request.into())))
}

/// Prelude functions that call back start the program themselves; async twins check first.
fn by_way(call: &Call<'_>, command: Command, run: fn(Command) -> ProcessRequest) -> Outcome {
    match call.str(2) {
        "check" => answer::null(),
        "start" => ask(ProcessRequest::Start(command)),
        _ => wait(run(command)),
    }
}

/// The command of `[program, args…]` and options.
fn listed(call: &mut Call<'_>, valid: &[&str], timeout: u64) -> Result<Command, Fault> {
    let options = call.options(1, valid)?;
    let words = call.words("cmd", &call.args[0])?;
    command_of(call, words, &options, timeout)
}

/// A process that scripts hold can be written to unless its input is given.
fn opened(mut command: Command) -> Command {
    if command.stdin == Stdin::Null {
        command.stdin = Stdin::Open;
    }
    command
}

fn pipe(call: &mut Call<'_>) -> Result<ProcessRequest, Fault> {
    let options = call.options(1, QUIET)?;
    let lists = call.array(0).clone();
    if lists.is_empty() {
        return Err(call.value_fault("the list of commands is empty"));
    }
    let commands = lists.iter().map(|list| {
        let words = call.words("cmds", list)?;
        command_of(call, words, &options, DEFAULT_TIMEOUT)
    });
    Ok(ProcessRequest::Pipe(commands.collect::<Result<_, Fault>>()?))
}

fn shell_quote(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    if text.contains('\0') {
        return Err(call.value_fault("s must not contain a NUL character"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return answer::text(text);
    }
    answer::text(format!("'{}'", text.replace('\'', "'\\''")))
}
