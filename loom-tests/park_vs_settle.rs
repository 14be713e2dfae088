//! L1, L2, L3: suspending against settling.

use loom::thread;
use ruff::runtime::promise::{Promise, Source};

use crate::kit::{as_int, context, end, explore, hub, int, resume_all, suspend};

/// One context waits while the promise settles: it is resumed exactly once, and finds the value.
pub(crate) fn one_waiter() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let other = thread::spawn(move || settler.settle(int(7)));
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        suspend(&hub, taken, &promise);
        assert!(other.join().expect("settling does not panic"));
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1);
        assert_eq!(as_int(promise.outcome()), 7);
        end(&hub, resumed.remove(0), int(0));
    });
}

/// Two settle: the first wins, the second learns it, one resume.
pub(crate) fn two_settlers() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let settler = std::sync::Arc::new(settler);
        let rival = {
            let (hub, settler) = (hub.clone(), settler.clone());
            thread::spawn(move || settle(&hub, &settler, 1))
        };
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let parked = {
            let (hub, promise) = (hub.clone(), promise.clone());
            thread::spawn(move || suspend(&hub, taken, &promise))
        };
        let mine = settle(&hub, &settler, 2);
        let theirs = rival.join().expect("settling does not panic");
        parked.join().expect("parking does not panic");
        assert!(mine != theirs, "exactly one settle wins");
        assert_eq!(as_int(promise.outcome()), if mine { 2 } else { 1 });
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1);
        end(&hub, resumed.remove(0), int(0));
    });
}

fn settle(hub: &ruff::runtime::promise::Hub, settler: &ruff::runtime::promise::Settler, value: i64) -> bool {
    let mut ripple = ruff::runtime::promise::Ripple::default();
    let first = settler.offer(int(value), &mut ripple).is_ok();
    ripple.run(hub, None);
    first
}

/// Two contexts wait for one promise: each is resumed once.
pub(crate) fn two_waiters() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, first, _a) = context(&hub);
        let (_, second, _b) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let first = hub.store.take(first).expect("the only ticket is valid");
        let second = hub.store.take(second).expect("the only ticket is valid");
        let other = {
            let (hub, promise) = (hub.clone(), promise.clone());
            thread::spawn(move || suspend(&hub, first, &promise))
        };
        let third = {
            let (hub, promise) = (hub.clone(), promise.clone());
            thread::spawn(move || suspend(&hub, second, &promise))
        };
        settler.settle(int(7));
        other.join().expect("parking does not panic");
        third.join().expect("parking does not panic");
        let resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 2);
        assert_ne!(resumed[0].id, resumed[1].id);
        resumed.into_iter().for_each(|taken| end(&hub, taken, int(0)));
    });
}
