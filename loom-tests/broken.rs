//! Small copies of the protocol with one bug each. Every one of them must fail under loom.

use std::collections::VecDeque;
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU8, Ordering};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use crate::kit::{context, explore, hub};
use ruff::runtime::store::Ticket;

/// A promise whose `park` looks and pushes in two lock holds: it may push after the only settle.
pub(crate) fn park_in_two_steps() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let promise: Arc<Mutex<(bool, Vec<Ticket>)>> = Arc::default();
        let resumed: Arc<Mutex<usize>> = Arc::default();
        let settler = {
            let (promise, resumed) = (promise.clone(), resumed.clone());
            thread::spawn(move || {
                let mut state = promise.lock().expect("not poisoned");
                state.0 = true;
                for ticket in state.1.drain(..) {
                    ticket.void();
                    *resumed.lock().expect("not poisoned") += 1;
                }
            })
        };
        let settled = promise.lock().expect("not poisoned").0;
        if settled {
            ticket.void();
            *resumed.lock().expect("not poisoned") += 1;
        } else {
            promise.lock().expect("not poisoned").1.push(ticket);
        }
        settler.join().expect("settling does not panic");
        promise.lock().expect("not poisoned").1.drain(..).for_each(Ticket::void);
        assert_eq!(*resumed.lock().expect("not poisoned"), 1, "a waiter was stranded");
    });
}

/// A settle that drops its waiters: the ticket's own alarm goes off.
pub(crate) fn settle_forgets() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let waiters: Arc<Mutex<Vec<Ticket>>> = Arc::default();
        waiters.lock().expect("not poisoned").push(ticket);
        let forgotten = std::mem::take(&mut *waiters.lock().expect("not poisoned"));
        drop(forgotten);
    });
}

/// A store that looks at the id only: a late settle resumes the next wait.
pub(crate) fn ticket_without_number() {
    explore(|| {
        let waiting: Arc<Mutex<Option<&'static str>>> = Arc::new(Mutex::new(Some("first wait")));
        let late = {
            let waiting = waiting.clone();
            thread::spawn(move || waiting.lock().expect("not poisoned").take())
        };
        // Meanwhile the context is cancelled, catches that and waits again.
        let cancelled = waiting.lock().expect("not poisoned").take();
        if cancelled.is_some() {
            *waiting.lock().expect("not poisoned") = Some("second wait");
        }
        let resumed = late.join().expect("settling does not panic");
        assert_ne!(resumed, Some("second wait"), "an old promise resumed a new wait");
    });
}

/// A worker that reads the epoch after it searched: a push in between is neither found nor noticed.
pub(crate) fn epoch_after_search() {
    explore(|| {
        struct Queue {
            items: Mutex<VecDeque<u32>>,
            epoch: Mutex<u64>,
            changed: Condvar,
        }
        let queue = Arc::new(Queue {
            items: Mutex::new(VecDeque::new()),
            epoch: Mutex::new(0),
            changed: Condvar::new(),
        });
        let pusher = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.items.lock().expect("not poisoned").push_back(1);
                *queue.epoch.lock().expect("not poisoned") += 1;
                queue.changed.notify_one();
            })
        };
        loop {
            if queue.items.lock().expect("not poisoned").pop_front().is_some() {
                break;
            }
            let seen = *queue.epoch.lock().expect("not poisoned"); // Too late.
            let mut epoch = queue.epoch.lock().expect("not poisoned");
            while *epoch == seen {
                epoch = queue.changed.wait(epoch).expect("not poisoned");
            }
        }
        pusher.join().expect("pushing does not panic");
    });
}

/// A scope whose failing child counts as ended before it has asked for the block's cancellation: the owner takes back what
/// is not there yet, and is cancelled after it left.
pub(crate) fn ended_before_asked() {
    explore(|| {
        #[derive(Default)]
        struct Scope {
            ended: bool,
            asked: bool,
        }
        let scope: Arc<Mutex<Scope>> = Arc::default();
        let cancels: Arc<Mutex<u32>> = Arc::default();
        let child = {
            let (scope, cancels) = (scope.clone(), cancels.clone());
            thread::spawn(move || {
                *scope.lock().expect("not poisoned") = Scope { ended: true, asked: true };
                *cancels.lock().expect("not poisoned") += 1; // Too late.
            })
        };
        let scope = scope.lock().expect("not poisoned");
        let (has_left, withdrawn) = (scope.ended, u32::from(scope.asked));
        drop(scope);
        if has_left {
            let mut cancels = cancels.lock().expect("not poisoned");
            *cancels = cancels.saturating_sub(withdrawn);
        }
        child.join().expect("ending does not panic");
        let left = *cancels.lock().expect("not poisoned");
        assert!(!has_left || left == 0, "a cancellation outlived its scope");
    });
}

/// A store that looks whether all contexts of a block have ended, and takes the block out in a second lock hold: a context
/// that was added in between is lost.
pub(crate) fn block_removed_in_two_steps() {
    explore(|| {
        let alive: Arc<Mutex<Option<[bool; 2]>>> = Arc::new(Mutex::new(Some([true, false])));
        let adding = {
            let alive = alive.clone();
            thread::spawn(move || alive.lock().expect("not poisoned").get_or_insert_default()[1] = true)
        };
        let mut block = alive.lock().expect("not poisoned");
        block.get_or_insert_default()[0] = false;
        let is_empty = *block == Some([false, false]);
        drop(block);
        if is_empty {
            *alive.lock().expect("not poisoned") = None;
        }
        adding.join().expect("adding does not panic");
        assert_eq!(*alive.lock().expect("not poisoned"), Some([false, true]), "a context was lost");
    });
}

/// A store that freezes warm contexts outside of it, and takes a ticket that comes meanwhile for a void one.
pub(crate) fn ticket_lost_in_the_cold() {
    explore(|| {
        let place: Arc<Mutex<Option<&'static str>>> = Arc::new(Mutex::new(Some("warm")));
        let taker = {
            let place = place.clone();
            thread::spawn(move || place.lock().expect("not poisoned").take().is_some())
        };
        let chilled = place.lock().expect("not poisoned").take();
        if chilled.is_some() {
            *place.lock().expect("not poisoned") = Some("frozen"); // Nobody asks whether the ticket was spent.
        }
        let went_on = taker.join().expect("taking does not panic");
        assert!(went_on, "a context is stranded");
    });
}

/// A place for one item that is full before the item is in it: whoever takes it reads what is being written.
pub(crate) fn item_announced_too_early() {
    explore(|| {
        let slot: Arc<(AtomicU8, UnsafeCell<u32>)> = Arc::new((AtomicU8::new(0), UnsafeCell::new(0)));
        let taker = {
            let slot = slot.clone();
            thread::spawn(move || {
                if slot.0.compare_exchange(1, 2, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                    slot.1.with(|_| ());
                }
            })
        };
        slot.0.store(1, Ordering::Release);
        slot.1.with_mut(|_| ());
        taker.join().expect("taking does not panic");
    });
}

/// A promise that says that it is settled before its outcome is in it: whoever reads it without a lock sees it being written.
pub(crate) fn outcome_announced_too_early() {
    explore(|| {
        let promise: Arc<(AtomicU8, UnsafeCell<u32>)> = Arc::new((AtomicU8::new(0), UnsafeCell::new(0)));
        let reader = {
            let promise = promise.clone();
            thread::spawn(move || {
                if promise.0.load(Ordering::Acquire) == 1 {
                    promise.1.with(|_| ());
                }
            })
        };
        promise.0.store(1, Ordering::Release);
        promise.1.with_mut(|_| ());
        reader.join().expect("reading does not panic");
    });
}
