//! Memory of many parked contexts, and what it takes to create, park, resume and join them.
//!
//! Every size runs in a process of its own, which this program starts: an allocator keeps what an earlier run used. The
//! script parks N contexts on one gate; the host reads the clock and VmRSS whenever it says something.
//! Only Linux tells a process its memory; elsewhere the program says so.

#[path = "../src/allocator.rs"]
mod allocator;

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ruff::engine::{Engine, Options, Output, Stream};
use ruff::source::Source;

/// As the `ruff` program has it.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// Says something before, when all are created, when all are parked, a while later, and when all are joined. The pause is for
/// a second worker, which may still have some in hand when the others are parked.
const SCRIPT: &str = r#"
async func opened(ch) { return ch.receive() }
async func task(gate, i) { await gate; return i }
n := to_int(args()[0])
ch := channel()
gate := opened(ch)
yield_now()
print("start")
mut tasks := []
for i in n { tasks.push(task(gate, i)) }
print("created")
yield_now()
print("parked")
sleep(50)
print("settled")
ch.send(true)
total := 0
for t in tasks { total += await t }
print("joined")
return total
"#;

/// A moment of a run.
#[derive(Clone, Copy)]
struct Mark {
    at: Instant,
    /// VmRSS in bytes.
    resident: u64,
}

/// Takes a mark whenever the script prints.
#[derive(Default)]
struct Marks(Mutex<Vec<Mark>>);

impl Output for Marks {
    fn write(&self, _: Stream, _: &str) -> std::io::Result<()> {
        let mark = Mark { at: Instant::now(), resident: resident() };
        self.0.lock().expect("no reader panics").push(mark);
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The process's resident memory in bytes; zero where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// One run in this process.
#[allow(clippy::print_stdout, reason = "the figures are what this program is for")]
fn measure(contexts: u64, workers: usize) {
    let options = Options { workers, args: vec![contexts.to_string()], ..Options::default() };
    let engine = Engine::new(options);
    let script = engine.compile(Source::new("parked.ruff", SCRIPT)).expect("the script is correct");
    let marks = Arc::new(Marks::default());
    let report = engine.execute(&script, Arc::clone(&marks) as Arc<dyn Output>);
    let total = report.end.expect("the script ends");
    let expected = contexts * (contexts - 1) / 2;
    assert!(matches!(total, ruff::engine::Value::Int(sum) if sum as u64 == expected), "a wrong sum");
    let [start, created, parked, settled, joined] = marks.0.lock().expect("no reader panics")[..] else {
        panic!("the script says five things")
    };
    let each = |span: Duration| span.as_nanos() as u64 / contexts;
    let bytes = settled.resident.saturating_sub(start.resident) / contexts;
    println!(
        "{contexts:>10}{workers:>9}{bytes:>13}{:>11}{:>16}{:>16}",
        each(created.at - start.at),
        each(parked.at - start.at),
        each(joined.at - settled.at),
    );
}

/// The same in a process of its own.
fn measure_apart(contexts: u64, workers: usize) {
    let this = std::env::current_exe().expect("a running program has a file");
    let words = ["--measure".to_owned(), contexts.to_string(), workers.to_string()];
    let status = Command::new(this).args(words).status().expect("this program can be started again");
    assert!(status.success(), "the measurement failed");
}

#[allow(clippy::print_stdout, reason = "the figures are what this program is for")]
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, contexts, workers] = &words[..]
        && flag == "--measure"
    {
        let number = |word: &String| word.parse().expect("only this program asks for measurements");
        return measure(number(contexts), number(workers) as usize);
    }
    if resident() == 0 {
        println!("VmRSS is not to be had on this system: bytes are shown as 0");
    }
    // `cargo test --benches` only wants to see that it runs.
    let is_test = words.iter().any(|word| word == "--test");
    let sizes: &[u64] = if is_test { &[1000] } else { &[100_000, 1_000_000] };
    println!("  contexts  workers  bytes each  create ns  create+park ns  resume+join ns");
    for &contexts in sizes {
        for workers in [1, 2] {
            measure_apart(contexts, workers);
        }
    }
}
