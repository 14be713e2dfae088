//! The world outside: files, the terminal, other programs, the network, databases, long computations and the interrupt key.
//!
//! Owns: the tokio runtime (used nowhere else) and the pool for computations. Both start with their first use, so that a
//! script that touches no file starts at once.
//! Invariant: script code never runs on these threads. A job ends in one settle, also when it panics.
//! Does not: wait for jobs at the end. A read of the terminal can last for ever; its thread ends with the process.
//!
//! Under loom nothing here is started: no model asks for a file.

mod task;
mod file;
mod open;
mod node;
mod temporary;
mod terminal;
mod transfer;
mod walk;
mod process;
mod net;
mod http;
mod database;
#[cfg(unix)]
mod door;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

pub(in crate::runtime) use database::left_open;
#[cfg(unix)]
pub use door::{Door, Porter};
pub use task::Begun;

#[cfg(unix)]
use tokio::signal::unix;

use super::failure::internal_fault;
use super::promise::{Expect, Hub, Promise, Settler, Source, Verdict};
use crate::sync::Mutex;
use crate::value::{Fault, Parcel, Shared, Value};
use crate::vm::{FileRequest, Job};

/// Threads for file operations: enough to keep a disk busy, few enough not to thrash.
const FILE_THREADS: usize = 64;

/// Signals that ask a program to end. The exit code is that of shells: 128 and the signal.
#[cfg(unix)]
const ENDING: [unix::SignalKind; 2] = [unix::SignalKind::terminate(), unix::SignalKind::hangup()];

/// The doors to the world.
#[derive(Debug, Default)]
pub struct Io {
    tokio: Mutex<Option<tokio::runtime::Runtime>>,
    pool: Mutex<Option<Arc<rayon::ThreadPool>>>,
    /// Children that have not ended.
    children: Arc<process::Children>,
    /// Files that go with the program.
    temporary: Arc<temporary::Temporary>,
    /// Whether the terminal shows what is typed.
    terminal: Arc<terminal::Terminal>,
    /// Connections to HTTP servers.
    clients: Arc<http::Clients>,
    /// HTTP servers of the script.
    servers: Arc<http::Servers>,
    /// What databases keep for contexts.
    keeping: Arc<database::Keeping>,
}

impl Io {
    /// Starts a file operation.
    pub fn file(&self, hub: &Arc<Hub>, request: FileRequest) -> Shared<Promise> {
        // Each run gives temporary files names of their own.
        let is_named_anew = matches!(request, FileRequest::Temporary { .. });
        let expect = if is_named_anew { Expect::Alike } else { Expect::Same };
        let (temporary, terminal) = (Arc::clone(&self.temporary), Arc::clone(&self.terminal));
        self.job(hub, self.tokio(), expect, |tokio, settler| {
            drop(
                tokio.spawn_blocking(move || run(settler, || file::perform(request, &temporary, &terminal))),
            );
        })
    }

    /// Starts a computation.
    pub fn compute(&self, hub: &Arc<Hub>, job: Job) -> Shared<Promise> {
        self.job(hub, self.pool(), Expect::Alike, |pool, settler| pool.spawn(move || run(settler, job.0)))
    }

