//! A command out of the words and options of a call.

use crate::stdlib::options::Options;
use crate::value::{Fault, Key, Value};
use crate::vm::{Call, ChildEnvironment, Command, Sink, Stdin};

/// Options of programs whose end is waited for. The callbacks stand last.
pub(super) const SHARED: &[&str] = &[
    "cwd",
    "stdin",
    "env",
    "inherit_env",
    "env_allow",
    "env_deny",
    "timeout_ms",
    "max_output_bytes",
    "binary",
    "stdout",
    "stderr",
    "on_stdout",
    "on_stderr",
];

/// The same without callbacks: options of all programs.
pub(super) const QUIET: &[&str] = SHARED.split_at(SHARED.len() - 2).0;

/// So much of each stream is kept unless `max_output_bytes` says otherwise.
const LARGEST_OUTPUT: u64 = 16 << 20;

impl Call<'_> {
    /// The words of a command.
    pub(super) fn words(&self, parameter: &str, value: &Value) -> Result<Vec<String>, Fault> {
        let Value::Array(items) = value else {
            return Err(self.type_fault(parameter, "array of strings", value));
        };
        let word = |item: &Value| match item {
            Value::Text(text) if text.as_str().contains('\0') => {
                Err(self.value_fault("a word must not contain a NUL character"))
            }
            Value::Text(text) => Ok(text.as_str().to_owned()),
            other => Err(self.type_fault(parameter, "array of strings", other)),
        };
        let words: Vec<String> = items.iter().map(word).collect::<Result<_, _>>()?;
        match words.first() {
            Some(program) if !program.is_empty() => Ok(words),
            _ => Err(self.value_fault("the command is empty")),
        }
    }
}

/// The command of these words. A timeout of 0 is none.
pub(super) fn command_of(
    call: &Call<'_>,
    words: Vec<String>,
    options: &Options<'_>,
    timeout: u64,
) -> Result<Command, Fault> {
    options.callback("on_stdout")?;
    options.callback("on_stderr")?;
    let mut words = words.into_iter();
    let timeout_ms = options.milliseconds("timeout_ms")?.unwrap_or(timeout);
    Ok(Command {
        program: words.next().unwrap_or_default(),
        args: words.collect(),
        cwd: options.text("cwd")?.map(str::to_owned),
        environment: environment(call, options)?,
        stdin: stdin(options)?,
        stdout: sink(options, "stdout")?,
        stderr: sink(options, "stderr")?,
        timeout_ms: (timeout_ms > 0).then_some(timeout_ms),
        max_output: options.count("max_output_bytes")?.unwrap_or(LARGEST_OUTPUT),
        binary: options.bool("binary", false)?,
    })
}

/// A line for the system's shell.
pub(super) fn shell(call: &mut Call<'_>, timeout: u64) -> Result<Command, Fault> {
    let options = call.options(1, SHARED)?;
    let line = call.str(0);
    if line.trim().is_empty() {
        return Err(call.value_fault("the command is empty"));
    }
    if line.contains(['\n', '\r', '\0']) {
        return Err(call.value_fault("the command must be one line"));
    }
    let words = if cfg!(windows) { ["cmd", "/C", line] } else { ["sh", "-c", line] };
    command_of(call, words.map(str::to_owned).to_vec(), &options, timeout)
}

fn stdin(options: &Options<'_>) -> Result<Stdin, Fault> {
    Ok(match options.get("stdin") {
        None => Stdin::Null,
        Some(Value::Bytes(bytes)) => Stdin::Data(bytes.to_vec()),
        Some(Value::Text(text)) => match text.as_str() {
            "inherit" => Stdin::Inherit,
            "null" => Stdin::Null,
            text => Stdin::Data(text.as_bytes().to_vec()),
        },
        Some(other) => return Err(options.unlike("stdin", "string or bytes", other)),
    })
}

fn sink(options: &Options<'_>, key: &str) -> Result<Sink, Fault> {
    match options.text(key)? {
        None | Some("capture") => Ok(Sink::Capture),
        Some("inherit") => Ok(Sink::Inherit),
        Some("null") => Ok(Sink::Null),
        Some(other) => {
            Err(options.value_fault(key, format!("must be capture, inherit or null, got {other}")))
        }
    }
}

fn environment(call: &Call<'_>, options: &Options<'_>) -> Result<ChildEnvironment, Fault> {
    let mut set = Vec::new();
    for (key, value) in options.dict("env")?.iter().flat_map(|dict| dict.iter()) {
        let name = match key {
            Key::Text(text) => text.as_str().to_owned(),
            Key::Int(number) => number.to_string(),
        };
        let value = call.display(value)?;
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(options.value_fault("env", format!("has an unusable variable '{name}'")));
        }
        set.push((name, value));
    }
    Ok(ChildEnvironment {
        cleared: !options.bool("inherit_env", true)?,
        allowed: options.get("env_allow").is_some().then(|| options.texts("env_allow")).transpose()?,
        denied: options.texts("env_deny")?,
        set,
    })
}
