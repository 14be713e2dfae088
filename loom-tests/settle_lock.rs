//! What is settled is read without a lock: whole or not at all, and the same by all.

use std::sync::Arc;

use loom::thread;
use ruff::sync::SettleLock;

use crate::kit::explore;

type Lock = SettleLock<Vec<u32>, Box<u32>>;

/// One thread settles while another reads twice.
pub(crate) fn settle_vs_read() {
    explore(|| {
        let lock: Arc<Lock> = Arc::new(SettleLock::pending(vec![1], ()));
        let settler = {
            let lock = lock.clone();
            thread::spawn(move || match lock.lock() {
                Ok(pending) => assert_eq!(pending.settle(Box::new(7)), [1]),
                Err(_) => panic!("nobody else settles"),
            })
        };
        let (first, second) = (lock.get().cloned(), lock.get().cloned());
        assert!(first.is_none() || first == second, "what is settled stays");
        settler.join().expect("settling does not panic");
        assert_eq!(lock.get(), Some(&Box::new(7)));
    });
}

/// Two threads settle, and what was added before comes out once.
pub(crate) fn two_settlers() {
    explore(|| {
        let lock: Arc<Lock> = Arc::new(SettleLock::pending(Vec::new(), ()));
        let settle = |lock: &Lock, number: u32| {
            let mut pending = lock.lock().map_err(|settled| **settled)?;
            pending.push(number);
            Ok(pending.settle(Box::new(number)))
        };
        let other = {
            let lock = lock.clone();
            thread::spawn(move || settle(&lock, 1))
        };
        let mine: Result<Vec<u32>, u32> = settle(&lock, 2);
        let others = other.join().expect("settling does not panic");
        match (mine, others) {
            (Ok(mine), Err(found)) => assert_eq!((mine, found), (vec![2], 2)),
            (Err(found), Ok(others)) => assert_eq!((others, found), (vec![1], 1)),
            (mine, others) => panic!("one of two settles: {mine:?} {others:?}"),
        }
    });
}
