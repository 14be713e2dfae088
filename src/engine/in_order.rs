//! Independent work on several threads, with results in the order of the work.
//!
//! Invariant: a result is handed over as soon as it and all before it are there; after the first `false` no further work
//! begins. Does not wait for work whose result nobody wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::sync::{Condvar, Mutex, spawn};

struct State<T, R> {
    waiting: VecDeque<(usize, T)>,
    done: BTreeMap<usize, R>,
}

struct Shared<T, R> {
    state: Mutex<State<T, R>>,
    changed: Condvar,
}

/// Does `work` for each item on up to `threads` threads, and gives the results in order to `receive` on this one, which says
/// whether to go on.
pub fn in_order<T, R>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Send + Sync + 'static,
    mut receive: impl FnMut(R) -> bool,
) where
    T: Send + 'static,
    R: Send + 'static,
{
    let count = items.len();
    let state = State { waiting: items.into_iter().enumerate().collect(), done: BTreeMap::new() };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
    let work = Arc::new(work);
    let mut started = 0;
    for _ in 0..threads.clamp(1, count.max(1)) {
        let (shared, work) = (Arc::clone(&shared), Arc::clone(&work));
        started += usize::from(spawn("ruff-file", move || shared.labour(&*work)).is_ok());
    }
    if started == 0 {
        shared.labour(&*work);
    }
    for position in 0..count {
        if !receive(shared.result(position)) {
            shared.state.lock().waiting.clear();
            return;
        }
    }
}

impl<T, R> Shared<T, R> {
    fn labour(&self, work: &impl Fn(T) -> R) {
        loop {
            let next = self.state.lock().waiting.pop_front();
            let Some((position, item)) = next else { return };
            let result = work(item);
            self.state.lock().done.insert(position, result);
            self.changed.notify_all();
        }
    }

    fn result(&self, position: usize) -> R {
        let mut state = self.state.lock();
        loop {
            match state.done.remove(&position) {
                Some(result) => return result,
                None => state = self.changed.wait(state),
            }
        }
    }
}
