//! The protocol under every schedule that loom can think of. One file per race; each drives the library's own code, with
//! `sync/` swapped for loom's primitives (`cargo loom`).
//!
//! What is proved: no ticket is lost or duplicated, nothing runs twice, nobody sleeps while work is queued, shutdown
//! returns. What is trusted: dashmap and crossbeam-deque, which know no loom and are modelled as a lock around a
//! collection. `broken.rs` keeps protocols with one seeded bug each; the models must catch them, or they have no teeth.
//!
//! At most two preemptions per execution unless LOOM_MAX_PREEMPTIONS says otherwise: deeper schedules cost hours and have
//! found nothing that two did not.

#![cfg(ruff_loom)]

mod kit;
mod park_vs_settle;
mod cancel_vs_settle;
mod late_settle;
mod sleep_vs_push;
mod shutdown;
mod two_workers;
mod channel;
mod scope_exit;
mod block;
mod broken;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kit::{executions, models};

/// Fewer explored executions than this mean that models stopped exploring.
const FEWEST_EXECUTIONS: usize = 500;

/// All models, in sequence, so that they can be counted.
#[test]
fn loom() {
    let sound: &[(&str, fn())] = &[
        ("park_vs_settle::one_waiter", park_vs_settle::one_waiter),
        ("park_vs_settle::two_settlers", park_vs_settle::two_settlers),
        ("park_vs_settle::two_waiters", park_vs_settle::two_waiters),
        ("cancel_vs_settle::cancel_while_waiting", cancel_vs_settle::cancel_while_waiting),
        ("cancel_vs_settle::cancel_and_settle", cancel_vs_settle::cancel_and_settle),
        (
            "late_settle::an_old_promise_cannot_resume_a_new_wait",
            late_settle::an_old_promise_cannot_resume_a_new_wait,
        ),
        ("sleep_vs_push::one_sleeper", sleep_vs_push::one_sleeper),
        ("sleep_vs_push::two_sleepers", sleep_vs_push::two_sleepers),
        ("shutdown::close_vs_push", shutdown::close_vs_push),
        ("shutdown::close_vs_park", shutdown::close_vs_park),
        ("two_workers::both_share_the_work", two_workers::both_share_the_work),
        ("channel::send_vs_receive", channel::send_vs_receive),
        ("channel::a_cancelled_receiver_loses_nothing", channel::a_cancelled_receiver_loses_nothing),
        ("channel::select_takes_one", channel::select_takes_one),
        ("scope_exit::a_child_fails", scope_exit::a_child_fails),
        ("scope_exit::a_late_child_is_cancelled", scope_exit::a_late_child_is_cancelled),
        ("block::end_vs_add", block::end_vs_add),
    ];
    let broken: &[(&str, fn())] = &[
        ("check and push in two lock holds", broken::park_in_two_steps),
        ("settle forgets to push", broken::settle_forgets),
        ("ticket without suspension number", broken::ticket_without_number),
        ("epoch read after the search", broken::epoch_after_search),
        ("a child counts as ended before its scope asked", broken::ended_before_asked),
        ("a block is looked at and taken out in two lock holds", broken::block_removed_in_two_steps),
    ];
    for (name, model) in sound {
        let before = executions();
        model();
        report(&format!("{name}: {} executions", executions() - before));
    }
    std::panic::set_hook(Box::new(|_| {})); // The failures below are wanted.
    for (name, model) in broken {
        let caught = catch_unwind(AssertUnwindSafe(model)).is_err();
        assert!(caught, "the models did not catch: {name}");
    }
    let _ = std::panic::take_hook();
    report(&format!("loom: {} models, {} executions", models(), executions()));
    assert_eq!(models(), sound.len() + broken.len());
    assert!(executions() >= FEWEST_EXECUTIONS, "the models explore too little");
}

/// Past the test harness, which would swallow it.
fn report(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
