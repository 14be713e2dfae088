//! Nobody starves: contexts that only compute, that talk to each other without end, that wait for the world or that come
//! from outside all get their turns (docs/TRAPS.md, R5 to R8, R11 to R13, R29).
//!
//! Turns, hops and wake-ups are counted; time is not measured, because a busy machine bends it. What would starve for ever
//! is found by a watchdog.

#![allow(clippy::print_stderr, reason = "a failure is understood by what was counted")]

mod harness;

use std::collections::HashMap;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use harness::Capture;
use ruff::bytecode::Program;
use ruff::context::Context;
use ruff::engine::{Engine, Error, Options, Stats};
use ruff::runtime::promise::Hub;
use ruff::runtime::ready::Ready;
use ruff::runtime::store::{ContextId, Held, Progress, Store, Ticket};
use ruff::snapshot::{Form, freeze};
use ruff::source::Source;

/// A program that takes longer starves somebody. Each takes about a second here.
const WATCHDOG: Duration = Duration::from_secs(60);

/// What a script printed, and its counters. It ends by itself or by `exit(0)`.
fn run(workers: usize, text: &str) -> (String, Stats) {
    let engine = Engine::new(Options { workers, ..Options::default() });
    let script =
        engine.compile(Source::new("starvation.ruff", text)).unwrap_or_else(|error| panic!("{error}"));
    let (done, finished) = mpsc::channel();
    std::thread::spawn(move || {
        let capture = Arc::new(Capture::default());
        let report = engine.execute(&script, Arc::<Capture>::clone(&capture));
        let printed = capture.out.lock().expect("no printer panics").clone();
        let _ = done.send((printed, report));
    });
    let ran = finished.recv_timeout(WATCHDOG);
    let (printed, report) =
        ran.unwrap_or_else(|_| panic!("somebody starves with {workers} workers:\n{text}"));
    assert!(matches!(report.end, Ok(_) | Err(Error::Exit(0))), "{:?}", report.end);
    (printed, report.stats)
}

/// The numbers that a script printed.
fn numbers(printed: &str) -> Vec<i64> {
    printed.split_whitespace().map(|word| word.parse().expect("it prints numbers")).collect()
}

/// R5: the next hop may be taken at once, but not for ever.
#[test]
fn a_pair_in_conversation_lets_others_in() {
    let text = r#"
shared_set("hops", 0)
a := channel()
b := channel()
async func ping() { loop { a.send(1); b.receive(); shared_add_int("hops", 1) } }
async func pong() { loop { a.receive(); b.send(1); shared_add_int("hops", 1) } }
async func victim() {
    mut most := 0
    mut last := shared_get("hops")
    for i in 500 {
        yield_now()
        now := shared_get("hops")
        most := max(most, now - last)
        last := now
    }
    return most
}
pair := [ping(), pong()]
print(await victim())
exit(0)
"#;
    let (printed, _) = run(1, text);
    let most = numbers(&printed)[0];
    assert!((1..=4).contains(&most), "{most} hops between two turns of a third");
}

/// R5 with more workers: contexts that hand the next place of their worker to each other do not keep it.
#[test]
fn the_next_place_is_left_for_the_queue() {
    let (ready, mut seats) = Ready::new(2);
    let ticket = tickets();
    for round in 0..50 {
        let queued = ticket();
        let wanted: ContextId = queued.id();
        ready.hand_on(ticket(), &seats[0]);
        ready.push(queued, Some(&seats[0]));
        let polls = (1..=64).find(|_| {
            let found = ready.next(&mut seats[0]).expect("two are ready");
            let is_it = found.id() == wanted;
            if is_it {
                found.void()
            } else {
                ready.hand_on(found, &seats[0])
            }
            is_it
        });
        assert!(polls.is_some_and(|polls| polls <= 4), "found after {polls:?} polls in round {round}");
        ready.next(&mut seats[0]).expect("the other is still there").void();
    }
    ready.clear();
}

