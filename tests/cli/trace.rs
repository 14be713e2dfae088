//! `ruff run --trace FILE`: a timeline that Perfetto can open, whatever the end of the run.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::Value as Json;

#[cfg(unix)]
use super::processes::signalled;
use super::{Folder, Ran, ruff};

/// Runs a script with `--trace` and gives the events.
fn traced(test: &str, text: &str, options: &[&str]) -> (Ran, Vec<Json>) {
    let folder = Folder::new(test);
    let script = folder.file("script.ruff", text);
    let trace = folder.0.join("trace.json").to_string_lossy().into_owned();
    let words = [&["run", "--trace", &trace], options, &[&script]].concat();
    let ran = ruff(&words);
    let events = read(Path::new(&trace));
    (ran, events)
}

/// The events of a trace, whose form is checked.
fn read(trace: &Path) -> Vec<Json> {
    let json = std::fs::read_to_string(trace).expect("the trace was written");
    let json: Json = serde_json::from_str(&json).expect("a trace is JSON");
    let events = json["traceEvents"].as_array().expect("a trace has events").clone();
    check_form(&events);
    events
}

fn of_phase<'e>(events: &'e [Json], phase: &'e str) -> impl Iterator<Item = &'e Json> {
    events.iter().filter(move |event| event["ph"] == phase)
}

fn moment(event: &Json) -> f64 {
    event["ts"].as_f64().expect("a moment is a number")
}

/// Lane and moment.
fn place(event: &Json) -> (String, String) {
    (event["tid"].to_string(), event["ts"].to_string())
}

/// What holds in every trace: runs of a lane do not overlap, arrows and waits have both ends in this order.
fn check_form(events: &[Json]) {
    let mut lanes: HashMap<u64, Vec<(f64, f64)>> = HashMap::new();
    for run in of_phase(events, "X").filter(|run| run["cat"] == "run") {
        let begin = moment(run);
        let end = begin + run["dur"].as_f64().expect("a run takes a time");
        lanes.entry(run["tid"].as_u64().expect("a lane is a number")).or_default().push((begin, end));
    }
    for runs in lanes.values() {
        let overlap = runs.windows(2).find(|pair| pair[0].1 > pair[1].0 + 0.0015);
        assert_eq!(overlap, None, "two runs of one worker overlap");
    }
    let begins: HashSet<(String, String)> = of_phase(events, "X").map(place).collect();
    for end in of_phase(events, "f") {
        assert!(begins.contains(&place(end)), "{end} points at no begin of a run");
    }
    for (begin, end) in [("s", "f"), ("b", "e")] {
        let begins: HashMap<u64, f64> =
            of_phase(events, begin).map(|event| (event["id"].as_u64().unwrap_or(0), moment(event))).collect();
        let mut ends = HashSet::new();
        for event in of_phase(events, end) {
            let id = event["id"].as_u64().unwrap_or(0);
            assert!(begins.get(&id).is_some_and(|from| *from <= moment(event)), "{event} begins nowhere");
            assert!(ends.insert(id), "{event} ends twice");
        }
        assert_eq!(begins.len(), ends.len(), "each {begin} has its {end}");
        assert_eq!(of_phase(events, begin).count(), begins.len(), "the ids of {begin} are used once");
    }
}

const WAITS: &str = "async func child(n) {\n    sleep(5)\n    return n\n}\n\
    promises := []\nfor n in range(3) { promises.push(child(n)) }\nprint(await promise_all(promises))\n";

#[test]
fn runs_arrows_and_waits_are_in_the_timeline() {
    for workers in ["1", "4"] {
        let (ran, events) = traced("trace", WAITS, &["--workers", workers]);
        ran.prints("[0, 1, 2]\n");
        let lanes = of_phase(&events, "M").filter(|event| event["name"] == "thread_name").count();
        assert_eq!(lanes.to_string(), (workers.parse::<usize>().unwrap() + 1).to_string());
        // Each child runs twice: before and after its sleep.
        let runs = of_phase(&events, "X").filter(|run| run["cat"] == "run" && run["name"] == "child");
        assert_eq!(runs.count(), 6);
        let arrows = |name: &str| of_phase(&events, "s").filter(|arrow| arrow["name"] == name).count();
        // Main and three children are created; three timers and the last child settle something.
        assert_eq!((arrows("create"), arrows("settle")), (4, 4));
        assert_eq!(of_phase(&events, "b").count(), 3, "each child waits for a timer");
        // A worker that is held up may look at the clock late, but not before it began to run a child.
        let children = of_phase(&events, "X").filter(|run| run["name"] == "child");
        let begun = children.map(moment).fold(f64::INFINITY, f64::min);
        let ended = of_phase(&events, "e").map(moment).fold(0.0, f64::max);
        assert!(ended - begun >= 4_900.0, "a sleep of 5 ms takes 5 ms");
        assert!(of_phase(&events, "C").any(|point| point["args"]["parked"].as_u64() >= Some(1)));
    }
}

#[test]
fn a_timeline_is_written_whatever_the_end() {
    let (ran, events) = traced("trace-error", "print(1)\nthrow \"no\"\n", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(4), "1\n"));
    assert_eq!(of_phase(&events, "X").filter(|run| run["cat"] == "run").count(), 1);
    let (ran, events) = traced("trace-limit", "loop { }\n", &["--scheduler-timeout-ms", "50"]);
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    assert!(of_phase(&events, "X").count() >= 1);
    let (ran, _) = traced("trace-blocking", WAITS, &["--no-cooperative", "--workers", "2"]);
    ran.prints("[0, 1, 2]\n");
}

#[cfg(unix)]
#[test]
fn a_timeline_is_written_after_an_interrupt() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let folder = Folder::new(&format!("trace{signal}"));
        let file = folder.file("run.ruff", "print(1)\nflush()\nloop { sleep(1) }\n");
        let trace = folder.0.join("trace.json");
        let ran = signalled(&file, &["--trace", &trace.to_string_lossy()], signal);
        assert_eq!(ran.code, Some(code), "{}", ran.err);
        let events = read(&trace);
        assert!(of_phase(&events, "X").any(|run| run["name"] == "<main>"), "{signal}: no run is left");
    }
}

#[test]
fn a_timeline_that_cannot_be_written_is_known_before_the_run() {
    let folder = Folder::new("trace-nowhere");
    let script = folder.file("script.ruff", "print(1)\n");
    let nowhere = folder.0.join("missing/trace.json").to_string_lossy().into_owned();
    let ran = ruff(&["run", "--trace", &nowhere, &script]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(5), ""));
    assert!(ran.err.contains("Cannot write the trace"), "{}", ran.err);
}

#[test]
fn a_timeline_that_cannot_be_written_is_told_as_every_error_of_the_command_line() {
    let folder = Folder::new("trace-unwritable");
    let script = folder.file("script.ruff", "print(1)\n");
    ruff(&["run", "--trace", "/no/such/folder/x", &script])
        .fails(5, &["[RUFCLI001] [cli] error: Cannot write the trace '/no/such/folder/x'"]);
}
