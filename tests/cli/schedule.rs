//! Schedules as data: `--schedule` (docs/LANGUAGE.md, 10.5).

use std::process::Stdio;

use crate::{Folder, Ran, command, ruff};

/// Two contexts check and then act.
const RACE: &str = r#"
async func take(name) {
    if shared_get("left", 0) > 0 {
        shared_set("left", shared_get("left") - 1)
        print("${name} takes")
    } else {
        print("${name} is late")
    }
}
shared_set("left", 1)
await promise_all([take("a"), take("b")])
"#;

/// Clocks, timers, random numbers, channels and a file.
const MIXED: &str = r#"
ch := channel(2)
async func produce(name) { for i in range(3) { await sleep(random_int(1, 20)); send(ch, "${name}${i}") } }
async func consume(name) { for i in range(3) { print("${name} gets ${receive(ch)}") } }
print(read_file(args()[0]))
await promise_all([produce("a"), produce("b"), produce("c"), consume("x"), consume("y"), consume("z")])
print(now(), performance_now(), random())
try { await async_timeout(consume("nobody"), 30) } except e { print(e) }
"#;

fn scheduled(how: &str, script: &str, more: &[&str]) -> Ran {
    let words = ["run", "--schedule", how, script].into_iter().chain(more.iter().copied());
    ruff(&words.collect::<Vec<_>>())
}

#[test]
fn a_seed_gives_one_output_and_other_seeds_others() {
    let folder = Folder::new("schedule-seeds");
    let script = folder.file("race.ruff", RACE);
    let mut outputs = Vec::new();
    for seed in 0..30 {
        let how = format!("seed:{seed}");
        let once = scheduled(&how, &script, &[]);
        let again = ruff(&["run", "--workers", "4", "--schedule", &how, &script]);
        assert_eq!((once.code, &once.out), (Some(0), &again.out), "seed {seed}: {}", once.err);
        outputs.push(once.out);
    }
    outputs.sort();
    outputs.dedup();
    assert!(outputs.contains(&"a takes\nb is late\n".to_owned()), "{outputs:?}");
    assert!(outputs.contains(&"b takes\na is late\n".to_owned()), "{outputs:?}");
    assert!(outputs.iter().any(|output| !output.contains("late")), "no seed shows the race: {outputs:?}");
}

#[test]
fn hours_of_sleep_pass_at_once_and_clocks_agree() {
    let folder = Folder::new("schedule-time");
    let script = folder.file(
        "time.ruff",
        "start := now()\nsleep(7200000)\nsleep(3600000)\nprint(floor((now() - start) / 3600))\n\
         begin := performance_now()\nwhile performance_now() - begin < 5 { }\nprint(random(), now())\n",
    );
    let started = std::time::Instant::now();
    let once = scheduled("seed:3", &script, &[]);
    assert!(started.elapsed().as_secs() < 60, "it slept");
    assert!(once.out.starts_with("3\n"), "{}{}", once.out, once.err);
    assert_eq!(once.out, scheduled("seed:3", &script, &[]).out);
    assert_ne!(once.out, scheduled("seed:4", &script, &[]).out);
}

#[test]
fn file_operations_happen_in_the_order_of_the_schedule() {
    let folder = Folder::new("schedule-files");
    let target = folder.file("target.txt", "");
    let script = folder.file(
        "append.ruff",
        "file := args()[0]\nwrite_file(file, \"\")\nasync func add(c) { append_file(file, c) }\n\
         await promise_all([add(\"a\"), add(\"b\"), add(\"c\"), add(\"d\"), add(\"e\")])\nprint(read_file(file))\n",
    );
    let outputs: Vec<String> = (0..8)
        .map(|seed| {
            let how = format!("seed:{seed}");
            let once = scheduled(&how, &script, &[&target]);
            assert_eq!(once.out.len(), 6, "{}{}", once.out, once.err);
            assert_eq!(once.out, scheduled(&how, &script, &[&target]).out, "seed {seed}");
            once.out
        })
        .collect();
    assert!(outputs.iter().any(|output| *output != outputs[0]), "{outputs:?}");
}

