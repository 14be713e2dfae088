//! What is said of contexts that still waited when a program was ended early.

use super::run;

/// Two contexts that wait for each other, while main does something else.
const CIRCLE: &str = "async func partner(ch) {\n    other := ch.receive()\n    return await other\n}\n\
    c := channel()\nd := channel()\np := partner(c)\nq := partner(d)\nc.send(q)\nd.send(p)\nsleep(50)\n";

#[test]
fn a_deadlock_that_others_hid_is_told_at_an_early_end() {
    for (test, end, code) in [("exit", "exit(3)\n", 3), ("error", "print(1 / 0)\n", 4)] {
        for mode in ["--park=portable", "--no-cooperative"] {
            let text = CIRCLE.to_owned() + end;
            let ran = run(&format!("leftover-{test}"), &text, &[mode, "--workers", "2"]);
            ran.fails(
                code,
                &[
                    "note: these contexts waited for each other when the program ended:\n  partner waits for the promise of partner",
                    "script.ruff:3:",
                    "created at <main> (",
                ],
            );
            assert_eq!(ran.err.matches("note: ").count(), 1, "{}", ran.err);
        }
    }
    // As a deadlock of all contexts it is told once, by its error.
    let ran = run("leftover-whole", &(CIRCLE.to_owned() + "await p\n"), &[]);
    ran.fails(4, &["DeadlockError", "a circle: partner -> partner -> partner"]);
    assert!(!ran.err.contains("note: "), "{}", ran.err);
}

#[test]
fn stats_say_where_contexts_still_waited() {
    let text = "async func reader(ch) { return ch.receive() }\nch := channel()\n\
        ps := range(3).map(i => reader(ch))\nsleep(50)\nexit(0)\n";
    let ran = run("leftover-stats", text, &["--stats"]);
    ran.prints("");
    assert!(ran.err.contains("still waited\n     3 at reader ("), "{}", ran.err);
    assert!(ran.err.contains("script.ruff:1:32) for a value from a channel\n"), "{}", ran.err);
    assert!(!ran.err.contains("note: "), "a channel that might be sent to is no deadlock: {}", ran.err);
    let ended = run("leftover-none", "async func f() { sleep(1) }\nawait f()\n", &["--stats"]);
    assert!(ended.code == Some(0) && !ended.err.contains("still waited"), "{}", ended.err);
}

#[test]
fn many_contexts_that_wait_in_vain_are_told_in_few_words() {
    let text = "async func reader() { channel().receive() }\nfor _i in 3000 { reader() }\n";
    let ran = run("leftover-many", text, &["--workers", "2"]);
    ran.fails(
        4,
        &[
            "  reader waits for a value from a channel\n    at reader (",
            "    and 999 more do\n  and 2000 more\n",
            "\n2980 more promises were rejected that nothing awaited\n",
        ],
    );
    assert_eq!(ran.err.matches("[RUFRUN002]").count(), 20, "{}", ran.err);
}
