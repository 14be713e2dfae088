//! Thousands of contexts that are created, cancelled, raced and timed out by chance, on one to sixteen workers; and
//! programs that are stopped at any moment. Every promise settles, nothing hangs, no thread is left behind.
//!
//! `RUFF_STRESS_ROUNDS` is the number of programs (default: a few seconds' worth), `RUFF_STRESS_SEED` where chance begins.
//! With several workers a seed does not repeat the schedule, only the program.

#![allow(clippy::print_stderr, reason = "a failure is repeated by what was printed")]

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ruff::engine::{Engine, Error, Options, Output, Park, Report, Session, Stream};

/// How long one program may take before it counts as a hang.
const WATCHDOG: Duration = Duration::from_secs(60);

/// `COUNT` contexts of random kinds. Some are cancelled, at once or later, perhaps twice; in the end all that could wait
/// for ever are, and then all must have settled.
const CHAOS: &str = r#"
dice := SEED
func roll(n) {
    dice := (dice * 1103515245 + 12345) % 2147483648
    return dice / 65536 % n
}

async func work(kind, k, ch, small) {
    if kind == 0 { return k }
    if kind == 1 { await async_sleep(k % 4); return k }
    if kind == 2 { for i in k % 5 { yield_now() }; return k }
    if kind == 3 { throw "no ${k}" }
    if kind == 4 { return ch.receive() }
    if kind == 5 { return small.send(k) }
    if kind == 6 { n := 0; loop { n += 1 } }
    if kind == 7 {
        ps := []
        for i in k % 4 { ps.push(work(i % 3, k + i, ch, small)) }
        return await promise_all(ps)
    }
    if kind == 8 { return await promise_race([async_sleep(k % 3), work(2, k, ch, small), work(1, k, ch, small)]) }
    if kind == 9 { return await async_timeout(work(1, k, ch, small), 1 + k % 3) }
    if kind == 10 { try { await async_sleep(100000) } finally { yield_now(); await async_sleep(1) } }
    if kind == 11 { try { loop { yield_now() } } except e { return e.kind } finally { ch.send(k) } }
    if kind == 12 { return select([small, ch], 1 + k % 4) }
    if kind == 13 { return await work(k % 4, k, ch, small) }
    if kind == 14 { return await promise_settled([work(3, k, ch, small), work(4, k, ch, small), async_sleep(1)]) }
    if kind == 15 { p := spawn { return ch.receive() }; yield_now(); cancel(p); return is_settled(p) }
    if kind == 16 { return await promise_any([work(3, k, ch, small), work(1, k, ch, small)]) }
    if kind == 17 { async_scope { work(k % 18, k + 1, ch, small); work(k % 5, k, ch, small); yield_now() }; return k }
    if kind == 18 { async_scope { p := work(k % 12, k, ch, small); async_scope { work(3, k, ch, small) }; cancel(p) } }
    try { return await async_timeout(async_sleep(5), 1) } except e { return e.kind }
}

ch := channel()
small := channel(1)
ps := []
for i in COUNT {
    p := work(roll(20), roll(1000), ch, small)
    ps.push(p)
    c := roll(10)
    if c == 0 { cancel(p) }
    if c == 1 { cancel(ps[roll(len(ps))]) }
    if c == 2 { yield_now() }
    if c == 3 { ch.send(i) }
    if c == 4 { small.try_receive() }
    if c == 5 { cancel(p); cancel(p) }
    if c == 6 { ps.push(async_sleep(roll(3))) }
    if c == 7 { ps.push(async_timeout(p, 1 + roll(3))) }
    if c == 8 { ps.push(promise_race([p, async_sleep(1)])) }
}
await async_sleep(roll(5))
# A cancellation may be caught, and some wait again while they end.
loop {
    open := 0
    for p in ps { if !is_settled(p) { open += 1; cancel(p) } }
    if open == 0 { break }
    ch.send(0)
    small.try_receive()
    await async_sleep(1)
}
good := 0
bad := 0
for r in await promise_settled(ps) { match r { case Ok(_) { good += 1 } default: { bad += 1 } } }
assert(good + bad == len(ps))
# For children whose parents were cancelled before they looked after them.
ch.close()
small.close()
return len(ps)
"#;

/// Never ends by itself.
const ENDLESS: &str = r#"
async func spin() { n := 0; loop { n += 1 } }
async func nap() { loop { await async_sleep(1) } }
async func turn() { loop { yield_now() } }
async func talk(ch) { loop { ch.send(1); ch.receive() } }
async func stubborn() { loop { try { await async_sleep(1) } except e { yield_now() } finally { yield_now() } } }
async func breed() { loop { await promise_all([spawn { yield_now() }, spawn { await async_sleep(0) }]) } }
async func read() { loop { try { await async_read_file("/nowhere") } except e { yield_now() } } }
ch := channel(1)
ps := [spin(), nap(), turn(), talk(ch), talk(ch), stubborn(), breed(), read()]
END
await promise_all(ps)
"#;