    /// Starts something that ends by itself, or leaves that to the schedule.
    fn job<T: Send + 'static>(
        &self,
        hub: &Arc<Hub>,
        threads: Result<T, Fault>,
        expect: Expect,
        start: impl FnOnce(T, Settler) + Send + 'static,
    ) -> Shared<Promise> {
        let (promise, settler) = Promise::pair(hub, Source::Job);
        match (threads, &hub.outside) {
            (Ok(threads), None) => start(threads, settler),
            (Ok(threads), Some(outside)) => {
                outside.add_job(promise.clone(), expect, Box::new(move || start(threads, settler)));
            }
            (Err(fault), _) => drop(settler.settle(Err(Parcel::from_fault(fault)))),
        }
        promise
    }

    /// From now on the interrupt key, or a request to terminate, ends the program in order, not the process. If servers
    /// run, the first one only stops those.
    pub fn watch_interrupt(&self, hub: &Arc<Hub>) {
        // Without tokio they keep their default: they end the process.
        let Ok(tokio) = self.tokio() else { return };
        let inside = tokio.enter();
        // Handled from now on, before anybody else, a line editor for instance, puts a handler of its own there for a while
        // and then restores what it found.
        let Ok(mut key) = interrupt_key() else { return };
        #[cfg(unix)]
        let ending = ENDING.map(|kind| (kind, if is_ignored(kind) { None } else { unix::signal(kind).ok() }));
        drop(inside);
        let (weak, servers) = (Arc::downgrade(hub), Arc::clone(&self.servers));
        tokio.spawn(async move {
            while key.recv().await.is_some()
                && let Some(hub) = weak.upgrade()
            {
                if !servers.stop_all() {
                    hub.interrupt();
                }
            }
        });
        #[cfg(unix)]
        for (kind, signal) in ending {
            let Some(signal) = signal else { continue };
            tokio.spawn(watch_ending(kind, signal, Arc::downgrade(hub), Arc::clone(&self.servers)));
        }
    }

    /// Removes temporary files, ends the children, and the threads that have nothing to do, and lets the others end on their own.
    pub fn close(&self) {
        self.children.kill_all();
        let (tokio, pool) = (self.tokio.lock().take(), self.pool.lock().take());
        if let Some(tokio) = tokio {
            tokio.shutdown_background();
        }
        drop(pool);
        self.temporary.remove();
        self.terminal.restore();
    }

    fn tokio(&self) -> Result<tokio::runtime::Handle, Fault> {
        let mut tokio = self.tokio.lock();
        if let Some(tokio) = &*tokio {
            return Ok(tokio.handle().clone());
        }
        match start_tokio() {
            Ok(started) => Ok(tokio.insert(started).handle().clone()),
            Err(error) => Err(super::failure::io_fault("start threads for", "files", &error)),
        }
    }

    fn pool(&self) -> Result<Arc<rayon::ThreadPool>, Fault> {
        let mut pool = self.pool.lock();
        if let Some(pool) = &*pool {
            return Ok(Arc::clone(pool));
        }
        let named = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("ruff-compute-{index}"));
        match named.num_threads(num_cpus::get()).build() {
            Ok(built) => Ok(Arc::clone(pool.insert(Arc::new(built)))),
            Err(error) => Err(super::failure::internal(&format!("cannot start the compute pool: {error}"))),
        }
    }
}

fn start_tokio() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(FILE_THREADS)
        .thread_keep_alive(Duration::from_secs(10))
        .thread_name("ruff-io")
        .enable_all()
        .build()
}

#[cfg(unix)]
async fn watch_ending(
    kind: unix::SignalKind,
    mut signal: unix::Signal,
    hub: Weak<Hub>,
    servers: Arc<http::Servers>,
) {
    let code = u8::try_from(128 + kind.as_raw_value()).unwrap_or(u8::MAX);
    while signal.recv().await.is_some()
        && let Some(hub) = hub.upgrade()
    {
        if !servers.stop_all() {
            hub.end(Verdict::Exit(code));
        }
    }
}

/// Whether whoever started the program wants it to survive this signal, as `nohup` does. Only Linux tells.
#[cfg(unix)]
fn is_ignored(kind: unix::SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}

/// Each press of the interrupt key.
#[cfg(unix)]
fn interrupt_key() -> std::io::Result<unix::Signal> {
    unix::signal(unix::SignalKind::interrupt())
}

/// Each press of the interrupt key.
#[cfg(windows)]
fn interrupt_key() -> std::io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

/// Does one job and settles its promise.
fn run(settler: Settler, job: impl FnOnce() -> Result<Value, Fault>) {
    let result = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| Err(internal_fault(&*panic)));
    settler.settle(result.map(Parcel::plain).map_err(Parcel::from_fault));
}