#[test]
fn a_replay_prints_what_the_recorded_run_printed() {
    let folder = Folder::new("schedule-replay");
    let (script, input) = (folder.file("mixed.ruff", MIXED), folder.file("input.txt", "hello"));
    let recording = folder.file("recording", "");
    for _ in 0..5 {
        let recorded = scheduled(&format!("record:{recording}"), &script, &[&input]);
        assert_eq!((recorded.code, recorded.out.lines().count()), (Some(0), 12), "{}", recorded.err);
        for _ in 0..2 {
            scheduled(&format!("replay:{recording}"), &script, &[&input]).prints(&recorded.out);
        }
    }
}

#[test]
fn servers_and_programs_are_replayed_in_their_order() {
    let folder = Folder::new("schedule-outside");
    let script = folder.file(
        "outside.ruff",
        "mut s := http_server(0)\ns.route(\"GET\", \"/:n\", req => \"n\" + req.params[\"n\"])\ns.start()\nroot := s.info().url\n\
         async func ask() { for n in range(4) { print(http_get(\"${root}/${n}\").body) } }\n\
         async func shell(n) { print(execute(\"echo p${n}\")) }\n\
         await promise_all([ask(), shell(1), shell(2)])\ns.stop()\n",
    );
    let recording = folder.file("recording", "");
    for _ in 0..5 {
        let recorded = scheduled(&format!("record:{recording}"), &script, &[]);
        assert_eq!(
            (recorded.code, recorded.out.contains("n3")),
            (Some(0), true),
            "{}{}",
            recorded.out,
            recorded.err
        );
        scheduled(&format!("replay:{recording}"), &script, &[]).prints(&recorded.out);
    }
}

#[test]
fn a_replay_that_meets_something_else_says_where() {
    let folder = Folder::new("schedule-divergence");
    let (script, input) = (folder.file("mixed.ruff", MIXED), folder.file("input.txt", "hello"));
    let recording = folder.file("recording", "");
    let replay = format!("replay:{recording}");
    scheduled(&format!("record:{recording}"), &script, &[&input]);
    let text = std::fs::read_to_string(&recording).expect("a run was recorded");
    let lines: Vec<&str> = text.lines().collect();
    let check = |edited: Vec<&str>, parts: &[&str]| {
        std::fs::write(&recording, edited.join("\n") + "\n").expect("the folder can be written");
        scheduled(&replay, &script, &[&input]).fails(4, parts);
    };
    let done = lines.iter().find(|line| line.contains(" done 1 ")).expect("the file was read");
    let last = lines.len() - 1;
    check(lines[..10].to_vec(), &["at step 7", "the recording breaks off here"]);
    check(
        [&lines[..10], &["end"]].concat(),
        &["at step 7", "the recording ends here, but the program goes on"],
    );
    check(
        [&lines[..4], &[*done]].concat(),
        &["at step 1", "operation 1 ends in the recording, but has not begun here"],
    );
    check(
        [&lines[..last], &["9999999999 timers", "end"]].concat(),
        &["the program has ended, but the recording fires timers"],
    );
    check([&lines[..4], &["1 run 7 0/1"]].concat(), &["at step 1", "context 7 runs in the recording"]);
    check(
        [&lines[..4], &["1 run 1 0/3"]].concat(),
        &["at step 1", "ready contexts in the recording: 3, of which context 1 runs; here: "],
    );
    check([&lines[..4], &["1 timers"]].concat(), &["at step 1", "none is due here"]);
    std::fs::write(&recording, &text).expect("the folder can be written");
    folder.file("input.txt", "changed");
    scheduled(&replay, &script, &[&input])
        .fails(4, &["operation 1 gave something else than in the recording"]);
    let other = folder.file("other.ruff", RACE);
    scheduled(&replay, &other, &[]).fails(4, &["This is not the program that was recorded"]);
}

