//! L14: somebody looks at a context while it is resumed and suspends again.

use loom::thread;
use ruff::runtime::promise::{Promise, Source};
use ruff::runtime::store::Held;

use crate::kit::{context, end, explore, hub, int, resume_all, suspend};

/// The reader sees the whole old snapshot, or that it runs, or the whole new one; and nobody waits for the reader.
pub(crate) fn old_or_new() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (id, ticket, _result) = context(&hub);
        let (promise, settler) = Promise::pair(&hub, Source::Send);
        let reader = {
            let hub = hub.clone();
            thread::spawn(move || {
                let look = || {
                    hub.store.with(id, |held, tenant| {
                        assert!(!tenant.result.promise().is_settled(), "it has ended");
                        matches!(held, Held::Warm(_))
                    })
                };
                (look(), look())
            })
        };
        let mut taken = hub.store.take(ticket).expect("the only ticket is valid");
        taken.held = Held::Warm(Box::default()); // So the two suspensions differ.
        suspend(&hub, taken, &promise);
        let seen = reader.join().expect("looking does not panic");
        let backwards = matches!(seen, (Some(true), Some(false) | None) | (None, Some(false)));
        assert!(!backwards, "an older state after a newer one: {seen:?}");
        settler.settle(int(1));
        end(&hub, resume_all(&hub, &mut seats[0]).remove(0), int(0));
        assert!(hub.store.with(id, |_, _| ()).is_none(), "it is still seen");
    });
}
