//! Children that are run to their end, alone or connected.
//!
//! Invariant: every future here owns its children, so that dropping it kills them.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use super::Parent;
use super::capture::Captured;
use super::child::{start, start_between};
use super::group::Group;
use super::report::{Report, lost_its_reader};
use crate::runtime::failure::{internal, io_fault, timed_out};
use crate::sync::Instant;
use crate::value::{Fault, Value};
use crate::vm::{Command, Stdin};

/// How long what a killed child had written may take to arrive: something that left its group may hold the stream open.
const AFTER_KILL: Duration = Duration::from_millis(500);

/// Runs a program.
pub(super) async fn run(command: Command, parent: &Parent) -> Result<Report, Fault> {
    let started = Instant::now();
    let (child, group) = start(&command, parent)?;
    let mut stage = Stage::new(child, group, &command);
    let timed_out = in_time(command.timeout_ms, stage.finish(stdin_data(&command))).await?;
    if timed_out {
        stage.kill().await?;
    }
    stage.into_report(&command, timed_out, started.elapsed())
}

/// Its output, if it ended well.
pub(super) async fn output(command: Command, parent: Parent) -> Result<Value, Fault> {
    let (shown, binary, limit) = (shown(&command), command.binary, command.timeout_ms);
    let report = run(command, &parent).await?;
    if report.timed_out {
        return Err(timed_out(limit.unwrap_or_default() as f64));
    }
    if !report.success() {
        return Err(report.failure(&shown));
    }
    report.out.whole(binary)
}

/// Runs programs together, each reading what the one before it writes.
pub(super) async fn pipe(commands: Vec<Command>, parent: Parent) -> Result<Value, Fault> {
    let started = Instant::now();
    let limit = commands.first().and_then(|command| command.timeout_ms);
    let mut stages = connect(&commands, &parent)?;
    let data = commands.first().map_or(&[][..], stdin_data);
    let ended = in_time(limit, async {
        let mut data = Some(data);
        let mut work: Vec<_> =
            stages.iter_mut().map(|stage| Box::pin(stage.finish(data.take().unwrap_or_default()))).collect();
        together(&mut work).await
    });
    if ended.await? {
        return Err(timed_out(limit.unwrap_or_default() as f64));
    }
    let mut last = None;
    for (at, (stage, command)) in stages.into_iter().zip(&commands).enumerate() {
        let report = stage.into_report(command, false, started.elapsed())?;
        let cut_short = at + 1 < commands.len() && lost_its_reader(report.status);
        if !report.success() && !cut_short {
            return Err(report.failure(&shown(command)));
        }
        last = Some(report);
    }
    let last = last.ok_or_else(|| internal("a pipe of no commands"))?;
    last.out.whole(last.binary)
}

/// Starts the programs, with pipes between them.
fn connect(commands: &[Command], parent: &Parent) -> Result<Vec<Stage>, Fault> {
    let broken = |error| io_fault("create", "pipe", &error);
    let mut stages = Vec::with_capacity(commands.len());
    let mut upstream: Option<Stdio> = None;
    for (at, command) in commands.iter().enumerate() {
        let stdin = upstream.take().unwrap_or_else(|| match command.stdin {
            Stdin::Data(_) | Stdin::Open => Stdio::piped(),
            Stdin::Inherit => Stdio::inherit(),
            Stdin::Null => Stdio::null(),
        });
        let stdout = if at + 1 < commands.len() {
            let (reader, writer) = std::io::pipe().map_err(broken)?;
            upstream = Some(Stdio::from(reader));
            Stdio::from(writer)
        } else {
            Stdio::piped()
        };
        let (child, group) = start_between(command, parent, stdin, stdout)?;
        stages.push(Stage::new(child, group, command));
    }
    Ok(stages)
}

/// A child with its streams.
struct Stage {
    child: Child,
    group: Arc<Group>,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    out: Captured,
    err: Captured,
    status: Option<ExitStatus>,
}

impl Stage {
    fn new(mut child: Child, group: Arc<Group>, command: &Command) -> Stage {
        Stage {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            out: Captured::new(command.max_output),
            err: Captured::new(command.max_output),
            status: None,
            child,
            group,
        }
    }

    /// Feeds it, reads what it writes, and waits for its end.
    async fn finish(&mut self, data: &[u8]) -> Result<(), Fault> {
        let Stage { stdin, stdout, stderr, out, err, .. } = self;
        tokio::join!(feed(stdin.take(), data), out.fill(stdout), err.fill(stderr));
        self.reap().await
    }

    async fn reap(&mut self) -> Result<(), Fault> {
        let status = self.child.wait().await.map_err(|error| io_fault("wait for", "process", &error))?;
        self.group.ended();
        self.status = Some(status);
        Ok(())
    }

    /// Ends it by force; what it wrote before counts.
    async fn kill(&mut self) -> Result<(), Fault> {
        self.group.kill();
        let Stage { stdout, stderr, out, err, .. } = self;
        let rest = async { tokio::join!(out.fill(stdout), err.fill(stderr)) };
        let _ = tokio::time::timeout(AFTER_KILL, rest).await;
        self.reap().await
    }

    fn into_report(self, command: &Command, timed_out: bool, took: Duration) -> Result<Report, Fault> {
        let status = self.status.ok_or_else(|| internal("a child was not reaped"))?;
        let binary = command.binary;
        Ok(Report { status, timed_out, out: self.out, err: self.err, binary, took })
    }
}

/// Whether the time ran out before the work was done.
async fn in_time(limit: Option<u64>, work: impl Future<Output = Result<(), Fault>>) -> Result<bool, Fault> {
    let Some(ms) = limit else {
        work.await?;
        return Ok(false);
    };
    match tokio::time::timeout(Duration::from_millis(ms), work).await {
        Ok(done) => done.map(|()| false),
        Err(_) => Ok(true),
    }
}

/// All of them, each making progress; the first failure ends it.
async fn together<F: Future<Output = Result<(), Fault>> + Unpin>(work: &mut Vec<F>) -> Result<(), Fault> {
    std::future::poll_fn(|context| {
        let mut failure = None;
        work.retain_mut(|one| match std::pin::Pin::new(one).poll(context) {
            std::task::Poll::Pending => true,
            std::task::Poll::Ready(done) => {
                failure = failure.take().or(done.err());
                false
            }
        });
        match failure {
            Some(fault) => std::task::Poll::Ready(Err(fault)),
            None if work.is_empty() => std::task::Poll::Ready(Ok(())),
            None => std::task::Poll::Pending,
        }
    })
    .await
}

/// Writes what a child is to read, then the end. A child that stops reading is no error.
pub(super) async fn feed(stdin: Option<ChildStdin>, data: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(data).await;
    }
}

fn stdin_data(command: &Command) -> &[u8] {
    match &command.stdin {
        Stdin::Data(data) => data,
        _ => &[],
    }
}

/// A command as messages name it: the line that a shell was given, or the program.
fn shown(command: &Command) -> String {
    match command.args.as_slice() {
        [option, line] if option == "-c" && command.program == "sh" => line.clone(),
        _ => command.program.clone(),
    }
}
