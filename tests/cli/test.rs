//! `ruff test`: what it finds, what it says, and its exit codes.

use super::{Folder, Json, Ran, json, ruff};

/// A folder with these files.
fn folder(test: &str, files: &[(&str, &str)]) -> (Folder, String) {
    let folder = Folder::new(test);
    for (name, text) in files {
        folder.file(name, text);
    }
    let path = folder.0.to_string_lossy().into_owned();
    (folder, path)
}

fn tests(test: &str, text: &str, options: &[&str]) -> Ran {
    let (_folder, path) = folder(test, &[("t.ruff", text)]);
    let mut words = vec!["test"];
    words.extend(options);
    words.push(&path);
    ruff(&words)
}

#[track_caller]
fn says(ran: &Ran, code: i32, parts: &[&str]) {
    assert_eq!(ran.code, Some(code), "stdout:\n{}\nstderr:\n{}", ran.out, ran.err);
    for part in parts {
        assert!(ran.out.contains(part), "{part:?} is missing in:\n{}", ran.out);
    }
}

#[test]
fn all_pass() {
    let ran = tests("test-pass", "test \"a\" { }\ntest_group \"g\" { test \"b\" { } }\n", &[]);
    ran.prints("Tests: 2 total, 2 passed, 0 failed\n");
}

#[test]
fn failures_say_where_and_why() {
    let text = "test_group \"sums\" {\n    test \"two\" { assert_equal(1 + 1, 3) }\n}\ntest \"b\" { }\n";
    let ran = tests("test-fail", text, &[]);
    says(
        &ran,
        1,
        &[
            "  \u{2717} sums > two (",
            "    Error: Assertion failed: expected 3, got 2\n",
            "t.ruff:2:18\n",
            "     2 |     test \"two\" { assert_equal(1 + 1, 3) }\n",
            "\nTests: 2 total, 1 passed, 1 failed\n",
        ],
    );
    assert!(!ran.out.contains('\u{1b}'), "colours in a pipe:\n{}", ran.out);
    let compared = tests("test-compared", "test \"a\" { assert_equal(\"x\", 1, \"own words\") }\n", &[]);
    says(&compared, 1, &["    Error: own words\n    expected: 1\n    actual:   \"x\"\n"]);
}

#[test]
fn verbose_names_what_passes() {
    let ran = tests("test-verbose", "test_group \"g\" { test \"a\" { } }\n", &["--verbose"]);
    says(&ran, 0, &["t.ruff\n  \u{2713} g > a (", "ms)\nTests: 1 total"]);
}

#[test]
fn output_is_shown_in_the_order_of_files() {
    let files =
        [("a.ruff", "print(0)\ntest \"a\" { sleep(30); print(1) }"), ("b.ruff", "test \"b\" { print(2) }")];
    let (_folder, path) = folder("test-output", &files);
    let ran = ruff(&["test", "--workers", "2", &path]);
    says(&ran, 0, &["a.ruff\n0\n1\n", "b.ruff\n2\nTests: 2 total"]);
}

#[test]
fn a_filter_and_the_first_failure() {
    let text = "test_group \"g\" { test \"a\" { } }\ntest \"b\" { throw 1 }\ntest \"c\" { throw 2 }\n";
    tests("test-filter", text, &["--filter", "g > a"]).prints("Tests: 1 total, 1 passed, 0 failed\n");
    says(&tests("test-fast", text, &["--fail-fast"]), 1, &["Tests: 2 total, 1 passed, 1 failed"]);
    let nothing = tests("test-nothing", text, &["--filter", "zzz"]);
    nothing.fails(1, &["No test in", "\"zzz\"", "= help: the name of a test in a group is `group > name`"]);
    assert!(!nothing.err.contains("top level"), "{}", nothing.err);
    assert!(ruff(&["test", "--help"]).out.contains("its groups (\"group > name\"), contains"));
}

#[test]
fn files_that_cannot_be_tested_do_not_stop_the_others() {
    let good = "test \"a\" { }";
    let (_folder, path) = folder("test-syntax", &[("a.ruff", "x := )"), ("b.ruff", good)]);
    let ran = ruff(&["test", &path]);
    ran.fails(3, &["RUFPARSE001"]);
    says(&ran, 3, &["Tests: 1 total, 1 passed, 0 failed"]);
    let (_folder, path) = folder("test-check", &[("a.ruff", "test \"n\" { nope() }"), ("b.ruff", good)]);
    ruff(&["test", &path]).fails(4, &["Undefined"]);
    ruff(&["test", "no/such/folder"]).fails(5, &["Cannot read file 'no/such/folder'"]);
    ruff(&["test", "--wrokers", "2"]).fails(2, &["--workers"]);
}

#[test]
fn a_failing_top_level_is_a_failure_of_the_file() {
    let ran = tests("test-top", "throw \"no\"\ntest \"a\" { }\n", &[]);
    says(&ran, 1, &["\u{2717} (top level) (", "    Error: no\n", "Tests: 1 total, 0 passed, 1 failed"]);
}

#[test]
fn no_tests() {
    tests("test-none", "print(1)\n", &[]).fails(1, &["No tests found in", "help:"]);
}

