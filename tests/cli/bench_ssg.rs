//! `ruff bench-ssg`: what it prints, what it refuses, and what it leaves behind, which is nothing.

use super::{Folder, Ran, command, ruff};

/// Runs the benchmark in a folder of its own and checks that the folder is empty afterwards.
#[track_caller]
fn bench(folder: &Folder, words: &[&str]) -> Ran {
    let dir = folder.0.join("work");
    let dir_word = dir.to_string_lossy().into_owned();
    let mut all = vec!["bench-ssg", "--tmp-dir", &dir_word];
    all.extend(words);
    let ran = ruff(&all);
    assert!(left_in(&dir).is_empty(), "{:?}", left_in(&dir));
    ran
}

fn left_in(dir: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn value<'a>(ran: &'a Ran, name: &str) -> &'a str {
    let line = ran.out.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{name} is missing in:\n{}\n{}", ran.out, ran.err))
}

#[test]
fn figures_of_the_script_inside() {
    let folder = Folder::new("bench-figures");
    let ran = bench(&folder, &["--files", "300", "--runs", "2", "--warmup-runs", "0", "--workers", "2"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(value(&ran, "RUFF_SSG_FILES"), "300");
    assert_eq!(value(&ran, "RUFF_SSG_CHECKSUM"), "27270");
    assert!(value(&ran, "RUFF_SSG_BUILD_MS").parse::<f64>().is_ok_and(|ms| ms > 0.0));
    assert!(value(&ran, "RUFF_SSG_FILES_PER_SEC").parse::<f64>().is_ok_and(|rate| rate > 0.0));
    assert!(!ran.out.contains("RUFF_SSG_READ_MS"));
    assert!(ran.out.contains("300 files in ") && ran.out.contains("p90 "), "{}", ran.out);
}

#[test]
fn profiling_adds_lines() {
    let folder = Folder::new("bench-profile");
    let ran = bench(&folder, &["--files", "50", "--runs", "1", "--warmup-runs", "0", "--profile-async"]);
    for name in ["RUFF_SSG_READ_MS", "RUFF_SSG_RENDER_WRITE_MS"] {
        assert!(value(&ran, name).parse::<f64>().is_ok_and(|ms| ms > 0.0), "{}", ran.out);
    }
    assert!(ran.err.contains("warning: one run"), "{}", ran.err);
}

#[test]
fn the_median_of_given_times() {
    let folder = Folder::new("bench-median");
    let script = folder.file(
        "fixed.ruff",
        "root := env(\"RUFF_BENCH_SSG_TMP_DIR\")\n\
         n := to_int(basename(root).split(\"-\")[1])\n\
         print(\"RUFF_SSG_FILES=4\\nRUFF_SSG_CHECKSUM=7\\nRUFF_SSG_BUILD_MS=${n * n * 10}\")\n",
    );
    let words = ["--ruff-script", &script, "--runs", "3", "--warmup-runs", "1"];
    let ran = bench(&folder, &words);
    // The runs are numbers 2, 3 and 4.
    assert_eq!(value(&ran, "RUFF_SSG_BUILD_MS"), "90.000");
    assert_eq!(value(&ran, "RUFF_SSG_FILES_PER_SEC"), "44.44");
    assert!(ran.out.contains("p90 160.0 ms, fastest 40.0 ms, slowest 160.0 ms, spread 133 %"), "{}", ran.out);
    assert!(ran.err.contains("warning: the runs of Ruff differ by 133 %"), "{}", ran.err);
    let mut gated = words.to_vec();
    gated.extend(["--throughput-gate-ms", "89"]);
    bench(&folder, &gated).fails(1, &["The median of 90.0 ms is above the gate of 89 ms"]);
    *gated.last_mut().expect("there are words") = "90";
    assert_eq!(bench(&folder, &gated).code, Some(0));
}

#[test]
fn failing_scripts_are_reported() {
    let folder = Folder::new("bench-failing");
    let broken = folder.file("broken.ruff", "print(1 / 0)\n");
    bench(&folder, &["--ruff-script", &broken]).fails(4, &["The Ruff script failed", "Division by zero"]);
    let silent = folder.file("silent.ruff", "print(1)\n");
    bench(&folder, &["--ruff-script", &silent]).fails(4, &["printed no line RUFF_SSG_FILES="]);
    let unequal = folder.file(
        "unequal.ruff",
        "print(\"RUFF_SSG_FILES=1\\nRUFF_SSG_CHECKSUM=${int(random() * 1e15)}\\nRUFF_SSG_BUILD_MS=1\")\n",
    );
    bench(&folder, &["--ruff-script", &unequal]).fails(1, &["did different work"]);
}

#[test]
fn wrong_words() {
    let folder = Folder::new("bench-words");
    bench(&folder, &["--runs", "0"]).fails(2, &["--runs"]);
    bench(&folder, &["--python-script", "x.py"]).fails(2, &["--compare-python"]);
    bench(&folder, &["--ruff-script", "/nonexistent/x.ruff"])
        .fails(5, &["Cannot read file '/nonexistent/x.ruff'"]);
    let file = folder.file("file", "");
    ruff(&["bench-ssg", "--tmp-dir", &file]).fails(5, &["Cannot create directory"]);
    bench(&folder, &["--files", "9", "--runs", "1", "--compare-python", "--python", "/nonexistent/python"])
        .fails(4, &["Cannot run '/nonexistent/python'"]);
}

#[cfg(unix)]
#[test]
fn python_does_the_same_work() {
    if std::process::Command::new("python3").arg("-V").output().is_err() {
        return;
    }
    let folder = Folder::new("bench-python");
    let ran = bench(&folder, &["--files", "100", "--runs", "1", "--warmup-runs", "0", "--compare-python"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(value(&ran, "RUFF_SSG_PYTHON_BUILD_MS").parse::<f64>().is_ok_and(|ms| ms > 0.0));
    let other =
        folder.file("other.py", "print('RUFF_SSG_FILES=1\\nRUFF_SSG_CHECKSUM=1\\nRUFF_SSG_BUILD_MS=1')\n");
    let words = [
        "--files",
        "100",
        "--runs",
        "1",
        "--warmup-runs",
        "0",
        "--compare-python",
        "--python-script",
        &other,
    ];
    bench(&folder, &words).fails(1, &["The Ruff and the Python script did different work"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let folder = Folder::new("bench-interrupt");
    let dir = folder.0.join("work");
    let script = folder.file("endless.ruff", "loop { sleep(50) }\n");
    let words = ["bench-ssg", "--tmp-dir", &dir.to_string_lossy(), "--ruff-script", &script];
    let child = command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program was built");
    let started = Instant::now();
    while left_in(&dir).is_empty() && started.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(100));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    ran.fails(130, &["interrupted"]);
    assert!(left_in(&dir).is_empty(), "{:?}", left_in(&dir));
}
