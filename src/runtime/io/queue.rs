//! Where file operations wait for a thread.
//!
//! Owns: the operations that no thread has taken yet, and how many threads take them. The threads are tokio's.
//!
//! What is in memory is read or written in less time than it takes to wake a thread, so operations are collected: a thread
//! starts when `BATCH` of them wait, when a worker has nothing else to do, or after `PAUSE`, and ends when none is left. As
//! many threads as there are CPUs are quickest then. Where operations wait for a disk, many must wait at once: while any is
//! left at the end of a pause, threads that got little done in it are doubled.
//! Invariant: while an operation waits, a look at the queue is due within `PAUSE`, so none stays behind one that never ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle as Tokio;

use super::temporary::Temporary;
use super::terminal::Terminal;
use super::{file, run};
use crate::runtime::promise::Settler;
use crate::sync::Mutex;
use crate::vm::FileRequest;

/// Threads for file operations: enough to keep a disk busy, few enough not to thrash.
pub(super) const FILE_THREADS: usize = 64;

/// So many operations are worth a thread at once.
const BATCH: usize = 16;

/// The time between looks at what waits.
const PAUSE: Duration = Duration::from_millis(1);

/// A thread that ends fewer operations than this in a pause waits for the disk.
const LITTLE: usize = 4;

/// The operations that wait.
#[derive(Debug)]
pub(super) struct FileQueue {
    state: Mutex<State>,
    temporary: Arc<Temporary>,
    terminal: Arc<Terminal>,
    /// How many CPUs there are. Asking costs a call of the system, which is too much for each operation.
    cpus: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Settler, FileRequest)>,
    /// Threads that take operations.
    threads: usize,
    /// Operations taken since the last look.
    taken: usize,
    /// Whether a look is due.
    watched: bool,
}

impl FileQueue {
    /// Nothing waits yet.
    pub(super) fn new(temporary: Arc<Temporary>, terminal: Arc<Terminal>) -> FileQueue {
        FileQueue { state: Mutex::default(), temporary, terminal, cpus: num_cpus::get() }
    }

    /// Adds an operation.
    pub(super) fn push(self: &Arc<Self>, tokio: &Tokio, settler: Settler, request: FileRequest) {
        let mut state = self.state.lock();
        state.waiting.push_back((settler, request));
        let watch = !std::mem::replace(&mut state.watched, true);
        let start = state.waiting.len() >= BATCH && state.reserve(1, self.cpus) > 0;
        drop(state);
        if start {
            self.start(tokio, 1);
        }
        if watch {
            let queue = Arc::clone(self);
            let inner = tokio.clone();
            drop(tokio.spawn(async move { queue.watch(&inner).await }));
        }
    }

    /// Lets nothing wait for others to come.
    pub(super) fn flush(self: &Arc<Self>, tokio: &Tokio) {
        let mut state = self.state.lock();
        let start = !state.waiting.is_empty() && state.reserve(1, self.cpus) > 0;
        drop(state);
        if start {
            self.start(tokio, 1);
        }
    }

    /// Forgets what no thread has taken: who waits for it gets an error.
    pub(super) fn clear(&self) {
        let waiting = std::mem::take(&mut self.state.lock().waiting);
        drop(waiting);
    }

    fn start(self: &Arc<Self>, tokio: &Tokio, threads: usize) {
        for _ in 0..threads {
            let queue = Arc::clone(self);
            drop(tokio.spawn_blocking(move || queue.serve()));
        }
    }

    /// A thread's work.
    fn serve(&self) {
        while let Some((settler, request)) = self.take() {
            run(settler, || file::perform(request, &self.temporary, &self.terminal));
        }
    }

    /// The operation that waits longest. A thread that gets none is counted out.
    fn take(&self) -> Option<(Settler, FileRequest)> {
        let mut state = self.state.lock();
        let taken = state.waiting.pop_front();
        match taken {
            Some(_) => state.taken += 1,
            None => state.threads -= 1,
        }
        taken
    }

    async fn watch(self: &Arc<Self>, tokio: &Tokio) {
        loop {
            tokio::time::sleep(PAUSE).await;
            match self.state.lock().look(self.cpus) {
                None => return,
                Some(0) => {}
                Some(threads) => self.start(tokio, threads),
            }
        }
    }
}

impl State {
    /// Counts more threads in, but no more than `most` in all. How many that are.
    fn reserve(&mut self, wanted: usize, most: usize) -> usize {
        let threads = wanted.min(most.saturating_sub(self.threads));
        self.threads += threads;
        threads
    }

    /// How many threads are to start; `None` if no other look is due.
    fn look(&mut self, cpus: usize) -> Option<usize> {
        let taken = std::mem::take(&mut self.taken);
        if self.waiting.is_empty() {
            self.watched = false;
            return None;
        }
        let busy = taken >= self.threads * LITTLE && self.threads >= cpus;
        Some(if busy { 0 } else { self.reserve(self.threads.max(1), FILE_THREADS) })
    }
}
