//! What scripts ask of other programs (STDLIB section 10).

use crate::value::Handle;

/// What a child reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// These bytes, then the end.
    Data(Vec<u8>),
    /// What this program would read.
    Inherit,
    /// Nothing.
    Null,
    /// What is written to the handle later.
    Open,
}

/// Where a stream of a child goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Into the answer.
    Capture,
    /// Where this program's own goes.
    Inherit,
    /// Nowhere.
    Null,
}

/// The environment of a child: this program's, and what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChildEnvironment {
    /// Starts with no variable at all.
    pub cleared: bool,
    /// If given, only these are inherited.
    pub allowed: Option<Vec<String>>,
    /// These are not inherited.
    pub denied: Vec<String>,
    /// Set last.
    pub set: Vec<(String, String)>,
}

/// A program to be run.
#[derive(Clone, Debug)]
pub struct Command {
    /// A path, or a name to be looked up on PATH.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its working directory; this program's if `None`.
    pub cwd: Option<String>,
    /// Its variables.
    pub environment: ChildEnvironment,
    /// What it reads.
    pub stdin: Stdin,
    /// Where its output goes.
    pub stdout: Sink,
    /// Where its errors go.
    pub stderr: Sink,
    /// It is killed after so many milliseconds.
    pub timeout_ms: Option<u64>,
    /// So much of each stream is kept.
    pub max_output: u64,
    /// Output is given as bytes, not text.
    pub binary: bool,
}

/// A stream that a child writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildStream {
    /// Its output.
    Out,
    /// Its errors.
    Err,
}

/// Requests about other programs. All but `Kill`, `Info` and `Start` answer with a promise that must be waited for; giving
/// the wait up kills what was started for it.
#[derive(Debug)]
pub enum ProcessRequest {
    /// Runs to the end: {exitcode, stdout, stderr, success, timed_out, stdout_truncated, stderr_truncated, signal, duration_ms}.
    Run(Command),
    /// Runs to the end: its output. ProcessError, TimeoutError and LimitError if it did not end well.
    Output(Command),
    /// Runs all together, each reading what the one before it writes: the output of the last.
    Pipe(Vec<Command>),
    /// Starts: a process.
    Start(Command),
    /// true, once the data is written.
    Write {
        /// The process.
        process: Handle,
        /// What it is to read.
        data: Vec<u8>,
    },
    /// bool: false if it was closed.
    CloseStdin(Handle),
    /// The next line of one stream; null at its end.
    Line {
        /// The process.
        process: Handle,
        /// Which stream.
        stream: ChildStream,
    },
    /// `[is_error, line]` of whichever stream has one; null at the end of both.
    AnyLine(Handle),
    /// The dict of `Run`, when it has ended; TimeoutError after `ms`.
    Wait {
        /// The process.
        process: Handle,
        /// How long to wait.
        ms: Option<f64>,
    },
    /// bool: false if it has ended.
    Kill {
        /// The process.
        process: Handle,
        /// A name without SIG.
        signal: String,
    },
    /// {pid, running}.
    Info(Handle),
    /// A path, or null.
    Which(String),
}
