//! L5: a promise that settles after its waiter went on cannot resume the waiter's next wait.

use loom::thread;
use ruff::runtime::promise::{Promise, Ripple, Source};

use crate::kit::{context, end, explore, hub, int, resume_all, suspend};

pub(crate) fn an_old_promise_cannot_resume_a_new_wait() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, result) = context(&hub);
        let (old, old_settler) = Promise::pair(&hub, Source::Send);
        let (new, new_settler) = Promise::pair(&hub, Source::Send);
        suspend(&hub, hub.store.take(ticket).expect("the only ticket is valid"), &old);
        let late = thread::spawn(move || old_settler.settle(int(1)));
        let mut ripple = Ripple::default();
        ripple.cancel(&result, &hub);
        ripple.run(&hub, None);
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1, "the cancellation's ticket is valid");
        let mut taken = resumed.remove(0);
        taken.cancels = 0; // Thrown and caught.
        suspend(&hub, taken, &new);
        late.join().expect("settling does not panic");
        assert!(resume_all(&hub, &mut seats[0]).is_empty(), "an old promise resumed a new wait");
        new_settler.settle(int(2));
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1);
        end(&hub, resumed.remove(0), int(0));
    });
}
