//! What it costs to set timers and to cancel them again, from many threads at once, beside a million that lie there; and to
//! let a million fire in order.
//!
//! The figure to hold is two million a second set and cancelled from eight threads (docs/TRAPS.md, R29), on whatever machine:
//! every other timer is cancelled within microseconds, as timeouts are.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "../src/allocator.rs"]
mod allocator;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ruff::runtime::deadlines::Deadlines;
use ruff::runtime::promise::{Hub, Promise, Ripple, Source};
use ruff::runtime::ready::Ready;
use ruff::runtime::timer::{Alarm, Timers};

/// As the `ruff` program has it.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

const THREADS: usize = 8;
const EACH: u64 = 250_000;
const LYING: u64 = 1_000_000;

fn main() {
    let (ready, _seats) = Ready::new(2);
    let (hub, timers) = (Hub::new(ready), Timers::default());
    // As while a context runs: else each end of a timer calls the overseer.
    hub.activity.begin(1, 1);
    report("set from one thread", LYING, || {
        for number in 0..LYING {
            let (_, settler) = Promise::pair(&hub, Source::Timer);
            timers.set(&hub, Duration::from_secs(3600 + number % 1000), Alarm::Wake(settler));
        }
    });
    report(&format!("set and cancelled from {THREADS} threads"), THREADS as u64 * EACH, || {
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..EACH).for_each(|number| set_and_cancel(&hub, &timers, number)));
            }
        });
    });
    timers.close();

    let mut deadlines = Deadlines::default();
    report("put in (the wheels alone)", LYING, || {
        // A step that shares no factor with the range, so that they come in no order.
        (0..LYING)
            .for_each(|number| drop(deadlines.insert(number * 7_919 % LYING * 1000, number, |_| false)));
    });
    report("taken out in 1,000 steps", LYING, || {
        let out: usize = (1..=1000).map(|step| deadlines.due(step * LYING).len()).sum();
        assert_eq!(out as u64, LYING);
    });
}

fn set_and_cancel(hub: &Arc<Hub>, timers: &Timers, number: u64) {
    let (promise, settler) = Promise::pair(hub, Source::Timer);
    timers.set(hub, Duration::from_secs(10 + number % 1000), Alarm::Wake(settler));
    let mut ripple = Ripple::default();
    assert!(ripple.cancel(&promise, hub), "it fires in ten seconds");
    ripple.run(hub, None);
}

fn report(what: &str, count: u64, work: impl FnOnce()) {
    let started = Instant::now();
    work();
    let spent = started.elapsed();
    let each = spent.as_nanos() as f64 / count as f64;
    println!("{what}: {:.2} million/s, {each:.0} ns each", 1e3 / each);
}
