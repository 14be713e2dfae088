//! L13: setting a timer against cancelling its promise and against firing; closing against setting.

use std::sync::Arc;
use std::time::Duration;

use loom::thread;
use ruff::runtime::promise::{Promise, Ripple, Source};
use ruff::runtime::timer::{Alarm, Timers};
use ruff::value::{Parcel, Value};

use crate::kit::{context, end, explore, hub, int, resume_all, suspend};

/// Whoever is first settles the promise, the waiter runs once, and a cancellation that succeeded is what it sees.
pub(crate) fn set_vs_cancel_vs_fire() {
    explore(|| {
        let (hub, mut seats) = hub(1);
        let (_, ticket, _result) = context(&hub);
        let timers = Arc::new(Timers::default());
        let (promise, settler) = Promise::pair(&hub, Source::Timer);
        suspend(&hub, hub.store.take(ticket).expect("the only ticket is valid"), &promise);
        let setter = {
            let (hub, timers) = (hub.clone(), timers.clone());
            thread::spawn(move || timers.set(&hub, Duration::ZERO, Alarm::Wake(settler)))
        };
        let canceller = {
            let (hub, promise) = (hub.clone(), promise.clone());
            thread::spawn(move || {
                let mut ripple = Ripple::default();
                let cancelled = ripple.cancel(&promise, &hub);
                ripple.run(&hub, None);
                cancelled
            })
        };
        timers.fire(&hub);
        setter.join().expect("setting does not panic");
        let cancelled = canceller.join().expect("cancelling does not panic");
        timers.fire(&hub);
        match promise.outcome().expect("somebody was first") {
            Ok(Parcel { value: Value::Null, .. }) => assert!(!cancelled, "it fired after it was cancelled"),
            outcome => assert!(cancelled && outcome.is_err(), "nobody did this: {outcome:?}"),
        }
        assert!(!timers.fire(&hub), "it fires twice");
        let mut resumed = resume_all(&hub, &mut seats[0]);
        assert_eq!(resumed.len(), 1);
        assert_eq!(hub.activity.counts().active, 1, "the ticket is counted, the timer no longer");
        end(&hub, resumed.remove(0), int(0));
        timers.close();
    });
}

/// A timer that is set while the timers close is fired by nobody, but its promise settles.
pub(crate) fn set_vs_close() {
    explore(|| {
        let (hub, _seats) = hub(1);
        let timers = Arc::new(Timers::default());
        let (promise, settler) = Promise::pair(&hub, Source::Timer);
        let setter = {
            let (hub, timers) = (hub.clone(), timers.clone());
            thread::spawn(move || timers.set(&hub, Duration::ZERO, Alarm::Wake(settler)))
        };
        timers.close();
        setter.join().expect("setting does not panic");
        assert!(promise.is_settled(), "a duty was kept by timers that are closed");
    });
}
