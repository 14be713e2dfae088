//! More small copies with one bug each, of channels, timers, cancellation, sleeping and ending. Every one must fail under
//! loom: each is what its sound neighbour would be without the protection that docs/TRAPS.md names.

use std::collections::VecDeque;
use std::sync::Arc;

use loom::sync::{Condvar, Mutex, MutexGuard};
use loom::thread;

use crate::kit::explore;
use crate::sleep_vs_push::push_and_look;

type Cell<T> = Arc<Mutex<T>>;

fn cell<T>(value: T) -> Cell<T> {
    Arc::new(Mutex::new(value))
}

fn lock<T>(cell: &Mutex<T>) -> MutexGuard<'_, T> {
    cell.lock().expect("not poisoned")
}

/// A cancellation that looks for a waiting context and does nothing if it finds none: one that comes while the context is
/// about to wait is lost, and the context waits for ever (R2).
pub(crate) fn early_cancel_is_lost() {
    explore(|| {
        let (waiting, resumed) = (cell(false), cell(0));
        let canceller = {
            let (waiting, resumed) = (waiting.clone(), resumed.clone());
            thread::spawn(move || {
                if std::mem::take(&mut *lock(&waiting)) {
                    *lock(&resumed) += 1;
                }
            })
        };
        *lock(&waiting) = true;
        canceller.join().expect("cancelling does not panic");
        assert_eq!(*lock(&resumed), 1, "the cancellation was lost");
    });
}

/// Running a context on the word of a queue alone: popped by the owner and stolen as well, it runs twice (R4).
pub(crate) fn queue_is_the_licence() {
    explore(|| {
        let (queue, ran) = (cell(VecDeque::from([1])), cell(0));
        let take = |queue: &Mutex<VecDeque<u32>>, ran: &Mutex<u32>| {
            let first = lock(queue).front().copied();
            if first.is_some() {
                lock(queue).pop_front(); // Another may have seen the same.
                *lock(ran) += 1;
            }
        };
        let thief = {
            let (queue, ran) = (queue.clone(), ran.clone());
            thread::spawn(move || take(&queue, &ran))
        };
        take(&queue, &ran);
        thief.join().expect("stealing does not panic");
        assert_eq!(*lock(&ran), 1, "a context ran twice");
    });
}

/// A push wakes nobody while somebody searches, and the last searcher goes to sleep without another look (R9).
pub(crate) fn last_searcher_does_not_look_again() {
    explore(|| {
        let (queue, searching, changed) = (cell(0), cell(true), Arc::new(Condvar::new()));
        let pusher = {
            let (queue, searching, changed) = (queue.clone(), searching.clone(), changed.clone());
            thread::spawn(move || {
                *lock(&queue) += 1;
                if !*lock(&searching) {
                    changed.notify_one();
                }
            })
        };
        let found = *lock(&queue) > 0;
        if !found {
            let mut asleep = lock(&searching);
            *asleep = false; // Something may have been pushed since the look.
            asleep = changed.wait(asleep).expect("not poisoned");
            drop(asleep);
        }
        pusher.join().expect("pushing does not panic");
    });
}

/// A send that pops a receiver and gives it the value without asking whether it still waits (L10, R21).
pub(crate) fn value_given_to_one_who_left() {
    explore(|| {
        let (receiver, cancelled, got) = (cell(true), cell(false), cell(0));
        let sender = {
            let (receiver, got) = (receiver.clone(), got.clone());
            thread::spawn(move || {
                let waits = std::mem::take(&mut *lock(&receiver));
                *lock(&got) += u32::from(waits);
                waits
            })
        };
        *lock(&cancelled) = true;
        let delivered = *lock(&got);
        let sent = sender.join().expect("sending does not panic");
        assert_eq!(u32::from(sent), delivered, "a value went to one who no longer looked");
    });
}

/// A close that tells the waiting receivers first and shuts the door afterwards (L10).
pub(crate) fn door_shut_after_the_telling() {
    explore(|| {
        let (closed, waiting, told) = (cell(false), cell(0), cell(0));
        let closer = {
            let (closed, waiting, told) = (closed.clone(), waiting.clone(), told.clone());
            thread::spawn(move || {
                *lock(&told) += std::mem::take(&mut *lock(&waiting));
                *lock(&closed) = true;
            })
        };
        let is_closed = *lock(&closed);
        if is_closed {
            *lock(&told) += 1;
        } else {
            *lock(&waiting) += 1;
        }
        closer.join().expect("closing does not panic");
        assert_eq!(*lock(&told), 1, "a receiver waits at a closed channel");
    });
}

/// A select whose channels look whether it is done and mark it done in two steps: both give a value (L11).
pub(crate) fn select_takes_two() {
    explore(|| {
        let (done, taken) = (cell(false), cell(0));
        let offer = |done: &Mutex<bool>, taken: &Mutex<u32>| {
            let is_done = *lock(done);
            if !is_done {
                *lock(done) = true;
                *lock(taken) += 1;
            }
        };
        let other = {
            let (done, taken) = (done.clone(), taken.clone());
            thread::spawn(move || offer(&done, &taken))
        };
        offer(&done, &taken);
        other.join().expect("sending does not panic");
        assert_eq!(*lock(&taken), 1, "a select took two values");
    });
}

