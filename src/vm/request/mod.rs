//! What a script can ask of the world.
//!
//! Each request becomes an immediate answer or one promise; `runtime::request` is the one place that does it.

mod database;
mod fetch;
mod gathered;
mod media;
mod net;
mod process;
mod serve;

pub use database::{DatabaseOptions, DatabaseRequest, PoolLimits, SqlParams, SqlResult, SqlValue};
pub use fetch::{Fetch, FetchRequest, SessionPlan};
pub use gathered::Gathered;
pub use media::media_type;
pub use net::{DataForm, Endpoint, NetRequest};
pub use process::{ChildEnvironment, ChildStream, Command, ProcessRequest, Sink, Stdin};
pub use serve::{FileReply, ReplyBody, ServeRequest, ServerKeys, ServerLimits, ServerReply};

use crate::context::Context;
use crate::value::{Fault, Handle, Outcome, Parcel, Text, TracePoint, Value};

/// A stream of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the stream of its name")]
pub enum Stream {
    Out,
    Err,
}

/// Which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Unix seconds, float.
    Now,
    /// Unix seconds, int.
    NowSeconds,
    /// Unix milliseconds, int.
    NowMilliseconds,
    /// Milliseconds since the program started, float, never decreasing.
    Monotonic,
    /// The same in microseconds.
    MonotonicMicroseconds,
    /// The same in nanoseconds.
    MonotonicNanoseconds,
}

/// Environment access.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "STDLIB section 10")]
pub enum EnvRequest {
    /// string or null.
    Get(String),
    /// null.
    Set(String, String),
    /// null.
    Unset(String),
    /// dict of strings.
    List,
    /// The working directory.
    CurrentDir,
    /// The user's directory, or null.
    HomeDir,
    /// The directory for temporary files.
    TempDir,
    /// The name of the machine.
    HostName,
    /// int: the columns of the terminal on stdout, or what is given if there is none.
    TerminalWidth(i64),
    /// true.
    ChangeDir(String),
}

/// File access. Every error is an IOError as STDLIB section 9 words it, with `e.value` {path, op, code, os_code}.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "STDLIB section 9")]
pub enum FileRequest {
    /// string; ParseError for bad UTF-8 unless lossy; LimitError beyond max_bytes. A BOM is dropped.
    ReadText { path: String, lossy: bool, max_bytes: u64 },
    /// bytes; a short file gives fewer.
    ReadBytes { path: String, offset: u64, length: Option<u64>, max_bytes: u64 },
    /// true. `atomic`: readers see the old content or the new; with `sync` that also holds after a power failure. `mode`:
    /// permission bits.
    Write {
        path: String,
        data: Vec<u8>,
        overwrite: bool,
        append: bool,
        create_dirs: bool,
        atomic: bool,
        sync: bool,
        mode: Option<u32>,
    },
    /// true if it wrote.
    WriteIfChanged { path: String, data: Vec<u8> },
    /// true. With parents; existing is fine.
    CreateDir { path: String },
    /// array of names (or paths), sorted by code point.
    ListDir { path: String, full: bool },
    /// array of {path, rel, name, depth, size, is_file, is_dir, is_symlink}, depth first, sorted, directory first.
    Walk {
        path: String,
        max_depth: Option<usize>,
        include: Vec<String>,
        exclude: Vec<String>,
        hidden: bool,
        follow_links: bool,
    },
    /// dict: path below the directory -> text that changes with the file. Without names all files below it, links not
    /// followed; what is missing is left out.
    Stamps { path: String, names: Option<Vec<String>> },
    /// bool.
    Exists { path: String },
    /// bool.
    IsFile { path: String },
    /// bool.
    IsDir { path: String },
    /// bool.
    IsSymlink { path: String },
    /// {path, size, is_file, is_dir, is_symlink, readonly, mode, modified, created, accessed}.
    Info { path: String },
    /// int.
    Size { path: String },
    /// true.
    Delete { path: String, missing_ok: bool },
    /// true. Empty directories only.
    RemoveDir { path: String },
    /// true. The whole tree; links are removed, not followed; ValueError for a root directory.
    RemoveDirAll { path: String, missing_ok: bool },
    /// true. Files and directories, across file systems.
    Rename { from: String, to: String, overwrite: bool },
    /// true. Keeps the mode; onto itself: ValueError.
    Copy { from: String, to: String, overwrite: bool },
    /// {files, dirs, bytes, skipped}.
    CopyTree { from: String, to: String, overwrite: bool, include: Vec<String>, exclude: Vec<String> },
    /// string: links resolved, must exist.
    RealPath { path: String },
    /// sorted array of paths.
    Glob { pattern: String, cwd: String, hidden: bool, files_only: bool },
    /// true. Creates a file, or says that it was changed now.
    Touch { path: String },
    /// true. Permission bits; UnsupportedError where there are none.
    SetMode { path: String, mode: u32 },
    /// true. A symbolic link at `link` to `target`.
    Symlink { target: String, link: String },
    /// string: what a symbolic link says.
    ReadLink { path: String },
    /// true. Overwrites bytes of an existing file.
    WriteAt { path: String, data: Vec<u8>, offset: u64 },
    /// true. Cuts or lengthens an existing file.
    Truncate { path: String, length: u64 },
    /// int: how many bytes there were. A part of a file as a new file; onto itself: ValueError.
    CopyRange { from: String, to: String, offset: u64, length: u64 },
    /// string: the path of a new file or directory that nobody else may read, which goes with the program unless kept.
    Temporary { directory: bool, prefix: String, suffix: String, parent: Option<String>, keep: bool },
    /// A file.
    Open { path: String, mode: FileMode },
    /// What is done with an open file; ValueError if it is closed.
    OfOpen { file: Handle, act: FileAct },
    /// One line of stdin without its end, or null.
    ReadLine,
    /// The same without showing what is typed; UnsupportedError if stdin is no terminal.
    ReadPassword,
    /// The rest of stdin.
    ReadStdin,
    /// The same as bytes.
    ReadStdinBytes,
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// To read it.
    Read,
    /// To write it from the start; it is created or emptied.
    Write,
    /// To write at its end; it is created if absent.
    Append,
    /// To write it; IOError if it exists.
    New,
    /// To read and write it; it must exist.
    Both,
}

