//! L4: cancelling against suspending and settling.

use loom::thread;
use ruff::runtime::promise::{Promise, Ripple, Source};

use crate::kit::{as_int, context, end, explore, hub, int, resume_all, suspend};

/// A cancellation at any point of suspending: one resume, with the cancellation.
pub(crate) fn cancel_while_waiting() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let other = {
            let hub = hub.clone();
            thread::spawn(move || {
                let mut ripple = Ripple::default();
                assert!(ripple.cancel(&result, &hub));
                ripple.run(&hub, None);
            })
        };
        suspend(&hub, taken, &promise);
        other.join().expect("cancelling does not panic");
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1);
        let taken = resumed.remove(0);
        assert_eq!(taken.cancels, 1);
        end(&hub, taken, int(0));
        settler.settle(int(1)); // Its waiter is void; nothing may come of it.
        assert!(resume_all(&hub, &mut seats[0]).is_empty());
    });
}

/// A cancellation and a value: one resume, which sees the cancellation and, if it was delivered, the value.
pub(crate) fn cancel_and_settle() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        promise.make_private();
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let cancel = {
            let hub = hub.clone();
            thread::spawn(move || {
                let mut ripple = Ripple::default();
                ripple.cancel(&result, &hub);
                ripple.run(&hub, None);
            })
        };
        let settle = thread::spawn(move || settler.settle(int(7)));
        suspend(&hub, taken, &promise);
        cancel.join().expect("cancelling does not panic");
        let mut resumed = resume_all(&hub, &mut seats[0]);
        let before = resumed.len();
        assert!(before <= 1);
        // What the worker does on resuming a cancelled context: take what was delivered, else close the door.
        let mut ripple = Ripple::default();
        let delivered = Promise::abandon(&promise, &mut ripple);
        ripple.run(&hub, None);
        let accepted = settle.join().expect("settling does not panic");
        assert_eq!(delivered, accepted, "a value was lost or invented");
        if delivered {
            assert_eq!(as_int(promise.outcome()), 7);
        }
        resumed.extend(resume_all(&hub, &mut seats[0]));
        assert_eq!(resumed.len(), 1);
        assert_eq!(resumed[0].cancels, 1);
        end(&hub, resumed.remove(0), int(0));
    });
}
