//! L12: leaving an `async_scope` against children that fail and children that are still being made.

use std::sync::Arc;

use loom::thread;
use ruff::runtime::promise::{Blocked, Closed, Closing, Hub, Promise, Scope, Source, Tenant};
use ruff::runtime::ready::Seat;
use ruff::runtime::store::Taken;
use ruff::value::{ErrorKind, Fault, Outcome, Parcel, Value};

use crate::kit::{context, end, explore, hub, int, resume_all, suspend};

fn boom() -> Outcome {
    Err(Parcel::from_fault(Fault::new(ErrorKind::Thrown, "boom")))
}

/// Closes as a worker does, once the children had all the time they wanted; gives the owner back.
fn leave(
    hub: &Arc<Hub>,
    seat: &mut Seat,
    scope: &Arc<Scope>,
    mut taken: Taken<Tenant, Blocked>,
    children: impl FnOnce(),
) -> (Closed, Taken<Tenant, Blocked>) {
    match scope.close(hub, false) {
        Closing::Done(closed) => {
            children();
            (closed, taken)
        }
        Closing::Waits(promise) => {
            suspend(hub, taken, &promise);
            children();
            assert!(promise.is_settled(), "the last child did not end the wait");
            let mut resumed = resume_all(hub, seat);
            assert_eq!(resumed.len(), 1, "the owner runs once");
            taken = resumed.remove(0);
            match scope.close(hub, false) {
                Closing::Done(closed) => (closed, taken),
                Closing::Waits(_) => panic!("it waits again for nobody"),
            }
        }
    }
}

/// One child fails, another is made and ends meanwhile: the scope is left when both have ended, with the failure, and no
/// cancellation that the scope asked for outlives it.
pub(crate) fn a_child_fails() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (id, ticket, _result) = context(&hub);
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let scope = Scope::open(id, None);
        let (first, failing) = Promise::pair(&hub, Source::Send);
        scope.adopt(&first, &hub);
        let failing = thread::spawn(move || failing.settle(boom()));
        let (second, ending) = Promise::pair(&hub, Source::Send);
        scope.adopt(&second, &hub);
        let ending = thread::spawn(move || ending.settle(int(1)));
        let (closed, taken) = leave(&hub, &mut seats[0], &scope, taken, || {
            failing.join().expect("settling does not panic");
            ending.join().expect("settling does not panic");
        });
        assert_eq!(scope.children(), 0);
        assert!(first.is_settled() && second.is_settled());
        assert!(closed.failure.is_some_and(|parcel| matches!(parcel.value, Value::Error(_))));
        assert_eq!(taken.cancels + hub.store.take_cancels(id), closed.withdrawn + closed.postponed);
        end(&hub, taken, int(0));
    });
}

/// A child that is made while another fails is cancelled, whichever comes first.
pub(crate) fn a_late_child_is_cancelled() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let (id, ticket, _result) = context(&hub);
        let taken = hub.store.take(ticket).expect("the only ticket is valid");
        let scope = Scope::open(id, None);
        let (first, failing) = Promise::pair(&hub, Source::Send);
        scope.adopt(&first, &hub);
        let failing = thread::spawn(move || failing.settle(boom()));
        let (second, _never) = Promise::pair(&hub, Source::Send);
        scope.adopt(&second, &hub);
        failing.join().expect("settling does not panic");
        assert!(second.is_settled(), "a child of a failed scope goes on");
        assert_eq!(scope.children(), 0);
        end(&hub, taken, int(0));
    });
}