/// A timeout comes at the moment at which what it waits for has acquired something, or has just finished: whoever wins, it is
/// released; and a race that is lost again and again leaves nothing at the promise that never settles.
const PHOTO_FINISH: &str = r#"
shared_set("open", 0)
async func use(ms) {
    shared_add_int("open", 1)
    try { await async_sleep(ms); return ms } finally { shared_add_int("open", -1) }
}
async func runner(n, never) {
    mut won := 0
    for i in n {
        try { await async_timeout(use((i * 7) % 3), 1); won += 1 } except e { assert(e.kind == "TimeoutError") }
        await promise_race([async_sleep(0), never, use(0)])
    }
    return won
}
gate := channel()
async func opened() { return gate.receive() }
never := opened()
runners := []
for i in COUNT { runners.push(runner(50, never)) }
await promise_all(runners)
# The last ones may begin only now, so what was seen to be released is not looked at a second time.
mut open := shared_get("open")
for i in 5000 {
    if open == 0 { break }
    sleep(1)
    open = shared_get("open")
}
assert(open == 0, "${open} were never released")
gate.close()
"#;

/// Bursts of jobs for the threads that may block, with a pause in which those have nothing to do.
const BURSTS: &str = r#"
path := path_join(system_temp_dir(), "ruff-stress-${time_ns()}")
write_file(path, "text")
for i in COUNT {
    texts := await promise_all(range(100).map(func(n) { return async_read_file(path) }))
    assert(texts.all(func(text) { return text == "text" }))
    sleep(i % 3)
}
delete_file(path)
"#;

struct Nowhere;

impl Output for Nowhere {
    fn write(&self, _: Stream, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

static EXCLUSIVE: Mutex<()> = Mutex::new(());

/// Tests that count threads run alone.
fn alone() -> MutexGuard<'static, ()> {
    EXCLUSIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number(name: &str, default: u64) -> u64 {
    let Ok(text) = std::env::var(name) else { return default };
    text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}"))
}

/// A number below `end` that `seed` and `case` decide (SplitMix64).
fn chance(seed: u64, case: u64, end: u64) -> u64 {
    let mixed =
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(case.wrapping_mul(0xBF58_476D_1CE4_E5B9));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) % end
}

/// Does something that must not hang.
fn guarded<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, finished) = mpsc::channel();
    let worker = std::thread::spawn(move || done.send(work()));
    match finished.recv_timeout(WATCHDOG) {
        Ok(outcome) => {
            let _ = worker.join();
            outcome
        }
        Err(RecvTimeoutError::Timeout) => panic!("{what} hangs"),
        Err(RecvTimeoutError::Disconnected) => panic!("{what} panics"),
    }
}

