//! How a child ended, as scripts see it.

use std::process::ExitStatus;
use std::time::Duration;

use super::capture::Captured;
use crate::value::{Dict, ErrorKind, Fault, Value};

/// How a child ended, and what it wrote.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) status: ExitStatus,
    pub(super) timed_out: bool,
    pub(super) out: Captured,
    pub(super) err: Captured,
    pub(super) binary: bool,
    pub(super) took: Duration,
}

impl Report {
    /// Whether it ended by itself, with exit code 0.
    pub(super) fn success(&self) -> bool {
        self.status.success() && !self.timed_out
    }

    /// The dict that `spawn_process` gives.
    pub(super) fn into_value(self) -> Value {
        let streams = Streams { out: &self.out, err: &self.err, binary: self.binary };
        describe(self.status, self.timed_out, self.took, &streams)
    }

    /// The error of a child that did not end well.
    pub(super) fn failure(&self, program: &str) -> Fault {
        let signal = signal_name(self.status);
        let mut message = match (self.status.code(), signal) {
            (Some(code), _) => format!("'{program}' failed with exit code {code}"),
            (None, Some(signal)) => format!("'{program}' was killed by signal {signal}"),
            (None, None) => format!("'{program}' failed"),
        };
        let errors = self.err.value(false);
        if let Value::Text(errors) = &errors
            && let Some(first) = errors.as_str().lines().find(|line| !line.trim().is_empty())
        {
            message.push_str(": ");
            message.push_str(first.trim_end());
        }
        let mut details = Dict::new();
        details.insert_text("exitcode", exit_code(self.status));
        details.insert_text("stdout", self.out.value(self.binary));
        details.insert_text("stderr", self.err.value(self.binary));
        Fault::new(ErrorKind::ProcessError, message).with_value(Value::dict(details))
    }
}

/// What a child wrote.
pub(super) struct Streams<'a> {
    pub(super) out: &'a Captured,
    pub(super) err: &'a Captured,
    pub(super) binary: bool,
}

/// The dict that `spawn_process` gives.
pub(super) fn describe(status: ExitStatus, timed_out: bool, took: Duration, streams: &Streams<'_>) -> Value {
    let mut dict = Dict::with_capacity(9);
    dict.insert_text("exitcode", exit_code(status));
    dict.insert_text("stdout", streams.out.value(streams.binary));
    dict.insert_text("stderr", streams.err.value(streams.binary));
    dict.insert_text("success", Value::Bool(status.success() && !timed_out));
    dict.insert_text("timed_out", Value::Bool(timed_out));
    dict.insert_text("stdout_truncated", Value::Bool(streams.out.truncated));
    dict.insert_text("stderr_truncated", Value::Bool(streams.err.truncated));
    dict.insert_text("signal", signal_name(status).map_or(Value::Null, Value::text));
    dict.insert_text("duration_ms", Value::Float(took.as_secs_f64() * 1e3));
    Value::dict(dict)
}

/// -1 for a child that a signal ended.
fn exit_code(status: ExitStatus) -> Value {
    Value::Int(status.code().unwrap_or(-1).into())
}

/// The signal that ended a child, without SIG.
#[cfg(unix)]
fn signal_name(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    let number = status.signal()?;
    let known = SIGNALS.iter().find(|(_, signal)| signal.as_raw() == number);
    Some(known.map_or_else(|| number.to_string(), |(name, _)| (*name).to_owned()))
}

#[cfg(not(unix))]
fn signal_name(_status: ExitStatus) -> Option<String> {
    None
}

/// Whether a child ended because nobody read what it wrote.
#[cfg(unix)]
pub(super) fn lost_its_reader(status: ExitStatus) -> bool {
    signal_name(status).as_deref() == Some("PIPE")
}

#[cfg(not(unix))]
pub(super) fn lost_its_reader(_status: ExitStatus) -> bool {
    false
}

/// A signal by its name.
#[cfg(unix)]
pub(super) fn signal_of(name: &str) -> Option<rustix::process::Signal> {
    let name = name.strip_prefix("SIG").unwrap_or(name);
    SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, signal)| *signal)
}

#[cfg(unix)]
const SIGNALS: &[(&str, rustix::process::Signal)] = {
    use rustix::process::Signal;
    &[
        ("HUP", Signal::HUP),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("ILL", Signal::ILL),
        ("TRAP", Signal::TRAP),
        ("ABRT", Signal::ABORT),
        ("BUS", Signal::BUS),
        ("FPE", Signal::FPE),
        ("KILL", Signal::KILL),
        ("USR1", Signal::USR1),
        ("SEGV", Signal::SEGV),
        ("USR2", Signal::USR2),
        ("PIPE", Signal::PIPE),
        ("ALRM", Signal::ALARM),
        ("TERM", Signal::TERM),
        ("CHLD", Signal::CHILD),
        ("CONT", Signal::CONT),
        ("STOP", Signal::STOP),
        ("TSTP", Signal::TSTP),
        ("XCPU", Signal::XCPU),
    ]
};
