//! The world outside: files, the terminal, long computations and the interrupt key.
//!
//! Owns: the tokio runtime (used nowhere else) and the pool for computations. Both start with their first use, so that a
//! script that touches no file starts at once.
//! Invariant: script code never runs on these threads. A job ends in one settle, also when it panics.
//! Does not: wait for jobs at the end. A read of the terminal can last for ever; its thread ends with the process.
//!
//! Under loom nothing here is started: no model asks for a file.

mod file;
mod transfer;
mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::failure::internal_fault;
use super::promise::{Hub, Promise, Settler, Source, Verdict};
use crate::sync::Mutex;
use crate::value::{Fault, Parcel, Shared, Value};
use crate::vm::{FileRequest, Job};

/// Threads for file operations: enough to keep a disk busy, few enough not to thrash.
const FILE_THREADS: usize = 64;

/// The doors to the world.
#[derive(Debug, Default)]
pub struct Io {
    tokio: Mutex<Option<tokio::runtime::Runtime>>,
    pool: Mutex<Option<Arc<rayon::ThreadPool>>>,
}

impl Io {
    /// Starts a file operation.
    pub fn file(&self, hub: &Arc<Hub>, request: FileRequest) -> Shared<Promise> {
        let (promise, settler) = Promise::pair(hub, Source::Job);
        self.with_tokio(|tokio| match tokio {
            Ok(tokio) => {
                tokio.spawn_blocking(move || run(settler, || file::perform(request)));
            }
            Err(fault) => drop(settler.settle(Err(Parcel::from_fault(fault)))),
        });
        promise
    }

    /// Starts a computation.
    pub fn compute(&self, hub: &Arc<Hub>, job: Job) -> Shared<Promise> {
        let (promise, settler) = Promise::pair(hub, Source::Job);
        match self.pool() {
            Ok(pool) => pool.spawn(move || run(settler, job.0)),
            Err(fault) => drop(settler.settle(Err(Parcel::from_fault(fault)))),
        }
        promise
    }

    /// From now on the interrupt key ends the program in order, not the process.
    pub fn watch_interrupt(&self, hub: &Arc<Hub>) {
        let hub = Arc::downgrade(hub);
        self.with_tokio(|tokio| {
            // Without tokio the key keeps its default: it ends the process.
            let Ok(tokio) = tokio else { return };
            tokio.spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok()
                    && let Some(hub) = hub.upgrade()
                {
                    hub.end(Verdict::Interrupted);
                }
            });
        });
    }

    /// Ends the threads that have nothing to do, and lets the others end on their own.
    pub fn close(&self) {
        let (tokio, pool) = (self.tokio.lock().take(), self.pool.lock().take());
        if let Some(tokio) = tokio {
            tokio.shutdown_background();
        }
        drop(pool);
    }

    fn with_tokio(&self, act: impl FnOnce(Result<&tokio::runtime::Runtime, Fault>)) {
        let mut tokio = self.tokio.lock();
        if tokio.is_none() {
            match start_tokio() {
                Ok(started) => *tokio = Some(started),
                Err(error) => {
                    return act(Err(super::failure::io_fault("start threads for", "files", &error)));
                }
            }
        }
        act(tokio.as_ref().ok_or_else(|| super::failure::internal("no tokio runtime")));
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
        .enable_io()
        .build()
}

/// Does one job and settles its promise.
fn run(settler: Settler, job: impl FnOnce() -> Result<Value, Fault>) {
    let result = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| Err(internal_fault(&*panic)));
    settler.settle(result.map(Parcel::plain).map_err(Parcel::from_fault));
}