fn run(engine: &Engine, what: &str, text: String) -> Report {
    let engine = engine.clone();
    guarded(what, move || {
        let script =
            engine.compile_bytes("stress", text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        engine.execute(&script, Arc::new(Nowhere))
    })
}

/// The ways in which the same program runs.
fn ways() -> Vec<(&'static str, Options)> {
    let with = |workers| Options { workers, ..Options::default() };
    vec![
        ("one worker", with(1)),
        ("two workers", with(2)),
        ("four workers", with(4)),
        ("sixteen workers", with(16)),
        ("four workers, portable", Options { park: Park::Portable, ..with(4) }),
        ("two workers, blocking", Options { cooperative_suspend_enabled: false, ..with(2) }),
    ]
}

#[test]
fn every_promise_settles() {
    let _alone = alone();
    let (rounds, seed) = (number("RUFF_STRESS_ROUNDS", 20), number("RUFF_STRESS_SEED", 1));
    let engine = Engine::new(Options::default());
    let mut contexts = 0;
    for round in 0..rounds {
        let (way, options) = ways().swap_remove((round % ways().len() as u64) as usize);
        // A blocked context costs a thread.
        let count = if options.cooperative_suspend_enabled { 400 } else { 60 };
        let dice = chance(seed, round, 1 << 30).to_string();
        let text = CHAOS.replace("SEED", &dice).replace("COUNT", &count.to_string());
        let what = format!("seed {seed}, round {round}, {way}");
        let Report { end, stats, .. } = run(&engine.with_options(options), &what, text);
        assert!(went_well(&end), "{what}: {end:?}");
        assert!(stats.contexts > count, "{what}: {stats:?}");
        assert!(stats.most_waiting <= stats.contexts && stats.most_waiting > 0, "{what}: {stats:?}");
        assert!(stats.parks > 0 && stats.switches >= stats.parks, "{what}: {stats:?}");
        contexts += stats.contexts;
    }
    eprintln!("seed {seed}: {contexts} contexts in {rounds} programs");
}

/// Main ended. Children whose parents were cancelled just before they awaited them may have failed unseen.
fn went_well(end: &Result<ruff::engine::Value, Error>) -> bool {
    match end {
        Ok(_) => true,
        Err(Error::Unawaited(list)) => {
            list.iter().all(|failure| failure.diagnostic.message.starts_with("no "))
        }
        Err(_) => false,
    }
}

/// One program on one to sixteen workers, in each way.
fn check(text: &str, count: u64) {
    let engine = Engine::new(Options::default());
    for (way, options) in ways() {
        let text = text.replace("COUNT", &count.to_string());
        let Report { end, .. } = run(&engine.with_options(options), way, text);
        assert!(end.is_ok(), "{way}: {end:?}");
    }
}

#[test]
fn a_timeout_leaks_nothing_at_the_finish() {
    let _alone = alone();
    check(PHOTO_FINISH, number("RUFF_STRESS_ROUNDS", 20));
}

#[test]
fn bursts_of_blocking_jobs_are_all_done() {
    let _alone = alone();
    check(BURSTS, number("RUFF_STRESS_ROUNDS", 20) / 4);
}

/// How a program that would never end is stopped.
fn stopped(end: &Result<ruff::engine::Value, Error>) -> bool {
    matches!(end, Err(Error::TimedOut(_) | Error::Exit(7) | Error::Failed(_)))
}

#[test]
fn programs_can_be_stopped_at_any_moment() {
    let _alone = alone();
    let (rounds, seed) = (number("RUFF_STRESS_ROUNDS", 20) * 10, number("RUFF_STRESS_SEED", 1));
    let engine = Engine::new(Options::default());
    let before = threads();
    for round in 0..rounds {
        let (way, options) = ways().swap_remove((round % ways().len() as u64) as usize);
        let milliseconds = 1 + chance(seed, round, 25);
        let (ending, timeout) = match round % 4 {
            0 => (format!("await async_sleep({milliseconds}); exit(7)"), None),
            1 => (format!("await async_sleep({milliseconds}); throw \"enough\""), None),
            _ => (String::new(), Some(Duration::from_millis(milliseconds))),
        };
        let what = format!("seed {seed}, round {round}, {way}, stopped after {milliseconds} ms");
        let engine = engine.with_options(Options { timeout, ..options });
        let started = Instant::now();
        let report = run(&engine, &what, ENDLESS.replace("END", &ending));
        assert!(stopped(&report.end), "{what}: {:?}", report.end);
        assert!(started.elapsed() < Duration::from_secs(10), "{what} took {:?}", started.elapsed());
    }
    no_threads_beyond(before, "stopped programs");
}

#[test]
fn hosts_may_let_go_of_a_run() {
    let _alone = alone();
    let (rounds, seed) = (number("RUFF_STRESS_ROUNDS", 20) * 2, number("RUFF_STRESS_SEED", 1));
    let engine = Engine::new(Options { workers: 2, ..Options::default() });
    let before = threads();
    for round in 0..rounds {
        let (engine, turns) = (engine.clone(), chance(seed, round, 20));
        guarded(&format!("seed {seed}, round {round}: a session of {turns} rounds"), move || {
            let text = ENDLESS.replace("END", "");
            let script =
                engine.compile_bytes("stress", text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
            let mut session = Session::new(&engine, &script, Arc::new(Nowhere));
            for _ in 0..turns {
                session.run_scheduler_round().unwrap_or_else(|error| panic!("{error}"));
            }
            if turns % 3 == 0 {
                let limit = Duration::from_millis(1 + turns);
                let end = session.run_scheduler_until_complete_with_timeout(limit);
                assert!(stopped(&end), "{end:?}");
            }
        });
    }
    no_threads_beyond(before, "dropped sessions");
}

/// The threads of this process, where the system tells.
fn threads() -> Option<usize> {
    std::fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}

/// Waits a moment for threads that are about to end.
fn no_threads_beyond(before: Option<usize>, what: &str) {
    let Some(before) = before else { return };
    let deadline = Instant::now() + Duration::from_secs(10);
    // Pools that the process keeps for all runs are made by the first.
    let kept = before + 2 + std::thread::available_parallelism().map_or(2, usize::from);
    while threads().is_some_and(|now| now > kept) {
        let now = threads();
        assert!(Instant::now() < deadline, "{what} leave threads behind: {now:?} after {before}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
