//! The process around the program: variables, arguments, directories (STDLIB section 10).
//!
//! Defaults and conversions of variables (`env`, `env_int`) are in `prelude/environment.ruff`: the runtime's answer is a
//! native's last word, so what is done with it is done in Ruff.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Capability, EnvRequest, Native, Request};

/// A native that asks about the environment.
macro_rules! asks {
    ($signature:literal, $summary:literal, $request:expr) => {
        plain($signature, $summary, |call| {
            let request: EnvRequest = $request(call)?;
            Ok(Answer::ask(Request::Env(request.into())))
        })
    };
}

/// The variables that say how output looks.
const SETTINGS: &[&str] = &["CLICOLOR_FORCE", "NO_COLOR", "RUFF_LOG"];

pub(super) const NATIVES: &[Native] = &[
    asks!("__env(name: string) -> any", "A variable of the environment, or null.", |call: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::Get(variable(call)?))
    })
    .needs(Capability::EnvRead),
    // Not behind that right: a script learns from these only how its own output looks.
    asks!("__setting(name: string) -> any", "A variable about output, or null.", |call: &mut Call<'_>| {
        match SETTINGS.contains(&call.str(0)) {
            true => Ok(EnvRequest::Get(variable(call)?)),
            false => Err(call.value_fault(format!("'{}' is no setting", call.str(0)))),
        }
    }),
    asks!("env_set(name: string, value: string) -> null", "Sets a variable.", |call: &mut Call<'_>| {
        let value = call.str(1).to_owned();
        if value.contains('\0') {
            return Err(call.value_fault("value must not contain a NUL character"));
        }
        Ok::<_, Fault>(EnvRequest::Set(variable(call)?, value))
    })
    .needs(Capability::EnvWrite),
    asks!("env_unset(name: string) -> null", "Removes a variable.", |call: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::Unset(variable(call)?))
    })
    .needs(Capability::EnvWrite),
    asks!("env_list os_environ() -> dict", "All variables.", |_: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::List)
    })
    .needs(Capability::EnvRead),
    asks!("os_getcwd() -> string", "The working directory.", |_: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::CurrentDir)
    }),
    asks!("home_dir() -> any", "The user's directory, or null.", |_: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::HomeDir)
    }),
    asks!("system_temp_dir() -> string", "The directory for temporary files.", |_: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::TempDir)
    }),
    asks!("os_chdir(path: string) -> bool", "Changes the working directory.", |call: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::ChangeDir(call.str(0).to_owned()))
    })
    .needs(Capability::EnvWrite),
    plain("args() -> array", "The words after the script name.", |call| {
        answer::array(call.host.args.iter().map(|word| Value::text(word.as_str())).collect())
    }),
    plain("script_path() -> string", "The script's path as given.", |call| {
        answer::text(call.host.script_path.as_str())
    }),
    plain("ruff_version() -> string", "The version of Ruff.", |call| {
        answer::text(call.host.version.as_str())
    }),
    plain("os_name() -> string", "linux, macos or windows.", |_| answer::text(std::env::consts::OS)),
    plain("os_arch() -> string", "The processor's name, x86_64 for instance.", |_| {
        answer::text(std::env::consts::ARCH)
    }),
    plain("cpu_count() -> int", "The number of processors.", |call| answer::size(call.host.cpus)),
    plain("pid() -> int", "The number of the process.", |_| answer::int(std::process::id().into())),
    asks!("hostname() -> string", "The name of the machine.", |_: &mut Call<'_>| {
        Ok::<_, Fault>(EnvRequest::HostName)
    }),
    asks!(
        "term_width(default: int = 80) -> int",
        "The columns of the terminal, or the default without one.",
        |call: &mut Call<'_>| Ok::<_, Fault>(EnvRequest::TerminalWidth(call.int(0)))
    ),
    plain("worker_count() -> int", "The number of scheduler threads.", |_| {
        Ok(Answer::ask(Request::WorkerCount))
    }),
    plain("__env_bool(name: string, text: string) -> bool", "The bool that a variable says.", env_bool),
    plain("__env_fault(name: string, text: string, kind: string) -> null", "Refuses a variable.", env_fault),
];

/// The name of a variable: systems cannot hold empty ones, nor any with `=` or NUL.
fn variable(call: &Call<'_>) -> Result<String, Fault> {
    let name = call.str(0);
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(call.value_fault(format!("'{name}' cannot be the name of a variable")));
    }
    Ok(name.to_owned())
}

fn env_bool(call: &mut Call<'_>) -> Outcome {
    match call.str(1).trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => answer::bool(true),
        "false" | "0" | "no" | "off" => answer::bool(false),
        _ => Err(not_of_kind(call, "bool")),
    }
}

fn env_fault(call: &mut Call<'_>) -> Outcome {
    Err(not_of_kind(call, call.str(2)))
}

fn not_of_kind(call: &Call<'_>, kind: &str) -> Fault {
    let message = format!("Environment variable '{}' must be {kind}, got '{}'", call.str(0), call.str(1));
    Fault::new(crate::value::ErrorKind::ValueError, message)
}
