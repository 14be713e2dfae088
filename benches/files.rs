//! Reading 10,000 small files at once, beside a plain loop of rayon that does the same; and how late timers are meanwhile.
//!
//! Both read the same files, which are in memory, and keep their texts; runs alternate. What is to hold (STDLIB, issue of the
//! library): the median of Ruff's wall times is at most 1.5 times that of rayon, and a context that sleeps 5 ms at a time is
//! at most 10 ms late. CPU times are of the process, with all its threads, and suffer less from what else the machine does.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

#[path = "../src/allocator.rs"]
mod allocator;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use ruff::engine::{Engine, Options};
use ruff::runtime::Output;
use ruff::source::Source;
use ruff::vm::Stream;

/// As the `ruff` program has it.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

const FILES: usize = 10_000;
const RUNS: usize = 15;
const LENGTH: usize = 2_000;

/// Prints the milliseconds of the reading alone, the bytes and how late the timer was.
const SCRIPT: &str = r#"
async func watch() {
    worst := 0.0
    while not shared_has("done") {
        begun := performance_now()
        sleep(5)
        worst := max(worst, performance_now() - begun - 5)
    }
    return worst
}
paths := list_dir(FOLDER).map(name => path_join(FOLDER, name))
watching := watch()
sleep(20)
begun := performance_now()
texts := await promise_all(paths.map(path => async_read_file(path)))
spent := performance_now() - begun
shared_set("done", true)
print(spent, sum(texts.map(byte_len)), await watching)
"#;

/// Keeps what is printed.
#[derive(Default)]
struct Kept(Mutex<String>);

impl Output for Kept {
    fn write(&self, _: Stream, text: &str) -> std::io::Result<()> {
        self.0.lock().expect("nobody panics here").push_str(text);
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {
    let folder = std::env::temp_dir().join(format!("ruff-bench-files-{}", std::process::id()));
    let paths = make(&folder);
    let (mut plain, mut ours, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let (by_rayon, by_ruff) = (with_rayon(&paths), with_ruff(&folder));
        // The first run warms up.
        if run > 0 {
            plain.push(by_rayon);
            ours.push(by_ruff.0);
            late.push(by_ruff.1);
        }
    }
    std::fs::remove_dir_all(&folder).expect("it is ours");
    late.sort_by(f64::total_cmp);
    let (plain, ours) = (milliseconds(plain), milliseconds(ours));
    println!("rayon: {:.1} ms wall, {:.1} ms CPU ({RUNS} runs)", plain.0, plain.1);
    println!("ruff:  {:.1} ms wall, {:.1} ms CPU, with its start and the timer", ours.0, ours.1);
    println!("ratio: {:.2} wall, {:.2} CPU", ours.0 / plain.0, ours.1 / plain.1);
    println!("timer: {:.1} ms late at most, median of the runs {:.1}", late[RUNS - 1], late[RUNS / 2]);
}

fn make(folder: &Path) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("the temporary directory can be written");
    let write = |number: usize| {
        let path = folder.join(format!("{number:05}.txt"));
        std::fs::write(&path, format!("{number:05} {}", "x".repeat(LENGTH))).expect("there is room");
        path
    };
    (0..FILES).map(write).collect()
}

/// The median of the wall times and the mean of the CPU times.
fn milliseconds(mut runs: Vec<(Duration, Duration)>) -> (f64, f64) {
    runs.sort_by_key(|run| run.0);
    let used: Duration = runs.iter().map(|run| run.1).sum();
    (runs[runs.len() / 2].0.as_secs_f64() * 1e3, used.as_secs_f64() * 1e3 / runs.len() as f64)
}

/// Wall and CPU time.
fn with_rayon(paths: &[PathBuf]) -> (Duration, Duration) {
    let (begun, used) = (Instant::now(), cpu());
    let texts: Vec<String> =
        paths.par_iter().map(|path| std::fs::read_to_string(path).expect("it was written")).collect();
    let spent = (begun.elapsed(), cpu() - used);
    assert_eq!(texts.iter().map(String::len).sum::<usize>(), FILES * (LENGTH + 6));
    spent
}

/// Wall time of the reading, CPU time of the whole run, and how many milliseconds the timer was late.
fn with_ruff(folder: &Path) -> ((Duration, Duration), f64) {
    let used = cpu();
    let output = Arc::new(Kept::default());
    let text = SCRIPT.replace("FOLDER", &format!("{:?}", folder.display().to_string()));
    let engine = Engine::new(Options::default());
    let script = engine.compile(Source::new("files.ruff", &text)).expect("it is right");
    let report = engine.execute(&script, Arc::clone(&output) as Arc<dyn Output>);
    report.end.expect("it ends well");
    let printed = output.0.lock().expect("nobody panics here").clone();
    let numbers: Vec<f64> = printed.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    assert_eq!(numbers[1] as usize, FILES * (LENGTH + 6));
    ((Duration::from_secs_f64(numbers[0] / 1e3), cpu() - used), numbers[2])
}

/// The CPU time of this process, user and system, in steps of 10 ms: so that of all runs together is what counts.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = behind_name.split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.map(|ticks| ticks.parse::<u64>().unwrap_or(0) * 10).sum())
}
