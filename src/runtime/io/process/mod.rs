//! Other programs: started, fed, read, waited for and killed (STDLIB section 10).
//!
//! Owns: what each `ProcessRequest` means and the wording of its errors.
//! Invariant: no child outlives what it was started for. A child of `Run`, `Output` and `Pipe` belongs to the wait, one of
//! `Start` to its handle; when that goes, the child's process group is killed, and tokio reaps it.

mod capture;
mod child;
mod children;
mod group;
mod report;
mod run;
mod running;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use running::Process;

use super::{Begun, Io};
use crate::runtime::failure::internal;
use crate::runtime::promise::Hub;
use crate::value::{Fault, Handle, Value};
use crate::vm::{Command, ProcessRequest};

pub(super) use children::Children;

/// The variables of this program, which its children inherit.
pub(in crate::runtime) type Variables = BTreeMap<String, String>;

/// What a program that is started gets from this one.
pub(super) struct Parent {
    variables: Variables,
    children: Arc<Children>,
}

impl Io {
    /// Answers one request.
    pub fn process(&self, hub: &Arc<Hub>, request: ProcessRequest, variables: Variables) -> Begun {
        let parent = Parent { variables, children: Arc::clone(&self.children) };
        match request {
            ProcessRequest::Run(command) => {
                self.task(hub, async move { Ok(run::run(command, &parent).await?.into_value()) })
            }
            ProcessRequest::Output(command) => self.task(hub, run::output(command, parent)),
            ProcessRequest::Pipe(commands) => self.task(hub, run::pipe(commands, parent)),
            ProcessRequest::Start(command) => Begun::Now(self.start(command, &parent)),
            ProcessRequest::Write { process, data } => {
                self.with_process(hub, &process, |process| async move { process.write(&data).await })
            }
            ProcessRequest::CloseStdin(process) => {
                self.with_process(hub, &process, |process| async move { process.close_stdin().await })
            }
            ProcessRequest::Line { process, stream } => {
                self.with_process(hub, &process, move |process| async move { process.line(stream).await })
            }
            ProcessRequest::AnyLine(process) => {
                self.with_process(hub, &process, |process| async move { process.any_line().await })
            }
            ProcessRequest::Wait { process, ms } => {
                self.with_process(hub, &process, move |process| async move { process.wait(ms).await })
            }
            ProcessRequest::Kill { process, signal } => {
                Begun::Now(running(&process).and_then(|process| process.kill(&signal)))
            }
            ProcessRequest::Info(process) => Begun::Now(running(&process).map(|process| process.info())),
            ProcessRequest::Which(name) => {
                self.task(hub, async move { Ok(which(name, parent.variables).await) })
            }
        }
    }

    fn start(&self, command: Command, parent: &Parent) -> Result<Value, Fault> {
        let tokio = self.tokio()?;
        let _inside = tokio.enter();
        let process = Process::start(command, parent, &tokio)?;
        Ok(Value::Handle(Handle::new(Arc::new(process))))
    }

    fn with_process<F>(&self, hub: &Arc<Hub>, handle: &Handle, act: impl FnOnce(Arc<Process>) -> F) -> Begun
    where
        F: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        match running(handle) {
            Ok(process) => self.task(hub, act(process)),
            Err(fault) => Begun::Now(Err(fault)),
        }
    }
}

fn running(handle: &Handle) -> Result<Arc<Process>, Fault> {
    handle.get::<Arc<Process>>().cloned().ok_or_else(|| internal("a request about a process names none"))
}

/// The first executable file of this name on PATH; a name with a slash is itself a path.
async fn which(name: String, variables: Variables) -> Value {
    let path = variables.get("PATH").cloned().unwrap_or_default();
    let found = tokio::task::spawn_blocking(move || {
        if name.contains('/') {
            return is_executable(Path::new(&name)).then_some(name);
        }
        let folders = std::env::split_paths(&path);
        let mut files = folders.map(|folder| folder.join(&name));
        files.find(|file| is_executable(file)).map(|file| file.to_string_lossy().into_owned())
    });
    found.await.ok().flatten().map_or(Value::Null, Value::text)
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}
