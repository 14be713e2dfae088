//! A worker freezes a context that it left warm, while its ticket is spent, or while it is cancelled: it goes on exactly once.

use loom::thread;
use ruff::context::Context;
use ruff::runtime::promise::{Promise, Ripple, Source};
use ruff::runtime::store::{Held, Stored};

use crate::kit::{chill, context, end, explore, hub, int, resume_all};

/// The promise settles, and another worker finds the ticket, before, while or after the context is frozen.
pub(crate) fn freeze_vs_take() {
    explore(|| {
        let (hub, mut seats) = hub(2);
        let (id, ticket, result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let warm = Held::Warm(Box::<Context>::default());
        let Stored::Waiting(ticket) = hub.store.put(id, warm, taken.beside, 0) else { panic!("cancelled") };
        let (_, suspension) = ticket.suspension();
        promise.park(ticket).expect("it is pending");
        let mut other = seats.remove(1);
        let taker = {
            let hub = hub.clone();
            thread::spawn(move || {
                settler.settle(int(1));
                let resumed = resume_all(&hub, &mut other);
                let count = resumed.len();
                resumed.into_iter().for_each(|taken| end(&hub, taken, int(0)));
                count
            })
        };
        chill(&hub, (id, suspension));
        let theirs = taker.join().expect("taking does not panic");
        let mine = resume_all(&hub, &mut seats[0]);
        assert_eq!(mine.len() + theirs, 1, "it went on once");
        mine.into_iter().for_each(|taken| end(&hub, taken, int(0)));
        assert!(result.is_settled());
    });
}

/// It is cancelled before, while or after it is frozen: one resume, with the cancellation.
pub(crate) fn freeze_vs_cancel() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (id, ticket, result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let warm = Held::Warm(Box::<Context>::default());
        let Stored::Waiting(ticket) = hub.store.put(id, warm, taken.beside, 0) else { panic!("cancelled") };
        let (_, suspension) = ticket.suspension();
        promise.park(ticket).expect("it is pending");
        let canceller = {
            let hub = hub.clone();
            thread::spawn(move || {
                let mut ripple = Ripple::default();
                assert!(ripple.cancel(&result, &hub));
                ripple.run(&hub, None);
            })
        };
        chill(&hub, (id, suspension));
        canceller.join().expect("cancelling does not panic");
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1);
        let taken = resumed.remove(0);
        assert_eq!(taken.cancels, 1);
        end(&hub, taken, int(0));
        settler.settle(int(1)); // Its waiter is void.
        assert!(resume_all(&hub, &mut seats[0]).is_empty());
    });
}