#[test]
fn a_test_has_its_time() {
    let text = "test \"slow\" { loop { } }\ntest \"waits\" { sleep(60000) }\ntest \"quick\" { }\n";
    let ran = tests("test-limit", text, &["--timeout-ms", "50"]);
    says(&ran, 1, &["Error: Test timed out after 50ms", "Tests: 3 total, 1 passed, 2 failed"]);
    let whole = tests("test-whole", text, &["--scheduler-timeout-ms", "80"]);
    says(&whole, 1, &["Error: Scheduler timed out after 80ms"]);
}

#[test]
fn a_test_that_is_out_of_time_is_cleaned_up() {
    let text = "test_teardown { print(\"teardown\") }\n\
                test \"long\" { try { sleep(60000) } finally { print(\"finally\") } }\n\
                test \"hangs again\" { try { sleep(60000) } finally { sleep(60000) } }\n\
                test \"quick\" { }\n";
    let ran = tests("test-cleaned", text, &["--timeout-ms", "50"]);
    says(&ran, 1, &["Error: Test timed out after 50ms", "Tests: 3 total, 1 passed, 2 failed"]);
    assert_eq!(
        (ran.out.matches("teardown").count(), ran.out.matches("finally").count()),
        (2, 1),
        "{}",
        ran.out
    );
}

#[test]
fn results_do_not_depend_on_how_contexts_wait() {
    let text = "ch := channel(1)\ntest \"a\" { spawn { await async_sleep(2); ch.send(3) }; assert_equal(ch.receive(), 3) }\n\
                test \"b\" { ps := [1, 2].map(n => spawn { await async_sleep(n); return n }); assert_equal(await promise_all(ps), [1, 2]) }\n\
                test \"c\" { spawn { loop { } }; p := spawn { ch.receive() }; exit(3) }\n";
    for options in
        [&["--workers", "1"][..], &["--workers", "4"], &["--no-cooperative"], &["--park", "portable"]]
    {
        let ran = tests("test-modes", text, options);
        says(&ran, 1, &["Error: exit(3) was called", "Tests: 3 total, 2 passed, 1 failed"]);
    }
}

#[test]
fn rights_hold_in_tests() {
    let ran = tests("test-rights", "test \"a\" { write_file(\"/tmp/x\", \"\") }\n", &["--untrusted"]);
    says(&ran, 1, &["Capability denied", "kind: CapabilityError"]);
}

#[test]
fn json_results() {
    let text = "test_group \"g\" { test \"a\" { print(\"p\"); assert_equal(1, 2) } }\ntest \"b\" { }\n";
    let ran = tests("test-json", text, &["--json"]);
    assert_eq!(ran.code, Some(1));
    let object = json(&ran);
    assert_eq!((&object["command"], &object["exit_code"]), (&Json::from("test"), &Json::from(1)));
    assert_eq!((&object["total"], &object["failed"]), (&Json::from(2), &Json::from(1)));
    let test = &object["files"][0]["tests"][0];
    assert_eq!((&test["name"], &test["groups"][0]), (&Json::from("a"), &Json::from("g")));
    assert_eq!((&test["status"], &test["output"]), (&Json::from("failed"), &Json::from("p\n")));
    assert_eq!((&test["error"]["expected"], &test["error"]["line"]), (&Json::from("2"), &Json::from(1)));
}

#[test]
fn junit_results() {
    let folder = Folder::new("test-junit");
    let file = folder.file("t.ruff", "test \"<a>\" { assert_equal(1, 2) }\ntest \"b\" { }\n");
    let xml = folder.0.join("out.xml").to_string_lossy().into_owned();
    assert_eq!(ruff(&["test", "--junit", &xml, &file]).code, Some(1));
    let written = std::fs::read_to_string(&xml).expect("the report was written");
    for part in [
        "tests=\"2\" failures=\"1\"",
        "name=\"&lt;a&gt;\"",
        "<failure type=\"AssertionError\"",
        "</testsuites>\n",
    ] {
        assert!(written.contains(part), "{part} is missing in:\n{written}");
    }
    ruff(&["test", "--junit", "/no/such/folder/x", &file]).fails(5, &["Cannot write file"]);
}

#[test]
fn the_shipped_tests_pass() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/stack_test.ruff");
    ruff(&["test", example]).prints("Tests: 5 total, 5 passed, 0 failed\n");
}

#[test]
fn skipped_tests_are_counted_apart() {
    let text = "test \"a\" { }\ntest \"b\" { skip_test(\"no <network>\"); assert(false) }\n";
    tests("test-skip", text, &[]).prints("Tests: 2 total, 1 passed, 0 failed, 1 skipped\n");
    let told = tests("test-skip", text, &["--verbose"]);
    says(&told, 0, &["  - b (skipped: no <network>)\n"]);
    let object = json(&tests("test-skip", text, &["--json"]));
    assert_eq!((&object["passed"], &object["skipped"]), (&1.into(), &1.into()));
    assert_eq!(object["files"][0]["tests"][1]["status"], "skipped");
    let (folder, path) = folder("test-skip-junit", &[("t.ruff", text)]);
    let report = folder.0.join("junit.xml").to_string_lossy().into_owned();
    ruff(&["test", "--junit", &report, &path]).prints("Tests: 2 total, 1 passed, 0 failed, 1 skipped\n");
    let xml = std::fs::read_to_string(&report).expect("it was written");
    assert!(
        xml.contains("skipped=\"1\"") && xml.contains("<skipped message=\"no &lt;network&gt;\"/>"),
        "{xml}"
    );
}
