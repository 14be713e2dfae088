//! Children that scripts hold: `start_process`.
//!
//! Owns: the handle. A task of its own waits for the child's end, so that it is reaped at once whoever waits for it.
//! Invariant: reading is done by whoever asks for it, so a child whose output nobody wants waits until somebody does.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{Mutex, watch};

use super::Parent;
use super::capture::Lines;
use super::child::start;
use super::group::Group;
use super::report::{Streams, describe};
use super::run::feed;
use crate::runtime::failure::{internal, io_fault, timed_out};
use crate::sync::Instant;
use crate::value::{Dict, ErrorKind, Fault, Resource, ResourceKind, Value};
use crate::vm::{ChildStream, Command, Stdin};

/// How long it is waited for a child to read or write before something else is tried.
const GLANCE: Duration = Duration::from_millis(10);

/// How a child ended.
#[derive(Clone, Copy, Debug)]
struct End {
    status: ExitStatus,
    timed_out: bool,
    took: Duration,
}

/// A child that was started and is not waited for.
pub(super) struct Process {
    program: String,
    pid: Option<u32>,
    binary: bool,
    group: Arc<Group>,
    stdin: Mutex<Option<ChildStdin>>,
    out: Mutex<Lines<ChildStdout>>,
    err: Mutex<Lines<ChildStderr>>,
    end: watch::Receiver<Option<End>>,
}

impl Process {
    /// Starts a program.
    pub(super) fn start(
        command: Command,
        parent: &Parent,
        tokio: &tokio::runtime::Handle,
    ) -> Result<Process, Fault> {
        let (mut child, group) = start(&command, parent)?;
        let mut stdin = child.stdin.take();
        if let Stdin::Data(data) = command.stdin {
            let stdin = stdin.take();
            tokio.spawn(async move { feed(stdin, &data).await });
        }
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (tell, end) = watch::channel(None);
        let pid = child.id();
        tokio.spawn(reap(child, Arc::clone(&group), command.timeout_ms, tell));
        Ok(Process {
            program: command.program,
            pid,
            binary: command.binary,
            group,
            stdin: Mutex::new(stdin),
            out: Mutex::new(Lines::new(out, command.max_output)),
            err: Mutex::new(Lines::new(err, command.max_output)),
            end,
        })
    }

    /// Writes what the child is to read.
    pub(super) async fn write(&self, data: &[u8]) -> Result<Value, Fault> {
        let mut stdin = self.stdin.lock().await;
        let Some(stdin) = &mut *stdin else {
            return Err(Fault::new(ErrorKind::ValueError, "write_stdin: stdin is closed"));
        };
        let written = async {
            stdin.write_all(data).await?;
            stdin.flush().await
        };
        tokio::select! {
            biased;
            written = written => written.map_err(|error| io_fault("write to process", &self.program, &error))?,
            fault = self.make_room() => return Err(fault),
        }
        Ok(Value::Bool(true))
    }

    /// Reads ahead what the child writes: it may not read on before somebody has taken that. Others read meanwhile as before.
    async fn make_room(&self) -> Fault {
        loop {
            // Most children read at once, and need no room.
            tokio::time::sleep(GLANCE).await;
            let (out, err) = tokio::join!(read_ahead(&self.out), read_ahead(&self.err));
            if let Err(fault) = out.and(err) {
                return fault;
            }
        }
    }

    /// The child sees the end of what it reads.
    pub(super) async fn close_stdin(&self) -> Result<Value, Fault> {
        Ok(Value::Bool(self.stdin.lock().await.take().is_some()))
    }

    /// The next line of one stream.
    pub(super) async fn line(&self, stream: ChildStream) -> Result<Value, Fault> {
        let line = match stream {
            ChildStream::Out => self.out.lock().await.next().await?,
            ChildStream::Err => self.err.lock().await.next().await?,
        };
        Ok(line.unwrap_or_default())
    }

    /// The next line of either, with whether it is an error.
    pub(super) async fn any_line(&self) -> Result<Value, Fault> {
        let (mut out, mut err) = (self.out.lock().await, self.err.lock().await);
        let (is_error, line) = tokio::select! {
            Some(line) = async { out.next().await.transpose() } => (false, line),
            Some(line) = async { err.next().await.transpose() } => (true, line),
            else => return Ok(Value::Null),
        };
        Ok(Value::array(vec![Value::Bool(is_error), line?]))
    }

    /// Reads what is left and waits for the end.
    pub(super) async fn wait(&self, ms: Option<f64>) -> Result<Value, Fault> {
        let Some(ms) = ms else { return self.report().await };
        let limit = Duration::try_from_secs_f64(ms / 1e3).unwrap_or(Duration::MAX);
        tokio::time::timeout(limit, self.report()).await.unwrap_or_else(|_| Err(timed_out(ms)))
    }

    async fn report(&self) -> Result<Value, Fault> {
        drop(self.stdin.lock().await.take());
        let (mut out, mut err) = (self.out.lock().await, self.err.lock().await);
        tokio::join!(out.drain(), err.drain());
        let mut end = self.end.clone();
        let ended = end.wait_for(Option::is_some).await.map_err(|_| internal("a child was not reaped"))?;
        let Some(End { status, timed_out, took }) = *ended else {
            return Err(internal("a child has no end"));
        };
        let streams = Streams { out: &out.captured, err: &err.captured, binary: self.binary };
        Ok(describe(status, timed_out, took, &streams))
    }

    /// Sends a signal.
    pub(super) fn kill(&self, signal: &str) -> Result<Value, Fault> {
        self.group.signal(signal).map(Value::Bool)
    }

    /// {pid, running}.
    pub(super) fn info(&self) -> Value {
        let mut dict = Dict::with_capacity(2);
        dict.insert_text("pid", self.pid.map_or(Value::Null, |pid| Value::Int(pid.into())));
        dict.insert_text("running", Value::Bool(self.group.is_running()));
        Value::dict(dict)
    }
}

/// Reads ahead for a moment.
async fn read_ahead<R: AsyncRead + Unpin>(lines: &Mutex<Lines<R>>) -> Result<(), Fault> {
    let reading = async {
        let mut lines = lines.lock().await;
        while lines.read_ahead().await? {}
        Ok(())
    };
    tokio::time::timeout(GLANCE, reading).await.unwrap_or(Ok(()))
}

/// Waits for a child's end, or brings it about when its time is over.
async fn reap(mut child: Child, group: Arc<Group>, limit: Option<u64>, tell: watch::Sender<Option<End>>) {
    let started = Instant::now();
    let limit = limit.map_or(Duration::MAX, Duration::from_millis);
    let in_time = tokio::time::timeout(limit, child.wait()).await;
    let timed_out = in_time.is_err();
    let status = match in_time {
        Ok(status) => status,
        Err(_) => {
            group.kill();
            child.wait().await
        }
    };
    group.ended();
    if let Ok(status) = status {
        tell.send_replace(Some(End { status, timed_out, took: started.elapsed() }));
    }
}

/// Nobody can name it any more.
impl Drop for Process {
    fn drop(&mut self) {
        self.group.kill();
    }
}

impl Resource for Process {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("process")
    }

    fn text(&self) -> String {
        format!("<process {}>", self.program)
    }
}