#[test]
fn wrong_schedules_are_explained() {
    let folder = Folder::new("schedule-wrong");
    let script = folder.file("race.ruff", RACE);
    for (how, part) in [
        ("soon", "write seed:N, seed:N..M, record:FILE or replay:FILE"),
        ("seed:x", "'x' is no whole number from 0 on"),
        ("seed:3..1", "3..1 holds no seed"),
        ("record:", "a file name is missing"),
    ] {
        scheduled(how, &script, &[]).fails(2, &[part]);
    }
    scheduled("replay:/nowhere/x", &script, &[]).fails(5, &["Cannot read file '/nowhere/x'"]);
    scheduled("record:/nowhere/x", &script, &[]).fails(5, &["Cannot write file '/nowhere/x'"]);
    let wrong = folder.file("wrong", "ruff schedule 1\nprogram 00\nseed 1\ndate 1\n5 jump 1\n");
    scheduled(&format!("replay:{wrong}"), &script, &[]).fails(5, &["line 5: expected a step", "`5 jump 1`"]);
    let tests = folder.file("tests.ruff", "test \"one\" { assert_equal(1, 1) }\n");
    ruff(&["test", "--schedule", "seed:1..3", &tests]).fails(2, &["ruff test takes only --schedule seed:N"]);
}

#[test]
fn a_range_of_seeds_stops_at_the_first_that_fails() {
    let folder = Folder::new("schedule-range");
    let script = folder.file("race.ruff", RACE);
    let fine = scheduled("seed:0..30", &script, &[]);
    assert_eq!(fine.code, Some(0));
    assert!(fine.err.contains("31 schedules, no failure; seed:0 and seed:"), "{}", fine.err);
    let check = "if shared_get(\"left\") < 0 or shared_get(\"taken\", 0) > 1 { throw \"taken twice\" }\n";
    let racy = RACE.replace("print(\"${name} takes\")", "shared_add_int(\"taken\", 1, 0)");
    let script = folder.file("failing.ruff", racy + check);
    let failed = scheduled("seed:0..100", &script, &[]);
    failed.fails(4, &["taken twice", "failed with --schedule seed:"]);
    let word = failed.err.split("--schedule ").nth(1).and_then(|rest| rest.split_whitespace().next());
    scheduled(word.expect("it names the seed"), &script, &[]).fails(4, &["taken twice"]);
}

#[test]
fn a_test_that_was_too_slow_does_not_hold_up_the_next() {
    let folder = Folder::new("schedule-slow-test");
    let script =
        folder.file("tests.ruff", "test \"waits\" { input(\"\") }\ntest \"next\" { assert_equal(1, 1) }\n");
    let mut child = command(&["test", "--timeout-ms", "500", "--schedule", "seed:1", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built");
    let _never_written = child.stdin.take();
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert!(ran.out.contains("2 total, 1 passed, 1 failed"), "{}{}", ran.out, ran.err);
}

#[test]
fn tests_follow_a_seed_and_start_in_order() {
    let folder = Folder::new("schedule-tests");
    let text = "test \"sleeps\" { await sleep(3600000) }\ntest \"fails\" { assert_equal(random_int(1, 1000000), 0) }\n";
    let script = folder.file("tests.ruff", text);
    let message = |ran: Ran| {
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("2 total, 1 passed, 1 failed"), "{}", ran.out);
        ran.out.lines().find(|line| line.contains("Error")).unwrap_or_default().to_owned()
    };
    let once = message(ruff(&["test", "--schedule", "seed:5", &script]));
    assert_eq!(once, message(ruff(&["test", "--schedule", "seed:5", &script])));
    assert_ne!(once, message(ruff(&["test", "--schedule", "seed:6", &script])));
}

#[test]
fn a_seed_has_a_limit() {
    let folder = Folder::new("schedule-limit");
    let script = folder.file("script.ruff", "print(1)\n");
    ruff(&["run", "--schedule", "seed:99999999999999999999999", &script])
        .fails(2, &["is too large", "18446744073709551615"]);
}