/// A timer that looks whether it was cancelled, and fires later (L13).
pub(crate) fn timer_fires_after_cancel() {
    explore(|| {
        let (cancelled, fired) = (cell(false), cell(false));
        let firing = {
            let (cancelled, fired) = (cancelled.clone(), fired.clone());
            thread::spawn(move || {
                let is_cancelled = *lock(&cancelled);
                if !is_cancelled {
                    *lock(&fired) = true;
                }
            })
        };
        let succeeded = !*lock(&fired);
        *lock(&cancelled) = true;
        firing.join().expect("firing does not panic");
        assert!(!(succeeded && *lock(&fired)), "it fired after it was cancelled");
    });
}

/// Timers that look whether they are closed before they take the lock: one that is set meanwhile is kept for ever (R28).
pub(crate) fn timer_set_behind_the_close() {
    explore(|| {
        let (closed, alarms, dropped) = (cell(false), cell(0), cell(0));
        let closer = {
            let (closed, alarms, dropped) = (closed.clone(), alarms.clone(), dropped.clone());
            thread::spawn(move || {
                *lock(&closed) = true;
                *lock(&dropped) += std::mem::take(&mut *lock(&alarms));
            })
        };
        let is_closed = *lock(&closed);
        if is_closed {
            *lock(&dropped) += 1;
        } else {
            *lock(&alarms) += 1;
        }
        closer.join().expect("closing does not panic");
        assert_eq!(*lock(&dropped), 1, "a duty was kept by timers that are closed");
    });
}

/// A reader that takes the stack and the variables in two looks: they belong to different suspensions (L14).
pub(crate) fn reader_looks_twice() {
    explore(|| {
        let (stack, variables) = (cell(1), cell(1));
        let context = {
            let (stack, variables) = (stack.clone(), variables.clone());
            thread::spawn(move || {
                *lock(&stack) = 2;
                *lock(&variables) = 2;
            })
        };
        let seen = (*lock(&stack), *lock(&variables));
        context.join().expect("suspending does not panic");
        assert_eq!(seen.0, seen.1, "half a snapshot was seen");
    });
}

/// A shutdown that empties the queues before the workers have ended: what they push then is left behind (R28, L8).
pub(crate) fn cleared_before_the_workers_ended() {
    explore(|| {
        let queue = cell(VecDeque::from([1]));
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                let taken = lock(&queue).pop_front();
                lock(&queue).extend(taken); // It yields.
            })
        };
        lock(&queue).clear();
        worker.join().expect("the worker does not panic");
        assert!(lock(&queue).is_empty(), "a context is left in a queue");
    });
}

/// A pool that counts an idle thread on, though that is about to end: the job waits for a thread that is not there (L9, R14).
pub(crate) fn idle_thread_leaves_as_work_comes() {
    explore(|| {
        let (idle, jobs) = (cell(1), cell(0));
        let thread = {
            let (idle, jobs) = (idle.clone(), jobs.clone());
            thread::spawn(move || {
                let job = std::mem::take(&mut *lock(&jobs));
                if job == 0 {
                    *lock(&idle) -= 1; // Waited long enough. Something may have been submitted since the look.
                }
            })
        };
        let started = *lock(&idle) == 0;
        *lock(&jobs) += 1;
        if started {
            lock(&jobs).clone_from(&0); // By a new thread.
        }
        thread.join().expect("the thread does not panic");
        assert!(*lock(&jobs) == 0 || *lock(&idle) > 0, "a job waits and no thread will come");
    });
}

/// A push into an own queue and a look whether anybody sleeps, without the fence between them that the sleeper has, too: the look may
/// come first, and so may the sleeper's.
pub(crate) fn own_push_without_a_fence() {
    push_and_look(|| {});
}

/// A context that counts itself down before what it made ready is counted: it looks like a deadlock (R26).
pub(crate) fn counted_down_too_early() {
    explore(|| {
        let active = cell(1);
        let worker = {
            let active = active.clone();
            thread::spawn(move || {
                *lock(&active) -= 1;
                *lock(&active) += 1; // The waiter that its end made ready.
            })
        };
        assert!(*lock(&active) > 0, "a deadlock was seen where there is none");
        worker.join().expect("ending does not panic");
    });
}

/// A crew that looks at given seats only once when it closes: a seat that is given later is lost (L8).
pub(crate) fn seat_given_behind_the_close() {
    explore(|| {
        let (seats, left) = (cell(0), cell(0));
        let closer = {
            let (seats, left) = (seats.clone(), left.clone());
            thread::spawn(move || *lock(&left) += std::mem::take(&mut *lock(&seats)))
        };
        *lock(&seats) += 1;
        closer.join().expect("closing does not panic");
        assert_eq!(*lock(&left), 1, "a seat was lost");
    });
}