/// Contexts that are always ready get about equally many turns, however they were distributed at first.
#[test]
fn a_worker_with_few_contexts_takes_from_one_with_many() {
    const CONTEXTS: usize = 400;
    let (ready, mut seats) = Ready::new(3);
    let ticket = tickets();
    for number in 0..CONTEXTS {
        ready.push(ticket(), Some(&seats[usize::from(number % 40 == 0)]));
    }
    let mut turns: HashMap<ContextId, u32> = HashMap::new();
    for round in 0..20_000 {
        for seat in &mut seats {
            let Some(found) = ready.next(seat) else { continue };
            // The start does not count.
            if round >= 10_000 {
                *turns.entry(found.id()).or_default() += 1;
            }
            ready.push(found, Some(seat));
        }
    }
    ready.clear();
    let (least, most) = (turns.values().min(), turns.values().max());
    assert_eq!(turns.len(), CONTEXTS);
    assert!(least.zip(most).is_some_and(|(least, most)| most < &(2 * least)), "{least:?} to {most:?} turns");
}

/// R6: what lies in the next place of a busy worker is found by one that has nothing else to do.
#[test]
fn the_next_place_is_within_reach_of_others() {
    let (ready, mut seats) = Ready::new(2);
    let ticket = tickets();
    let handed = ticket();
    let wanted: ContextId = handed.id();
    ready.hand_on(handed, &seats[0]);
    let found = ready.find(&mut seats[1]).expect("the queues are open");
    assert_eq!(found.id(), wanted);
    found.void();
}

/// Makes tickets of contexts of their own.
fn tickets() -> impl Fn() -> Ticket {
    let store: Store<(), ()> = Store::default();
    move || {
        let snapshot = freeze(&mut Context::default(), &Program::default(), Form::Packed);
        store.add(store.reserve(), Held::Frozen(snapshot), (), Progress::Unstarted)
    }
}

/// What is said to be the oldest is the one with the smallest id, whoever created it.
#[test]
fn ids_stand_in_the_order_of_creation() {
    let (ready, seats) = Ready::new(2);
    let hub = Hub::new(ready);
    let create = |seat| {
        let snapshot = freeze(&mut Context::default(), &Program::default(), Form::Packed);
        hub.admit(Held::Frozen(snapshot), Progress::Unstarted, None, seat).0
    };
    let ids = [create(Some(&seats[0])), create(Some(&seats[1])), create(None), create(Some(&seats[0]))];
    assert!(ids.is_sorted(), "{ids:?}");
}

/// R6: what a context made ready before it began to compute is not its prisoner. Without stealing or preemption it would
/// start when the other has given up, after ten seconds; a tenth of that is a thousand turns.
#[test]
fn what_a_context_woke_does_not_wait_for_it() {
    let text = r#"
ch := channel()
async func woken() { ch.receive(); shared_set("started", true) }
async func hog() {
    ch.send(1)
    begun := performance_now()
    while not shared_has("started") { if performance_now() - begun > 10000 { break } }
    return to_int(performance_now() - begun)
}
p := woken()
yield_now()
print(await hog())
"#;
    for workers in [1, 2, 4] {
        let spent = numbers(&run(workers, text).0)[0];
        assert!(spent < 1000, "it started after {spent} ms with {workers} workers");
    }
}

/// R7: with a deque that never runs dry, what comes from outside is found within 64 polls.
#[test]
fn the_injector_is_looked_at_while_there_is_local_work() {
    let (ready, mut seats) = Ready::new(2);
    let ticket = tickets();
    for _ in 0..10 {
        ready.push(ticket(), Some(&seats[0]));
    }
    for round in 0..50 {
        let outside = ticket();
        let wanted: ContextId = outside.id();
        ready.push(outside, None);
        let polls = (1..).find(|_| {
            let found = ready.next(&mut seats[0]).expect("there is local work");
            let is_it = found.id() == wanted;
            if is_it {
                found.void()
            } else {
                ready.push(found, Some(&seats[0]))
            }
            is_it
        });
        assert!(polls.is_some_and(|polls| polls <= 64), "found after {polls:?} polls in round {round}");
    }
    ready.clear();
}

/// R8: one task per millisecond for sixteen workers wakes one of them each time, not a crowd.
#[test]
fn a_lone_task_wakes_one_worker() {
    const TASKS: u64 = 400;
    let text = format!("async func tick() {{ for i in {TASKS} {{ await async_sleep(1) }} }}\nawait tick()\n");
    let (_, stats) = run(16, &text);
    assert!(stats.wakes * 10 <= TASKS * 13, "{} wake-ups for {TASKS} tasks", stats.wakes);
    assert!(stats.wakes * 2 > TASKS, "the workers are asleep between tasks: {} wake-ups", stats.wakes);
}

