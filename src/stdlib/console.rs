//! Writing to the console and ending the program.
//!
//! Owns: how arguments become one piece of text. Does not: write; the runtime does, one request at a time.

use super::answer::Outcome;
use super::declare::{by_prelude, plain};
use crate::value::{ErrorKind, Fault, inspect};
use crate::vm::{Answer, Call, Capability, Native, Request, SignalName, Stream};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "log_config(opts: dict = {}) -> dict",
        "How log lines look and where they go; the settings before.",
        by_prelude,
    )
    .written()
    .may_need(&[Capability::FilesystemWrite]),
    plain(
        "print println(...xs: any) -> null",
        "Writes the texts, separated by spaces, and a newline.",
        print,
    )
    .shows(),
    plain("eprint(...xs: any) -> null", "The same on stderr.", eprint).shows(),
    plain("print_raw(...xs: any) -> null", "Writes the texts without separator or newline.", print_raw)
        .shows(),
    plain("debug(...xs: any) -> null", "Writes the inspect forms to stderr, after `[DEBUG] `.", debug),
    plain("flush() -> null", "Pushes buffered output out.", flush),
    plain("input(prompt: string = \"\") -> any", "Reads one line of stdin; null at its end.", input),
    plain("on_exit(f: function) -> null", "Calls f when the program ends; the last one first.", |call| {
        let function = call.pack(0);
        Ok(Answer::ask(Request::OnExit(function)))
    })
    .sends(),
    plain("__enlist(name: string) -> null", "What is called next runs when the signal comes.", |call| {
        let signal = match call.str(0) {
            "INT" => SignalName::Interrupt,
            "TERM" => SignalName::Terminate,
            "HUP" => SignalName::HangUp,
            other => {
                let text = format!("on_signal: name must be INT, TERM or HUP, got '{other}'");
                return Err(Fault::new(ErrorKind::ValueError, text));
            }
        };
        Ok(Answer::ask(Request::OnSignal(signal)))
    }),
    plain("__next_exit() -> any", "The function of on_exit that is next, or null.", |_| {
        Ok(Answer::ask(Request::NextExit))
    }),
    plain("__eprint_raw(text: string) -> null", "Writes to stderr, without a newline.", |call| {
        Ok(Answer::wait(Request::Print { stream: Stream::Err, text: call.str(0).to_owned() }))
    }),
    plain("exit(code: int = 0) -> null", "Ends the program from any context.", exit),
];

fn print(call: &mut Call<'_>) -> Outcome {
    let text = displayed(call, " ", "\n")?;
    Ok(Answer::wait(Request::Print { stream: Stream::Out, text }))
}

fn eprint(call: &mut Call<'_>) -> Outcome {
    let text = displayed(call, " ", "\n")?;
    Ok(Answer::wait(Request::Print { stream: Stream::Err, text }))
}

fn print_raw(call: &mut Call<'_>) -> Outcome {
    let text = displayed(call, "", "")?;
    Ok(Answer::wait(Request::Print { stream: Stream::Out, text }))
}

fn debug(call: &mut Call<'_>) -> Outcome {
    let mut text = String::from("[DEBUG]");
    for value in call.args.iter() {
        text.push(' ');
        inspect(call.program, value, &mut text)?;
    }
    text.push('\n');
    Ok(Answer::wait(Request::Print { stream: Stream::Err, text }))
}

fn flush(_: &mut Call<'_>) -> Outcome {
    Ok(Answer::wait(Request::Flush))
}

fn input(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::wait(Request::Input { prompt: call.str(0).to_owned() }))
}

fn exit(call: &mut Call<'_>) -> Outcome {
    let code = call.int(0);
    let code =
        u8::try_from(code).map_err(|_| call.value_fault(format!("code must be 0 to 255, got {code}")))?;
    Ok(Answer::wait(Request::Exit { code }))
}

fn displayed(call: &Call<'_>, separator: &str, end: &str) -> Result<String, Fault> {
    let mut text = String::new();
    for (index, value) in call.args.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        call.display_to(value, &mut text)?;
    }
    text.push_str(end);
    Ok(text)
}