/// What is done with an open file.
#[derive(Clone, Debug)]
pub enum FileAct {
    /// bytes, so many at most, or all; null at the end.
    Read(Option<u64>),
    /// string without the line's end; null at the end. ParseError for bad UTF-8.
    ReadLine,
    /// true.
    Write(Vec<u8>),
    /// true. From the start of the file.
    Seek(u64),
    /// true.
    Flush,
    /// bool: false if it was closed.
    Close,
    /// dict {path, open}.
    Info,
}

/// Values that contexts keep in one place.
#[derive(Debug)]
pub enum KeepRequest {
    /// A new keep, whose type is called so.
    New(&'static str),
    /// The one that lives as long as the program.
    OfProgram,
    /// The value, or null.
    Get {
        /// The keep.
        keep: Handle,
        /// Under which name.
        key: Text,
    },
    /// null.
    Set {
        /// The keep.
        keep: Handle,
        /// Under which name.
        key: Text,
        /// What is kept there from now on.
        value: Parcel,
    },
    /// array of the names.
    Keys(Handle),
}

/// A signal that a program may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalName {
    /// The interrupt key.
    Interrupt,
    /// A request to end.
    Terminate,
    /// The terminal is gone; by convention a request to read settings anew.
    HangUp,
}

/// Mutexes and semaphores.
#[derive(Debug)]
pub enum GateRequest {
    /// A semaphore with so many permits; a mutex without a number.
    New(Option<u32>),
    /// true, when there is a permit; a promise only if it must wait. DeadlockError for the holder of a mutex.
    Enter(Handle),
    /// null. The context says that it has the permit.
    Hold(Handle),
    /// null. The permit goes back.
    Leave(Handle),
}

/// Long leaf work to be done off the workers.
pub struct Job(pub Box<dyn FnOnce() -> Result<Value, Fault> + Send>);

impl std::fmt::Debug for Job {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Job")
    }
}

/// Where random words come from.
pub type Words<'a> = &'a mut dyn FnMut() -> u64;

/// What is made of a generator's next words, all in one go.
pub type Drawing = dyn FnOnce(Words<'_>) -> Result<Value, Fault> + Send;

/// A drawing that is asked for.
pub struct Draw(pub Box<Drawing>);

impl std::fmt::Debug for Draw {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Draw")
    }
}

/// Random numbers that can be seeded (STDLIB section 12).
#[derive(Debug)]
pub enum RandomRequest {
    /// What the draw makes of words of this generator, or of the program's.
    Draw {
        /// An `rng`.
        rng: Option<Handle>,
        /// The draw.
        draw: Draw,
    },
    /// null: the program's generator starts anew, from a seed or from the system's entropy.
    Seed(Option<i64>),
    /// A generator of its own.
    Generator(Option<i64>),
}

