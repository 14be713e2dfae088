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
mod queue;
mod transfer;
mod walk;
mod process;
mod signals;
mod net;
mod http;
mod database;
#[cfg(unix)]
mod door;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

pub(in crate::runtime) use database::left_open;
#[cfg(unix)]
pub use door::{Door, MOST_PATH, Porter};
pub use task::Begun;

use queue::FileQueue;

use super::failure::internal_fault;
use super::promise::{Expect, Hub, Promise, Settler, Source};
use crate::sync::Mutex;
use crate::value::{Fault, Parcel, Shared, Value};
use crate::vm::{FileRequest, Job, SignalName};

/// The doors to the world.
#[derive(Debug, Default)]
pub struct Io {
    tokio: Mutex<Option<Started>>,
    pool: Mutex<Option<Arc<rayon::ThreadPool>>>,
    /// Children that have not ended.
    children: Arc<process::Children>,
    /// Files that go with the program.
    temporary: Arc<temporary::Temporary>,
    /// The signals that no longer end the process.
    watched: Mutex<Vec<SignalName>>,
    /// Whether the terminal shows what is typed.
    terminal: Arc<terminal::Terminal>,
    /// Connections to HTTP servers.
    clients: Arc<http::Clients>,
    /// HTTP servers of the script.
    servers: Arc<http::Servers>,
    /// What databases keep for contexts.
    keeping: Arc<database::Keeping>,
}

/// Tokio, with the file operations that wait for its threads.
#[derive(Debug)]
struct Started {
    runtime: tokio::runtime::Runtime,
    files: Arc<FileQueue>,
}

impl Io {
    /// Starts a file operation.
    pub fn file(&self, hub: &Arc<Hub>, request: FileRequest) -> Shared<Promise> {
        // Each run gives temporary files names of their own.
        let is_named_anew = matches!(request, FileRequest::Temporary { .. });
        let expect = if is_named_anew { Expect::Alike } else { Expect::Same };
        let threads =
            self.with_tokio(|started| (started.runtime.handle().clone(), Arc::clone(&started.files)));
        // A schedule starts an operation when it waits for its end.
        let is_scheduled = hub.outside.is_some();
        self.job(hub, threads, expect, move |(tokio, files), settler| {
            files.push(&tokio, settler, request);
            if is_scheduled {
                files.flush(&tokio);
            }
        })
    }

    /// Lets no file operation wait for others: whoever calls this has nothing else to do.
    pub fn flush(&self) {
        if let Some(started) = &*self.tokio.lock() {
            started.files.flush(started.runtime.handle());
        }
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

    /// Removes temporary files, ends the children, and the threads that have nothing to do, and lets the others end on their own.
    pub fn close(&self) {
        self.children.kill_all();
        let (tokio, pool) = (self.tokio.lock().take(), self.pool.lock().take());
        if let Some(Started { runtime, files }) = tokio {
            files.clear();
            runtime.shutdown_background();
        }
        drop(pool);
        self.temporary.remove();
        self.terminal.restore();
    }

    fn tokio(&self) -> Result<tokio::runtime::Handle, Fault> {
        self.with_tokio(|started| started.runtime.handle().clone())
    }

    fn with_tokio<T>(&self, get: impl FnOnce(&Started) -> T) -> Result<T, Fault> {
        let mut tokio = self.tokio.lock();
        if let Some(started) = &*tokio {
            return Ok(get(started));
        }
        match start_tokio() {
            Ok(runtime) => {
                let files = FileQueue::new(Arc::clone(&self.temporary), Arc::clone(&self.terminal));
                Ok(get(tokio.insert(Started { runtime, files: Arc::new(files) })))
            }
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
        .max_blocking_threads(queue::FILE_THREADS)
        .thread_keep_alive(Duration::from_secs(10))
        .thread_name("ruff-io")
        .enable_all()
        .build()
}

/// Does one job and settles its promise.
fn run(settler: Settler, job: impl FnOnce() -> Result<Value, Fault>) {
    let result = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| Err(internal_fault(&*panic)));
    settler.settle(result.map(Parcel::plain).map_err(Parcel::from_fault));
}