/// R11, R12: endless loops on all workers but one, and on all, stop neither timers nor sockets. So do endless library
/// functions, callbacks and generators.
#[test]
fn endless_loops_stop_neither_timers_nor_sockets() {
    let text = r#"
func* naturals() { n := 0; loop { yield n; n += 1 } }
async func loops() { n := 0; loop { n += 1 } }
async func calls() { func f(x) { return x + 1 }; n := 0; loop { n := f(n) } }
async func in_a_callback() { [1].map(func(x) { loop { } }) }
async func in_a_library_function() { return naturals().any(func(x) { return x < 0 }) }
async func in_a_generator() { for x in naturals() { } }
kinds := [loops, calls, in_a_callback, in_a_library_function, in_a_generator]
hogs := []
for i in HOGS { hogs.push(kinds[i % len(kinds)]()) }

l := tcp_listen("127.0.0.1", 0)
async func echo() {
    s := l.tcp_accept()
    loop { line := s.tcp_read_line(); if line == null { return }; s.tcp_send(line + "\n") }
}
async func ask(port) {
    c := tcp_connect("127.0.0.1", port)
    mut answers := 0
    for i in 20 { c.tcp_send("x\n"); if c.tcp_read_line() == "x" { answers += 1 } }
    return answers
}
async func tick() { mut ticks := 0; for i in 20 { await async_sleep(1); ticks += 1 }; return ticks }
echoing := echo()
for n in await promise_all([tick(), ask(l.info().port)]) { print(n) }
print(if hogs.all(func(p) { return not is_settled(p) }) { 1 } else { 0 })
exit(0)
"#;
    for (workers, hogs) in [(1, 1), (4, 3), (2, 5), (4, 20)] {
        let (printed, _) = run(workers, &text.replace("HOGS", &hogs.to_string()));
        assert_eq!(numbers(&printed), [20, 20, 1], "{hogs} endless loops on {workers} workers");
    }
}

/// R13: twice as many blocking reads as workers, and the others go on: the reads end only because another context writes.
#[cfg(unix)]
#[test]
fn blocking_calls_take_no_worker() {
    let text = r#"
folder := path_join(system_temp_dir(), "ruff-starvation-${time_ns()}")
create_dir(folder)
async func reader(path) { return read_file(path) }
paths := []
readers := []
for i in 8 {
    path := path_join(folder, "pipe${i}")
    execute("mkfifo '${path}'")
    paths.push(path)
    readers.push(reader(path))
}
async func other() { for i in 1000 { yield_now() }; await async_sleep(1) }
await other()
print(readers.filter(func(p) { return is_settled(p) }).len())
for path in paths { write_file(path, "7") }
for text in await promise_all(readers) { print(text) }
for path in paths { delete_file(path) }
remove_dir(folder)
"#;
    for workers in [1, 4] {
        let (printed, _) = run(workers, text);
        assert_eq!(numbers(&printed), [0, 7, 7, 7, 7, 7, 7, 7, 7], "{workers} workers");
    }
}

/// C9: half of the contexts are always ready, half wait for a moment between their turns; none waits for its turn more than
/// twice as long as they do on average, counted in turns of all.
#[test]
fn turns_are_shared_out_evenly() {
    let text = r#"
shared_set("turns", 0)
async func busy(n) {
    mut longest := 0
    mut last := shared_add_int("turns", 1)
    for i in n {
        yield_now()
        now := shared_add_int("turns", 1)
        longest := max(longest, now - last)
        last := now
    }
    return longest
}
async func resting() { loop { await async_sleep(1); shared_add_int("turns", 1) } }
rests := []
ps := []
for i in 50 { rests.push(resting()); ps.push(busy(400)) }
for longest in await promise_all(ps) { print(longest) }
exit(0)
"#;
    let (printed, _) = run(1, text);
    let longest = numbers(&printed).into_iter().max().unwrap_or_default();
    // 50 are ready all the time. A hundred turns would be twice the mean if those that rest never had one.
    assert!((50..=100).contains(&longest), "one waited for {longest} turns of others");
}