/// What a script asks. Each says what the answer is. It goes through many hands, so the large ones are boxed.
#[derive(Debug)]
#[allow(missing_docs, reason = "LANGUAGE section 10 and STDLIB section 20 define each")]
pub enum Request {
    /// Creates a context: promise. The context has its arguments bound; `site` is the call that made it.
    Spawn { context: Box<Context>, site: TracePoint },
    /// Opens an `async_scope` of this context: its handle.
    OpenScope,
    /// Closes it. While children are left: a promise that settles when they have ended, and then the context asks again. Then
    /// the first failure of a child, or null. `failed`: whether the block ended with an error.
    CloseScope { scope: Handle, failed: bool },
    /// The current context joins the end of the ready queue: null.
    Yield,
    /// null, after the text is in the output buffer as one piece.
    Print { stream: Stream, text: String },
    /// null.
    Flush,
    /// Writes the prompt, reads one line: string or null. A promise.
    Input { prompt: String },
    /// Ends the program.
    Exit { code: u8 },
    /// A number.
    Clock(Clock),
    /// As the variant says; immediate.
    Random(Box<RandomRequest>),
    /// As the variant says; immediate.
    Env(Box<EnvRequest>),
    /// As the variant says; a promise.
    File(Box<FileRequest>),
    /// As the variant says.
    Process(Box<ProcessRequest>),
    /// As the variant says.
    Net(Box<NetRequest>),
    /// As the variant says.
    Fetch(Box<FetchRequest>),
    /// As the variant says.
    Serve(Box<ServeRequest>),
    /// As the variant says.
    Database(Box<DatabaseRequest>),
    /// Leaf work on the compute pool; a promise.
    Compute(Job),
    /// A promise of null after so many milliseconds.
    Sleep { ms: f64 },

    /// A promise of all values in order. Elements are values or promises. `limit` is only checked.
    All(Vec<Parcel>),
    /// A promise with the first outcome.
    Race(Vec<Parcel>),
    /// A promise of the first resolved value.
    Any(Vec<Parcel>),
    /// A promise of an array of Ok and Err.
    Settled(Vec<Parcel>),
    /// A promise of all values, in this form. The first rejection cancels the others.
    Gather(Vec<Parcel>, Gathered),
    /// A promise with p's outcome, or TimeoutError and a cancelled p.
    Timeout { promise: Handle, ms: f64 },
    /// bool: whether it was pending.
    Cancel(Handle),
    /// bool.
    IsSettled(Handle),
    /// string: pending, resolved, rejected.
    PromiseState(Handle),
    /// A settled promise.
    Resolved(Parcel),
    /// A rejected promise.
    Rejected(Parcel),

    /// A channel; unbounded without capacity.
    Channel { capacity: Option<usize> },
    /// true, or waits while full; ValueError if closed. The answer is a promise only if it must wait.
    Send { channel: Handle, value: Parcel },
    /// The next value; null when closed and drained; TimeoutError after ms. A promise only if it must wait.
    Receive { channel: Handle, ms: Option<f64> },
    /// The same as `Some(v)` or, when closed and drained, `None` (`for`).
    ReceiveNext { channel: Handle },
    /// `Some(v)` or `None`, at once.
    TryReceive { channel: Handle },
    /// bool: false if it was closed already.
    Close { channel: Handle },
    /// bool.
    IsClosed { channel: Handle },
    /// int: buffered values.
    ChannelLen { channel: Handle },
    /// [index, value].
    Select { channels: Vec<Handle>, ms: Option<f64> },

    /// true.
    SharedSet { key: Text, value: Parcel },
    /// The value; the default if missing, KeyError without one.
    SharedGet { key: Text, default: Option<Value> },
    /// bool.
    SharedHas { key: Text },
    /// bool: whether it existed.
    SharedDelete { key: Text },
    /// array of strings.
    SharedKeys,
    /// int: the new value; a missing key counts as init, KeyError without one.
    SharedAddInt { key: Text, delta: i64, init: Option<i64> },

    /// `Some(v)` or `None`: the value, which nobody else changes until it is released. A promise only if it must wait.
    SharedHold { key: Text },
    /// null. Sets the value, if one is given, and lets the others on.
    SharedRelease { key: Text, value: Option<Parcel> },

    /// As the variant says; immediate.
    Keep(Box<KeepRequest>),
    /// As the variant says.
    Gate(GateRequest),
    /// [promise, resolver].
    Deferred,
    /// bool: whether the resolver's promise was pending.
    Settle(Box<(Handle, Outcome)>),
    /// null. The context that this one creates next is not started, but is what the signal starts.
    OnSignal(SignalName),
    /// null. A function that is called when the program ends.
    OnExit(Parcel),
    /// The function that was registered last, and no more; null if there is none.
    NextExit,

    /// int: scheduler threads.
    WorkerCount,
}

const _: () = assert!(size_of::<Request>() <= 40);
