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
mod one_slot;
mod settle_lock;
mod channel;
mod scope_exit;
mod block;
mod warm;
mod timer;
mod reader;
mod crew;
mod deadlock;
mod broken;
mod broken_ends;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kit::{executions, models};

/// Fewer explored executions than this mean that models stopped exploring.
const FEWEST_EXECUTIONS: usize = 4000;

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
        ("sleep_vs_push::fences", sleep_vs_push::fences),
        ("sleep_vs_push::own_push", sleep_vs_push::own_push),
        ("sleep_vs_push::two_sleepers", sleep_vs_push::two_sleepers),
        ("shutdown::close_vs_push", shutdown::close_vs_push),
        ("shutdown::close_vs_park", shutdown::close_vs_park),
        ("shutdown::close_vs_spawn", shutdown::close_vs_spawn),
        ("two_workers::both_share_the_work", two_workers::both_share_the_work),
        ("two_workers::two_thieves", two_workers::two_thieves),
        ("two_workers::next_vs_thief", two_workers::next_vs_thief),
        ("one_slot::put_vs_take", one_slot::put_vs_take),
        ("one_slot::two_takers", one_slot::two_takers),
        ("settle_lock::settle_vs_read", settle_lock::settle_vs_read),
        ("settle_lock::two_settlers", settle_lock::two_settlers),
        ("channel::send_vs_receive", channel::send_vs_receive),
        ("channel::a_cancelled_receiver_loses_nothing", channel::a_cancelled_receiver_loses_nothing),
        ("channel::send_vs_close", channel::send_vs_close),
        ("channel::receive_vs_close", channel::receive_vs_close),
        ("channel::two_senders_and_little_room", channel::two_senders_and_little_room),
        ("channel::select_takes_one", channel::select_takes_one),
        ("channel::select_takes_one_of_two_at_once", channel::select_takes_one_of_two_at_once),
        ("scope_exit::a_child_fails", scope_exit::a_child_fails),
        ("scope_exit::a_late_child_is_cancelled", scope_exit::a_late_child_is_cancelled),
        ("block::end_vs_add", block::end_vs_add),
        ("warm::freeze_vs_take", warm::freeze_vs_take),
        ("warm::freeze_vs_cancel", warm::freeze_vs_cancel),
        ("timer::set_vs_cancel_vs_fire", timer::set_vs_cancel_vs_fire),
        ("timer::set_vs_close", timer::set_vs_close),
        ("reader::old_or_new", reader::old_or_new),
        ("crew::give_vs_close", crew::give_vs_close),
        ("deadlock::no_false_alarm", deadlock::no_false_alarm),
        ("deadlock::what_rests_is_settled_up", deadlock::what_rests_is_settled_up),
        ("deadlock::what_rests_is_no_deadlock", deadlock::what_rests_is_no_deadlock),
        ("deadlock::the_bell_is_heard", deadlock::the_bell_is_heard),
    ];
    let broken: &[(&str, fn())] = &[
        ("check and push in two lock holds", broken::park_in_two_steps),
        ("settle forgets to push", broken::settle_forgets),
        ("ticket without suspension number", broken::ticket_without_number),
        ("epoch read after the search", broken::epoch_after_search),
        ("a child counts as ended before its scope asked", broken::ended_before_asked),
        ("a ticket that is spent while its context is frozen is lost", broken::ticket_lost_in_the_cold),
        ("a block is looked at and taken out in two lock holds", broken::block_removed_in_two_steps),
        ("an item is announced before it is there", broken::item_announced_too_early),
        ("an outcome is announced before it is there", broken::outcome_announced_too_early),
        ("an early cancellation is lost", broken_ends::early_cancel_is_lost),
        ("the queue is the licence to run", broken_ends::queue_is_the_licence),
        ("the last searcher does not look again", broken_ends::last_searcher_does_not_look_again),
        ("a value is given to a receiver that left", broken_ends::value_given_to_one_who_left),
        ("a channel tells its receivers, then closes", broken_ends::door_shut_after_the_telling),
        ("a select looks and takes in two steps", broken_ends::select_takes_two),
        ("a timer looks and fires in two steps", broken_ends::timer_fires_after_cancel),
        ("a timer is set behind the close", broken_ends::timer_set_behind_the_close),
        ("a reader takes a snapshot in two looks", broken_ends::reader_looks_twice),
        ("queues are cleared before the workers ended", broken_ends::cleared_before_the_workers_ended),
        ("an idle thread leaves as work comes", broken_ends::idle_thread_leaves_as_work_comes),
        ("an own push is told without a fence", broken_ends::own_push_without_a_fence),
        ("a context counts itself down too early", broken_ends::counted_down_too_early),
        ("a seat is given behind the close", broken_ends::seat_given_behind_the_close),
    ];
    let mut failed = Vec::new();
    for (name, model) in sound {
        let before = executions();
        if catch_unwind(AssertUnwindSafe(model)).is_err() {
            failed.push(*name);
        }
        report(&format!("{name}: {} executions", executions() - before));
    }
    assert!(failed.is_empty(), "these models failed: {failed:?}");
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
